/* SPDX-License-Identifier: GPL-2.0-only */
/* What a paravirtual domain and its vcpus have beyond the common parts: made, reset, taken away. */
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <asm/processor.h>
#include <asm/pv.h>
#include <asm/xstate.h>

#define DR6_INIT 0xffff0ff0UL
#define DR7_INIT 0x400UL

/* Events stay masked until the guest says otherwise. A 32-bit one gets the page's address in 32 bits. */
static int create_shared_info(struct domain *d)
{
    d->shared_info = zalloc_xenheap_page_below(32);
    if (!d->shared_info)
        return -ENOMEM;
    for (unsigned i = 0; i < XEN_LEGACY_MAX_VCPUS; i++)
        d->shared_info->vcpu_info[i].evtchn_upcall_mask = 1;
    share_xen_page_with_guest(virt_to_page(d->shared_info), d, SHARE_rw);
    return 0;
}

/* do_settime() writes to all domains' pages: wait until it is done with this one. */
static void destroy_shared_info(struct domain *d)
{
    struct shared_info *page = d->shared_info;

    if (!page)
        return;
    WRITE_ONCE(d->shared_info, NULL);
    write_lock(&domlist_lock);
    write_unlock(&domlist_lock);
    unshare_xen_page(virt_to_page(page));
}

int arch_domain_create(struct domain *d, const struct xen_domctl_createdomain *config)
{
    int rc;

    if (config->arch.emulation_flags)
        return refuse(-EOPNOTSUPP, "createdomain: a paravirtual domain has no emulated devices");
    d->arch.tsc_khz = tsc_khz();
    domain_init_pirqs(d);
    d->arch.ioport_caps = rangeset_new("I/O ports");
    if (!d->arch.ioport_caps)
        return -ENOMEM;
    rc = domain_mm_init(d);
    if (rc)
        goto fail_ports;
    rc = create_shared_info(d);
    if (rc)
        goto fail_mm;
    rc = cpuid_policy_create(d);
    if (rc)
        goto fail_shared_info;
    return 0;

 fail_shared_info:
    destroy_shared_info(d);
 fail_mm:
    domain_mm_destroy(d);
 fail_ports:
    rangeset_free(d->arch.ioport_caps);
    d->arch.ioport_caps = NULL;
    return rc;
}

void arch_domain_destroy(struct domain *d)
{
    xfree(d->arch.cpuid);
    destroy_shared_info(d);
    domain_mm_destroy(d);
    rangeset_free(d->arch.ioport_caps);
}

/*
 * The shared page goes last: while the domain owns any frame it is not freed. No vcpu looks at it any more.
 */
int arch_domain_relinquish(struct domain *d)
{
    int rc = domain_mm_relinquish(d);

    if (!rc)
        destroy_shared_info(d);
    return rc;
}

static void reset_registers(struct vcpu *v)
{
    v->arch.spec_ctrl = 0;
    v->arch.kernel_mode = !v->domain->arch.is_32bit_pv;
    v->arch.event_callback.mask = true;
    v->arch.ctrlreg[4] = guest_cr4_fixup(0);
    v->arch.debugreg[6] = DR6_INIT;
    v->arch.debugreg[7] = DR7_INIT;
}

int arch_vcpu_create(struct vcpu *v)
{
    static uint64_t predictor_ids;
    int rc;

    v->arch.predictor_id = __atomic_add_fetch(&predictor_ids, 1, __ATOMIC_RELAXED);
    spin_lock_init(&v->arch.shadow_ldt_lock);
    if (is_idle_vcpu(v)) {
        v->arch.cr3 = virt_to_maddr(idle_pg_table);
        return 0;
    }
    reset_registers(v);
    rc = xstate_create(v);
    if (rc)
        return rc;
    rc = vcpu_mm_init(v);
    if (rc)
        xstate_destroy(v);
    return rc;
}

void arch_vcpu_destroy(struct vcpu *v)
{
    if (is_idle_vcpu(v))
        return;
    vcpu_mm_destroy(v);
    xstate_destroy(v);
}

/* As made, but for the page tables' mappings of the hypervisor. The vcpu does not run. 0, -ERESTART: call again. */
int arch_vcpu_reset(struct vcpu *v)
{
    int rc = vcpu_set_guest_cr3(v, mfn(0), mfn(0));

    if (rc)
        return rc;
    destroy_guest_gdt(v);
    invalidate_shadow_ldt(v);
    v->arch.ldt_base = 0;
    v->arch.ldt_ents = 0;
    v->arch.iobmp = NULL;
    v->arch.iobmp_limit = 0;
    memset(&v->arch.user_regs, 0, sizeof(v->arch.user_regs));
    memset(v->arch.trap_ctxt, 0, sizeof(v->arch.trap_ctxt));
    memset(v->arch.ctrlreg, 0, sizeof(v->arch.ctrlreg));
    memset(v->arch.debugreg, 0, sizeof(v->arch.debugreg));
    v->arch.event_callback = v->arch.failsafe_callback = v->arch.syscall_callback =
        v->arch.syscall32_callback = v->arch.sysenter_callback = (struct guest_callback) { 0 };
    v->arch.in_nmi = v->arch.nmi_again = false;
    reset_registers(v);
    xstate_reset(v);
    return 0;
}

/*
 * XEN_DOMCTL_set_address_size, and for the kernel of domain 0. d has no memory yet, and none of its vcpus a
 * context. 0, -EINVAL, and as domain_mm_set_width()
 */
int domain_set_width(struct domain *d, unsigned bits)
{
    struct vcpu *v;
    int rc;

    if (bits != 32 && bits != 64)
        return refuse(-EINVAL, "set_address_size: 32 or 64");
    if (d->arch.is_32bit_pv == (bits == 32))
        return 0;
    rc = domain_mm_set_width(d, bits == 32);
    if (rc)
        return rc;
    for_each_vcpu(d, v)
        reset_registers(v);
    return 0;
}
