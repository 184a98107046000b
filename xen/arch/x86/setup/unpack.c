/* SPDX-License-Identifier: GPL-2.0-only */
/* Each library's own interface, brought to one: slices of a few MiB, output straight to its place. */
#include <lz4.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <xen/unpack.h>

#define SLICE          (4u << 20)
#define GZIP_FORMAT    (15 + 16)            /* zlib: largest window, gzip header */
#define LZ4_MAGIC_SIZE 4
#define LZ4_BLOCK      (8u << 20)
#define INIT           __attribute__((__section__(".init.text"), __noinline__))

static INIT size_t slice_room(const struct unpack *u)
{
    size_t left = u->out_size - u->out_used;

    return left < SLICE ? left : SLICE;
}

/* ---- xz ---- */

static INIT int xz_slice(struct unpack *u)
{
    static const lzma_stream fresh = LZMA_STREAM_INIT;
    lzma_stream *s = u->stream;
    lzma_ret rc;

    if (!s) {
        s = u->stream = malloc(sizeof(*s));
        if (!s)
            return -1;
        *s = fresh;
        if (lzma_stream_decoder(s, UINT64_MAX, 0) != LZMA_OK)
            return -1;
        s->next_in = u->in;
        s->avail_in = u->in_size;
    }
    s->next_out = u->out + u->out_used;
    s->avail_out = slice_room(u);
    rc = lzma_code(s, LZMA_RUN);
    u->out_used = s->next_out - u->out;
    if (rc == LZMA_STREAM_END)
        return 0;
    return rc == LZMA_OK ? 1 : -1;
}

/* ---- gzip ---- */

static INIT int gzip_slice(struct unpack *u)
{
    z_stream *s = u->stream;
    int rc;

    if (!s) {
        s = u->stream = calloc(1, sizeof(*s));
        if (!s || inflateInit2(s, GZIP_FORMAT) != Z_OK)
            return -1;
        s->next_in = (uint8_t *)u->in;
        s->avail_in = u->in_size;
    }
    s->next_out = u->out + u->out_used;
    s->avail_out = slice_room(u);
    rc = inflate(s, Z_NO_FLUSH);
    u->out_used = s->next_out - u->out;
    if (rc == Z_STREAM_END)
        return 0;
    return rc == Z_OK ? 1 : -1;
}

/* ---- zstd: in one go, which needs no window of its own ---- */

static INIT int zstd_slice(struct unpack *u)
{
    size_t n = ZSTD_decompress(u->out, u->out_size, u->in, u->in_size);

    if (ZSTD_isError(n))
        return -1;
    u->out_used = n;
    return 0;
}

/* ---- lz4, the legacy frame: magic, then blocks, each with its length before it ---- */

static INIT int lz4_slice(struct unpack *u)
{
    uint32_t length;
    size_t room = u->out_size - u->out_used;
    int n;

    if (!u->in_used)
        u->in_used = LZ4_MAGIC_SIZE;
    if (u->in_used == u->in_size)
        return 0;
    if (u->in_size - u->in_used < sizeof(length))
        return -1;
    memcpy(&length, u->in + u->in_used, sizeof(length));
    u->in_used += sizeof(length);
    if (length > u->in_size - u->in_used)
        return -1;
    n = LZ4_decompress_safe((const char *)u->in + u->in_used, (char *)u->out + u->out_used, length,
                            room < LZ4_BLOCK ? room : LZ4_BLOCK);
    if (n < 0)
        return -1;
    u->in_used += length;
    u->out_used += n;
    return 1;
}

INIT int unpack_slice(struct unpack *u)
{
    switch (u->kind) {
    case COMPRESSION_XZ:
        return xz_slice(u);
    case COMPRESSION_GZIP:
        return gzip_slice(u);
    case COMPRESSION_ZSTD:
        return zstd_slice(u);
    case COMPRESSION_LZ4:
        return lz4_slice(u);
    default:
        return -1;
    }
}
