/* SPDX-License-Identifier: GPL-2.0-only */
/* Compiled for i386; only its data counts. */
#include "start_info.h"

struct start_info expected[2] = {
    START_INFO("xen-3.0-x86_32p", SIF_MOD_START_PFN, GUEST_CONSOLE),
    START_INFO("xen-3.0-x86_32p", SIF_PRIVILEGED | SIF_INITDOMAIN, DOM0_CONSOLE),
};
