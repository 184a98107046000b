/* SPDX-License-Identifier: GPL-2.0-only */
/* From a kernel file, whatever its wrapping, to a checked ELF image in memory. */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <public/features.h>

#include "guest.h"
#include "kernel_cache.h"
#include "unpack.h"

/* What a kernel may require: granted to every PV guest, or turned on by it through vm_assist. */
#define PV_FEATURES (1u << XENFEAT_writable_page_tables | 1u << XENFEAT_writable_descriptor_tables | \
                     1u << XENFEAT_pae_pgdir_above_4gb | 1u << XENFEAT_mmu_pt_update_preserve_ad | \
                     1u << XENFEAT_highmem_assist | 1u << XENFEAT_gnttab_map_avail_bits)

static int open_file(struct xc *xc, const char *path, int *file, struct stat *st)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC), error = 0;

    if (fd < 0)
        return xc_fail(xc, -errno, "kernel %s", path);
    if (fstat(fd, st) != 0)
        error = xc_fail(xc, -errno, "kernel %s", path);
    else if (!S_ISREG(st->st_mode))
        error = xc_fail_text(xc, -EINVAL, "kernel %s: not a regular file", path);
    else if (st->st_size == 0 || (uint64_t)st->st_size > UNPACK_LIMIT)
        error = xc_fail_text(xc, -ENOEXEC, "kernel %s: the file is %s", path,
                             st->st_size ? "too big" : "empty");
    if (error)
        close(fd);
    else
        *file = fd;
    return error;
}

static int map_file(struct xc *xc, struct xc_guest_kernel *k, int fd, size_t size)
{
    void *mapping = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);

    if (mapping == MAP_FAILED)
        return xc_fail(xc, -errno, "kernel %s", k->path);
    k->mapping = mapping;
    k->mapping_size = size;
    k->image = k->mapping;
    k->image_size = size;
    return 0;
}

/* Take one wrapping off the image. NULL, or the reason why that failed. */
static const char *unwrap(struct xc_guest_kernel *k)
{
    struct bzimage bz = {
        .compression = compression_detect(k->image, k->image_size),
        .payload = k->image, .payload_size = k->image_size,
    };
    uint8_t *inside;
    size_t size;
    const char *why = NULL;

    if (bzimage_is(k->image, k->image_size))
        why = bzimage_parse(&bz, k->image, k->image_size);
    if (why)
        return why;
    if (bz.compression == COMPRESSION_NONE) {
        k->image = bz.payload;
        k->image_size = bz.payload_size;
        return NULL;
    }
    /* What was unpacked before is no kernel: no use in keeping it, nor has its file room for what is in there. */
    if (k->kept >= 0)
        close(k->kept);
    k->kept = k->cache && bz.unpacked_size ? kernel_cache_create(k->cache, bz.unpacked_size) : -1;
    why = unpack(bz.compression, bz.payload, bz.payload_size, bz.unpacked_size, k->kept, &inside, &size);
    if (why)
        return why;
    munmap(k->mapping, k->mapping_size);
    k->mapping = inside;
    k->mapping_size = size;
    k->image = inside;
    k->image_size = size;
    return NULL;
}

static const char *check_kernel(const struct elf_kernel *elf)
{
    if (elf->features_required & ~PV_FEATURES)
        return "the kernel requires features that a PV guest doesn't get";
    if (elf->bsd_symtab)
        return "the kernel wants its symbol table loaded (BSD_SYMTAB), which isn't supported";
    return NULL;
}

/* NULL, or the reason why what is mapped is no kernel that we start. */
static const char *parse(struct xc_guest_kernel *k)
{
    const char *why = NULL;

    /* At most two wrappings: a compressed bzImage. */
    for (int depth = 0; depth < 2 && !why && !elf_is(k->image, k->image_size); depth++)
        why = unwrap(k);
    if (!why)
        why = elf_kernel_parse(&k->elf, k->image, k->image_size);
    return why ? why : check_kernel(&k->elf);
}

/* Map the file, or what it was unpacked to before. */
static int map_kernel(struct xc *xc, struct xc_guest_kernel *k, int fd, const struct stat *st)
{
    int before = k->cache ? kernel_cache_open(k->cache, st) : -1, error;
    struct stat kept;

    if (before < 0)
        return map_file(xc, k, fd, st->st_size);
    error = fstat(before, &kept) ? xc_fail(xc, -errno, "kernel %s, as kept in %s", k->path, k->cache)
                                 : map_file(xc, k, before, kept.st_size);
    close(before);
    return error;
}

static int load(struct xc *xc, struct xc_guest_kernel *k, int fd, const struct stat *st)
{
    int error = map_kernel(xc, k, fd, st);
    const char *why = error ? NULL : parse(k);
    struct stat after;

    if (why)
        error = xc_fail_text(xc, -ENOEXEC, "kernel %s: %s", k->path, why);
    if (k->kept < 0)
        return error;
    if (!error && !mprotect(k->mapping, k->mapping_size, PROT_READ) && !fstat(fd, &after))
        kernel_cache_keep(k->cache, k->kept, st, &after);
    close(k->kept);
    return error;
}

/* See xc_guest.h. */
int xc_guest_kernel_open(struct xc *xc, const char *path, const char *cache, struct xc_guest_kernel **result)
{
    struct xc_guest_kernel *k = calloc(1, sizeof(*k));
    struct stat st;
    int fd = -1, error;

    *result = NULL;
    if (!k || !(k->path = strdup(path))) {
        free(k);
        return xc_fail(xc, -ENOMEM, "kernel %s", path);
    }
    k->cache = cache;
    k->kept = -1;
    error = open_file(xc, path, &fd, &st);
    if (!error) {
        error = load(xc, k, fd, &st);
        close(fd);
    }
    if (error)
        xc_guest_kernel_close(k);
    else
        *result = k;
    return error;
}

/* See xc_guest.h. */
void xc_guest_kernel_close(struct xc_guest_kernel *k)
{
    if (!k)
        return;
    if (k->mapping)
        munmap(k->mapping, k->mapping_size);
    free(k->path);
    free(k);
}

/* See xc_guest.h. */
unsigned int xc_guest_kernel_bits(const struct xc_guest_kernel *k)
{
    return k->elf.bits;
}

/* See xc_guest.h. */
const char *xc_guest_kernel_os(const struct xc_guest_kernel *k)
{
    return k->elf.guest_os;
}

/* See guest.h. */
struct layout_request guest_layout_request(const struct elf_kernel *kernel, uint64_t pages,
                                           uint64_t ramdisk_size)
{
    return (struct layout_request){
        .levels = kernel->bits == 64 ? 4 : 3,
        .module_unmapped = kernel->mod_start_pfn,
        .has_init_p2m = kernel->has_init_p2m,
        .init_p2m = kernel->init_p2m,
        .virt_base = kernel->virt_base,
        .kernel_end = kernel->phys_end,
        .module_size = ramdisk_size,
        .nr_pages = pages,
    };
}

/* Doubling comes first: a size far too large fails as well where the p2m list lies beside the kernel. */
uint64_t xc_guest_kernel_min_pages(const struct xc_guest_kernel *k, uint64_t ramdisk_size)
{
    uint64_t too_few = 0, enough = 1;
    struct layout layout;

    while (enough < 1ull << 32) {
        struct layout_request request = guest_layout_request(&k->elf, enough, ramdisk_size);

        if (!layout_compute(&layout, &request))
            break;
        too_few = enough;
        enough *= 2;
    }
    while (enough - too_few > 1) {
        uint64_t middle = (too_few + enough) / 2;
        struct layout_request request = guest_layout_request(&k->elf, middle, ramdisk_size);

        if (layout_compute(&layout, &request))
            too_few = middle;
        else
            enough = middle;
    }
    return enough;
}
