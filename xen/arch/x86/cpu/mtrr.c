/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory type range registers: the firmware's settings are kept, printed on request, and told to domain 0
 * through XENPF_read_memtype. Intel SDM vol. 3, 12.11.
 */
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/reason.h>
#include <asm/init.h>
#include <asm/platform.h>
#include <asm/processor.h>

#define MSR_MTRR_CAP      0xfe
#define MSR_MTRR_BASE(n)  (0x200 + 2 * (n))
#define MSR_MTRR_MASK(n)  (0x201 + 2 * (n))
#define MSR_MTRR_DEF_TYPE 0x2ff
#define MTRR_VALID        (1u << 11)

static unsigned nr_mtrrs;

/* The variable range op->reg: nr_mfns 0 where it is not in use. */
int platform_read_memtype(struct xenpf_read_memtype *op)
{
    uint64_t base, mask, width = (1UL << boot_cpu.phys_bits) - 1;

    if (op->reg >= nr_mtrrs || !rdmsr_safe(MSR_MTRR_BASE(op->reg), &base) ||
        !rdmsr_safe(MSR_MTRR_MASK(op->reg), &mask))
        return refuse(-EINVAL, "read_memtype: no such register");
    op->type = base & 0xff;
    op->mfn = (base & width) >> PAGE_SHIFT;
    op->nr_mfns = mask & MTRR_VALID ? ((~(mask & ~0xfffUL) & width) + 1) >> PAGE_SHIFT : 0;
    return 0;
}

int platform_add_memtype(struct xenpf_add_memtype *op)
{
    return refuse(-EOPNOTSUPP, "add_memtype: memory types are changed through PAT");
}

int platform_del_memtype(const struct xenpf_del_memtype *op)
{
    return refuse(-EOPNOTSUPP, "del_memtype: memory types are changed through PAT");
}

init_text void mtrr_init(void)
{
    uint32_t a, b, c, d;
    uint64_t cap, def;

    cpuid(1, 0, &a, &b, &c, &d);
    if (!(d & (1u << 12)) || !rdmsr_safe(MSR_MTRR_CAP, &cap) || !rdmsr_safe(MSR_MTRR_DEF_TYPE, &def))
        return;
    nr_mtrrs = cap & 0xff;
    printk(LOG_DEBUG "MTRR: %u variable ranges, default type %u, %s\n", nr_mtrrs, (unsigned)(def & 0xff),
           def & MTRR_VALID ? "on" : "off");
}
