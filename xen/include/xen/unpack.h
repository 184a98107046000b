/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unpacking of compressed kernels: xz, gzip, zstd and lz4 through the distribution's static libraries, whose
 * code expects to be an ordinary program. arch/x86/setup/decompress.c makes it feel at home;
 * arch/x86/setup/unpack.c talks to it and sees neither world's headers but its own.
 */
#ifndef XEN_UNPACK_H
#define XEN_UNPACK_H

#include <stddef.h>
#include <stdint.h>
#include <xen/bzimage.h>

struct unpack {
    enum compression kind;
    const uint8_t *in;
    size_t in_size;
    uint8_t *out;
    size_t out_size;            /* exactly what must come out */
    size_t in_used, out_used;
    void *stream;               /* the library's state between slices */
};

/* A slice of the work, on the libraries' stack. 1: call again, 0: done, -1: malformed or out of memory. */
int unpack_slice(struct unpack *u);

/* Unpack whole. NULL on success, else the reason. Boot CPU, boot time. */
const char *decompress(enum compression kind, const void *in, size_t in_size, void *out, size_t out_size);

#endif
