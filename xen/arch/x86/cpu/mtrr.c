/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory type range registers. The firmware's settings are kept, and printed on request; domain 0 reads them, adds
 * ranges and takes them away, as kernels and graphics drivers that don't know of PAT do. A register has a number of
 * users, the first of which is who set it, be it the firmware: it is cleared when the last has gone. Intel SDM vol. 3,
 * 12.11.
 */
#include <xen/atomic.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/reason.h>
#include <xen/smp.h>
#include <xen/spinlock.h>
#include <asm/init.h>
#include <asm/mm.h>
#include <asm/platform.h>
#include <asm/processor.h>

#define MSR_MTRR_CAP      0xfe
#define MSR_MTRR_BASE(n)  (0x200 + 2 * (n))
#define MSR_MTRR_MASK(n)  (0x201 + 2 * (n))
#define MSR_MTRR_DEF_TYPE 0x2ff
#define MTRR_VALID        (1u << 11)
#define CAP_COMBINING     (1u << 10)
#define MTRRS_MAX         32

enum { UNCACHED = 0, WRITE_COMBINING = 1, WRITE_THROUGH = 4, WRITE_PROTECTED = 5, WRITE_BACK = 6 };

/* Frames of one type; none when the register is not in use. */
struct range { uint64_t first, frames; unsigned type; };

static unsigned nr_mtrrs;
static bool have_combining;
static unsigned long users[MTRRS_MAX];
static DEFINE_SPINLOCK(mtrr_lock);      /* the registers' contents and users */

static uint64_t frames_there_are(void)
{
    return 1UL << (boot_cpu.phys_bits - PAGE_SHIFT);
}

static struct range read_range(unsigned reg)
{
    uint64_t base = rdmsr(MSR_MTRR_BASE(reg)), mask = rdmsr(MSR_MTRR_MASK(reg)), all = frames_there_are() - 1;

    return (struct range) {
        .first = base >> PAGE_SHIFT & all, .type = base & 0xff,
        .frames = mask & MTRR_VALID ? (~(mask >> PAGE_SHIFT) & all) + 1 : 0,
    };
}

/* ---- changes: all processors at once, none with anything in its caches ---- */

struct change {
    unsigned reg;
    uint64_t base, mask;
    atomic_t come, gone;
};

static void meet(atomic_t *here)
{
    atomic_inc(here);
    while (atomic_read(here) < (int)num_online_cpus())
        cpu_relax();
}

/* Interrupts are off. */
static void change_here(void *arg)
{
    struct change *c = arg;
    unsigned long cr0 = read_cr0();
    uint64_t def = rdmsr(MSR_MTRR_DEF_TYPE);

    meet(&c->come);
    write_cr0((cr0 | X86_CR0_CD) & ~X86_CR0_NW);
    flush_area_local(NULL, FLUSH_TLB | FLUSH_TLB_GLOBAL | FLUSH_CACHE);
    wrmsr(MSR_MTRR_DEF_TYPE, def & ~(uint64_t)MTRR_VALID);
    wrmsr(MSR_MTRR_MASK(c->reg), 0);
    wrmsr(MSR_MTRR_BASE(c->reg), c->base);
    wrmsr(MSR_MTRR_MASK(c->reg), c->mask);
    wrmsr(MSR_MTRR_DEF_TYPE, def);
    flush_area_local(NULL, FLUSH_TLB | FLUSH_TLB_GLOBAL | FLUSH_CACHE);
    write_cr0(cr0);
    meet(&c->gone);
}

static void write_range(unsigned reg, const struct range *r)
{
    struct change c = { .reg = reg };

    if (r->frames) {
        c.base = r->first << PAGE_SHIFT | r->type;
        c.mask = (~(r->frames - 1) & (frames_there_are() - 1)) << PAGE_SHIFT | MTRR_VALID;
    }
    on_selected_cpus(&cpu_online_map, change_here, &c, true);
}

/* ---- which register ---- */

static bool may_overlap(unsigned a, unsigned b)
{
    return a == UNCACHED || b == UNCACHED || (a == WRITE_THROUGH && b == WRITE_BACK) ||
           (a == WRITE_BACK && b == WRITE_THROUGH);
}

static bool overlap(const struct range *a, const struct range *b)
{
    return a->first < b->first + b->frames && b->first < a->first + a->frames;
}

static bool encloses(const struct range *a, const struct range *b)
{
    return a->first <= b->first && b->first + b->frames <= a->first + a->frames;
}

/*
 * Of a range: the register that has it, or a larger one, as *same says; the one that has a part of it, to be widened;
 * or one that is not in use. -EINVAL: types that don't go together; -ENOSPC.
 */
static int find_place(const struct range *r, bool *same)
{
    int unused = -1, part = -1;
    unsigned parts = 0;

    *same = false;
    for (unsigned reg = 0; reg < nr_mtrrs; reg++) {
        struct range old = read_range(reg);

        if (!old.frames) {
            unused = unused < 0 ? (int)reg : unused;
        } else if (!overlap(&old, r)) {
            continue;
        } else if (old.type == r->type && encloses(&old, r)) {
            *same = true;
            return reg;
        } else if (old.type == r->type && encloses(r, &old)) {
            part = reg;
            parts++;
        } else if (!may_overlap(old.type, r->type)) {
            return refuse(-EINVAL, "add_memtype: the range has another type in part");
        }
    }
    if (parts == 1)
        return part;
    return unused >= 0 ? unused : refuse(-ENOSPC, "add_memtype: all registers are in use");
}

static bool is_type(unsigned type)
{
    return type == UNCACHED || (type == WRITE_COMBINING && have_combining) ||
           (type >= WRITE_THROUGH && type <= WRITE_BACK);
}

/* A power of two of frames, at a multiple of itself. */
static bool is_range(const struct range *r)
{
    return r->frames && !(r->frames & (r->frames - 1)) && !(r->first & (r->frames - 1)) &&
           r->first < frames_there_are() && r->frames <= frames_there_are() - r->first;
}

/* ---- platform_op ---- */

int platform_read_memtype(struct xenpf_read_memtype *op)
{
    struct range r;

    if (op->reg >= nr_mtrrs)
        return refuse(-EINVAL, "read_memtype: no such register");
    r = read_range(op->reg);
    op->type = r.type;
    op->mfn = r.first;
    op->nr_mfns = r.frames;
    return 0;
}

int platform_add_memtype(struct xenpf_add_memtype *op)
{
    struct range r = { op->mfn, op->nr_mfns, op->type };
    bool same;
    int reg;

    if (!is_type(op->type) || !is_range(&r))
        return refuse(-EINVAL, "add_memtype: no memory type, or no power of two of frames at a multiple of it");
    spin_lock(&mtrr_lock);
    reg = find_place(&r, &same);
    if (reg >= 0) {
        if (!same)
            write_range(reg, &r);
        users[reg]++;
        op->handle = 0;
        op->reg = reg;
    }
    spin_unlock(&mtrr_lock);
    return min(reg, 0);
}

int platform_del_memtype(const struct xenpf_del_memtype *op)
{
    static const struct range none;
    int err = 0;

    if (op->handle != 0 || op->reg >= nr_mtrrs)
        return refuse(-EINVAL, "del_memtype: no such register");
    spin_lock(&mtrr_lock);
    if (!users[op->reg])
        err = refuse(-EINVAL, "del_memtype: register is not in use");
    else if (--users[op->reg] == 0)
        write_range(op->reg, &none);
    spin_unlock(&mtrr_lock);
    return err;
}

init_text void mtrr_init(void)
{
    uint32_t a, b, c, d;
    uint64_t cap, def;

    cpuid(1, 0, &a, &b, &c, &d);
    if (!(d & (1u << 12)) || !rdmsr_safe(MSR_MTRR_CAP, &cap) || !rdmsr_safe(MSR_MTRR_DEF_TYPE, &def))
        return;
    nr_mtrrs = min((unsigned)(cap & 0xff), (unsigned)MTRRS_MAX);
    have_combining = cap & CAP_COMBINING;
    for (unsigned reg = 0; reg < nr_mtrrs; reg++)
        users[reg] = read_range(reg).frames != 0;
    printk(LOG_DEBUG "MTRR: %u variable ranges, default type %u, %s\n", nr_mtrrs, (unsigned)(def & 0xff),
           def & MTRR_VALID ? "on" : "off");
}
