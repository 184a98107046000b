/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds the compressed ELF kernel inside a Linux bzImage (boot protocol 2.08 and later), and recognises the
 * compression formats kernels come in. Unpacking is the caller's, with a real library:
 *
 *     struct bzimage bz;
 *     const char *why = bzimage_parse(&bz, image, size);
 *     if (why) refuse(why);
 *     out = room for bz.unpacked_size bytes;
 *     unpack(bz.compression, bz.payload, bz.payload_size, out);
 *     elf_kernel_parse(&kernel, out, bz.unpacked_size);
 *
 * What is unpacked is the ELF file, maybe followed by relocation tables that a PV guest has no use for.
 * unpacked_size comes from the image: bound it by the memory at hand before allocating.
 */
#ifndef XEN_BZIMAGE_H
#define XEN_BZIMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum compression {
    COMPRESSION_NONE,               /* the payload is an ELF file as it is */
    COMPRESSION_GZIP,
    COMPRESSION_XZ,
    COMPRESSION_ZSTD,
    COMPRESSION_LZ4,                /* the legacy frame: magic, then (32-bit length, block)* of 8 MiB each */
    COMPRESSION_LZMA,
    COMPRESSION_BZIP2,
    COMPRESSION_LZO,
    COMPRESSION_UNKNOWN,
};

struct bzimage {
    enum compression compression;
    const uint8_t *payload;
    size_t payload_size;            /* without the 4-byte size trailer that Linux appends */
    uint32_t unpacked_size;         /* what unpacking must yield, to the byte */
};

/* True when the image carries the Linux/x86 boot header. */
bool bzimage_is(const void *image, size_t size);

/* NULL on success, else a constant reason that starts with "bzImage: ". */
const char *bzimage_parse(struct bzimage *bz, const void *image, size_t size);

/* Format of a compressed stream by its first bytes; COMPRESSION_NONE for an ELF file. */
enum compression compression_detect(const void *data, size_t size);

/* "xz", "gzip" ...; "unknown" for anything else. */
const char *compression_name(enum compression compression);

#endif
