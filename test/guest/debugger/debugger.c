/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A domain under a debugger in domain 0 (XEN_DOMCTL_setdebugging, gdbsx_*): who may be debugged, memory, single vcpus; and in
 * 64 bits a domain of two instructions that stops at its int3, with VIRQ_DEBUGGER, and goes on.
 */
#include "test.h"

#include <public/domctl.h>
#include <public/errno.h>
#include <public/sysctl.h>

#define NOBODY 0x7000
#define EVENT_NONE ~0u

static xen_domctl_t op;
static domid_t domain;

static long domctl(uint32_t cmd, domid_t domid)
{
    op.cmd = cmd;
    op.interface_version = XEN_DOMCTL_INTERFACE_VERSION;
    op.domain = domid;
    return HYPERCALL(domctl, &op);
}

static long set_debugging(domid_t domid, bool on)
{
    memset(&op, 0, sizeof(op));
    op.u.setdebugging.enable = on;
    return domctl(XEN_DOMCTL_setdebugging, domid);
}

static long vcpu_op(uint32_t cmd, uint32_t vcpu)
{
    memset(&op, 0, sizeof(op));
    op.u.gdbsx_pauseunp_vcpu.vcpu = vcpu;
    return domctl(cmd, domain);
}

static long memory(domid_t domid, unsigned long address, void *buffer, uint32_t length, bool write)
{
    memset(&op, 0, sizeof(op));
    op.u.gdbsx_guest_memio.gva = address;
    op.u.gdbsx_guest_memio.uva = (unsigned long)buffer;
    op.u.gdbsx_guest_memio.len = length;
    op.u.gdbsx_guest_memio.gwr = write;
    return domctl(XEN_DOMCTL_gdbsx_guestmemio, domid);
}

static uint32_t state(void)
{
    memset(&op, 0, sizeof(op));
    return domctl(XEN_DOMCTL_getdomaininfo, domain) || op.domain != domain ? 0 : op.u.getdomaininfo.flags;
}

/* A domain with one vcpu. */
static long create(void)
{
    long rc;

    memset(&op, 0, sizeof(op));
    op.u.createdomain.max_vcpus = 1;
    op.u.createdomain.max_evtchn_port = 127;
    op.u.createdomain.max_grant_frames = op.u.createdomain.max_maptrack_frames = -1;
    op.u.createdomain.grant_opts = 1;
    rc = domctl(XEN_DOMCTL_createdomain, 0);
    domain = op.domain;
    if (rc)
        return rc;
    memset(&op, 0, sizeof(op));
    op.u.max_vcpus.max = 1;
    return domctl(XEN_DOMCTL_max_vcpus, domain);
}

static long destroy(void)
{
    return domctl(XEN_DOMCTL_destroydomain, domain);
}

static void on_and_off(void)
{
    CHECK_EQ(create(), 0);
    CHECK_EQ(set_debugging(domain, true), 0);
    CHECK(state() & XEN_DOMINF_debugged);
    CHECK_EQ(set_debugging(domain, false), 0);
    CHECK(state() && !(state() & XEN_DOMINF_debugged));
    CHECK_EQ(set_debugging(NOBODY, true), -XEN_ESRCH);
    CHECK_EQ(set_debugging(DOMID_SELF, true), -XEN_ESRCH);
    CHECK_EQ(set_debugging(0, true), -XEN_EINVAL);
    CHECK_EQ(destroy(), 0);
}

/* The domain, just made, is paused. */
static void single_vcpus(void)
{
    CHECK_EQ(create(), 0);
    CHECK_EQ(vcpu_op(XEN_DOMCTL_gdbsx_unpausevcpu, 0), -XEN_EINVAL);
    CHECK_EQ(vcpu_op(XEN_DOMCTL_gdbsx_pausevcpu, 1), -XEN_EINVAL);
    CHECK_EQ(vcpu_op(XEN_DOMCTL_gdbsx_pausevcpu, ~0u), -XEN_EINVAL);
    for (int i = 0; i < 255; i++)
        CHECK_EQ(vcpu_op(XEN_DOMCTL_gdbsx_pausevcpu, 0), 0);
    CHECK_EQ(vcpu_op(XEN_DOMCTL_gdbsx_pausevcpu, 0), -XEN_EINVAL);
    for (int i = 0; i < 255; i++)
        CHECK_EQ(vcpu_op(XEN_DOMCTL_gdbsx_unpausevcpu, 0), 0);
    CHECK_EQ(vcpu_op(XEN_DOMCTL_gdbsx_unpausevcpu, 0), -XEN_EINVAL);
    memset(&op, 0, sizeof(op));
    CHECK_EQ(domctl(XEN_DOMCTL_unpausedomain, domain), 0);
    CHECK_EQ(vcpu_op(XEN_DOMCTL_gdbsx_pausevcpu, 0), -XEN_EBUSY);
    CHECK_EQ(domctl(XEN_DOMCTL_gdbsx_domstatus, domain), 0);
    CHECK_EQ(op.u.gdbsx_domstatus.paused, 0);
    CHECK_EQ(op.u.gdbsx_domstatus.vcpu_id, EVENT_NONE);
    CHECK_EQ(destroy(), 0);
    CHECK_EQ(domctl(XEN_DOMCTL_gdbsx_domstatus, DOMID_IO), -XEN_ESRCH);
}

/* It has no page tables yet. */
static void no_memory(void)
{
    char buffer[16];

    CHECK_EQ(create(), 0);
    CHECK_EQ(memory(domain, 0x400000, buffer, sizeof(buffer), false), -XEN_EFAULT);
    CHECK_EQ(memory(domain, 0x400000, buffer, 0, false), 0);
    CHECK_EQ(memory(domain, 0, buffer, ~0u, false), -XEN_E2BIG);
    CHECK_EQ(memory(0, (unsigned long)buffer, buffer, sizeof(buffer), false), -XEN_EINVAL);
    memset(&op, 0, sizeof(op));
    op.u.gdbsx_guest_memio.pgd3val = 1;
    CHECK_EQ(domctl(XEN_DOMCTL_gdbsx_guestmemio, domain), -XEN_EOPNOTSUPP);
    CHECK_EQ(destroy(), 0);
}

#ifdef __x86_64__
#include <public/memory.h>

#define CODE   0x400000ul           /* where the domain has its code, one page */
#define FRAMES 5                    /* tables of level 4 to 1, code */
#define TRIES  2000

static uint64_t frames[FRAMES];
static vcpu_guest_context_t context;
static const uint8_t code[] = { 0x90, 0xcc, 0x40, 0xff, 0xc3, 0xeb, 0xfb };     /* nop; int3; 1: inc %ebx; jmp 1b */

static long write_frame(uint64_t frame, unsigned int offset, const void *data, unsigned int length)
{
    static char page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
    static uint64_t own;
    long rc;

    if (!own)
        own = virt_to_mfn(page);
    rc = HYPERCALL(update_va_mapping_otherdomain, page, frame << PAGE_SHIFT | PTE_DATA, UVMF_INVLPG, domain);
    if (!rc)
        memcpy(page + offset, data, length);
    HYPERCALL(update_va_mapping, page, own << PAGE_SHIFT | PTE_DATA, UVMF_INVLPG);
    return rc;
}

static long populate(void)
{
    struct xen_memory_reservation reservation = { .nr_extents = FRAMES, .domid = domain };

    for (int i = 0; i < FRAMES; i++)
        frames[i] = i;
    set_xen_guest_handle(reservation.extent_start, frames);
    memset(&op, 0, sizeof(op));
    op.u.max_mem.max_memkb = 1024;
    return domctl(XEN_DOMCTL_max_mem, domain) ? -1 : HYPERCALL(memory_op, XENMEM_populate_physmap, &reservation);
}

/* Fill tables and code. */
static long fill(void)
{
    long rc = 0;

    for (int level = 4; level > 1; level--) {
        uint64_t entry = frames[5 - level] << PAGE_SHIFT | PTE_TABLE;

        rc |= write_frame(frames[4 - level], (CODE >> (12 + 9 * (level - 1)) & 511) * 8, &entry, sizeof(entry));
    }
    return rc | write_frame(frames[3], (CODE >> 12 & 511) * 8,
                            &(uint64_t){ frames[4] << PAGE_SHIFT | (PTE_DATA & ~PTE_WRITE) }, 8) |
           write_frame(frames[4], 0, code, sizeof(code));
}

static long start(void)
{
    memset(&context, 0, sizeof(context));
    context.flags = VGCF_in_kernel | VGCF_online;
    context.user_regs.rip = CODE;
    context.user_regs.cs = FLAT_KERNEL_CS;
    context.user_regs.ss = context.kernel_ss = FLAT_KERNEL_SS;
    context.user_regs.rflags = 0x202;
    context.ctrlreg[3] = frames[0] << PAGE_SHIFT;
    memset(&op, 0, sizeof(op));
    set_xen_guest_handle(op.u.vcpucontext.ctxt, &context);
    return domctl(XEN_DOMCTL_setvcpucontext, domain);
}

static long build(void)
{
    long rc = create();

    if (!rc)
        rc = populate() == FRAMES ? fill() : -1;
    return rc ? rc : start();
}

/* Wait until the debugged domain is paused, letting it run. */
static bool stopped(void)
{
    for (int i = 0; i < TRIES; i++) {
        memset(&op, 0, sizeof(op));
        if (!domctl(XEN_DOMCTL_gdbsx_domstatus, domain) && op.u.gdbsx_domstatus.paused)
            return true;
        HYPERCALL(sched_op_compat, 0, 0);
    }
    return false;
}

static bool pending(evtchn_port_t port)
{
    return shared->evtchn_pending[port / 64] >> port % 64 & 1;
}

static evtchn_port_t bind_virq(void)
{
    struct evtchn_bind_virq bind = { .virq = VIRQ_DEBUGGER };

    return HYPERCALL(event_channel_op, EVTCHNOP_bind_virq, &bind) ? 0 : bind.port;
}

static void breakpoint(void)
{
    evtchn_port_t port = bind_virq();
    struct evtchn_close close = { .port = port };
    uint8_t bytes[sizeof(code)];
    uint64_t rip;

    CHECK(port);
    CHECK_EQ(build(), 0);
    CHECK_EQ(set_debugging(domain, true), 0);
    CHECK_EQ(domctl(XEN_DOMCTL_unpausedomain, domain), 0);
    CHECK(stopped());
    CHECK_EQ(op.u.gdbsx_domstatus.vcpu_id, 0);
    CHECK_EQ(op.u.gdbsx_domstatus.vcpu_ev, 3);
    CHECK(pending(port));
    CHECK((state() & (XEN_DOMINF_paused | XEN_DOMINF_debugged)) == (XEN_DOMINF_paused | XEN_DOMINF_debugged));
    memset(&op, 0, sizeof(op));
    set_xen_guest_handle(op.u.vcpucontext.ctxt, &context);
    CHECK_EQ(domctl(XEN_DOMCTL_getvcpucontext, domain), 0);
    rip = context.user_regs.rip;
    CHECK_EQ(rip, CODE + 2);
    CHECK_EQ(memory(domain, CODE, bytes, sizeof(bytes), false), 0);
    CHECK(!memcmp(bytes, code, sizeof(code)));
    CHECK_EQ(memory(domain, CODE + PAGE_SIZE - 4, bytes, 8, false), -XEN_EFAULT);
    CHECK_EQ(memory(domain, CODE, (void *)0x1000, 4, false), -XEN_EFAULT);
    CHECK_EQ(memory(domain, 0xffff830000000000, bytes, 4, false), -XEN_EFAULT);
    bytes[0] = 0x91;
    CHECK_EQ(memory(domain, CODE, bytes, 1, true), 0);
    bytes[0] = 0;
    CHECK_EQ(memory(domain, CODE, bytes, 1, false), 0);
    CHECK_EQ(bytes[0], 0x91);
    /* A second look has nothing new; then on, into the loop, which a single step leaves paused again. */
    CHECK(stopped());
    CHECK_EQ(op.u.gdbsx_domstatus.vcpu_id, EVENT_NONE);
    context.user_regs.rflags |= 0x100;
    memset(&op, 0, sizeof(op));
    set_xen_guest_handle(op.u.vcpucontext.ctxt, &context);
    CHECK_EQ(domctl(XEN_DOMCTL_setvcpucontext, domain), 0);
    CHECK_EQ(domctl(XEN_DOMCTL_unpausedomain, domain), 0);
    CHECK(stopped());
    CHECK_EQ(op.u.gdbsx_domstatus.vcpu_ev, 1);
    CHECK_EQ(destroy(), 0);
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_close, &close), 0);
}

static uint64_t free_memory(void)
{
    static xen_sysctl_t heap;

    memset(&heap, 0, sizeof(heap));
    heap.cmd = XEN_SYSCTL_availheap;
    heap.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
    return HYPERCALL(sysctl, &heap) ? 0 : heap.u.availheap.avail_bytes;
}

/* Destroyed while its debugger has it stopped, a domain leaves nothing. The first one makes what stays. */
static void no_leak(void)
{
    uint64_t before = 0;

    for (int i = 0; i < 20; i++) {
        CHECK_EQ(build(), 0);
        CHECK_EQ(set_debugging(domain, true), 0);
        CHECK_EQ(domctl(XEN_DOMCTL_unpausedomain, domain), 0);
        CHECK(stopped());
        CHECK_EQ(vcpu_op(XEN_DOMCTL_gdbsx_pausevcpu, 0), 0);
        CHECK_EQ(destroy(), 0);
        CHECK_EQ(state(), 0);
        if (!i)
            before = free_memory();
    }
    CHECK(before);
    CHECK_EQ(free_memory(), before);
}
#endif

const struct test tests[] = {
    { "debugger.on_and_off", on_and_off },
    { "debugger.single_vcpus", single_vcpus },
    { "debugger.no_memory", no_memory },
#ifdef __x86_64__
    { "debugger.breakpoint", breakpoint },
    { "debugger.no_leak", no_leak },
#endif
    { NULL, NULL },
};
