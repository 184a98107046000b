/* SPDX-License-Identifier: GPL-2.0-only */
/* xen_version: each command's answer, and what it says to commands and pointers that are wrong. */
#include "test.h"

#include <public/errno.h>
#include <public/features.h>
#include <public/version.h>

static bool contains(const char *text, const char *word)
{
    size_t n = strlen(word);

    for (; *text; text++)
        if (!memcmp(text, word, n))
            return true;
    return false;
}

static void number(void)
{
    CHECK_EQ(HYPERCALL(xen_version, XENVER_version, 0), 4 << 16 | 17);
}

static void texts(void)
{
    xen_extraversion_t extra;
    static xen_capabilities_info_t capabilities;
    xen_changeset_info_t changeset;
    static xen_compile_info_t compiled;
    static xen_commandline_t line;

    CHECK_EQ(HYPERCALL(xen_version, XENVER_extraversion, extra), 0);
    CHECK_EQ(extra[0], '.');
    CHECK(strlen(extra) < sizeof(extra));
    CHECK_EQ(HYPERCALL(xen_version, XENVER_capabilities, capabilities), 0);
    CHECK(contains(capabilities, CAPABILITY));
    CHECK_EQ(HYPERCALL(xen_version, XENVER_changeset, changeset), 0);
    CHECK(strlen(changeset) < sizeof(changeset));
    CHECK_EQ(HYPERCALL(xen_version, XENVER_compile_info, &compiled), 0);
    CHECK(compiled.compiler[0] && strlen(compiled.compiler) < sizeof(compiled.compiler));
    CHECK_EQ(HYPERCALL(xen_version, XENVER_commandline, line), 0);
    CHECK(contains(line, "com1="));
}

static void parameters(void)
{
    xen_platform_parameters_t platform;
    xen_domain_handle_t handle;

    CHECK_EQ(HYPERCALL(xen_version, XENVER_platform_parameters, &platform), 0);
    CHECK_EQ(platform.virt_start, HYPERVISOR_VIRT_START);
    CHECK_EQ(HYPERCALL(xen_version, XENVER_pagesize, 0), PAGE_SIZE);
    CHECK_EQ(HYPERCALL(xen_version, XENVER_guest_handle, handle), 0);
}

static void features(void)
{
    xen_feature_info_t info = { .submap_idx = 0 };

    CHECK_EQ(HYPERCALL(xen_version, XENVER_get_features, &info), 0);
    CHECK(info.submap & 1u << XENFEAT_mmu_pt_update_preserve_ad);
    CHECK(info.submap & 1u << XENFEAT_pae_pgdir_above_4gb);
    CHECK(info.submap & 1u << XENFEAT_gnttab_map_avail_bits);
    CHECK(info.submap & 1u << XENFEAT_dom0);
    CHECK(!(info.submap & 1u << XENFEAT_auto_translated_physmap));
    CHECK(!(info.submap & 1u << XENFEAT_writable_page_tables));
    info.submap_idx = 99;
    CHECK_EQ(HYPERCALL(xen_version, XENVER_get_features, &info), -XEN_EINVAL);
}

static union {
    xen_build_id_t id;
    char room[PAGE_SIZE];
} build;

/* Into build, where there is room for so many bytes. */
static long build_id(uint32_t room)
{
    memset(&build, 0xee, sizeof(build));
    build.id.len = room;
    return HYPERCALL(xen_version, XENVER_build_id, &build);
}

/* The linker's hash: of some bytes, the same each time. Without a place for it its length is told. */
static void build_ids(void)
{
    unsigned char first[64], bits = 0;
    long length = HYPERCALL(xen_version, XENVER_build_id, 0);

    CHECK(length >= 8 && length <= (long)sizeof(first));
    CHECK_EQ(build_id(length), length);
    CHECK_EQ(build.id.buf[length], 0xee);
    memcpy(first, build.id.buf, length);
    for (long i = 0; i < length; i++)
        bits |= first[i];
    CHECK(bits);
    CHECK_EQ(build_id(sizeof(build) - sizeof(build.id)), length);
    CHECK(!memcmp(build.id.buf, first, length));
    CHECK_EQ(build_id(0), -XEN_EINVAL);
    CHECK_EQ(build_id(length - 1), -XEN_ENOBUFS);
    CHECK_EQ(build.id.buf[0], 0xee);
    CHECK_EQ(HYPERCALL(xen_version, XENVER_build_id, 0x1000), -XEN_EFAULT);
    CHECK_EQ(HYPERCALL(xen_version, XENVER_build_id, HYPERVISOR_ADDRESS), -XEN_EFAULT);
}

static void refusals(void)
{
    CHECK_EQ(HYPERCALL(xen_version, XENVER_pagesize, &build), -XEN_EINVAL);
    CHECK_EQ(HYPERCALL(xen_version, 77, 0), -XEN_ENOSYS);
    CHECK_EQ(HYPERCALL(xen_version, XENVER_extraversion, 0x1000), -XEN_EFAULT);
    CHECK_EQ(HYPERCALL(xen_version, XENVER_extraversion, HYPERVISOR_ADDRESS), -XEN_EFAULT);
    CHECK_EQ(HYPERCALL(xen_version, XENVER_extraversion, HYPERVISOR_VIRT_END - 8), -XEN_EFAULT);
    CHECK_EQ(HYPERCALL(xen_version, XENVER_extraversion, ~0ul), -XEN_EFAULT);
    CHECK_EQ(hypercall(60, 0, 0, 0, 0, 0), -XEN_ENOSYS);
    CHECK_EQ(hypercall(11, 0, 0, 0, 0, 0), -XEN_ENOSYS);
}

/* A hypercall number far outside the table, given to the instruction itself. */
static void unknown_number(void)
{
    for (unsigned long n = 64; n; n <<= 4) {
        long result;

        asm volatile(HYPERCALL_INSTRUCTION : "=a"(result) : "0"(n) : HYPERCALL_CLOBBERS "memory");
        CHECK_EQ(result, -XEN_ENOSYS);
    }
}

const struct test tests[] = {
    { "version.number", number },
    { "version.texts", texts },
    { "version.parameters", parameters },
    { "version.features", features },
    { "version.build_ids", build_ids },
    { "version.refusals", refusals },
    { "version.unknown_number", unknown_number },
    { NULL, NULL },
};
