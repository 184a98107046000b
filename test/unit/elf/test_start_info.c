/* SPDX-License-Identifier: GPL-2.0-only */
/* start_info_narrow() must yield what an i386 compiler makes of the same value. */
#include <xen/start_info.h>

#include "start_info.h"
#include "unit.h"

#define SIZE_32 1112

extern const uint8_t start_info_32[];       /* START_INFO_32, the data of start_info_32.c */
__asm__ (".section .rodata\nstart_info_32: .incbin \"" START_INFO_32 "\"\n.previous");

static void narrow(struct start_info si, const uint8_t *expected)
{
    union {
        struct start_info si;
        uint8_t bytes[4096];
    } page = { .si = si };
    uint8_t zero[sizeof(struct start_info) - SIZE_32] = { 0 };

    page.bytes[sizeof(si)] = 0x5a;
    start_info_narrow(&page);
    CHECK(memcmp(page.bytes, expected, SIZE_32) == 0);
    CHECK(memcmp(page.bytes + SIZE_32, zero, sizeof(zero)) == 0);
    CHECK(page.bytes[sizeof(si)] == 0x5a);      /* domain 0's screen may be described there */
}

static void guest(void)
{
    narrow((struct start_info)START_INFO("xen-3.0-x86_64", SIF_MOD_START_PFN, GUEST_CONSOLE), start_info_32);
}

static void dom0(void)
{
    narrow((struct start_info)START_INFO("xen-3.0-x86_64", SIF_PRIVILEGED | SIF_INITDOMAIN, DOM0_CONSOLE),
           start_info_32 + SIZE_32);
}

const struct test start_info_tests[] = {
    { "start_info_32_guest", guest },
    { "start_info_32_dom0", dom0 },
    { NULL, NULL }
};
