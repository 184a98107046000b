/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One file for each kernel, named after the identity of the file it came from. It is filled before it has a name, isn't
 * written again, and may be removed at any time: who has it open keeps it. The folder is meant to lie in memory (/run), so
 * there is a bound, and the one used longest ago makes room for a new one.
 *
 * A file can't be written without a new change time, but for within one tick of the clock, so a kernel that has changed
 * just now isn't kept. The folder is its owner's alone: what lies in it is run.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "kernel_cache.h"

#define KEPT_MOST      4u
#define MEMORY_SHARE   8u       /* all of them together take one in so many parts of the memory */
#define SETTLE_SECONDS 2

struct name {
    char text[NAME_MAX + 1];
};

static struct name name_of(const struct stat *kernel)
{
    struct name name;

    snprintf(name.text, sizeof(name.text), "%llx-%llx-%llx-%llx.%09ld-%llx.%09ld", (unsigned long long)kernel->st_dev,
             (unsigned long long)kernel->st_ino, (unsigned long long)kernel->st_size,
             (unsigned long long)kernel->st_mtim.tv_sec, kernel->st_mtim.tv_nsec,
             (unsigned long long)kernel->st_ctim.tv_sec, kernel->st_ctim.tv_nsec);
    return name;
}

/* The folder, if it is ours alone; else -1. */
static int open_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;

    if (fd >= 0 && !fstat(fd, &st) && st.st_uid == geteuid() && !(st.st_mode & (S_IRWXG | S_IRWXO)))
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* See kernel_cache.h. */
int kernel_cache_open(const char *path, const struct stat *kernel)
{
    struct name name = name_of(kernel);
    int folder = open_folder(path), fd;

    if (folder < 0)
        return -1;
    fd = openat(folder, name.text, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    close(folder);
    if (fd >= 0)
        futimens(fd, NULL);     /* used now */
    return fd;
}

struct survey {
    unsigned int count;
    uint64_t bytes;
    struct name oldest;         /* the one that was used longest ago */
    struct timespec used;
};

static void count_file(struct survey *s, const char *name, const struct stat *st)
{
    bool older = st->st_mtim.tv_sec < s->used.tv_sec ||
                 (st->st_mtim.tv_sec == s->used.tv_sec && st->st_mtim.tv_nsec < s->used.tv_nsec);

    if (!s->count || older) {
        s->used = st->st_mtim;
        strcpy(s->oldest.text, name);
    }
    s->count++;
    s->bytes += (uint64_t)st->st_size;
}

static struct survey survey(int folder)
{
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
    struct survey s = { .count = 0 };
    struct dirent *entry;
    struct stat st;

    while (list && (entry = readdir(list)))
        if (!fstatat(folder, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) && S_ISREG(st.st_mode))
            count_file(&s, entry->d_name, &st);
    if (list)
        closedir(list);
    else if (fd >= 0)
        close(fd);
    return s;
}

/* Others need the file system as well: a kernel takes at most half of what is free there. */
static bool has_space(int folder, size_t size)
{
    struct statvfs space;

    return !fstatvfs(folder, &space) && (uint64_t)space.f_bavail * space.f_frsize / 2 >= size;
}

static bool make_room(int folder, size_t size)
{
    uint64_t most = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE) / MEMORY_SHARE;

    if (size > most)
        return false;
    for (;;) {
        struct survey s = survey(folder);

        if (s.count < KEPT_MOST && s.bytes + size <= most && has_space(folder, size))
            return true;
        if (!s.count || unlinkat(folder, s.oldest.text, 0))
            return false;
    }
}

/* See kernel_cache.h. */
int kernel_cache_create(const char *path, size_t size)
{
    int folder, fd = -1;

    mkdir(path, S_IRWXU);
    folder = open_folder(path);
    if (folder < 0)
        return -1;
    if (make_room(folder, size))
        fd = openat(folder, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, S_IRUSR);
    close(folder);
    if (fd >= 0 && posix_fallocate(fd, 0, (off_t)size)) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* See kernel_cache.h. If someone else was faster, theirs is as good. */
void kernel_cache_keep(const char *path, int fd, const struct stat *before, const struct stat *after)
{
    struct name name = name_of(before), named_now = name_of(after);
    char self[sizeof("/proc/self/fd/") + 3 * sizeof(fd)];
    struct timespec now;
    int folder;

    clock_gettime(CLOCK_REALTIME, &now);
    if (strcmp(name.text, named_now.text) || now.tv_sec - after->st_ctim.tv_sec < SETTLE_SECONDS)
        return;
    folder = open_folder(path);
    if (folder < 0)
        return;
    snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
    linkat(AT_FDCWD, self, folder, name.text, AT_SYMLINK_FOLLOW);
    close(folder);
}
