/* SPDX-License-Identifier: GPL-2.0-only */
/* Every compression: packed here, unpacked by libxc; then cut, damaged, and with a wrong size. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <bzlib.h>
#include <lz4.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "unpack.h"

#define SIZE   (20u << 20)          /* three blocks of the lz4 legacy frame */
#define ROOM   (SIZE + SIZE / 8 + 100000)
#define BLOCK  (8u << 20)

static uint8_t plain[SIZE], packed[ROOM];

static size_t pack_gzip(void)
{
    z_stream z = { .next_in = plain, .avail_in = SIZE, .next_out = packed, .avail_out = ROOM };

    deflateInit2(&z, 1, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
    deflate(&z, Z_FINISH);
    deflateEnd(&z);
    return z.total_out;
}

static size_t pack_xz(void)
{
    size_t length = 0;

    (void)!lzma_easy_buffer_encode(0, LZMA_CHECK_CRC32, NULL, plain, SIZE, packed, &length, ROOM);
    return length;
}

static size_t pack_lzma(void)
{
    lzma_stream s = LZMA_STREAM_INIT;
    lzma_options_lzma options;

    lzma_lzma_preset(&options, 0);
    s.next_in = plain, s.avail_in = SIZE, s.next_out = packed, s.avail_out = ROOM;
    if (lzma_alone_encoder(&s, &options) == LZMA_OK)
        (void)!lzma_code(&s, LZMA_FINISH);
    lzma_end(&s);
    return s.total_out;
}

static size_t pack_zstd(void)
{
    return ZSTD_compress(packed, ROOM, plain, SIZE, 1);
}

static size_t pack_bzip2(void)
{
    unsigned int length = ROOM;

    BZ2_bzBuffToBuffCompress((char *)packed, &length, (char *)plain, SIZE, 1, 0, 0);
    return length;
}

static size_t pack_lz4(void)
{
    uint8_t *to = packed + 4;

    memcpy(packed, "\x02\x21\x4c\x18", 4);
    for (size_t at = 0; at < SIZE; at += BLOCK) {
        size_t left = SIZE - at < BLOCK ? SIZE - at : BLOCK;
        uint32_t n = LZ4_compress_default((char *)plain + at, (char *)to + 4, left, packed + ROOM - to - 4);

        memcpy(to, &n, 4);
        to += 4 + n;
    }
    return to - packed;
}

static const struct {
    enum compression compression;
    size_t (*pack)(void);
} formats[] = {
    { COMPRESSION_GZIP, pack_gzip }, { COMPRESSION_XZ, pack_xz }, { COMPRESSION_LZMA, pack_lzma },
    { COMPRESSION_ZSTD, pack_zstd }, { COMPRESSION_LZ4, pack_lz4 }, { COMPRESSION_BZIP2, pack_bzip2 },
};

/* Exactly sized input, so that reads beyond it are noticed. NULL, or what unpack() said. */
static const char *try(enum compression compression, size_t length, size_t expected, bool *same)
{
    uint8_t *copy = malloc(length ? length : 1), *out;
    size_t out_size;
    const char *why;

    memcpy(copy, packed, length);
    why = unpack(compression, copy, length, expected, -1, &out, &out_size);
    *same = !why && out_size == SIZE && memcmp(out, plain, SIZE) == 0;
    if (!why)
        munmap(out, (out_size + 4095) & ~4095ul);
    free(copy);
    return why;
}

static const char *test_format(unsigned int i)
{
    enum compression c = formats[i].compression;
    size_t length = formats[i].pack();
    bool same;

    if (compression_detect(packed, length) != c)
        return "not recognised";
    if (try(c, length, SIZE, &same) || !same)
        return "size given: not unpacked";
    if (try(c, length, 0, &same) || !same)
        return "size not given: not unpacked";
    if (!try(c, length, SIZE - 1, &same) || !try(c, length, SIZE + 1, &same))
        return "wrong size accepted";
    if (!try(c, length - length / 3, SIZE, &same))
        return "cut data accepted";
    for (size_t at = 20; at < length; at += length / 5 + 1) {
        packed[at] ^= 0xff;
        packed[at + 1] ^= 0x55;
        try(c, length, SIZE, &same);    /* formats without a checksum may not notice; none may run away */
        packed[at] ^= 0xff;
        packed[at + 1] ^= 0x55;
    }
    return NULL;
}

int main(void)
{
    int bad = 0;

    for (size_t i = 0; i < SIZE; i++)
        plain[i] = i % 1000 < 700 ? i / 5000 : (i * 2654435761u) >> 24;
    for (unsigned int i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        const char *name = compression_name(formats[i].compression), *why = test_format(i);

        printf(why ? "FAIL unpack_%s: %s\n" : "ok unpack_%s\n", name, why);
        bad |= why != NULL;
    }
    return bad;
}
