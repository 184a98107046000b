/* SPDX-License-Identifier: GPL-2.0-only */
/* The handle: opening, errors, and memory that hypercalls may point to. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"

static __thread char open_error[ERROR_SIZE] = "nothing failed";

/* --- Errors --- */

static void format_error(char text[ERROR_SIZE], int error, const char *format, va_list args)
{
    int n = vsnprintf(text, ERROR_SIZE, format, args);

    if (error && n >= 0 && n < ERROR_SIZE)
        snprintf(text + n, ERROR_SIZE - n, ": %s", strerror(-error));
}

/*
 * The hypervisor notes why it refused a request, in a ring of the domain that asked: ours. Not all do that.
 * False if there is no reason for this error.
 */
static bool find_reason(struct xc *xc, int error, char text[ERROR_SIZE])
{
    struct xen_why_note notes[4];
    unsigned int op = xc->failed_op;
    int n;

    xc->failed_op = 0;              /* what fails in here has no reason of its own */
    if (!op || error != xc->failed_error)
        return false;
    n = xc_read_why(xc, 0, notes, sizeof(notes) / sizeof(notes[0]));
    xc->failed_op = 0;
    for (int i = 0; i < n; i++)
        if (notes[i].error == error && notes[i].hypercall == op) {
            snprintf(text, ERROR_SIZE, "%s", notes[i].reason);
            return true;
        }
    return false;
}

/* See internal.h. */
int xc_fail(struct xc *xc, int error, const char *format, ...)
{
    char reason[ERROR_SIZE];
    bool found = find_reason(xc, error, reason);
    size_t length;
    va_list args;

    va_start(args, format);
    format_error(xc->error, error, format, args);
    va_end(args);
    length = strlen(xc->error);
    if (found)
        snprintf(xc->error + length, ERROR_SIZE - length, " (%s)", reason);
    errno = -error;
    return error;
}

/* See internal.h. */
int xc_fail_text(struct xc *xc, int error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    format_error(xc->error, 0, format, args);
    va_end(args);
    errno = -error;
    return error;
}

/* See internal.h. */
int xc_fail_open(int error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    format_error(open_error, error, format, args);
    va_end(args);
    return error;
}

/* See xc.h. */
const char *xc_error(const struct xc *xc)
{
    return xc ? xc->error : open_error;
}

/* --- Opening --- */

int xc_open_device(const char *path, const char *fallback, const char *module)
{
    int fd = open(path, O_RDWR | O_CLOEXEC), error;

    if (fd < 0 && errno == ENOENT && fallback)
        fd = open(fallback, O_RDWR | O_CLOEXEC);
    if (fd >= 0)
        return fd;

    error = -errno;
    if (error == -EACCES || error == -EPERM)
        return xc_fail_open(error, "%s (are you root?)", path);
    if (access("/sys/hypervisor/type", F_OK) != 0)
        return xc_fail_open(error, "%s: this system doesn't run under the hypervisor", path);
    return xc_fail_open(error, "%s (try: modprobe %s)", path, module);
}

/* See xc.h. */
int xc_open(struct xc **result)
{
    struct xc *xc = calloc(1, sizeof(*xc));
    long version;

    *result = NULL;
    if (!xc)
        return xc_fail_open(-ENOMEM, "opening the hypervisor interface");
    xc->fd = xc_open_device("/dev/xen/privcmd", "/proc/xen/privcmd", "xen-privcmd");
    if (xc->fd < 0) {
        int error = xc->fd;

        free(xc);
        return error;
    }
    xc->buffer_fd = open("/dev/xen/hypercall", O_RDWR | O_CLOEXEC);
    strcpy(xc->error, "nothing failed");

    version = xc_hypercall(xc, __HYPERVISOR_xen_version, XENVER_version, 0, 0, 0, 0);
    if (version < 0) {
        xc_close(xc);
        return xc_fail_open(version, "asking the hypervisor for its version");
    }
    *result = xc;
    return 0;
}

static void unmap_buffer(void *buffer, size_t bytes)
{
    munmap(buffer, (bytes + XC_PAGE_SIZE - 1) & ~(XC_PAGE_SIZE - 1));
}

/* See xc.h. */
void xc_close(struct xc *xc)
{
    if (!xc)
        return;
    while (xc->nr_cached)
        unmap_buffer(xc->cached[--xc->nr_cached], XC_PAGE_SIZE);
    if (xc->buffer_fd >= 0)
        close(xc->buffer_fd);
    close(xc->fd);
    free(xc);
}

/* --- Hypercall buffers --- */

/*
 * Ordinary memory, where the kernel offers no buffer device: present, locked, and not inherited, for a fork()
 * would make the pages read-only until the next write, and the hypervisor doesn't wait for that.
 */
static void *map_anonymous(size_t bytes)
{
    void *buffer = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED |
                        MAP_POPULATE, -1, 0);

    if (buffer != MAP_FAILED && madvise(buffer, bytes, MADV_DONTFORK) != 0) {
        munmap(buffer, bytes);
        return MAP_FAILED;
    }
    if (buffer != MAP_FAILED)
        memset(buffer, 0, bytes);
    return buffer;
}

/* See xc.h. */
void *xc_buffer_alloc(struct xc *xc, size_t bytes)
{
    void *buffer;

    if (bytes <= XC_PAGE_SIZE && xc->nr_cached) {
        buffer = xc->cached[--xc->nr_cached];
        memset(buffer, 0, XC_PAGE_SIZE);
        return buffer;
    }
    bytes = (bytes + XC_PAGE_SIZE - 1) & ~(XC_PAGE_SIZE - 1);
    if (xc->buffer_fd >= 0)
        buffer = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, xc->buffer_fd, 0);
    else
        buffer = map_anonymous(bytes);
    if (buffer == MAP_FAILED) {
        xc_fail(xc, -errno, "allocating %zu bytes of hypercall buffer", bytes);
        return NULL;
    }
    return buffer;
}

/* See xc.h. */
void xc_buffer_free(struct xc *xc, void *buffer, size_t bytes)
{
    if (!buffer)
        return;
    if (bytes <= XC_PAGE_SIZE && xc->nr_cached < CACHED_PAGES)
        xc->cached[xc->nr_cached++] = buffer;
    else
        unmap_buffer(buffer, bytes);
}
