/* SPDX-License-Identifier: GPL-2.0-only */
/* A vcpu's state, as a builder or a saver sets and reads it, in the layout of its domain's width. */
#include "domctl.h"

#include <public/callback.h>
#include <public/memory.h>

static struct vcpu_guest_context seen;

static long get(unsigned int vcpu, void *to)
{
    xen_domctl_t op = { .u.vcpucontext.vcpu = vcpu };

    set_xen_guest_handle(op.u.vcpucontext.ctxt, to);
    return domctl(&op, XEN_DOMCTL_getvcpucontext, child.id);
}

static long set(unsigned int vcpu, void *from)
{
    xen_domctl_t op = { .u.vcpucontext.vcpu = vcpu };

    set_xen_guest_handle(op.u.vcpucontext.ctxt, from);
    return domctl(&op, XEN_DOMCTL_setvcpucontext, child.id);
}

/* What was set is what is read, and is set again without a change. */
void context(void)
{
    static struct vcpu_guest_context again;
    void (*body)(void *) = idle;

    BUILD_CHILD(2);
    CHECK_EQ(get(0, &seen), 0);
    CHECK_EQ(seen.flags & (VGCF_in_kernel | VGCF_online), VGCF_in_kernel | VGCF_online);
    CHECK_EQ(seen.user_regs.REG(sp), (unsigned long)stacks[0] + STACK_SIZE);
    CHECK_EQ(seen.kernel_sp, (unsigned long)stacks[0] + STACK_SIZE);
    CHECK_EQ(seen.event_callback_eip, (unsigned long)event_upcall);
    CHECK_EQ(seen.failsafe_callback_eip, (unsigned long)failsafe);
    CHECK_EQ(seen.user_regs.REG(flags) & 0x200, 0x200);
    CHECK_EQ(seen.user_regs.cs & 3, LEAST_RING);
    CHECK_EQ(seen.gdt_ents, 0);
    CHECK_EQ(seen.ldt_ents, 0);
    CHECK(seen.ctrlreg[3]);
    CHECK_EQ(set(0, &seen), 0);
    CHECK_EQ(get(0, &again), 0);
    CHECK_EQ(memcmp(&seen, &again, sizeof(seen)), 0);
    CHECK_EQ(get(1, &seen), -XEN_ENODATA);
    CHECK_EQ(child_wait(&child), SHUTDOWN_poweroff);
    CHECK_EQ(get(0, &again), 0);
    CHECK(again.user_regs.REG(ip) != (unsigned long)body);
    CHECK_EQ(again.trap_ctxt[14].address, STUB(14));
    CHECK(child_destroy(&child));
}

void context_refused(void)
{
    static struct vcpu_guest_context bad;
    struct mmuext_op pin = { .cmd = MMUEXT_UNPIN_TABLE };

    if (!tells_why())
        return skip("a domain that such a context was refused for does not go away in 4.17");
    BUILD_CHILD(2);
    CHECK_EQ(get(0, &seen), 0);
    CHECK_EQ(get(0, hole()), -XEN_EFAULT);
    CHECK_EQ(get(0, read_only()), -XEN_EFAULT);
    CHECK_EQ(get(0, (void *)HYPERVISOR_ADDRESS), -XEN_EFAULT);
    CHECK_EQ(set(0, hole()), -XEN_EFAULT);
    CHECK_EQ(set(0, (void *)HYPERVISOR_ADDRESS), -XEN_EFAULT);
    CHECK(set(2, &seen) < 0 && get(2, &bad) < 0 && set(~0u, &seen) < 0 && get(~0u, &bad) < 0);
    bad = seen;
    bad.gdt_ents = 14 * 512 + 1;
    CHECK_EQ(set(1, &bad), -XEN_EINVAL);
    bad = seen;
    bad.gdt_ents = 1;
    bad.gdt_frames[0] = virt_to_mfn(&bad);
    CHECK_EQ(set(1, &bad), -XEN_EINVAL);
    bad = seen;
    bad.ldt_ents = 8193;
    CHECK_EQ(set(1, &bad), -XEN_EINVAL);
    bad = seen;
    bad.ctrlreg[3] = xen_pfn_to_cr3(virt_to_mfn((void *)start_info->pt_base));
    CHECK_EQ(set(1, &bad), -XEN_EINVAL);
    bad.ctrlreg[3] = xen_pfn_to_cr3(child.frames[300]);
    CHECK_EQ(set(1, &bad), -XEN_EINVAL);
#ifdef __x86_64__
    for (unsigned long i = 0; i < 7; i++) {
        bad = seen;
        *(unsigned long *[]){ &bad.user_regs.rip, &bad.event_callback_eip, &bad.failsafe_callback_eip,
          &bad.syscall_callback_eip, &bad.fs_base, &bad.gs_base_user, &bad.trap_ctxt[3].address }[i] = 1ul << 47;
        CHECK_EQ(set(1, &bad), -XEN_EINVAL);
    }
    bad = seen;
    bad.ctrlreg[1] = bad.ctrlreg[3] + PAGE_SIZE;
    CHECK_EQ(set(1, &bad), -XEN_EINVAL);
#endif
    pin.arg1.mfn = virt_to_mfn((void *)start_info->pt_base);
    CHECK(HYPERCALL(mmuext_op, &pin, 1, 0, child.id) < 0);
    CHECK_EQ(get(1, &bad), -XEN_ENODATA);
    CHECK_EQ(set(1, &seen), 0);
    CHECK_EQ(child_wait(&child), SHUTDOWN_poweroff);
    CHECK(child_destroy(&child));
}

/* As if it had never had one, also while the domain runs. */
void context_reset(void)
{
    BUILD_CHILD(1);
    CHECK_EQ(get(0, &seen), 0);
    CHECK_EQ(set(0, NULL), 0);
    CHECK_EQ(get(0, &seen), -XEN_ENODATA);
    CHECK_EQ(set(0, NULL), 0);
    CHECK(child_destroy(&child));
}

/* ---- the other width: where a context of that has what */

#ifdef __x86_64__
enum { BITS = 32, SIZE = 2800, FLAGS = 512, IP = 548, CS = 552, SP = 560, CR3 = 2728, PIN = MMUEXT_PIN_L3_TABLE };
#else
enum { BITS = 64, SIZE = 5168, FLAGS = 512, IP = 648, CS = 656, SP = 672, CR3 = 5008, PIN = MMUEXT_PIN_L4_TABLE };
#endif

static uint32_t *word(char *context, unsigned int offset)
{
    return (uint32_t *)(context + offset);
}

/* A context is laid out as its domain has it, not as its reader does, and not a byte more is written. */
void other_width(void)
{
    static char context_in[SIZE], context_out[SIZE + 8];
    static xen_pfn_t frame;
    struct xen_memory_reservation r = { .nr_extents = 1 };
    struct mmuext_op pin = { .cmd = PIN };
    char *page = hole();

    CHECK_EQ(child_create(&child, 1), 0);
    if (DOMCTL(set_address_size, child.id, .address_size.size = BITS))
        return skip("the hypervisor has no guests of the other width");
    CHECK_EQ(DOMCTL(max_mem, child.id, .max_mem.max_memkb = 16), 0);
    r.domid = child.id;
    set_xen_guest_handle(r.extent_start, &frame);
    CHECK_EQ(HYPERCALL(memory_op, XENMEM_populate_physmap, &r), 1);
    pin.arg1.mfn = child.frames[0] = frame;
    CHECK_EQ(child_map(&child, page, 0), 0);
    memset(page, 0, PAGE_SIZE);
    hole();
    CHECK_EQ(HYPERCALL(mmuext_op, &pin, 1, 0, child.id), 0);
    *word(context_in, FLAGS) = VGCF_in_kernel | VGCF_online;
    *word(context_in, IP) = 0x1234000;
    *word(context_in, CS) = BITS == 64 ? 0xe033 : 0xe019;
    *word(context_in, SP) = 0x2345000;
    CHECK_EQ(set(0, context_in), -XEN_EINVAL);                  /* no page tables */
    *word(context_in, CR3) = frame << PAGE_SHIFT;
    CHECK_EQ(set(0, context_in), 0);
    memset(context_out, 0x5a, sizeof(context_out));
    CHECK_EQ(get(0, context_out), 0);
    CHECK_EQ(*word(context_out, IP), 0x1234000);
    CHECK_EQ(*word(context_out, SP), 0x2345000);
    CHECK_EQ(*word(context_out, CR3), frame << PAGE_SHIFT);
    CHECK_EQ(*word(context_out, SIZE - 4), 0);
    CHECK_EQ(*word(context_out, SIZE), 0x5a5a5a5a);
    CHECK(child_destroy(&child));
}

/* ---- what the context has no room for */

void ext_context(void)
{
    xen_domctl_t op = { .u.ext_vcpucontext.vcpu = 0 };
    struct xen_domctl_ext_vcpucontext *c = &op.u.ext_vcpucontext;

    BUILD_CHILD(1);
    CHECK_EQ(domctl(&op, XEN_DOMCTL_get_ext_vcpucontext, child.id), 0);
    CHECK_EQ(c->size, sizeof(*c));
    CHECK_EQ(c->sysenter_callback_eip, 0);
    c->sysenter_callback_eip = 0x12345000;
    c->sysenter_callback_cs = FLAT_KERNEL_CS;
    c->sysenter_disables_events = 1;
    c->syscall32_callback_eip = 0x23456000;
    c->syscall32_callback_cs = FLAT_KERNEL_CS;
    c->syscall32_disables_events = 0;
    CHECK_EQ(domctl(&op, XEN_DOMCTL_set_ext_vcpucontext, child.id), 0);
    *c = (struct xen_domctl_ext_vcpucontext){ .vcpu = 0 };
    CHECK_EQ(domctl(&op, XEN_DOMCTL_get_ext_vcpucontext, child.id), 0);
    CHECK_EQ(c->sysenter_callback_eip, 0x12345000);
    CHECK_EQ(c->sysenter_disables_events, 1);
#ifdef __x86_64__       /* of a 32-bit domain neither is looked at in long mode */
    CHECK_EQ(c->syscall32_callback_eip, 0x23456000);
    CHECK_EQ(c->syscall32_disables_events, 0);
    c->sysenter_callback_eip = 1ull << 47;
    CHECK_EQ(domctl(&op, XEN_DOMCTL_set_ext_vcpucontext, child.id), -XEN_EINVAL);
    c->sysenter_callback_eip = 0;
#endif
    c->size = 8;
    CHECK_EQ(domctl(&op, XEN_DOMCTL_set_ext_vcpucontext, child.id), -XEN_EINVAL);
    c->vcpu = 1;
    CHECK_EQ(domctl(&op, XEN_DOMCTL_get_ext_vcpucontext, child.id), -XEN_ESRCH);
    CHECK_EQ(domctl(&op, XEN_DOMCTL_set_ext_vcpucontext, child.id), -XEN_ESRCH);
    CHECK(child_destroy(&child));
}

static char extended[16384] __attribute__((aligned(64)));

static long get_state(xen_domctl_t *op, void *to)
{
    set_xen_guest_handle(op->u.vcpuextstate.buffer, to);
    return domctl(op, XEN_DOMCTL_getvcpuextstate, child.id);
}

static long set_state(uint64_t mask, uint64_t size)
{
    xen_domctl_t op = { .u.vcpuextstate = { .xfeature_mask = mask, .size = size } };

    set_xen_guest_handle(op.u.vcpuextstate.buffer, (uint64_t *)extended);
    return domctl(&op, XEN_DOMCTL_setvcpuextstate, child.id);
}

/* Registers of a vcpu that has run: read, and set as they were; then in every way malformed. */
void ext_state(void)
{
    xen_domctl_t op = { .u.vcpuextstate.vcpu = 0 };
    uint64_t *xcr0 = (uint64_t *)extended, *header = (uint64_t *)(extended + 16 + 512), size, mask;

    CHECK_EQ(child_run(&child, idle, NULL), SHUTDOWN_poweroff);
    CHECK_EQ(get_state(&op, NULL), 0);
    size = op.u.vcpuextstate.size;
    mask = op.u.vcpuextstate.xfeature_mask;
    if (!size)
        return skip("the machine has no XSAVE");
    CHECK(size >= 16 + 576 && size <= sizeof(extended) && op.u.vcpuextstate.xfeature_mask & 1);
    CHECK_EQ(get_state(&op, extended), 0);
    CHECK_EQ(xcr0[0] & ~op.u.vcpuextstate.xfeature_mask, 0);
    if (!tells_why())
        return skip("the rest is as ours does it: 4.17 takes a vcpu that has not used XSAVE for one without");
    CHECK_EQ(set_state(mask, size), 0);
    op.u.vcpuextstate.size = size - 1;
    CHECK_EQ(get_state(&op, extended), -XEN_EINVAL);
    op.u.vcpuextstate.size = size;
    CHECK_EQ(get_state(&op, hole()), -XEN_EFAULT);
    CHECK_EQ(get_state(&op, (void *)HYPERVISOR_ADDRESS), -XEN_EFAULT);
    CHECK_EQ(set_state(mask, 0), -XEN_EINVAL);
    CHECK_EQ(set_state(mask, 8), -XEN_EINVAL);
    CHECK_EQ(set_state(mask, ~0ull), -XEN_EINVAL);
    header[0] |= 1ull << 62;
    CHECK_EQ(set_state(mask, size), -XEN_EINVAL);
    header[0] &= 7;
    header[2] = 1;
    CHECK_EQ(set_state(mask, size), -XEN_EINVAL);
    header[2] = 0;
    xcr0[0] = 0;
    CHECK_EQ(set_state(mask, size), -XEN_EINVAL);
    xcr0[0] = ~0ull;
    CHECK_EQ(set_state(mask, size), -XEN_EINVAL);
    op.u.vcpuextstate.vcpu = 1;
    CHECK(get_state(&op, extended) < 0);
    CHECK(child_destroy(&child));
}

static long msr_op(uint32_t cmd, uint32_t vcpu, uint32_t *count, xen_domctl_vcpu_msr_t *list)
{
    xen_domctl_t op = { .u.vcpu_msrs = { .vcpu = vcpu, .msr_count = *count } };
    long error;

    set_xen_guest_handle(op.u.vcpu_msrs.msrs, list);
    error = domctl(&op, cmd, child.id);
    *count = op.u.vcpu_msrs.msr_count;
    return error;
}

#define TSC_AUX 0xc0000103

/* TSC_AUX goes with a vcpu where the processor has it; no other register may be set so. */
void msrs(void)
{
    static xen_domctl_vcpu_msr_t list[8];
    uint32_t n = 0;

    BUILD_CHILD(1);
    CHECK_EQ(msr_op(XEN_DOMCTL_get_vcpu_msrs, 0, &n, NULL), 0);
    CHECK(n >= 1 && n <= ARRAY_SIZE(list));
    list[0] = (xen_domctl_vcpu_msr_t){ .index = TSC_AUX, .value = 0x1234 };
    n = 1;
    CHECK_EQ(msr_op(XEN_DOMCTL_set_vcpu_msrs, 0, &n, list), 0);
    list[0].value = 0;
    n = ARRAY_SIZE(list);
    CHECK_EQ(msr_op(XEN_DOMCTL_get_vcpu_msrs, 0, &n, list), 0);
    CHECK_EQ(n, 1);
    CHECK_EQ(list[0].index, TSC_AUX);
    CHECK_EQ(list[0].value, 0x1234);
    n = 0;
    CHECK_EQ(msr_op(XEN_DOMCTL_get_vcpu_msrs, 0, &n, list), -XEN_ENOBUFS);
    n = 1;
    CHECK_EQ(msr_op(XEN_DOMCTL_get_vcpu_msrs, 0, &n, hole()), -XEN_EFAULT);
    n = 1;
    CHECK_EQ(msr_op(XEN_DOMCTL_set_vcpu_msrs, 0, &n, hole()), -XEN_EFAULT);
    for (unsigned int i = 0; i < 3; i++) {
        list[0] = (xen_domctl_vcpu_msr_t){ .index = i == 0 ? 0xc0000080 : TSC_AUX, .reserved = i == 1,
                                           .value = i == 2 ? 1ull << 32 : 1 };
        n = 1;
        CHECK_EQ(msr_op(XEN_DOMCTL_set_vcpu_msrs, 0, &n, list), -XEN_EINVAL);
    }
    list[0] = (xen_domctl_vcpu_msr_t){ .index = TSC_AUX, .value = 1 };
    n = ~0u;
    CHECK_EQ(msr_op(XEN_DOMCTL_set_vcpu_msrs, 0, &n, list), -XEN_EINVAL);
    n = 1;
    CHECK_EQ(msr_op(XEN_DOMCTL_set_vcpu_msrs, 1, &n, list), -XEN_ESRCH);
    n = 1;
    CHECK_EQ(msr_op(XEN_DOMCTL_get_vcpu_msrs, ~0u, &n, list), -XEN_ESRCH);
    CHECK(child_destroy(&child));
}

void vcpu_info(void)
{
    xen_domctl_t op = { .u.getvcpuinfo.vcpu = 0 };

    BUILD_CHILD(2);
    CHECK_EQ(domctl(&op, XEN_DOMCTL_getvcpuinfo, child.id), 0);
    CHECK_EQ(op.u.getvcpuinfo.online, 1);
    CHECK_EQ(op.u.getvcpuinfo.running, 0);
    CHECK_EQ(op.u.getvcpuinfo.cpu_time, 0);
    op.u.getvcpuinfo.vcpu = 1;
    CHECK_EQ(domctl(&op, XEN_DOMCTL_getvcpuinfo, child.id), 0);
    CHECK_EQ(op.u.getvcpuinfo.online, 0);
    CHECK_EQ(child_wait(&child), SHUTDOWN_poweroff);
    op.u.getvcpuinfo.vcpu = 0;
    CHECK_EQ(domctl(&op, XEN_DOMCTL_getvcpuinfo, child.id), 0);
    CHECK(op.u.getvcpuinfo.cpu_time > 0);
    op.u.getvcpuinfo.vcpu = 2;
    CHECK_EQ(domctl(&op, XEN_DOMCTL_getvcpuinfo, child.id), -XEN_EINVAL);
    op.u.getvcpuinfo.vcpu = ~0u;
    CHECK_EQ(domctl(&op, XEN_DOMCTL_getvcpuinfo, child.id), -XEN_EINVAL);
    op.u.getvcpuinfo.vcpu = 0;
    CHECK_EQ(domctl(&op, XEN_DOMCTL_getvcpuinfo, 0), 0);        /* the caller's own, which runs */
    CHECK_EQ(op.u.getvcpuinfo.running, 1);
    CHECK(child_destroy(&child));
}

/* The NMI arrives by its own callback. */
static volatile long nmis;

static bool count_nmi(struct frame *frame)
{
    nmis += frame->vector == 2;
    return true;
}

static void wait_for_nmi(void *unused)
{
    struct callback_register nmi = { .type = CALLBACKTYPE_nmi, .address = CALLBACK_TO(STUB(2)) };

    frame_hook = count_nmi;
    CHECK_EQ(HYPERCALL(callback_op, CALLBACKOP_register, &nmi), 0);
    nmis = 100;
    while (nmis == 100)
        HYPERCALL(sched_op, SCHEDOP_yield, 0);
}

void trigger(void)
{
    xen_domctl_t op = { .u.sendtrigger = { .trigger = XEN_DOMCTL_SENDTRIGGER_NMI } };

    CHECK_EQ(child_create(&child, 1), 0);
    CHECK_EQ(child_build(&child, wait_for_nmi, NULL), 0);
    CHECK_EQ(DOMCTL(unpausedomain, child.id), 0);
    for (uint64_t begun = system_time(); nmis != 100 && system_time() - begun < 10000000000; ) {
        HYPERCALL(sched_op, SCHEDOP_yield, 0);
        CHECK(child_read(&child, (void *)&nmis, sizeof(nmis)));
    }
    CHECK_EQ(DOMCTL(pausedomain, child.id), 0);
    CHECK_EQ(domctl(&op, XEN_DOMCTL_sendtrigger, child.id), 0);
    CHECK_EQ(child_wait(&child), SHUTDOWN_poweroff);
    CHECK(child_read(&child, (void *)&nmis, sizeof(nmis)));
    CHECK_EQ(nmis, 101);
    op.u.sendtrigger.vcpu = 1;
    CHECK_EQ(domctl(&op, XEN_DOMCTL_sendtrigger, child.id), -XEN_ESRCH);
    op.u.sendtrigger.vcpu = 0;
    for (op.u.sendtrigger.trigger = 1; op.u.sendtrigger.trigger < 8; op.u.sendtrigger.trigger++)
        CHECK_EQ(domctl(&op, XEN_DOMCTL_sendtrigger, child.id),
                 op.u.sendtrigger.trigger == XEN_DOMCTL_SENDTRIGGER_POWER ||
                 op.u.sendtrigger.trigger == XEN_DOMCTL_SENDTRIGGER_SLEEP ? -XEN_EINVAL : -XEN_ENOSYS);
    CHECK(child_destroy(&child));
}
