/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A domain's memory and first vcpu. Every page is mapped once, written and unmapped: no page-table page may
 * have a writable mapping left when the top-level table is pinned: the hypervisor checks all of them then.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest.h"

#define SUPERPAGE_ORDER 9
#define SUPERPAGE_PAGES (1u << SUPERPAGE_ORDER)
#define STEP_PAGES      16384u      /* between two progress reports */

static void report(const struct guest *g, const char *what, uint64_t done, uint64_t total)
{
    if (g->config->progress)
        g->config->progress(g->config->progress_context, what, done, total);
}

/* --- Memory --- */

/* Whole superpages from pfn 0 on, as many as there are. Returns the pages populated; the p2m has them. */
static uint64_t populate_superpages(struct guest *g)
{
    uint64_t wanted = g->config->pages / SUPERPAGE_PAGES, done = 0;
    xen_pfn_t frames[STEP_PAGES / SUPERPAGE_PAGES];

    while (done < wanted) {
        uint64_t batch = STEP_PAGES / SUPERPAGE_PAGES;
        long n;

        if (batch > wanted - done)
            batch = wanted - done;
        for (uint64_t i = 0; i < batch; i++)
            frames[i] = (done + i) * SUPERPAGE_PAGES;
        n = xc_memory_populate(g->xc, g->config->domid, SUPERPAGE_ORDER, 0, batch, frames);
        for (long i = 0; i < n; i++)
            for (uint64_t page = 0; page < SUPERPAGE_PAGES; page++)
                g->p2m[(done + i) * SUPERPAGE_PAGES + page] = frames[i] + page;
        if (n > 0)
            done += n;
        if (n < (long)batch)
            break;
        report(g, "memory", done * SUPERPAGE_PAGES, g->config->pages);
    }
    return done * SUPERPAGE_PAGES;
}

static int populate(struct guest *g)
{
    uint64_t total = g->config->pages, done;

    g->p2m = malloc(total * sizeof(*g->p2m));
    if (!g->p2m)
        return xc_fail(g->xc, -ENOMEM, "page list of domain %u", g->config->domid);
    done = populate_superpages(g);
    for (uint64_t pfn = done; pfn < total; pfn++)
        g->p2m[pfn] = pfn;
    while (done < total) {
        uint64_t batch = total - done < STEP_PAGES ? total - done : STEP_PAGES;
        long n = xc_memory_populate(g->xc, g->config->domid, 0, 0, batch, g->p2m + done);

        if (n < (long)batch)
            return xc_fail_text(g->xc, -ENOMEM, "domain %u needs %lu MiB, but the hypervisor could give only "
                                "%lu MiB: shut a guest down, or balloon domain 0", g->config->domid,
                                (unsigned long)(total >> 8), (unsigned long)((done + (n > 0 ? n : 0)) >> 8));
        done += n;
        report(g, "memory", done, total);
    }
    return 0;
}

static void *map_pages(const struct guest *g, uint64_t pfn, uint64_t count)
{
    return xc_map_foreign(g->xc, g->config->domid, PROT_READ | PROT_WRITE, g->p2m + pfn, count, NULL);
}

/* --- Contents --- */

static int load_kernel(struct guest *g)
{
    uint64_t first = g->kernel->phys_start / XC_PAGE_SIZE;
    uint64_t count = (g->kernel->phys_end + XC_PAGE_SIZE - 1) / XC_PAGE_SIZE - first;
    uint8_t *to = map_pages(g, first, count);

    if (!to)
        return -errno;
    elf_kernel_load(g->kernel, to + g->kernel->phys_start % XC_PAGE_SIZE);
    xc_unmap(g->xc, to, count);
    report(g, "kernel", count, count);
    return 0;
}

static int load_ramdisk(struct guest *g)
{
    const struct layout_area *area = &g->layout.module;
    uint8_t *to;
    uint64_t done = 0;
    int error = 0;

    if (!area->count)
        return 0;
    to = map_pages(g, area->pfn, area->count);
    if (!to)
        return -errno;
    while (done < g->ramdisk_size && !error) {
        ssize_t n = pread(g->ramdisk_fd, to + done, g->ramdisk_size - done, done);

        if (n < 0 && errno != EINTR)
            error = xc_fail(g->xc, -errno, "reading ramdisk %s", g->config->ramdisk);
        else if (n == 0)
            error = xc_fail_text(g->xc, -EIO, "ramdisk %s became shorter meanwhile", g->config->ramdisk);
        else if (n > 0)
            done += n;
    }
    memset(to + done, 0, area->count * XC_PAGE_SIZE - done);
    xc_unmap(g->xc, to, area->count);
    report(g, "ramdisk", area->count, area->count);
    return error;
}

static int write_p2m(struct guest *g)
{
    void *to = map_pages(g, g->layout.p2m.pfn, g->layout.p2m.count);

    if (!to)
        return -errno;
    guest_write_p2m(g, to);
    xc_unmap(g->xc, to, g->layout.p2m.count);
    return 0;
}

static uint64_t mfn_of(void *context, uint64_t pfn)
{
    return ((const xen_pfn_t *)context)[pfn];
}

static int write_page_tables(struct guest *g)
{
    unsigned int count = layout_nr_tables(&g->layout);
    xen_pfn_t *mfns = malloc(count * sizeof(*mfns));
    uint8_t *to;

    if (!mfns)
        return xc_fail(g->xc, -ENOMEM, "page tables of domain %u", g->config->domid);
    for (unsigned int i = 0; i < count; i++)
        mfns[i] = g->p2m[layout_table_pfn(&g->layout, i)];
    to = xc_map_foreign(g->xc, g->config->domid, PROT_READ | PROT_WRITE, mfns, count, NULL);
    free(mfns);
    if (!to)
        return -errno;
    for (unsigned int i = 0; i < count; i++)
        layout_fill_table(&g->layout, i, (uint64_t *)(to + i * XC_PAGE_SIZE), mfn_of, g->p2m);
    xc_unmap(g->xc, to, count);
    return 0;
}

/* start_info and the two rings, which follow each other; the stack stays as it is. */
static int write_special_pages(struct guest *g)
{
    const uint64_t count = 3;
    uint8_t *to = map_pages(g, g->layout.start_info.pfn, count);

    if (!to)
        return -errno;
    memset(to, 0, count * XC_PAGE_SIZE);
    guest_write_start_info(g, to);
    xc_unmap(g->xc, to, count);

    to = xc_map_foreign(g->xc, g->config->domid, PROT_READ | PROT_WRITE, &g->shared_info_mfn, 1, NULL);
    if (!to)
        return -errno;
    guest_init_shared_info(to);
    xc_unmap(g->xc, to, 1);
    return 0;
}

static int write_hypercall_page(struct guest *g)
{
    uint64_t pfn = (g->kernel->hypercall_page - g->kernel->virt_base) / XC_PAGE_SIZE;

    return g->kernel->has_hypercall_page ? xc_domain_hypercall_init(g->xc, g->config->domid, g->p2m[pfn]) : 0;
}

static int pin_tables(struct guest *g)
{
    struct mmuext_op pin = {
        .cmd = g->layout.levels == 4 ? MMUEXT_PIN_L4_TABLE : MMUEXT_PIN_L3_TABLE,
        .arg1.mfn = g->p2m[layout_table_pfn(&g->layout, 0)],
    };

    return xc_mmuext_op(g->xc, g->config->domid, &pin, 1);
}

/* --- The whole --- */

static int open_ramdisk(struct guest *g)
{
    const char *path = g->config->ramdisk;
    struct stat st;

    if (!path)
        return 0;
    g->ramdisk_fd = open(path, O_RDONLY | O_CLOEXEC);
    if (g->ramdisk_fd < 0 || fstat(g->ramdisk_fd, &st) != 0)
        return xc_fail(g->xc, -errno, "ramdisk %s", path);
    if (!S_ISREG(st.st_mode))
        return xc_fail_text(g->xc, -EINVAL, "ramdisk %s: not a regular file", path);
    g->ramdisk_size = st.st_size;
    return 0;
}

/* Everything that can be refused without touching the domain. */
static int prepare(struct guest *g)
{
    const struct xc_guest_config *config = g->config;
    struct xen_domctl_getdomaininfo info;
    struct layout_request request;
    const char *why;
    int error;

    if (config->cmdline && strlen(config->cmdline) >= MAX_GUEST_CMDLINE)
        return xc_fail_text(g->xc, -E2BIG, "the kernel command line is longer than %u bytes",
                            MAX_GUEST_CMDLINE - 1);
    error = open_ramdisk(g);
    if (error)
        return error;
    request = guest_layout_request(g->kernel, config->pages, g->ramdisk_size);
    why = layout_compute(&g->layout, &request);
    if (why) {
        unsigned long needed = xc_guest_kernel_min_pages(config->kernel, g->ramdisk_size);

        return xc_fail_text(g->xc, -ENOMEM, "%s (%lu MiB, at least %lu MiB for this kernel and ramdisk)", why,
                            (unsigned long)(config->pages >> 8), (needed + 255) >> 8);
    }
    error = xc_domain_info(g->xc, config->domid, &info);
    g->shared_info_mfn = info.shared_info_frame;
    return error;
}

static int build(struct guest *g)
{
    const struct xc_guest_config *config = g->config;
    uint64_t limit = config->max_pages > config->pages ? config->max_pages : config->pages;
    int error;

    error = prepare(g);
    /* First of all: it says where the domain's memory may lie. */
    if (!error && g->kernel->bits == 32)
        error = xc_domain_set_address_size(g->xc, config->domid, 32);
    if (!error)
        error = xc_domain_set_memory_map(g->xc, config->domid, limit * (XC_PAGE_SIZE / 1024));
    if (!error)
        error = populate(g);
    if (!error)
        error = load_kernel(g);
    if (!error)
        error = load_ramdisk(g);
    if (!error)
        error = write_p2m(g);
    if (!error)
        error = write_special_pages(g);
    if (!error)
        error = write_hypercall_page(g);
    if (!error)
        error = write_page_tables(g);
    if (!error)
        error = pin_tables(g);
    if (!error)
        error = xc_gnttab_seed(g->xc, config->domid,
                               g->p2m[g->layout.console.pfn], config->console_domid,
                               g->p2m[g->layout.xenstore.pfn], config->store_domid);
    if (!error)
        error = guest_start_vcpu(g);
    return error;
}

/* See xc_guest.h. */
int xc_guest_build(struct xc *xc, const struct xc_guest_config *config, struct xc_guest_result *result)
{
    struct guest g = { .xc = xc, .config = config, .kernel = &config->kernel->elf, .ramdisk_fd = -1 };
    int error = build(&g);

    if (!error)
        *result = (struct xc_guest_result){
            .store_pfn = g.layout.xenstore.pfn, .store_mfn = g.p2m[g.layout.xenstore.pfn],
            .console_pfn = g.layout.console.pfn, .console_mfn = g.p2m[g.layout.console.pfn],
            .virt_entry = g.kernel->entry, .virt_base = g.kernel->virt_base,
        };
    if (g.ramdisk_fd >= 0)
        close(g.ramdisk_fd);
    free(g.p2m);
    return error;
}
