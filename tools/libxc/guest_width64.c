/* SPDX-License-Identifier: GPL-2.0-only */
/* What a 64-bit guest finds at its start: list of frames, start_info, shared_info, registers. */
#include <stdio.h>

#include "guest.h"

#define RFLAGS_IF (1u << 9)

static void write_p2m(const struct guest *g, void *to)
{
    memcpy(to, g->p2m, g->config->pages * sizeof(*g->p2m));
}

static void write_start_info(const struct guest *g, void *page)
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
}

/* Events are masked until the guest has set up its callback. */
static void init_shared_info(void *page)
{
    struct shared_info *shared = page;

    memset(page, 0, XC_PAGE_SIZE);
    for (unsigned int i = 0; i < XEN_LEGACY_MAX_VCPUS; i++)
        shared->vcpu_info[i].evtchn_upcall_mask = 1;
}

static int set_vcpu(const struct guest *g)
{
    const struct layout *l = &g->layout;
    vcpu_guest_context_t *context = calloc(1, sizeof(*context));
    int error;

    if (!context)
        return xc_fail(g->xc, -ENOMEM, "first vcpu of domain %u", g->config->domid);
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
    error = xc_vcpu_set_context(g->xc, g->config->domid, 0, context);
    free(context);
    return error;
}

const struct guest_width guest_width_64 = {
    .bits = 64,
    .levels = 4,
    .pin_command = MMUEXT_PIN_L4_TABLE,
    .write_p2m = write_p2m,
    .write_start_info = write_start_info,
    .init_shared_info = init_shared_info,
    .set_vcpu = set_vcpu,
};
