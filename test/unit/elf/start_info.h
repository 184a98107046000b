/* SPDX-License-Identifier: GPL-2.0-only */
/* One value for a struct start_info, whatever its width: the run script has an i386 compiler lay it out too. */
#include <public/xen.h>

#define START_INFO(the_magic, the_flags, the_console) {                                                    \
    .magic = the_magic, .nr_pages = 0x11223344, .shared_info = 0x55667000, .flags = the_flags,              \
    .store_mfn = 0x77889900, .store_evtchn = 1, .console = the_console, .pt_base = 0xc0200000,              \
    .nr_pt_frames = 9, .mfn_list = 0xc0300000, .mod_start = 0xc0400000, .mod_len = 12345,                   \
    .cmd_line = { 'r', 'o', 'o', 't', '=', '/' }, .first_p2m_pfn = 0x1234, .nr_p2m_frames = 0x56,           \
}
#define GUEST_CONSOLE { .domU = { .mfn = 0xaabbccdd, .evtchn = 2 } }
#define DOM0_CONSOLE  { .dom0 = { .info_off = 1168, .info_size = 24 } }
