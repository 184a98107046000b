/* SPDX-License-Identifier: GPL-2.0-only */
/* What a guest of either width finds at its start: list of frames, start_info, shared_info, registers. */
#include <stddef.h>
#include <stdio.h>

#include <xen/start_info.h>

#include "guest.h"

#define RFLAGS_IF        (1u << 9)
#define FLAT_RING1_CS_32 0xe019
#define FLAT_RING1_DS_32 0xe021

/* struct vcpu_guest_context in the layout of 32-bit guests. */
struct vcpu_context_32 {
    uint8_t fpu_ctxt[512];
    uint32_t flags;
    struct {
        uint32_t ebx, ecx, edx, esi, edi, ebp, eax;
        uint16_t error_code, entry_vector;
        uint32_t eip, cs, eflags, esp, ss, es, ds, fs, gs;
    } user_regs;
    struct { uint8_t vector, flags; uint16_t cs; uint32_t address; } trap_ctxt[256];
    uint32_t ldt_base, ldt_ents, gdt_frames[16], gdt_ents, kernel_ss, kernel_sp, ctrlreg[8], debugreg[8];
    uint32_t event_callback_cs, event_callback_eip, failsafe_callback_cs, failsafe_callback_eip, vm_assist;
};

_Static_assert(offsetof(struct vcpu_context_32, trap_ctxt) == 584 && sizeof(struct vcpu_context_32) == 2800,
               "as an i386 compiler lays out the public header");

union vcpu_context {
    vcpu_guest_context_t wide;
    struct vcpu_context_32 narrow;
};

static bool is_32bit(const struct guest *g)
{
    return g->kernel->bits == 32;
}

/* See guest.h. */
void guest_write_p2m(const struct guest *g, void *to)
{
    uint32_t *narrow = to;

    if (!is_32bit(g))
        memcpy(to, g->p2m, g->config->pages * sizeof(*g->p2m));
    for (uint64_t pfn = 0; is_32bit(g) && pfn < g->config->pages; pfn++)
        narrow[pfn] = g->p2m[pfn];
}

/* See guest.h. */
void guest_write_start_info(const struct guest *g, void *page)
{
    const struct layout *l = &g->layout;
    const struct xc_guest_config *config = g->config;
    struct start_info *si = page;

    snprintf(si->magic, sizeof(si->magic), "xen-3.0-x86_64");
    si->nr_pages = config->pages;
    si->shared_info = g->shared_info_mfn << XC_PAGE_SHIFT;
    si->flags = config->start_flags;
    si->store_mfn = g->p2m[l->xenstore.pfn];
    si->store_evtchn = config->store_port;
    si->console.domU.mfn = g->p2m[l->console.pfn];
    si->console.domU.evtchn = config->console_port;
    si->pt_base = l->tables.virt;
    si->nr_pt_frames = l->tables.count;
    si->mfn_list = l->p2m.virt;
    if (l->p2m_apart) {
        si->first_p2m_pfn = l->p2m.pfn;
        si->nr_p2m_frames = l->p2m.count + l->p2m_tables.count;
    }
    if (g->ramdisk_size) {
        si->mod_start = l->module_mapped ? l->module.virt : l->module.pfn;
        si->mod_len = g->ramdisk_size;
        if (!l->module_mapped)
            si->flags |= SIF_MOD_START_PFN;
    }
    if (config->cmdline)
        snprintf((char *)si->cmd_line, sizeof(si->cmd_line), "%s", config->cmdline);
    if (is_32bit(g))
        start_info_narrow(page);
}

/* See guest.h. The mask is at the same place in both widths. */
void guest_init_shared_info(void *page)
{
    struct shared_info *shared = page;

    memset(page, 0, XC_PAGE_SIZE);
    for (unsigned int i = 0; i < XEN_LEGACY_MAX_VCPUS; i++)
        shared->vcpu_info[i].evtchn_upcall_mask = 1;
}

static void start_wide(const struct guest *g, vcpu_guest_context_t *context)
{
    const struct layout *l = &g->layout;

    context->flags = VGCF_in_kernel | VGCF_online;
    context->user_regs.rip = g->kernel->entry;
    context->user_regs.rsp = l->stack.virt + XC_PAGE_SIZE;
    context->user_regs.rsi = l->start_info.virt;
    context->user_regs.rflags = RFLAGS_IF;
    context->user_regs.cs = FLAT_KERNEL_CS64;
    context->user_regs.ss = FLAT_KERNEL_SS64;
    context->user_regs.ds = FLAT_KERNEL_DS64;
    context->user_regs.es = FLAT_KERNEL_DS64;
    context->kernel_ss = FLAT_KERNEL_SS64;
    context->kernel_sp = l->stack.virt + XC_PAGE_SIZE;
    context->ctrlreg[3] = xen_pfn_to_cr3(g->p2m[layout_table_pfn(l, 0)]);
}

/* The frame of the top-level table, which may lie above 4 GiB, is rotated to fit. */
static void start_narrow(const struct guest *g, struct vcpu_context_32 *context)
{
    const struct layout *l = &g->layout;
    uint32_t root = g->p2m[layout_table_pfn(l, 0)];

    context->flags = VGCF_in_kernel | VGCF_online;
    context->user_regs.eip = g->kernel->entry;
    context->user_regs.esp = l->stack.virt + XC_PAGE_SIZE;
    context->user_regs.esi = l->start_info.virt;
    context->user_regs.eflags = RFLAGS_IF;
    context->user_regs.cs = FLAT_RING1_CS_32;
    context->user_regs.ss = context->user_regs.ds = context->user_regs.es = FLAT_RING1_DS_32;
    context->user_regs.fs = context->user_regs.gs = FLAT_RING1_DS_32;
    context->event_callback_cs = context->failsafe_callback_cs = FLAT_RING1_CS_32;
    context->kernel_ss = FLAT_RING1_DS_32;
    context->kernel_sp = l->stack.virt + XC_PAGE_SIZE;
    context->ctrlreg[3] = root << XC_PAGE_SHIFT | root >> 20;
}

/* See guest.h. */
int guest_start_vcpu(const struct guest *g)
{
    union vcpu_context *context = calloc(1, sizeof(*context));
    int error;

    if (!context)
        return xc_fail(g->xc, -ENOMEM, "first vcpu of domain %u", g->config->domid);
    if (is_32bit(g))
        start_narrow(g, &context->narrow);
    else
        start_wide(g, &context->wide);
    error = xc_vcpu_set_context(g->xc, g->config->domid, 0, &context->wide);
    free(context);
    return error;
}
