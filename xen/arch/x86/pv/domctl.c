/* SPDX-License-Identifier: GPL-2.0-only */
/* Domain control, the architecture's share: one case, one call. */
#include <xen/guest.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <public/domctl.h>
#include <asm/processor.h>
#include <asm/pv.h>
#include <asm/speculation.h>
#include <asm/time.h>
#include <asm/xstate.h>

#define MAX_PAGES_PER_CALL 1024
#define EXT_CONTEXT_V1_SIZE offsetof(struct xen_domctl_ext_vcpucontext, mcg_cap)

static long hypercall_init(struct domain *d, uint64_t frame)
{
    return hypercall_page_write(d, gfn(frame));
}

static long ioport_permission(struct domain *d, const struct xen_domctl_ioport_permission *op)
{
    unsigned long last = (unsigned long)op->first_port + op->nr_ports - 1;

    if (!op->nr_ports || last > 0xffff)
        return refuse(-EINVAL, "ioport_permission: no such ports");
    if (!rangeset_contains(current->domain->arch.ioport_caps, op->first_port, last))
        return refuse(-EPERM, "ioport_permission: the caller doesn't own them");
    return op->allow_access ? rangeset_add(d->arch.ioport_caps, op->first_port, last)
                            : rangeset_remove(d->arch.ioport_caps, op->first_port, last);
}

/* ---- vcpu state ---- */

static long get_ext_context(struct domain *d, struct xen_domctl_ext_vcpucontext *op)
{
    struct vcpu *v = domain_vcpu(d, op->vcpu);

    if (!v)
        return refuse(-ESRCH, "get_ext_vcpucontext: no such vcpu");
    op->size = sizeof(*op);
    op->syscall32_callback_eip = v->arch.syscall32_callback.address;
    op->syscall32_callback_cs = v->arch.syscall32_callback.cs;
    op->syscall32_disables_events = v->arch.syscall32_callback.mask;
    op->sysenter_callback_eip = v->arch.sysenter_callback.address;
    op->sysenter_callback_cs = v->arch.sysenter_callback.cs;
    op->sysenter_disables_events = v->arch.sysenter_callback.mask;
    memset(&op->vmce, 0, sizeof(op->vmce));
    return 0;
}

/* 64-bit guests' kernels have one code segment: theirs is what was written. */
static uint16_t ext_selector(const struct domain *d, uint16_t cs)
{
    return d->arch.is_32bit_pv ? ring1_selector(cs) : cs;
}

static long set_ext_context(struct domain *d, const struct xen_domctl_ext_vcpucontext *op)
{
    struct vcpu *v = domain_vcpu(d, op->vcpu);

    if (!v)
        return refuse(-ESRCH, "set_ext_vcpucontext: no such vcpu");
    if (v == current)
        return refuse(-EINVAL, "set_ext_vcpucontext: the caller itself");
    if (op->size < EXT_CONTEXT_V1_SIZE)
        return refuse(-EINVAL, "set_ext_vcpucontext: structure too small");
    if (!is_canonical(op->syscall32_callback_eip) || !is_canonical(op->sysenter_callback_eip))
        return refuse(-EINVAL, "set_ext_vcpucontext: callback not canonical");
    domain_pause(d);
    v->arch.syscall32_callback = (struct guest_callback) {
        op->syscall32_callback_eip, ext_selector(d, op->syscall32_callback_cs), op->syscall32_disables_events };
    v->arch.sysenter_callback = (struct guest_callback) {
        op->sysenter_callback_eip, ext_selector(d, op->sysenter_callback_cs), op->sysenter_disables_events };
    domain_unpause(d);
    return 0;
}

/* The buffer is: XCR0, XCR0 ever used (we don't tell them apart), XSAVE image in standard format. */
static long get_ext_state(struct domain *d, struct xen_domctl_vcpuextstate *op)
{
    struct vcpu *v = domain_vcpu(d, op->vcpu);
    uint64_t xcr0[2];
    unsigned size;
    bool failed;

    if (!v || v == current)
        return refuse(-ESRCH, "getvcpuextstate: no such vcpu, or the caller itself");
    domain_pause(d);
    xcr0[0] = xcr0[1] = v->arch.xcr0;
    size = boot_cpu.xsave ? sizeof(xcr0) + xstate_image_size(v->arch.xcr0) : 0;
    if (guest_handle_is_null(op->buffer) && !op->size) {
        domain_unpause(d);
        op->xfeature_mask = boot_cpu.xcr0_mask;
        op->size = size;
        return 0;
    }
    if (op->size != size || op->xfeature_mask != boot_cpu.xcr0_mask) {
        domain_unpause(d);
        return refuse(-EINVAL, "getvcpuextstate: size or features changed since they were asked for");
    }
    failed = raw_copy_to_guest(op->buffer.p, xcr0, sizeof(xcr0)) ||
             raw_copy_to_guest(guest_moved((char *)op->buffer.p, sizeof(xcr0)), v->arch.xsave_area, size - sizeof(xcr0));
    domain_unpause(d);
    return failed ? -EFAULT : 0;
}

static long apply_ext_state(struct vcpu *v, const uint64_t *state, unsigned size)
{
    uint64_t before = v->arch.xcr0;
    int rc;

    if (!xstate_valid_xcr0(state[0]))
        return refuse(-EINVAL, "setvcpuextstate: features the machine doesn't have");
    v->arch.xcr0 = state[0];
    rc = xstate_set_image(v, state + 2, size - 2 * sizeof(uint64_t));
    if (rc) {
        v->arch.xcr0 = before;
        return refuse(rc, "setvcpuextstate: malformed image");
    }
    return 0;
}

static long set_ext_state(struct domain *d, const struct xen_domctl_vcpuextstate *op)
{
    struct vcpu *v = domain_vcpu(d, op->vcpu);
    uint64_t *state;
    long rc = -EFAULT;

    if (!v || v == current)
        return refuse(-ESRCH, "setvcpuextstate: no such vcpu, or the caller itself");
    if (!boot_cpu.xsave)
        return op->size ? refuse(-EOPNOTSUPP, "setvcpuextstate: the machine has no XSAVE") : 0;
    if (op->size < 2 * sizeof(uint64_t) + 512 + 64 || op->size > 2 * sizeof(uint64_t) + boot_cpu.xsave_size)
        return refuse(-EINVAL, "setvcpuextstate: size");
    state = xmalloc_bytes(op->size, 64);
    if (!state)
        return -ENOMEM;
    if (!raw_copy_from_guest(state, op->buffer.p, op->size)) {
        domain_pause(d);
        rc = apply_ext_state(v, state, op->size);
        domain_unpause(d);
    }
    xfree(state);
    return rc;
}

/* The registers that move with a vcpu, where they aren't 0. Returns how many. The vcpu does not run. */
#define NR_MSRS 2
static unsigned moving_msrs(const struct vcpu *v, struct xen_domctl_vcpu_msr msrs[NR_MSRS])
{
    unsigned n = 0;

    if (v->arch.msr_tsc_aux)
        msrs[n++] = (struct xen_domctl_vcpu_msr){ .index = MSR_TSC_AUX, .value = v->arch.msr_tsc_aux };
    if (v->arch.spec_ctrl)
        msrs[n++] = (struct xen_domctl_vcpu_msr){ .index = MSR_SPEC_CTRL, .value = v->arch.spec_ctrl };
    return n;
}

static long get_msrs(struct domain *d, struct xen_domctl_vcpu_msrs *op)
{
    struct vcpu *v = domain_vcpu(d, op->vcpu);
    struct xen_domctl_vcpu_msr msrs[NR_MSRS];
    uint32_t room = op->msr_count;

    if (!v)
        return refuse(-ESRCH, "get_vcpu_msrs: no such vcpu");
    if (d == current->domain)
        return refuse(-EINVAL, "get_vcpu_msrs: not of the caller itself");
    op->msr_count = NR_MSRS;
    if (guest_handle_is_null(op->msrs))
        return 0;
    domain_pause(d);
    op->msr_count = moving_msrs(v, msrs);
    domain_unpause(d);
    if (room < op->msr_count)
        return -ENOBUFS;
    return op->msr_count && copy_to_guest(op->msrs, msrs, op->msr_count) ? -EFAULT : 0;
}

/* False: none that moves with a vcpu of this domain, or not such a value. The vcpu does not run. */
static bool set_msr(struct vcpu *v, const struct xen_domctl_vcpu_msr *msr)
{
    bool barrier;

    if (msr->reserved)
        return false;
    if (msr->index == MSR_TSC_AUX && !(msr->value >> 32)) {
        v->arch.msr_tsc_aux = msr->value;
        return true;
    }
    if (msr->index != MSR_SPEC_CTRL || (msr->value & ~(uint64_t)cpuid_policy_spec_ctrl(v->domain, &barrier)))
        return false;
    v->arch.spec_ctrl = msr->value;
    return true;
}

static long set_msrs(struct domain *d, struct xen_domctl_vcpu_msrs *op)
{
    struct vcpu *v = domain_vcpu(d, op->vcpu);
    struct xen_domctl_vcpu_msr msr;
    bool good;

    if (!v)
        return refuse(-ESRCH, "set_vcpu_msrs: no such vcpu");
    if (d == current->domain)
        return refuse(-EINVAL, "set_vcpu_msrs: not of the caller itself");
    for (unsigned i = 0; i < op->msr_count; i++) {
        if (copy_from_guest_offset(&msr, op->msrs, i, 1))
            return -EFAULT;
        domain_pause(d);
        good = set_msr(v, &msr);
        domain_unpause(d);
        if (!good)
            return refuse(-EINVAL, "set_vcpu_msrs: not a register that moves with a vcpu, or not for its value");
    }
    return 0;
}

/* ---- the domain ---- */

#define ELAPSED_MAX (1UL << 61)     /* ns: 73 years */
#define TSC_KHZ_MIN 1000
#define TSC_KHZ_MAX 100000000

static long set_tsc_info(struct domain *d, const struct xen_domctl_tsc_info *op)
{
    if (op->tsc_mode > 2)
        return refuse(-EINVAL, "settscinfo: unknown mode");
    if (op->elapsed_nsec > ELAPSED_MAX)
        return refuse(-EINVAL, "settscinfo: more time than a machine runs");
    if (op->gtsc_khz && (op->gtsc_khz < TSC_KHZ_MIN || op->gtsc_khz > TSC_KHZ_MAX))
        return refuse(-EINVAL, "settscinfo: no possible rate");
    if (d == current->domain)
        return refuse(-EINVAL, "settscinfo: not of the caller itself");
    /* Its vcpus find the new CR4 and scale when they run again. */
    domain_pause(d);
    set_domain_tsc(d, op->tsc_mode, op->gtsc_khz, op->elapsed_nsec);
    d->arch.tsc_incarnation = op->incarnation + 1;     /* what is set was saved: restored once more */
    domain_unpause(d);
    return 0;
}

static void get_tsc_info(const struct domain *d, struct xen_domctl_tsc_info *op)
{
    op->tsc_mode = d->arch.tsc_mode;
    op->incarnation = d->arch.tsc_incarnation;
    op->elapsed_nsec = NOW() - d->arch.vtsc_offset;
    op->gtsc_khz = d->arch.tsc_khz;
    op->pad = 0;
}

static long get_cpu_policy(const struct domain *d, struct xen_domctl_cpu_policy *op)
{
    if (guest_handle_is_null(op->leaves) || op->nr_leaves < d->arch.nr_cpuid)
        return -ENOBUFS;
    if (copy_to_guest(op->leaves, d->arch.cpuid, d->arch.nr_cpuid))
        return -EFAULT;
    op->nr_leaves = d->arch.nr_cpuid;
    op->nr_msrs = 0;
    return 0;
}

static long set_cpu_policy(struct domain *d, struct xen_domctl_cpu_policy *op)
{
    struct xen_cpuid_leaf *leaves;
    long rc = -EFAULT;

    op->err_leaf = op->err_subleaf = op->err_msr = ~0u;
    if (d->creation_finished)
        return refuse(-EEXIST, "set_cpu_policy: the domain has run already");
    if (op->nr_leaves > 1024)
        return refuse(-E2BIG, "set_cpu_policy: too many leaves");
    leaves = xmalloc_array(struct xen_cpuid_leaf, op->nr_leaves + 1);
    if (!leaves)
        return -ENOMEM;
    if (!copy_from_guest(leaves, op->leaves, op->nr_leaves))
        rc = cpuid_policy_set(d, leaves, op->nr_leaves);
    xfree(leaves);
    return rc;
}

/* What a frame is, for save: its page-table level and whether it is pinned, XTAB if it isn't the domain's. */
static xen_pfn_t frame_info(struct domain *d, unsigned long frame)
{
    struct page_info *pg = get_page_from_gfn(d, gfn(frame));
    xen_pfn_t info = 0;

    if (!pg)
        return XEN_DOMCTL_PFINFO_XTAB;
    switch (pg->type_info & PGT_type_mask) {
    case PGT_l1_page_table: info = XEN_DOMCTL_PFINFO_L1TAB; break;
    case PGT_l2_page_table:
    case PGT_l2_xen_page_table: info = XEN_DOMCTL_PFINFO_L2TAB; break;
    case PGT_l3_page_table: info = XEN_DOMCTL_PFINFO_L3TAB; break;
    case PGT_l4_page_table: info = XEN_DOMCTL_PFINFO_L4TAB; break;
    }
    if (pg->type_info & PGT_pinned)
        info |= XEN_DOMCTL_PFINFO_LPINTAB;
    put_page(pg);
    return info;
}

/* In place: frame numbers in, types out. */
static long page_frame_info(struct domain *d, const struct xen_domctl_getpageframeinfo3 *op)
{
    if (op->num > MAX_PAGES_PER_CALL)
        return refuse(-E2BIG, "getpageframeinfo3: too many frames");
    for (unsigned i = 0; i < op->num; i++) {
        xen_pfn_t frame;

        if (copy_from_guest_offset(&frame, op->array, i, 1))
            return -EFAULT;
        frame = frame_info(d, frame);
        if (copy_to_guest_offset(op->array, i, &frame, 1))
            return -EFAULT;
    }
    return 0;
}

/* d->domain_lock is held. -ENOSYS: not the architecture's either. */
long arch_do_domctl(struct xen_domctl *op, struct domain *d, bool *copyback)
{
    switch (op->cmd) {
    case XEN_DOMCTL_hypercall_init:      return hypercall_init(d, op->u.hypercall_init.gmfn);
    case XEN_DOMCTL_setdebugging:        return set_debugging(d, op->u.setdebugging.enable);
    case XEN_DOMCTL_gdbsx_guestmemio:    *copyback = true; return debugger_memory(d, &op->u.gdbsx_guest_memio);
    case XEN_DOMCTL_gdbsx_pausevcpu:
    case XEN_DOMCTL_gdbsx_unpausevcpu:
        return debugger_pause_vcpu(d, op->u.gdbsx_pauseunp_vcpu.vcpu, op->cmd == XEN_DOMCTL_gdbsx_pausevcpu);
    case XEN_DOMCTL_gdbsx_domstatus:     *copyback = true; debugger_status(d, &op->u.gdbsx_domstatus); return 0;
    case XEN_DOMCTL_ioport_permission:   return ioport_permission(d, &op->u.ioport_permission);
    case XEN_DOMCTL_shadow_op:           *copyback = true; return shadow_op(d, &op->u.shadow_op);
    case XEN_DOMCTL_getpageframeinfo3:   return page_frame_info(d, &op->u.getpageframeinfo3);
    case XEN_DOMCTL_get_ext_vcpucontext: *copyback = true; return get_ext_context(d, &op->u.ext_vcpucontext);
    case XEN_DOMCTL_set_ext_vcpucontext: return set_ext_context(d, &op->u.ext_vcpucontext);
    case XEN_DOMCTL_getvcpuextstate:     *copyback = true; return get_ext_state(d, &op->u.vcpuextstate);
    case XEN_DOMCTL_setvcpuextstate:     return set_ext_state(d, &op->u.vcpuextstate);
    case XEN_DOMCTL_get_vcpu_msrs:       *copyback = true; return get_msrs(d, &op->u.vcpu_msrs);
    case XEN_DOMCTL_set_vcpu_msrs:       return set_msrs(d, &op->u.vcpu_msrs);
    case XEN_DOMCTL_set_address_size:    return domain_set_width(d, op->u.address_size.size);
    case XEN_DOMCTL_get_address_size:
        *copyback = true;
        op->u.address_size.size = d->arch.is_32bit_pv ? 32 : 64;
        return 0;
    case XEN_DOMCTL_settscinfo:          return set_tsc_info(d, &op->u.tsc_info);
    case XEN_DOMCTL_gettscinfo:          *copyback = true; get_tsc_info(d, &op->u.tsc_info); return 0;
    case XEN_DOMCTL_get_cpu_policy:      *copyback = true; return get_cpu_policy(d, &op->u.cpu_policy);
    case XEN_DOMCTL_set_cpu_policy:      *copyback = true; return set_cpu_policy(d, &op->u.cpu_policy);
    default:
        return refuse(-ENOSYS, "domctl: unknown command");
    }
}
