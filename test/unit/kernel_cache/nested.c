/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bzImage in which there is no kernel but another compressed file, which is larger than what the header says: the
 * file that is kept has room for the first alone. Argument: a folder to work in.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <zlib.h>

#include "internal.h"
#include "xc_guest.h"

#define HEADER 1024u                /* the boot sector and one more */
#define PLAIN  (8u << 20)
#define ROOM   (64u << 10)

static size_t pack(const void *in, size_t size, void *out)
{
    z_stream z = { .next_in = (void *)in, .avail_in = size, .next_out = out, .avail_out = ROOM };

    deflateInit2(&z, 1, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
    deflate(&z, Z_FINISH);
    deflateEnd(&z);
    return z.total_out;
}

static int write_bzimage(const char *path)
{
    static uint8_t plain[PLAIN], packed[ROOM], file[HEADER + ROOM];
    uint32_t length = pack(packed, pack(plain, PLAIN, packed), file + HEADER);
    FILE *out = fopen(path, "w");

    file[0x1f1] = 1;
    memcpy(file + 0x1fe, "\x55\xaaxxHdrS\x0f\x02", 10);
    memcpy(file + 0x24c, &length, sizeof(length));
    return !out || fwrite(file, 1, HEADER + length, out) != HEADER + length || fclose(out);
}

int main(int argc, char **argv)
{
    struct xc xc = { .fd = -1, .buffer_fd = -1 };
    struct xc_guest_kernel *kernel;
    int error;

    if (argc != 2 || chdir(argv[1]) || write_bzimage("nested.bzimage"))
        return 2;
    error = xc_guest_kernel_open(&xc, "nested.bzimage", "nested.cache", &kernel);
    if (error == -ENOEXEC && strstr(xc.error, "not an ELF file"))
        return 0;
    printf("  nested: %d, %s\n", error, xc.error);
    return 1;
}
