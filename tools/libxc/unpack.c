/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decompression of kernels, in one pass from the mapped file to where the ELF reader looks at it. A decoder
 * is given all of the input and all of the room at once; it tells how much of the room it filled.
 */
#include <string.h>
#include <sys/mman.h>

#include <bzlib.h>
#include <lz4.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "unpack.h"

#define LZMA_MEMORY_LIMIT (512ull << 20)
#define LZ4_MAGIC         0x184c2102u

static const char *unpack_gzip(const uint8_t *in, size_t in_size, uint8_t *out, size_t room, size_t *done)
{
    z_stream z = { .next_in = (uint8_t *)in, .avail_in = in_size, .next_out = out, .avail_out = room };
    int result;

    if (inflateInit2(&z, MAX_WBITS + 16) != Z_OK)
        return "out of memory";
    result = inflate(&z, Z_FINISH);
    *done = z.total_out;
    inflateEnd(&z);
    return result == Z_STREAM_END ? NULL : "damaged gzip data";
}

static const char *unpack_xz(const uint8_t *in, size_t in_size, uint8_t *out, size_t room, size_t *done)
{
    uint64_t limit = LZMA_MEMORY_LIMIT;
    size_t in_at = 0;
    lzma_ret result;

    *done = 0;
    result = lzma_stream_buffer_decode(&limit, 0, NULL, in, &in_at, in_size, out, done, room);
    return result == LZMA_OK ? NULL : result == LZMA_MEM_ERROR ? "out of memory" : "damaged xz data";
}

static const char *unpack_lzma(const uint8_t *in, size_t in_size, uint8_t *out, size_t room, size_t *done)
{
    lzma_stream stream = LZMA_STREAM_INIT;
    lzma_ret result = lzma_alone_decoder(&stream, LZMA_MEMORY_LIMIT);

    if (result != LZMA_OK)
        return "out of memory";
    stream.next_in = in, stream.avail_in = in_size;
    stream.next_out = out, stream.avail_out = room;
    result = lzma_code(&stream, LZMA_FINISH);
    *done = stream.total_out;
    lzma_end(&stream);
    return result == LZMA_STREAM_END ? NULL : "damaged lzma data";
}

static const char *unpack_bzip2(const uint8_t *in, size_t in_size, uint8_t *out, size_t room, size_t *done)
{
    unsigned int length = room;
    int result = BZ2_bzBuffToBuffDecompress((char *)out, &length, (char *)in, in_size, 0, 0);

    *done = length;
    return result == BZ_OK ? NULL : result == BZ_MEM_ERROR ? "out of memory" : "damaged bzip2 data";
}

static const char *unpack_zstd(const uint8_t *in, size_t in_size, uint8_t *out, size_t room, size_t *done)
{
    size_t frame = ZSTD_findFrameCompressedSize(in, in_size);

    if (ZSTD_isError(frame))
        return "damaged zstd data";
    *done = ZSTD_decompress(out, room, in, frame);
    return ZSTD_isError(*done) ? "damaged zstd data" : NULL;
}

/* The legacy frame: after the magic, blocks of a 32-bit length and that many bytes, to the end of input. */
static const char *unpack_lz4(const uint8_t *in, size_t in_size, uint8_t *out, size_t room, size_t *done)
{
    const uint8_t *end = in + in_size;
    uint32_t length;
    int n;

    *done = 0;
    while (end - in >= 4) {
        memcpy(&length, in, sizeof(length));
        in += sizeof(length);
        if (length == LZ4_MAGIC)
            continue;
        if (length > (size_t)(end - in))
            return "damaged lz4 data";
        n = LZ4_decompress_safe((const char *)in, (char *)out + *done, length, room - *done);
        if (n < 0)
            return "damaged lz4 data";
        in += length;
        *done += n;
    }
    return NULL;
}

static const char *decode(enum compression compression, const uint8_t *in, size_t in_size, uint8_t *out,
                          size_t room, size_t *done)
{
    switch (compression) {
    case COMPRESSION_GZIP:
        return unpack_gzip(in, in_size, out, room, done);
    case COMPRESSION_XZ:
        return unpack_xz(in, in_size, out, room, done);
    case COMPRESSION_LZMA:
        return unpack_lzma(in, in_size, out, room, done);
    case COMPRESSION_ZSTD:
        return unpack_zstd(in, in_size, out, room, done);
    case COMPRESSION_LZ4:
        return unpack_lz4(in, in_size, out, room, done);
    case COMPRESSION_BZIP2:
        return unpack_bzip2(in, in_size, out, room, done);
    case COMPRESSION_LZO:
        return "lzo compression isn't supported, build the kernel with another one";
    default:
        return "not a kernel: neither ELF nor bzImage nor compressed";
    }
}

/*
 * Address space for all of it: only what is written costs memory. A file has its memory already; mapped beforehand, its pages
 * don't fault one by one.
 */
static void *map_room(size_t room, int file)
{
    void *out;

    if (file >= 0)
        return mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file, 0);
    out = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (out != MAP_FAILED)
        madvise(out, room, MADV_HUGEPAGE);
    return out;
}

/* See unpack.h. */
const char *unpack(enum compression compression, const uint8_t *in, size_t in_size, size_t expected, int file,
                   uint8_t **out, size_t *out_size)
{
    size_t room = expected ? expected : UNPACK_LIMIT, used;     /* for the largest, where the size isn't known */
    const char *why;

    if (room > UNPACK_LIMIT)
        return "it would be unpacked to more than 1 GiB";
    *out = map_room(room, file);
    if (*out == MAP_FAILED)
        return "out of memory";
    *out_size = 0;
    why = decode(compression, in, in_size, *out, room, out_size);
    if (!why && expected && *out_size != expected)
        why = "it unpacks to another size than it says";
    if (!why && !*out_size)
        why = "there is nothing in it";
    if (why) {
        munmap(*out, room);
        return why;
    }
    used = (*out_size + 4095) & ~4095ul;
    if (used < room)
        munmap(*out + used, room - used);
    return NULL;
}
