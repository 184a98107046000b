/* SPDX-License-Identifier: GPL-2.0-only */
/* xen_version: what hypervisor is this? Every guest may ask; the command line is for domain 0. */
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/param.h>
#include <xen/sched.h>
#include <xen/version.h>
#include <public/features.h>
#include <public/version.h>

#define answer(arg, value) (put_guest(arg, value) ? -EFAULT : 0)

static long compile_info(void *arg)
{
    static const struct xen_compile_info info = {
        .compiler = XEN_COMPILER, .compile_by = "root", .compile_domain = "",
        .compile_date = XEN_COMPILE_DATE,
    };

    return answer(arg, &info);
}

static long capabilities(void *arg)
{
    static const xen_capabilities_info_t caps = "xen-3.0-x86_64 xen-3.0-x86_32p ";

    return answer(arg, &caps);
}

static long platform_parameters(void *arg)
{
    struct xen_platform_parameters p = {
        .virt_start = current->domain->arch.is_32bit_pv ? PAE_HOLE_START : HYPERVISOR_START,
    };

    return answer(arg, &p);
}

static long get_features(void *arg)
{
    struct xen_feature_info f;

    if (get_guest(&f, arg))
        return -EFAULT;
    if (f.submap_idx >= XENFEAT_NR_SUBMAPS)
        return refuse(-EINVAL, "xen_version: no such word of features");
    f.submap = 1u << XENFEAT_pae_pgdir_above_4gb | 1u << XENFEAT_mmu_pt_update_preserve_ad |
               1u << XENFEAT_highmem_assist | 1u << XENFEAT_gnttab_map_avail_bits |
               (current->domain == dom0 ? 1u << XENFEAT_dom0 : 0);
    return answer(arg, &f);
}

static long command_line(void *arg)
{
    if (!is_privileged(current->domain))
        return refuse(-EPERM, "xen_version: the command line is for privileged domains");
    return answer(arg, &saved_cmdline);
}

static long page_size(const void *arg)
{
    return arg ? refuse(-EINVAL, "xen_version: pagesize takes no argument") : (long)PAGE_SIZE;
}

/* The linker's note: 20 bytes of hash of the image. A null buffer asks for the length. */
static long build_id(void *arg)
{
    extern const char __note_gnu_build_id_start[], __note_gnu_build_id_end[];
    const struct build_id_note { uint32_t namesz, descsz, type; char name[4]; uint8_t desc[]; } *note =
        (const void *)__note_gnu_build_id_start;
    uint32_t room;

    if (__note_gnu_build_id_end - (const char *)note < (long)sizeof(*note))
        return refuse(-ENODATA, "xen_version: the image has no build id");
    if (!arg)
        return note->descsz;
    if (get_guest(&room, arg))
        return -EFAULT;
    if (room == 0)
        return refuse(-EINVAL, "xen_version: no room for the build id");
    if (room < note->descsz)
        return refuse(-ENOBUFS, "xen_version: the build id is longer than the buffer");
    if (raw_copy_to_guest(guest_moved((char *)arg, sizeof(room)), note->desc, note->descsz))
        return -EFAULT;
    return note->descsz;
}

static noinline long version(int cmd, void *arg)
{
    static const xen_extraversion_t extraversion = XEN_EXTRAVERSION;
    static const xen_changeset_info_t changeset = "";

    switch (cmd) {
    case XENVER_extraversion:        return answer(arg, &extraversion);
    case XENVER_compile_info:        return compile_info(arg);
    case XENVER_capabilities:        return capabilities(arg);
    case XENVER_changeset:           return answer(arg, &changeset);
    case XENVER_platform_parameters: return platform_parameters(arg);
    case XENVER_get_features:        return get_features(arg);
    case XENVER_pagesize:            return page_size(arg);
    case XENVER_guest_handle:        return answer(arg, &current->domain->handle);
    case XENVER_commandline:         return command_line(arg);
    case XENVER_build_id:            return build_id(arg);
    }
    return refuse(-ENOSYS, "xen_version: unknown operation");
}

/* HYPERVISOR_xen_version(cmd, arg). The number itself is what guests call for to have their events looked at. */
long do_xen_version(int cmd, void *arg)
{
    return likely(cmd == XENVER_version) ? XEN_VERSION << 16 | XEN_SUBVERSION : version(cmd, arg);
}
