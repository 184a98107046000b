/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of libxc share and no program sees. */
#ifndef LIBXC_INTERNAL_H
#define LIBXC_INTERNAL_H

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <xc.h>

#define CACHED_PAGES  8
#define ERROR_SIZE    512

#define PUBLIC_ERESTART 85          /* the hypervisor's errno for "call again"; not in every libc's list */

struct xc {
    int fd;                         /* privcmd */
    int buffer_fd;                  /* hypercall buffers, -1: locked anonymous memory instead */
    unsigned int nr_cached;
    void *cached[CACHED_PAGES];     /* single pages, kept to spare an mmap per call */
    unsigned int failed_op;         /* the hypercall that failed last, and how: for its reason */
    int failed_error;
    char error[ERROR_SIZE];
};

/*
 * Note "<format>: <error in words>" in the handle, set errno, return error, which is negative. When the last
 * hypercall failed with that error, and the hypervisor tells why, its reason is added.
 */
int xc_fail(struct xc *xc, int error, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same without a number in words. */
int xc_fail_text(struct xc *xc, int error, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* For failures to open a device, when there is no handle to note it in. */
int xc_fail_open(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Open a device of the hypervisor's, /dev first. Notes the failure for xc_error(NULL). fd or -errno. */
int xc_open_device(const char *path, const char *fallback, const char *module);

/* A hypercall (op, command, argument) with the argument structure copied to a buffer and back. */
long xc_call(struct xc *xc, unsigned int op, unsigned int command, void *argument, size_t size);

/* xc_why() without an error text. */
int xc_read_why(struct xc *xc, domid_t domid, struct xen_why_note *notes, unsigned int max);

/* domctl with "<what> of domain N" as the error text. */
int xc_domctl_named(struct xc *xc, struct xen_domctl *op, uint32_t cmd, domid_t domid, const char *what);
int xc_sysctl_named(struct xc *xc, struct xen_sysctl *op, uint32_t cmd, const char *what);

#endif
