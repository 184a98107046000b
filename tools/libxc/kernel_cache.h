/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unpacked kernels, kept in a folder for the next guests that start with them: unpacking takes most of the time until a
 * guest runs. A kernel is known by the identity of its file: device, inode, size, time stamps.
 */
#ifndef LIBXC_KERNEL_CACHE_H
#define LIBXC_KERNEL_CACHE_H

#include <stddef.h>
#include <sys/stat.h>

/* The unpacked contents of that file as a file descriptor, -1 if they aren't kept. */
int kernel_cache_open(const char *folder, const struct stat *kernel);

/*
 * Keep the unpacked contents of that file, as it was before and after they were read. The folder is made if need be. What
 * can't be kept is unpacked again next time, so nobody is told.
 */
void kernel_cache_keep(const char *folder, const struct stat *before, const struct stat *after, const void *image,
                       size_t size);

#endif
