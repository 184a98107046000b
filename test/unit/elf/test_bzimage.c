/* SPDX-License-Identifier: GPL-2.0-only */
/* bzImage headers: the payload found, and images that lie about it. */
#include <xen/bzimage.h>

#include "unit.h"

#define SETUP_SECTS 3
#define START       ((SETUP_SECTS + 1) * 512)
#define PAYLOAD     100
#define LENGTH      300
#define SIZE        (START + PAYLOAD + LENGTH)

static uint8_t image[SIZE];

static void put(unsigned int at, uint32_t value, unsigned int bytes)
{
    memcpy(image + at, &value, bytes);
}

static void begin(const char *magic, size_t magic_size)
{
    memset(image, 0, sizeof(image));
    image[0x1f1] = SETUP_SECTS;
    put(0x1fe, 0xaa55, 2);
    memcpy(image + 0x202, "HdrS", 4);
    put(0x206, 0x20f, 2);
    put(0x248, PAYLOAD, 4);
    put(0x24c, LENGTH, 4);
    memcpy(image + START + PAYLOAD, magic, magic_size);
    put(SIZE - 4, 123456, 4);
}

static void begin_xz(void)
{
    begin("\xfd" "7zXZ", 6);
}

static const char *parse(struct bzimage *bz, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    const char *why;

    memcpy(copy, image, size);
    why = bzimage_parse(bz, copy, size);
    free(copy);
    return why;
}

static void formats(void)
{
    static const struct {
        const char *magic;
        size_t size, trailer;
        enum compression compression;
        const char *name;
    } known[] = {
        { "\xfd" "7zXZ", 6, 4, COMPRESSION_XZ, "xz" },
        { "\x1f\x8b\x08", 3, 0, COMPRESSION_GZIP, "gzip" },
        { "\x28\xb5\x2f\xfd", 4, 4, COMPRESSION_ZSTD, "zstd" },
        { "\x02\x21\x4c\x18", 4, 4, COMPRESSION_LZ4, "lz4" },
        { "BZh9", 4, 4, COMPRESSION_BZIP2, "bzip2" },
        { "\x5d\0\0\0", 4, 4, COMPRESSION_LZMA, "lzma" },
        { "\x89LZO", 4, 4, COMPRESSION_LZO, "lzo" },
        { "\177ELF", 4, 0, COMPRESSION_NONE, "none" },
    };
    struct bzimage bz;

    for (unsigned int i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        begin(known[i].magic, known[i].size);
        REASON(parse(&bz, SIZE), NULL);
        CHECK(bz.compression == known[i].compression && bz.payload_size == LENGTH - known[i].trailer);
        CHECK(bz.unpacked_size == (known[i].compression == COMPRESSION_NONE ? LENGTH : 123456));
        CHECK(!strcmp(compression_name(bz.compression), known[i].name));
    }
    CHECK(!strcmp(compression_name(COMPRESSION_UNKNOWN), "unknown"));
}

static void refused(void)
{
    struct bzimage bz;

    begin_xz();
    REASON(parse(&bz, 0), "no Linux boot header");
    REASON(parse(&bz, 0x24f), "no Linux boot header");
    REASON(parse(&bz, SIZE - 1), "beyond the end");
    put(0x206, 0x207, 2);
    REASON(parse(&bz, SIZE), "older than 2.08");
    begin("????", 4);
    REASON(parse(&bz, SIZE), "unknown compression");
    begin_xz(), put(0x24c, 0, 4);
    REASON(parse(&bz, SIZE), "empty payload");
    begin_xz(), put(0x248, 0xffffffff, 4), put(0x24c, 0xffffffff, 4);
    REASON(parse(&bz, SIZE), "beyond the end");
    begin_xz(), put(SIZE - 4, 0, 4);
    REASON(parse(&bz, SIZE), "size is zero");
    begin_xz(), image[0x202] = 'h';
    REASON(parse(&bz, SIZE), "no Linux boot header");
}

static void default_setup_size(void)
{
    static uint8_t other[5 * 512 + PAYLOAD + LENGTH];
    struct bzimage bz;

    begin("", 0);
    image[0x1f1] = 0;                           /* means 4 */
    memcpy(other, image, 0x250);
    memcpy(other + 5 * 512 + PAYLOAD, "\x1f\x8b", 2);
    other[sizeof(other) - 4] = 9;
    REASON(bzimage_parse(&bz, other, sizeof(other)), NULL);
    CHECK(bz.payload == other + 5 * 512 + PAYLOAD && bz.unpacked_size == 9);
}

const struct test bzimage_tests[] = {
    { "bzimage_formats", formats },
    { "bzimage_refused", refused },
    { "bzimage_default_setup_size", default_setup_size },
    { NULL, NULL },
};
