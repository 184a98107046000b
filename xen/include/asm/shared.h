/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pages that guests share with the hypervisor, in either width. struct shared_info and vcpu_info of a 32-bit
 * guest have these in common with ours: where each vcpu_info is, its upcall bytes and its time, and where the
 * pending bits of event channels begin. For the rest there is one function each here.
 */
#ifndef ASM_SHARED_H
#define ASM_SHARED_H

#include <xen/sched.h>

struct vcpu_info_32 {
    uint8_t evtchn_upcall_pending, evtchn_upcall_mask;
    uint32_t evtchn_pending_sel;
    struct { uint32_t cr2, pad[5]; } arch;
    struct vcpu_time_info time;
};

struct shared_info_32 {
    struct vcpu_info_32 vcpu_info[XEN_LEGACY_MAX_VCPUS];
    uint32_t evtchn_pending[32], evtchn_mask[32];
    uint32_t wc_version, wc_sec, wc_nsec;
    struct {
        uint32_t max_pfn, pfn_to_mfn_frame_list_list, nmi_reason;
        uint32_t p2m_cr3, p2m_vaddr, p2m_generation;
        uint32_t wc_sec_hi;
    } arch;
};

_Static_assert(sizeof(struct vcpu_info_32) == sizeof(struct vcpu_info) &&
               offsetof(struct vcpu_info_32, time) == offsetof(struct vcpu_info, time) &&
               offsetof(struct vcpu_info_32, evtchn_upcall_mask) == offsetof(struct vcpu_info, evtchn_upcall_mask) &&
               offsetof(struct shared_info_32, evtchn_pending) == offsetof(struct shared_info, evtchn_pending) &&
               offsetof(struct shared_info_32, arch.wc_sec_hi) == 2340, "what both widths have in common");

/* MEMBER, of any type, in the page of a domain or vcpu, as its width has it. */
#define SHARED_MEMBER(d, page, type, member)                                                          \
    ((d)->arch.is_32bit_pv ? (void *)&((struct type##_32 *)(page))->member : (void *)&((struct type *)(page))->member)
#define shared_member(d, member)    SHARED_MEMBER(d, (d)->shared_info, shared_info, member)
#define vcpu_info_member(v, member) SHARED_MEMBER((v)->domain, (v)->vcpu_info, vcpu_info, member)

/* Bits in a word of pending events, and so how many words the selector tells apart. */
static always_inline unsigned guest_word_bits(const struct domain *d)
{
    return d->arch.is_32bit_pv ? 32 : 64;
}

static always_inline void set_guest_cr2(struct vcpu *v, unsigned long va)
{
    if (v->domain->arch.is_32bit_pv)
        ((struct vcpu_info_32 *)v->vcpu_info)->arch.cr2 = va;
    else
        v->vcpu_info->arch.cr2 = va;
}

static always_inline unsigned long shared_max_pfn(const struct domain *d)
{
    return d->arch.is_32bit_pv ? ((struct shared_info_32 *)d->shared_info)->arch.max_pfn : d->shared_info->arch.max_pfn;
}

#endif
