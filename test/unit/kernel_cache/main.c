/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The folder of unpacked kernels: what is kept is found again until its file changes in any way; there is a bound, and the
 * one used longest ago goes first; a folder that others may write to, and a file that has changed just now, are left alone.
 * Argument: a folder to work in.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kernel_cache.h"

#define CACHE "cache"

static const char *test;
static unsigned int failures;

#define CHECK(what) check(what, #what, __LINE__)

static void check(bool good, const char *what, int line)
{
    if (good)
        return;
    printf("  %s, line %d: not %s\n", test, line, what);
    failures++;
}

/* A file's identity as if it had changed that many seconds ago. */
static struct stat kernel_file(ino_t inode, time_t seconds_ago)
{
    struct stat st = { .st_dev = 1, .st_ino = inode, .st_size = 8 << 20 };

    clock_gettime(CLOCK_REALTIME, &st.st_ctim);
    st.st_ctim.tv_sec -= seconds_ago;
    st.st_ctim.tv_nsec = 5;
    st.st_mtim = st.st_ctim;
    return st;
}

/* Files' times are those of the kernel's tick: wait for another one, so that what follows is later. */
static void next_tick(void)
{
    struct timespec begin, now;

    clock_gettime(CLOCK_REALTIME_COARSE, &begin);
    do
        clock_gettime(CLOCK_REALTIME_COARSE, &now);
    while (now.tv_sec == begin.tv_sec && now.tv_nsec == begin.tv_nsec);
}

static void keep_after(const struct stat *kernel, const struct stat *after, const char *contents)
{
    int fd;

    next_tick();
    fd = kernel_cache_create(CACHE, strlen(contents));
    if (fd < 0 || write(fd, contents, strlen(contents)) != (ssize_t)strlen(contents))
        return;
    kernel_cache_keep(CACHE, fd, kernel, after);
    close(fd);
}

static void keep(const struct stat *kernel, const char *contents)
{
    keep_after(kernel, kernel, contents);
}

static bool holds(const struct stat *kernel, const char *contents)
{
    char found[64] = "";
    int fd;

    next_tick();
    fd = kernel_cache_open(CACHE, kernel);
    if (fd < 0)
        return false;
    (void)!read(fd, found, sizeof(found) - 1);
    close(fd);
    return !strcmp(found, contents);
}

static unsigned int files(void)
{
    DIR *list = opendir(CACHE);
    unsigned int count = 0;

    for (struct dirent *entry; list && (entry = readdir(list));)
        count += entry->d_name[0] != '.';
    if (list)
        closedir(list);
    return count;
}

static void is_found_again(void)
{
    struct stat kernel = kernel_file(1, 60);

    CHECK(!holds(&kernel, "image"));
    keep(&kernel, "image");
    CHECK(holds(&kernel, "image"));
    keep(&kernel, "other");
    CHECK(holds(&kernel, "image"));
    CHECK(files() == 1);
}

static void another_file_is_not(void)
{
    const struct stat kernel = kernel_file(1, 60);
    struct stat others[6];

    keep(&kernel, "image");
    for (int i = 0; i < 6; i++)
        others[i] = kernel;
    others[0].st_dev++;
    others[1].st_ino++;
    others[2].st_size++;
    others[3].st_mtim.tv_nsec++;
    others[4].st_ctim.tv_nsec++;
    others[5].st_ctim.tv_sec++;
    for (int i = 0; i < 6; i++)
        CHECK(kernel_cache_open(CACHE, &others[i]) < 0);
    CHECK(holds(&kernel, "image"));
}

static void changing_file_is_not_kept(void)
{
    struct stat fresh = kernel_file(1, 0), before = kernel_file(2, 60), after = before;

    keep(&fresh, "image");
    after.st_ctim.tv_nsec++;
    keep_after(&before, &after, "image");
    CHECK(files() == 0);
}

static void last_used_stay(void)
{
    struct stat kernels[6];

    for (int i = 0; i < 6; i++)
        kernels[i] = kernel_file(i + 1, 60);
    for (int i = 0; i < 4; i++)
        keep(&kernels[i], "image");
    CHECK(files() == 4);
    CHECK(holds(&kernels[0], "image"));
    keep(&kernels[4], "image");
    keep(&kernels[5], "image");
    CHECK(files() == 4);
    CHECK(holds(&kernels[0], "image") && !holds(&kernels[1], "image") && !holds(&kernels[2], "image"));
    CHECK(holds(&kernels[3], "image") && holds(&kernels[4], "image") && holds(&kernels[5], "image"));
}

static void too_big_is_refused(void)
{
    size_t memory = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);

    CHECK(kernel_cache_create(CACHE, memory / 8 + 1) < 0);
    CHECK(kernel_cache_create(CACHE, (size_t)1 << 60) < 0);
}

static void not_kept_is_gone(void)
{
    int fd = kernel_cache_create(CACHE, 5);

    CHECK(fd >= 0);
    close(fd);
    CHECK(files() == 0);
}

static void open_folder_is_refused(void)
{
    struct stat kernel = kernel_file(1, 60);

    keep(&kernel, "image");
    chmod(CACHE, 0770);
    CHECK(!holds(&kernel, "image"));
    chmod(CACHE, 0755);
    CHECK(!holds(&kernel, "image"));
    chmod(CACHE, 0700);
    CHECK(holds(&kernel, "image"));
    (void)!rename(CACHE, "elsewhere");
    (void)!symlink("elsewhere", CACHE);
    CHECK(!holds(&kernel, "image"));
    unlink(CACHE);
    (void)!rename("elsewhere", CACHE);
}

static void folder_is_private(void)
{
    struct stat kernel = kernel_file(1, 60), st;

    umask(0);
    keep(&kernel, "image");
    CHECK(!stat(CACHE, &st) && (st.st_mode & 07777) == 0700);
}

static void clear(void)
{
    DIR *list = opendir(CACHE);

    for (struct dirent *entry; list && (entry = readdir(list));)
        unlinkat(dirfd(list), entry->d_name, 0);
    if (list)
        closedir(list);
    rmdir(CACHE);
}

int main(int argc, char **argv)
{
    static const struct { const char *name; void (*run)(void); } tests[] = {
        { "is_found_again", is_found_again }, { "another_file_is_not", another_file_is_not },
        { "changing_file_is_not_kept", changing_file_is_not_kept }, { "last_used_stay", last_used_stay },
        { "too_big_is_refused", too_big_is_refused }, { "not_kept_is_gone", not_kept_is_gone },
        { "open_folder_is_refused", open_folder_is_refused }, { "folder_is_private", folder_is_private },
    };

    if (argc != 2 || chdir(argv[1]))
        return 1;
    for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
        test = tests[i].name;
        clear();
        tests[i].run();
    }
    clear();
    if (failures)
        printf("FAIL kernel_cache: %u checks\n", failures);
    else
        printf("ok kernel_cache\n");
    return failures ? 1 : 0;
}
