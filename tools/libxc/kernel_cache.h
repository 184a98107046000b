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
 * A new file to be filled with so many bytes of an unpacked kernel, for which there is memory; -1 if there is none to spare.
 * The folder is made if need be. The file is gone when it is closed, unless kernel_cache_keep() comes first.
 */
int kernel_cache_create(const char *folder, size_t size);

/* Keep what it holds as the unpacked contents of a file, which is given as it was before and after they were read. */
void kernel_cache_keep(const char *folder, int fd, const struct stat *before, const struct stat *after);

#endif
