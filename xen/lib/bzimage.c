/* SPDX-License-Identifier: GPL-2.0-only */
/* Linux bzImage: see Documentation/x86/boot.rst of the kernel for the header's fields. */
#include <xen/bzimage.h>
#include <xen/string.h>

#define SECTOR_SIZE         512
#define OFFSET_SETUP_SECTS  0x1f1   /* u8: sectors of real-mode code after the boot sector; 0 means 4 */
#define OFFSET_BOOT_FLAG    0x1fe   /* u16: 0xaa55 */
#define OFFSET_MAGIC        0x202   /* "HdrS" */
#define OFFSET_VERSION      0x206   /* u16: boot protocol, major << 8 | minor */
#define OFFSET_PAYLOAD      0x248   /* u32: from the start of the protected-mode code, since 2.08 */
#define OFFSET_PAYLOAD_SIZE 0x24c   /* u32: with the size trailer */
#define HEADER_END          0x250
#define PROTOCOL_PAYLOAD    0x208
#define SIZE_TRAILER        4

struct signature {
    enum compression compression;
    uint8_t length;
    uint8_t bytes[4];
};

static const struct signature signatures[] = {
    { COMPRESSION_NONE,  4, { 0x7f, 'E', 'L', 'F' } },
    { COMPRESSION_GZIP,  2, { 0x1f, 0x8b } },
    { COMPRESSION_XZ,    4, { 0xfd, '7', 'z', 'X' } },
    { COMPRESSION_ZSTD,  4, { 0x28, 0xb5, 0x2f, 0xfd } },
    { COMPRESSION_LZ4,   4, { 0x02, 0x21, 0x4c, 0x18 } },
    { COMPRESSION_LZMA,  3, { 0x5d, 0x00, 0x00 } },
    { COMPRESSION_BZIP2, 3, { 'B', 'Z', 'h' } },
    { COMPRESSION_LZO,   4, { 0x89, 'L', 'Z', 'O' } },
};

static uint32_t read_le(const uint8_t *from, unsigned int bytes)
{
    uint32_t value = 0;

    while (bytes--)
        value = value << 8 | from[bytes];
    return value;
}

enum compression compression_detect(const void *data, size_t size)
{
    for (size_t i = 0; i < sizeof(signatures) / sizeof(signatures[0]); i++) {
        const struct signature *s = &signatures[i];

        if (size >= s->length && memcmp(data, s->bytes, s->length) == 0)
            return s->compression;
    }
    return COMPRESSION_UNKNOWN;
}

const char *compression_name(enum compression compression)
{
    static const char *const names[] = {
        [COMPRESSION_NONE] = "none", [COMPRESSION_GZIP] = "gzip", [COMPRESSION_XZ] = "xz",
        [COMPRESSION_ZSTD] = "zstd", [COMPRESSION_LZ4] = "lz4", [COMPRESSION_LZMA] = "lzma",
        [COMPRESSION_BZIP2] = "bzip2", [COMPRESSION_LZO] = "lzo",
    };

    return compression < COMPRESSION_UNKNOWN ? names[compression] : "unknown";
}

bool bzimage_is(const void *image, size_t size)
{
    const uint8_t *bytes = image;

    return size >= HEADER_END && read_le(bytes + OFFSET_BOOT_FLAG, 2) == 0xaa55 &&
           memcmp(bytes + OFFSET_MAGIC, "HdrS", 4) == 0;
}

const char *bzimage_parse(struct bzimage *bz, const void *image, size_t size)
{
    const uint8_t *bytes = image;
    uint64_t start, length;
    uint32_t sectors;

    if (!bzimage_is(image, size))
        return "bzImage: no Linux boot header";
    if (read_le(bytes + OFFSET_VERSION, 2) < PROTOCOL_PAYLOAD)
        return "bzImage: boot protocol older than 2.08 (Linux before 2.6.26) doesn't say where the kernel is";

    sectors = bytes[OFFSET_SETUP_SECTS] ? bytes[OFFSET_SETUP_SECTS] : 4;
    start = (sectors + 1) * SECTOR_SIZE + (uint64_t)read_le(bytes + OFFSET_PAYLOAD, 4);
    length = read_le(bytes + OFFSET_PAYLOAD_SIZE, 4);
    if (length <= 2 * SIZE_TRAILER)
        return "bzImage: empty payload";
    if (start > size || length > size - start)
        return "bzImage: the payload lies beyond the end of the file (truncated?)";

    bz->payload = bytes + start;
    bz->payload_size = length;
    bz->compression = compression_detect(bz->payload, length);
    if (bz->compression == COMPRESSION_UNKNOWN)
        return "bzImage: payload in an unknown compression format";
    if (bz->compression == COMPRESSION_NONE) {
        bz->unpacked_size = length;
        return NULL;
    }
    bz->unpacked_size = read_le(bz->payload + length - SIZE_TRAILER, 4);
    /* gzip ends with its size by itself; to the other formats the build appends it. */
    if (bz->compression != COMPRESSION_GZIP)
        bz->payload_size -= SIZE_TRAILER;
    if (!bz->unpacked_size)
        return "bzImage: unpacked size is zero";
    return NULL;
}
