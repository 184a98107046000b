/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIBXC_UNPACK_H
#define LIBXC_UNPACK_H

#include <xen/bzimage.h>

/* No kernel is bigger: bounds what a file may make us allocate. */
#define UNPACK_LIMIT (1ull << 30)

/*
 * Unpack a stream into fresh memory, to be munmap()ed, or into a file that has room for it, as mapped. expected: the size it
 * must have, 0 if not known (then file is -1, which means none). NULL on success, else the reason.
 */
const char *unpack(enum compression compression, const uint8_t *in, size_t in_size, size_t expected, int file,
                   uint8_t **out, size_t *out_size);

#endif
