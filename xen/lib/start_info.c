/* SPDX-License-Identifier: GPL-2.0-only */
/* The start_info of 32-bit guests: as public/xen.h has it, with every long and frame number 4 bytes long. */
#include <stddef.h>
#include <stdint.h>

#include <xen/start_info.h>
#include <xen/string.h>

#include <public/xen.h>

struct start_info_32 {
    char magic[32];
    uint32_t nr_pages, shared_info, flags, store_mfn, store_evtchn;
    union {
        struct { uint32_t mfn, evtchn; } domU;
        struct { uint32_t info_off, info_size; } dom0;
    } console;
    uint32_t pt_base, nr_pt_frames, mfn_list, mod_start, mod_len;
    int8_t cmd_line[MAX_GUEST_CMDLINE];
    uint32_t first_p2m_pfn, nr_p2m_frames;
};

_Static_assert(offsetof(struct start_info_32, cmd_line) == 80 && sizeof(struct start_info_32) == 1112,
               "as an i386 compiler lays out the public header");

void start_info_narrow(void *page)
{
    static const char magic[] = "xen-3.0-x86_32p";
    struct start_info wide;
    struct start_info_32 *si = page;

    memcpy(&wide, page, sizeof(wide));
    memset(page, 0, sizeof(wide));
    memcpy(si->magic, magic, sizeof(magic));
    si->nr_pages = wide.nr_pages, si->shared_info = wide.shared_info, si->flags = wide.flags;
    si->store_mfn = wide.store_mfn, si->store_evtchn = wide.store_evtchn;
    if (wide.flags & SIF_INITDOMAIN)
        si->console.dom0.info_off = wide.console.dom0.info_off, si->console.dom0.info_size = wide.console.dom0.info_size;
    else
        si->console.domU.mfn = wide.console.domU.mfn, si->console.domU.evtchn = wide.console.domU.evtchn;
    si->pt_base = wide.pt_base, si->nr_pt_frames = wide.nr_pt_frames, si->mfn_list = wide.mfn_list;
    si->mod_start = wide.mod_start, si->mod_len = wide.mod_len;
    memcpy(si->cmd_line, wide.cmd_line, sizeof(si->cmd_line));
    si->first_p2m_pfn = wide.first_p2m_pfn, si->nr_p2m_frames = wide.nr_p2m_frames;
}
