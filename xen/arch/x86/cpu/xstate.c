/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * FPU and extended state. Area: the standard format of XSAVE (512 bytes as FXSAVE has them, 64 of header,
 * components at the offsets that CPUID leaf 0xd tells), or the first 512 bytes alone on a processor without
 * XSAVE.
 */
#include <xen/lib.h>
#include <xen/percpu.h>
#include <xen/sched.h>
#include <asm/processor.h>
#include <asm/xstate.h>

#define LEGACY_SIZE     512
#define HEADER_SIZE     64
#define AREA_ALIGN      64
#define FCW_INIT        0x37f
#define MXCSR_INIT      0x1f80
#define XSTATE_AVX512   0xe0UL      /* opmask, upper halves of 0-15, 16-31: all or none */
#define XSTATE_BNDREGS  0x18UL

struct xsave_area {
    uint16_t fcw, fsw;
    uint8_t ftw, reserved;
    uint16_t fop;
    uint64_t fip, fdp;
    uint32_t mxcsr, mxcsr_mask;
    uint8_t registers[LEGACY_SIZE - 32];
    uint64_t xstate_bv, xcomp_bv, header[6];
};

static DEFINE_PER_CPU(uint64_t, loaded_xcr0);

static unsigned area_size(void)
{
    return boot_cpu.xsave ? max(boot_cpu.xsave_size, (unsigned)sizeof(struct xsave_area))
                          : sizeof(struct xsave_area);
}

void xstate_reset(struct vcpu *v)
{
    struct xsave_area *a = v->arch.xsave_area;

    memset(a, 0, area_size());
    a->fcw = FCW_INIT;
    a->mxcsr = MXCSR_INIT;
    v->arch.xcr0 = XSTATE_X87 | (boot_cpu.xsave ? XSTATE_SSE : 0);
}

int xstate_create(struct vcpu *v)
{
    v->arch.xsave_area = xzalloc_bytes(area_size(), AREA_ALIGN);
    if (!v->arch.xsave_area)
        return -ENOMEM;
    xstate_reset(v);
    return 0;
}

void xstate_destroy(struct vcpu *v)
{
    xfree(v->arch.xsave_area);
    v->arch.xsave_area = NULL;
}

static void set_xcr0(uint64_t value)
{
    if (this_cpu(loaded_xcr0) == value)
        return;
    __asm__ volatile ("xsetbv" :: "a" ((uint32_t)value), "d" ((uint32_t)(value >> 32)), "c" (0));
    this_cpu(loaded_xcr0) = value;
}

/* SSE's registers can be used whatever XCR0 says (SDM volume 1, 13.5.2: CR4.OSFXSR governs it), so they are always exchanged. */
static uint64_t exchanged(const struct vcpu *v)
{
    return v->arch.xcr0 | XSTATE_SSE;
}

/* Interrupts off or the vcpu current and staying so. */
void xstate_save(struct vcpu *v)
{
    struct xsave_area *a = v->arch.xsave_area;

    clts();
    if (boot_cpu.xsave)
        set_xcr0(exchanged(v));
    if (!boot_cpu.xsave)
        __asm__ volatile ("fxsave64 %0" : "=m" (*a));
    else if (boot_cpu.xsaveopt)
        __asm__ volatile ("xsaveopt64 %0" : "+m" (*a) : "a" (-1), "d" (-1) : "memory");
    else
        __asm__ volatile ("xsave64 %0" : "+m" (*a) : "a" (-1), "d" (-1) : "memory");
}

/*
 * Loading leaves the last instruction's and operand's addresses alone on these processors, unless an exception is pending (APM
 * volume 2, 11.4.4.3): so that they aren't the last vcpu's, an instruction of ours on a number of ours.
 */
static void hide_last_x87_instruction(void)
{
    static const uint32_t number;

    __asm__ volatile ("fnclex; emms; fildl %0" :: "m" (number));
}

/*
 * Components whose bit in the header is clear get their initial state: that is also how a component enabled
 * later starts. The image may be the tools': it was checked when set.
 */
void xstate_load(struct vcpu *v)
{
    struct xsave_area *a = v->arch.xsave_area;

    clts();
    if (boot_cpu.keeps_x87_addresses)
        hide_last_x87_instruction();
    if (!boot_cpu.xsave)
        __asm__ volatile ("fxrstor64 %0" :: "m" (*a));
    else {
        set_xcr0(exchanged(v));
        __asm__ volatile ("xrstor64 %0" :: "m" (*a), "a" (-1), "d" (-1) : "memory");
        set_xcr0(v->arch.xcr0);
    }
    if (v->arch.ctrlreg[0] & X86_CR0_TS)
        stts();
}

bool xstate_valid_xcr0(uint64_t xcr0)
{
    uint64_t avx512 = xcr0 & XSTATE_AVX512;

    if (!(xcr0 & XSTATE_X87) || (xcr0 & ~boot_cpu.xcr0_mask))
        return false;
    if ((xcr0 & XSTATE_AVX) && !(xcr0 & XSTATE_SSE))
        return false;
    if (avx512 && (avx512 != XSTATE_AVX512 || !(xcr0 & XSTATE_AVX)))
        return false;
    return !(xcr0 & XSTATE_BNDREGS) || (xcr0 & XSTATE_BNDREGS) == XSTATE_BNDREGS;
}

/*
 * Through memory, so that components coming in don't show what another vcpu left in them. The image may not hold
 * components that go: loading it would fault.
 */
bool xstate_set_xcr0(struct vcpu *v, uint32_t index, uint64_t value)
{
    if (index != 0 || !boot_cpu.xsave || !xstate_valid_xcr0(value))
        return false;
    if (value != v->arch.xcr0) {
        struct xsave_area *a = v->arch.xsave_area;

        xstate_save(v);
        a->xstate_bv &= value | XSTATE_SSE;
        v->arch.xcr0 = value;
        xstate_load(v);
    }
    return true;
}

void xstate_get_legacy(const struct vcpu *v, void *fxsave)
{
    memcpy(fxsave, v->arch.xsave_area, LEGACY_SIZE);
}

static uint32_t mxcsr_mask(void)
{
    static uint32_t mask;
    struct xsave_area *probe;

    if (mask)
        return mask;
    probe = xzalloc_bytes(sizeof(*probe), AREA_ALIGN);
    if (!probe)
        return 0xffbf;
    clts();
    __asm__ volatile ("fxsave64 %0" : "+m" (*probe));
    mask = probe->mxcsr_mask ? probe->mxcsr_mask : 0xffbf;
    if (current && !is_idle_vcpu(current) && (current->arch.ctrlreg[0] & X86_CR0_TS))
        stts();
    xfree(probe);
    return mask;
}

/* Reserved bits of MXCSR would fault when loaded. */
void xstate_set_legacy(struct vcpu *v, const void *fxsave)
{
    struct xsave_area *a = v->arch.xsave_area;

    memcpy(a, fxsave, LEGACY_SIZE);
    a->mxcsr &= mxcsr_mask();
    memset(&a->xstate_bv, 0, HEADER_SIZE);
    a->xstate_bv = XSTATE_X87 | XSTATE_SSE;
}

/* Bytes of the image with these components. */
unsigned xstate_image_size(uint64_t xcr0)
{
    unsigned size = sizeof(struct xsave_area);

    for (unsigned i = 2; i < 63; i++) {
        uint32_t a, b, c, d;

        if (!((xcr0 >> i) & 1))
            continue;
        cpuid(0xd, i, &a, &b, &c, &d);
        if (a + b > size)
            size = a + b;
    }
    return size;
}

int xstate_set_image(struct vcpu *v, const void *image, unsigned size)
{
    const struct xsave_area *from = image;
    struct xsave_area *a = v->arch.xsave_area;

    if (size < sizeof(*a) || size > area_size())
        return -EINVAL;
    if ((from->xstate_bv & ~exchanged(v)) || from->xcomp_bv)
        return -EINVAL;
    for (unsigned i = 0; i < ARRAY_SIZE(from->header); i++)
        if (from->header[i])
            return -EINVAL;
    memset(a, 0, area_size());
    memcpy(a, image, size);
    a->mxcsr &= mxcsr_mask();
    return 0;
}
