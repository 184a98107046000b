/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Log-dirty mode (XEN_DOMCTL_shadow_op). A domain can't do it to itself, domain 0 can to one it has made. As a guest, with the option write=1, the kernel
 * writes to its pages `written` over and over, and never to `untouched`: test/system/dirty.py looks at its log.
 */
#include "child.h"
#include "stack.h"
#include "test.h"

#include <public/domctl.h>
#include <public/errno.h>
#include <public/memory.h>
#include <public/sched.h>
#include <public/sysctl.h>

#define NR_PAGES 40

char written[NR_PAGES][PAGE_SIZE] __attribute__((aligned(4096), used));
char untouched[NR_PAGES][PAGE_SIZE] __attribute__((aligned(4096), used));

static void not_on_oneself(void)
{
    static const uint32_t ops[] = {
        XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY, XEN_DOMCTL_SHADOW_OP_ENABLE, XEN_DOMCTL_SHADOW_OP_OFF,
        XEN_DOMCTL_SHADOW_OP_CLEAN, XEN_DOMCTL_SHADOW_OP_PEEK, XEN_DOMCTL_SHADOW_OP_GET_ALLOCATION,
        XEN_DOMCTL_SHADOW_OP_SET_ALLOCATION, 99,
    };

    for (unsigned int i = 0; i < ARRAY_SIZE(ops); i++) {
        struct xen_domctl op = {
            .cmd = XEN_DOMCTL_shadow_op, .interface_version = XEN_DOMCTL_INTERFACE_VERSION, .domain = 0,
            .u.shadow_op = { .op = ops[i], .mode = XEN_DOMCTL_SHADOW_ENABLE_LOG_DIRTY },
        };

        CHECK_EQ(HYPERCALL(domctl, &op), start_info->flags & SIF_PRIVILEGED ? -XEN_EINVAL : -XEN_EPERM);
    }
}

/* ---- another domain, without a vcpu that runs: what is logged is written by the hypervisor */

#define NR_FRAMES 8
#define FIRST_PFN 100
#define LOG_BITS  256

static domid_t other;
static xen_pfn_t frames[NR_FRAMES];
static uint8_t *bits;

static long control(uint32_t command, struct xen_domctl *op)
{
    op->cmd = command;
    op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
    op->domain = other;
    return HYPERCALL(domctl, op);
}

static long shadow(uint32_t what, uint32_t mode)
{
    struct xen_domctl op = { .u.shadow_op = { .op = what, .mode = mode } };

    return control(XEN_DOMCTL_shadow_op, &op);
}

/* The number of bits written, or an error. */
static long read_log(uint32_t what, uint64_t pages)
{
    struct xen_domctl op = { .u.shadow_op = { .op = what, .pages = pages } };
    long rc;

    memset(bits, 0, PAGE_SIZE);
    set_xen_guest_handle(op.u.shadow_op.dirty_bitmap, bits);
    rc = control(XEN_DOMCTL_shadow_op, &op);
    return rc ? rc : (long)op.u.shadow_op.pages;
}

/* Bit i: page FIRST_PFN + i was written to. -1: others were, or the log can't be read. */
static long log_of_frames(uint32_t what)
{
    long seen = 0;

    if (read_log(what, LOG_BITS) != LOG_BITS)
        return -1;
    for (unsigned int n = 0; n < LOG_BITS; n++)
        if (bits[n / 8] >> n % 8 & 1) {
            if (n < FIRST_PFN || n >= FIRST_PFN + NR_FRAMES)
                return -1;
            seen |= 1l << (n - FIRST_PFN);
        }
    return seen;
}

static long free_pages(void)
{
    struct xen_sysctl op = { .cmd = XEN_SYSCTL_physinfo, .interface_version = XEN_SYSCTL_INTERFACE_VERSION };

    return HYPERCALL(sysctl, &op) ? -1 : (long)op.u.physinfo.free_pages;
}

static long create(void)
{
    struct xen_domctl op = { .u.createdomain = { .max_vcpus = 1, .max_evtchn_port = 1023, .max_grant_frames = 4,
                                                 .max_maptrack_frames = 4, .grant_opts = 1 } };
    long rc;

    bits = page_alloc();
    other = 0;
    rc = control(XEN_DOMCTL_createdomain, &op);
    other = op.domain;
    op.u.max_mem.max_memkb = 1024;
    rc = rc ? rc : control(XEN_DOMCTL_max_mem, &op);
    op.u.max_vcpus.max = 1;
    return rc ? rc : control(XEN_DOMCTL_max_vcpus, &op);
}

static long destroy(void)
{
    struct xen_domctl op = { 0 };

    return control(XEN_DOMCTL_destroydomain, &op);
}

static long reservation(unsigned int command, unsigned int first, unsigned int count)
{
    struct xen_memory_reservation r = { .nr_extents = count, .domid = other };

    set_xen_guest_handle(r.extent_start, frames + first);
    return HYPERCALL(memory_op, command, &r);
}

static bool possible(void)
{
    bool able = is_domain_0() && tells_why();

    if (!able)
        skip("for domain 0, and a hypervisor with log-dirty mode");
    return able;
}

static void modes(void)
{
    static const uint32_t refused[] = {
        XEN_DOMCTL_SHADOW_ENABLE_REFCOUNT, XEN_DOMCTL_SHADOW_ENABLE_TRANSLATE, XEN_DOMCTL_SHADOW_ENABLE_EXTERNAL,
        XEN_DOMCTL_SHADOW_ENABLE_LOG_DIRTY | XEN_DOMCTL_SHADOW_ENABLE_EXTERNAL, 1, 1u << 31,
    };

    if (!possible())
        return;
    CHECK_EQ(create(), 0);
    CHECK_EQ(shadow(XEN_DOMCTL_SHADOW_OP_OFF, 0), 0);
    for (unsigned int i = 0; i < ARRAY_SIZE(refused); i++)
        CHECK_EQ(shadow(XEN_DOMCTL_SHADOW_OP_ENABLE, refused[i]), -XEN_EINVAL);
    CHECK_EQ(shadow(99, 0), -XEN_EINVAL);
    CHECK_EQ(read_log(XEN_DOMCTL_SHADOW_OP_PEEK, 8), -XEN_EINVAL);
    CHECK_EQ(shadow(XEN_DOMCTL_SHADOW_OP_ENABLE_TEST, 0), 0);
    CHECK_EQ(read_log(XEN_DOMCTL_SHADOW_OP_CLEAN, 8), -XEN_EINVAL);
    CHECK_EQ(shadow(XEN_DOMCTL_SHADOW_OP_ENABLE, XEN_DOMCTL_SHADOW_ENABLE_LOG_DIRTY), -XEN_EINVAL);
    CHECK_EQ(shadow(XEN_DOMCTL_SHADOW_OP_OFF, 0), 0);
    CHECK_EQ(shadow(XEN_DOMCTL_SHADOW_OP_ENABLE, XEN_DOMCTL_SHADOW_ENABLE_LOG_DIRTY), 0);
    CHECK_EQ(shadow(XEN_DOMCTL_SHADOW_OP_PEEK, 2), -XEN_EINVAL);
    CHECK_EQ(shadow(XEN_DOMCTL_SHADOW_OP_PEEK, XEN_DOMCTL_SHADOW_LOGDIRTY_FINAL), 0);
    CHECK_EQ(read_log(XEN_DOMCTL_SHADOW_OP_PEEK, ~0ull), 256);      /* 1 MiB */
    CHECK_EQ(destroy(), 0);
}

static void allocation(void)
{
    struct xen_domctl op = { .u.shadow_op = { .op = XEN_DOMCTL_SHADOW_OP_GET_ALLOCATION, .mb = 77 } };

    if (!possible())
        return;
    CHECK_EQ(create(), 0);
    CHECK_EQ(control(XEN_DOMCTL_shadow_op, &op), 0);
    CHECK_EQ(op.u.shadow_op.mb, 0);
    op.u.shadow_op = (struct xen_domctl_shadow_op) { .op = XEN_DOMCTL_SHADOW_OP_SET_ALLOCATION, .mb = 3 };
    CHECK_EQ(control(XEN_DOMCTL_shadow_op, &op), 0);
    op.u.shadow_op.mb = ~0u;
    CHECK_EQ(control(XEN_DOMCTL_shadow_op, &op), -XEN_ENOMEM);
    CHECK_EQ(shadow(XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY, 0), 0);
    op.u.shadow_op.op = XEN_DOMCTL_SHADOW_OP_GET_ALLOCATION;
    CHECK_EQ(control(XEN_DOMCTL_shadow_op, &op), 0);
    CHECK_EQ(op.u.shadow_op.mb, 3);
    op.u.shadow_op = (struct xen_domctl_shadow_op) { .op = XEN_DOMCTL_SHADOW_OP_SET_ALLOCATION, .mb = 0 };
    CHECK_EQ(control(XEN_DOMCTL_shadow_op, &op), 0);
    op.u.shadow_op.op = XEN_DOMCTL_SHADOW_OP_GET_ALLOCATION;
    CHECK_EQ(control(XEN_DOMCTL_shadow_op, &op), 0);
    CHECK_EQ(op.u.shadow_op.mb, 1);                                 /* it can't do with less */
    CHECK_EQ(destroy(), 0);
}

/* What the hypervisor itself does to a domain's frames is in the log, once. */
static void hypervisor_writes(void)
{
    struct mmuext_op clear = { .cmd = MMUEXT_CLEAR_PAGE };
    struct mmu_update rename = { .val = FIRST_PFN + 3 };

    if (!possible())
        return;
    CHECK_EQ(create(), 0);
    CHECK_EQ(shadow(XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY, 0), 0);
    for (unsigned int i = 0; i < NR_FRAMES; i++)
        frames[i] = FIRST_PFN + i;
    CHECK_EQ(reservation(XENMEM_populate_physmap, 0, NR_FRAMES), NR_FRAMES);
    CHECK_EQ(log_of_frames(XEN_DOMCTL_SHADOW_OP_PEEK), 0xff);
    CHECK_EQ(log_of_frames(XEN_DOMCTL_SHADOW_OP_CLEAN), 0xff);
    CHECK_EQ(log_of_frames(XEN_DOMCTL_SHADOW_OP_PEEK), 0);
    clear.arg1.mfn = frames[5];
    CHECK_EQ(HYPERCALL(mmuext_op, &clear, 1, 0, other), 0);
    CHECK_EQ(log_of_frames(XEN_DOMCTL_SHADOW_OP_CLEAN), 1 << 5);
    rename.ptr = (uint64_t)frames[6] << PAGE_SHIFT | MMU_MACHPHYS_UPDATE;
    CHECK_EQ(HYPERCALL(mmu_update, &rename, 1, 0, other), 0);
    CHECK_EQ(log_of_frames(XEN_DOMCTL_SHADOW_OP_CLEAN), 1 << 3);
    rename.val = ~0ull;                                             /* a frame without a number */
    CHECK_EQ(HYPERCALL(mmu_update, &rename, 1, 0, other), 0);
    clear.arg1.mfn = frames[6];
    CHECK_EQ(HYPERCALL(mmuext_op, &clear, 1, 0, other), 0);
    CHECK_EQ(log_of_frames(XEN_DOMCTL_SHADOW_OP_CLEAN), 0);
    CHECK_EQ(reservation(XENMEM_decrease_reservation, 7, 1), 1);
    CHECK_EQ(log_of_frames(XEN_DOMCTL_SHADOW_OP_CLEAN), 1 << 7);
    CHECK_EQ(destroy(), 0);
}

/* A bitmap shorter than the log, or one that is not there, loses nothing. */
static void bitmaps(void)
{
    struct xen_domctl op = { .u.shadow_op = { .op = XEN_DOMCTL_SHADOW_OP_CLEAN, .pages = LOG_BITS } };

    if (!possible())
        return;
    CHECK_EQ(create(), 0);
    CHECK_EQ(shadow(XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY, 0), 0);
    for (unsigned int i = 0; i < NR_FRAMES; i++)
        frames[i] = FIRST_PFN + i;
    CHECK_EQ(reservation(XENMEM_populate_physmap, 0, NR_FRAMES), NR_FRAMES);
    memset(&op.u.shadow_op.dirty_bitmap, 0xff, sizeof(op.u.shadow_op.dirty_bitmap));
    CHECK_EQ(control(XEN_DOMCTL_shadow_op, &op), -XEN_EFAULT);
    memset(&op.u.shadow_op.dirty_bitmap, 0, sizeof(op.u.shadow_op.dirty_bitmap));
    op.u.shadow_op.op = XEN_DOMCTL_SHADOW_OP_PEEK;
    CHECK_EQ(control(XEN_DOMCTL_shadow_op, &op), 0);
    CHECK_EQ(op.u.shadow_op.stats.dirty_count, NR_FRAMES);
    CHECK_EQ(log_of_frames(XEN_DOMCTL_SHADOW_OP_PEEK), 0xff);
    CHECK_EQ(read_log(XEN_DOMCTL_SHADOW_OP_CLEAN, FIRST_PFN + 2), FIRST_PFN + 2);
    CHECK_EQ(bits[FIRST_PFN / 8] >> FIRST_PFN % 8, 3);
    CHECK_EQ(log_of_frames(XEN_DOMCTL_SHADOW_OP_PEEK), 0xfc);
    CHECK_EQ(read_log(XEN_DOMCTL_SHADOW_OP_CLEAN, 0), 0);
    CHECK_EQ(log_of_frames(XEN_DOMCTL_SHADOW_OP_PEEK), 0xfc);
    op.u.shadow_op.op = XEN_DOMCTL_SHADOW_OP_CLEAN;
    CHECK_EQ(control(XEN_DOMCTL_shadow_op, &op), 0);
    CHECK_EQ(log_of_frames(XEN_DOMCTL_SHADOW_OP_PEEK), 0);
    CHECK_EQ(destroy(), 0);
}

static struct child child;
static uint64_t ldt[PAGE_SIZE / sizeof(uint64_t)] __attribute__((aligned(4096)));

static void load_fs(unsigned int selector)
{
    asm volatile("mov %0, %%fs" :: "r"(selector));
}

static long set_ldt(const void *table, unsigned int entries)
{
    struct mmuext_op op = { .cmd = MMUEXT_SET_LDT, .arg1.linear_addr = (unsigned long)table, .arg2.nr_ents = entries };

    return HYPERCALL(mmuext_op, &op, 1, 0, DOMID_SELF);
}

/* A child with a local descriptor table, which it has used, stops; it drops the table when it goes on. */
static void use_and_drop_ldt(void *unused)
{
    struct sched_shutdown suspend = { .reason = SHUTDOWN_suspend };

    ldt[1] = 0x00cff2000000ffff;                                    /* data, ring 3, not yet accessed */
    CHECK_EQ(remap(ldt, PTE_PRESENT | PTE_USER), 0);
    CHECK_EQ(set_ldt(ldt, 512), 0);
    load_fs(0xf);
    HYPERCALL(sched_op, SCHEDOP_shutdown, &suspend);
    load_fs(0);
    CHECK_EQ(set_ldt(NULL, 0), 0);
}

static bool is_in_log(const void *page)
{
    unsigned long n = ((unsigned long)page - VIRT_BASE) >> PAGE_SHIFT;

    return read_log(XEN_DOMCTL_SHADOW_OP_CLEAN, 8 * PAGE_SIZE) > (long)n && bits[n / 8] >> n % 8 & 1;
}

static void resume(void)
{
    CHECK_EQ(DOMCTL(pausedomain, child.id), 0);
    CHECK_EQ(DOMCTL(resumedomain, child.id), 0);
}

/* A descriptor table may change, by accessed bits, until it is dropped: it is in each answer until after that. */
static void descriptors_dropped(void)
{
    if (!possible())
        return;
    bits = page_alloc();
    CHECK_EQ(child_run(&child, use_and_drop_ldt, NULL), SHUTDOWN_suspend);
    other = child.id;
    CHECK_EQ(shadow(XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY, 0), 0);
    CHECK(is_in_log(ldt));
    CHECK(is_in_log(ldt));
    resume();
    CHECK_EQ(child_wait(&child), SHUTDOWN_poweroff);
    CHECK(is_in_log(ldt));
    CHECK(!is_in_log(ldt));
    CHECK(child_destroy(&child));
}

/* The page's frame gets the number n. */
static long renumber(const void *page, uint64_t n)
{
    struct mmu_update u = { .ptr = virt_to_mfn(page) << PAGE_SHIFT | MMU_MACHPHYS_UPDATE, .val = n };

    return HYPERCALL(mmu_update, &u, 1, 0, DOMID_SELF);
}

/* A child writes to a page whose number changes from one in the log to others, and back. */
static void write_without_number(void *unused)
{
    static const uint64_t numbers[] = { ~0ull, 1ull << 20, 1ull << 31, 1ull << 40, 1ull << 62, 1ull << 63 };
    struct sched_shutdown suspend = { .reason = SHUTDOWN_suspend };
    unsigned long own = ((unsigned long)written[0] - VIRT_BASE) >> PAGE_SHIFT;

    HYPERCALL(sched_op, SCHEDOP_shutdown, &suspend);
    for (unsigned int i = 0; i < 100; i++) {
        CHECK_EQ(renumber(written[0], numbers[i % ARRAY_SIZE(numbers)]), 0);
        CHECK_EQ(remap(written[0], PTE_PRESENT | PTE_WRITE | PTE_USER), 0);     /* to be looked at anew */
        ((volatile char *)written[0])[i]++;
        if (i % 2)
            CHECK_EQ(renumber(written[0], own), 0);
        ((volatile char *)written[0])[i]++;
        CHECK_EQ(written[0][i], 2);
    }
    CHECK_EQ(renumber(written[0], ~0ull), 0);
    HYPERCALL(sched_op, SCHEDOP_shutdown, &suspend);
    CHECK_EQ(remap(written[0], PTE_PRESENT | PTE_WRITE | PTE_USER), 0);
    ((volatile char *)written[0])[0]++;
}

/* Numbers beyond the log are none: such frames are written to and are not in it. */
static void numbers_beyond(void)
{
    if (!possible())
        return;
    bits = page_alloc();
    CHECK_EQ(child_run(&child, write_without_number, NULL), SHUTDOWN_suspend);
    other = child.id;
    CHECK_EQ(shadow(XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY, 0), 0);
    resume();
    CHECK_EQ(child_wait(&child), SHUTDOWN_suspend);
    CHECK(is_in_log(written[0]));
    resume();
    CHECK_EQ(child_wait(&child), SHUTDOWN_poweroff);
    CHECK(!is_in_log(written[0]));
    CHECK(!is_in_log(untouched[0]));
    CHECK(child_destroy(&child));
}

/* Whether a domain dies in this mode or leaves it. */
static void leaves_nothing(void)
{
    long before;

    if (!possible())
        return;
    CHECK_EQ(create(), 0);
    CHECK_EQ(destroy(), 0);
    before = free_pages();
    for (unsigned int i = 0; i < 20; i++) {
        CHECK_EQ(create(), 0);
        CHECK_EQ(shadow(XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY, 0), 0);
        if (i % 2)
            CHECK_EQ(shadow(XEN_DOMCTL_SHADOW_OP_OFF, 0), 0);
        CHECK_EQ(destroy(), 0);
    }
    CHECK_EQ(free_pages(), before);
}

static void writes(void)
{
    if (!option_given("write")) {
        skip("for a guest with the option write=1");
        return;
    }
    print("writing\n");
    for (;;) {
        for (unsigned int i = 0; i < NR_PAGES; i++)
            ((volatile char *)written[i])[i]++;
        HYPERCALL(sched_op, SCHEDOP_yield, 0);
    }
}

const struct test tests[] = {
    { "dirty.not_on_oneself", not_on_oneself },
    { "dirty.modes", modes },
    { "dirty.allocation", allocation },
    { "dirty.hypervisor_writes", hypervisor_writes },
    { "dirty.bitmaps", bitmaps },
    { "dirty.descriptors_dropped", descriptors_dropped },
    { "dirty.numbers_beyond", numbers_beyond },
    { "dirty.leaves_nothing", leaves_nothing },
    { "dirty.writes", writes },
    { NULL, NULL },
};
