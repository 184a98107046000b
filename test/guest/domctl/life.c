/* SPDX-License-Identifier: GPL-2.0-only */
/* What a domain is told about and given: state, pauses, memory, vcpus, width, time. */
#include "domctl.h"

#include <public/event_channel.h>
#include <public/features.h>
#include <public/memory.h>
#include <public/physdev.h>
#include <public/version.h>

static long info(xen_domctl_t *op)
{
    return domctl(op, XEN_DOMCTL_getdomaininfo, child.id);
}

/* Of a child from its making to its end; and the next one when a number has no domain. */
void information(void)
{
    xen_domctl_t op;
    const struct xen_domctl_getdomaininfo *i = &op.u.getdomaininfo;

    CHECK_EQ(child_create(&child, 2), 0);
    CHECK_EQ(info(&op), 0);
    CHECK_EQ(i->domain, child.id);
    CHECK_EQ(i->flags & (XEN_DOMINF_paused | XEN_DOMINF_dying | XEN_DOMINF_shutdown | XEN_DOMINF_hvm_guest),
             XEN_DOMINF_paused);
    CHECK_EQ(i->tot_pages, 0);
    CHECK_EQ(i->max_vcpu_id, 1);
    CHECK_EQ(i->nr_online_vcpus, 0);
    CHECK_EQ(i->cpu_time, 0);
    CHECK_EQ(i->shr_pages + i->paged_pages + i->outstanding_pages, 0);
    CHECK_EQ(i->cpupool, 0);
    CHECK(i->gpaddr_bits >= 32 && i->gpaddr_bits <= 52);
    CHECK_EQ(i->arch_config.emulation_flags, 0);
    CHECK_EQ(child_build(&child, idle, NULL), 0);
    CHECK_EQ(info(&op), 0);
    CHECK_EQ(i->tot_pages, child.pages);
    CHECK_EQ(i->max_pages, child.pages);
    CHECK_EQ(i->nr_online_vcpus, 1);
    CHECK_EQ(child_wait(&child), SHUTDOWN_poweroff);
    CHECK_EQ(info(&op), 0);
    CHECK_EQ(i->flags & (XEN_DOMINF_paused | XEN_DOMINF_shutdown | XEN_DOMINF_running), XEN_DOMINF_shutdown);
    CHECK(i->cpu_time > 0);
    CHECK_EQ(domctl(&op, XEN_DOMCTL_getdomaininfo, child.id - 1), 0);
    CHECK(op.domain == child.id || op.domain == child.id - 1);
    CHECK_EQ(domctl(&op, XEN_DOMCTL_getdomaininfo, child.id + 1), -XEN_ESRCH);
    CHECK_EQ(domctl(&op, XEN_DOMCTL_getdomaininfo, 0), 0);
    CHECK_EQ(op.domain, 0);
    CHECK(child_destroy(&child));
}

static void tick(void *counter)
{
    for (;;)
        ++*(volatile long *)counter;
}

static long ticks;

static bool moves(void)
{
    long before;
    uint64_t begun;

    if (!child_read(&child, &ticks, sizeof(ticks)))
        return false;
    before = ticks;
    for (begun = system_time(); system_time() - begun < 200000000; )
        HYPERCALL(sched_op, SCHEDOP_yield, 0);
    return child_read(&child, &ticks, sizeof(ticks)) && ticks != before;
}

/* As often as it was paused it must be let go; not more often. */
void pause_counts(void)
{
    CHECK_EQ(child_create(&child, 1), 0);
    CHECK_EQ(child_build(&child, tick, &ticks), 0);
    CHECK_EQ(DOMCTL(pausedomain, child.id), 0);
    CHECK_EQ(DOMCTL(unpausedomain, child.id), 0);
    CHECK(!moves());
    CHECK_EQ(DOMCTL(unpausedomain, child.id), 0);
    CHECK(moves());
    CHECK_EQ(DOMCTL(unpausedomain, child.id), -XEN_EINVAL);
    CHECK(moves());
    CHECK_EQ(DOMCTL(pausedomain, child.id), 0);
    CHECK(!moves());
    CHECK(child_destroy(&child));
    CHECK_EQ(DOMCTL(unpausedomain, 0), -XEN_EINVAL);
}

static volatile long stage;

static void suspend(void *unused)
{
    struct sched_shutdown op = { .reason = SHUTDOWN_suspend };

    stage = 1;
    if (!HYPERCALL(sched_op, SCHEDOP_shutdown, &op))
        stage = 2;
}

/* A domain that has shut down goes on where it was. One that hasn't is not harmed. */
void resume(void)
{
    CHECK_EQ(child_run(&child, suspend, NULL), SHUTDOWN_suspend);
    CHECK_EQ(DOMCTL(pausedomain, child.id), 0);
    CHECK_EQ(DOMCTL(resumedomain, child.id), 0);
    CHECK_EQ(child_wait(&child), SHUTDOWN_poweroff);
    CHECK(child_read(&child, (void *)&stage, sizeof(stage)));
    CHECK_EQ(stage, 2);
    CHECK(child_destroy(&child));
    CHECK_EQ(child_create(&child, 1), 0);
    CHECK_EQ(child_build(&child, idle, NULL), 0);
    CHECK_EQ(DOMCTL(resumedomain, child.id), 0);
    CHECK_EQ(child_wait(&child), SHUTDOWN_poweroff);
    CHECK(child_destroy(&child));
}

static long populate(unsigned int n)
{
    static xen_pfn_t extents[8];
    struct xen_memory_reservation r = { .nr_extents = n, .domid = child.id };

    set_xen_guest_handle(r.extent_start, extents);
    return HYPERCALL(memory_op, XENMEM_populate_physmap, &r);
}

/* The most it can have: lowered below what it has, it keeps that and gets no more. */
void max_mem(void)
{
    xen_domctl_t op;

    CHECK_EQ(child_create(&child, 1), 0);
    CHECK_EQ(DOMCTL(max_mem, child.id, .max_mem.max_memkb = 19), 0);
    CHECK_EQ(info(&op), 0);
    CHECK_EQ(op.u.getdomaininfo.max_pages, 4);
    CHECK_EQ(populate(8), 4);
    CHECK_EQ(DOMCTL(max_mem, child.id, .max_mem.max_memkb = 0), 0);
    CHECK_EQ(populate(1), 0);
    CHECK_EQ(info(&op), 0);
    CHECK_EQ(op.u.getdomaininfo.tot_pages, 4);
    CHECK_EQ(DOMCTL(max_mem, child.id, .max_mem.max_memkb = 20), 0);
    CHECK_EQ(populate(8), 1);
    CHECK(child_destroy(&child));
}

/* As many as it was created for, once. */
void max_vcpus(void)
{
    xen_domctl_t op = { .u.createdomain = { .max_vcpus = 3, .max_evtchn_port = 1023,
                        .max_grant_frames = -1, .max_maptrack_frames = -1, .grant_opts = XEN_DOMCTL_GRANT_version(1) } };

    CHECK_EQ(domctl(&op, XEN_DOMCTL_createdomain, 0), 0);
    child.id = op.domain;
    CHECK_EQ(info(&op), 0);
    CHECK_EQ(op.u.getdomaininfo.max_vcpu_id, XEN_INVALID_MAX_VCPU_ID);
    CHECK_EQ(DOMCTL(max_vcpus, child.id, .max_vcpus.max = 0), -XEN_EINVAL);
    CHECK_EQ(DOMCTL(max_vcpus, child.id, .max_vcpus.max = 2), -XEN_EINVAL);
    CHECK_EQ(DOMCTL(max_vcpus, child.id, .max_vcpus.max = 4), -XEN_EINVAL);
    CHECK_EQ(DOMCTL(max_vcpus, child.id, .max_vcpus.max = ~0u), -XEN_EINVAL);
    CHECK_EQ(DOMCTL(max_vcpus, child.id, .max_vcpus.max = 3), 0);
    CHECK_EQ(DOMCTL(max_vcpus, child.id, .max_vcpus.max = 3), 0);
    CHECK_EQ(info(&op), 0);
    CHECK_EQ(op.u.getdomaininfo.max_vcpu_id, 2);
    CHECK(child_destroy(&child));
}

#define OTHER_SIZE (96 - 8 * sizeof(long))

static long size_of(domid_t id)
{
    xen_domctl_t op;
    long error = domctl(&op, XEN_DOMCTL_get_address_size, id);

    return error ? error : (long)op.u.address_size.size;
}

/* Either width until it has memory. Whether the hypervisor has both its capabilities tell. */
void address_size(void)
{
    static xen_capabilities_info_t capabilities;
    bool both = false;

    CHECK_EQ(HYPERCALL(xen_version, XENVER_capabilities, capabilities), 0);
    for (unsigned int i = 0; i + 14 < sizeof(capabilities); i++)
        both |= !memcmp(capabilities + i, "xen-3.0-x86_32p", 15);
    CHECK_EQ(child_create(&child, 1), 0);
    CHECK_EQ(size_of(child.id), 8 * sizeof(long));
    CHECK_EQ(size_of(0), 8 * sizeof(long));
    CHECK_EQ(DOMCTL(set_address_size, child.id, .address_size.size = 16), -XEN_EINVAL);
    CHECK_EQ(DOMCTL(set_address_size, child.id, .address_size.size = 0), -XEN_EINVAL);
    CHECK_EQ(DOMCTL(set_address_size, child.id, .address_size.size = ~0u), -XEN_EINVAL);
    if (both) {
        CHECK_EQ(DOMCTL(set_address_size, child.id, .address_size.size = OTHER_SIZE), 0);
        CHECK_EQ(size_of(child.id), OTHER_SIZE);
        CHECK_EQ(DOMCTL(set_address_size, child.id, .address_size.size = 8 * sizeof(long)), 0);
    }
    CHECK_EQ(child_build(&child, idle, NULL), 0);
    CHECK(DOMCTL(set_address_size, child.id, .address_size.size = OTHER_SIZE) < 0);
    CHECK(DOMCTL(set_address_size, 0, .address_size.size = OTHER_SIZE) < 0);
    CHECK_EQ(child_wait(&child), SHUTDOWN_poweroff);
    CHECK(child_destroy(&child));
}

static long seconds;

static void read_clock(void *unused)
{
    seconds = shared->wc_sec;
}

/* The wall clock of the child, against ours. */
void time_offset(void)
{
    CHECK_EQ(child_create(&child, 1), 0);
    CHECK_EQ(child_build(&child, read_clock, NULL), 0);
    CHECK_EQ(DOMCTL(settimeoffset, child.id, .settimeoffset.time_offset_seconds = 7200), 0);
    CHECK_EQ(child_wait(&child), SHUTDOWN_poweroff);
    CHECK(child_read(&child, &seconds, sizeof(seconds)));
    CHECK_EQ(seconds, shared->wc_sec + 7200);
    CHECK_EQ(DOMCTL(settimeoffset, child.id, .settimeoffset.time_offset_seconds = -86400), 0);
    CHECK(child_destroy(&child));
}

static long answer;

static void call_other_page(void *page)
{
    long (*version)(unsigned int, void *) = (void *)((char *)page + 32 * __HYPERVISOR_xen_version);

    answer = 0;
#ifdef __x86_64__
    answer = version(XENVER_version, NULL);
#else
    asm volatile("call *%1" : "=a"(answer) : "0"(version), "b"(XENVER_version), "c"(0) : "memory");
#endif
}

/* Filled in anywhere in the child's memory, but not over a page table, and not over what isn't its. */
void hypercall_page_of_child(void)
{
    char *page = page_alloc();
    unsigned long pfn = ((unsigned long)page - VIRT_BASE) >> PAGE_SHIFT;
    xen_domctl_t op;

    CHECK_EQ(child_create(&child, 1), 0);
    CHECK_EQ(child_build(&child, call_other_page, page), 0);
    CHECK_EQ(DOMCTL(hypercall_init, child.id, .hypercall_init.gmfn = child.frames[pfn]), 0);
    CHECK_EQ(child_wait(&child), SHUTDOWN_poweroff);
    CHECK(child_read(&child, &answer, sizeof(answer)));
    CHECK_EQ(answer, HYPERCALL(xen_version, XENVER_version, 0));
    op.u.hypercall_init.gmfn = virt_to_mfn(page);
    CHECK_EQ(domctl(&op, XEN_DOMCTL_hypercall_init, child.id), -XEN_EINVAL);
    op.u.hypercall_init.gmfn = ~0ull;
    CHECK_EQ(domctl(&op, XEN_DOMCTL_hypercall_init, child.id), -XEN_EINVAL);
    op.u.hypercall_init.gmfn = 1ull << 40;
    CHECK_EQ(domctl(&op, XEN_DOMCTL_hypercall_init, child.id), -XEN_EINVAL);
    for (unsigned int i = 0; i < 32; i++) {         /* below the image are its page tables, which are none of ours */
        static xen_pfn_t frame;

        frame = child.frames[i];
        set_xen_guest_handle(op.u.getpageframeinfo3.array, &frame);
        op.u.getpageframeinfo3.num = 1;
        CHECK_EQ(domctl(&op, XEN_DOMCTL_getpageframeinfo3, child.id), 0);
        if (!(frame & XEN_DOMCTL_PFINFO_LTABTYPE_MASK))
            continue;
        op.u.hypercall_init.gmfn = child.frames[i];
        CHECK_EQ(domctl(&op, XEN_DOMCTL_hypercall_init, child.id), -XEN_EPERM);
    }
    CHECK(child_destroy(&child));
}

static long ask_frames(uint64_t n, xen_pfn_t *frames)
{
    xen_domctl_t op = { .u.getpageframeinfo3.num = n };

    set_xen_guest_handle(op.u.getpageframeinfo3.array, frames);
    return domctl(&op, XEN_DOMCTL_getpageframeinfo3, child.id);
}

/* Of each frame its use: one pinned top level, tables, and pages. */
void frame_types(void)
{
    static xen_pfn_t frames[1025];
    unsigned int levels[8] = { 0 }, pinned = 0;

    BUILD_CHILD(1);
    for (unsigned int i = 0; i < 64; i++)
        frames[i] = child.frames[i];
    CHECK_EQ(ask_frames(64, frames), 0);
    for (unsigned int i = 0; i < 64; i++) {
        unsigned int level = frames[i] >> XEN_DOMCTL_PFINFO_LTAB_SHIFT & 7;

        CHECK_EQ(frames[i] & ((1u << XEN_DOMCTL_PFINFO_LTAB_SHIFT) - 1), 0);
        levels[level]++;
        if (frames[i] & XEN_DOMCTL_PFINFO_LPINTAB) {
            pinned++;
            CHECK_EQ(level, TOP_LEVEL);
        }
    }
    CHECK_EQ(pinned, 1);
    CHECK_EQ(levels[1], (child.pages + 511) / 512);
    for (int level = 2; level <= TOP_LEVEL; level++)
        CHECK_EQ(levels[level], 1);
    frames[0] = virt_to_mfn(frames);
    frames[1] = ~0ul;
    frames[2] = ~0ul >> 4;
    frames[3] = 0;
    CHECK_EQ(ask_frames(4, frames), 0);
    for (unsigned int i = 0; i < 4; i++)
        CHECK_EQ(frames[i], XEN_DOMCTL_PFINFO_XTAB);
    CHECK_EQ(ask_frames(1024, frames), 0);
    CHECK_EQ(ask_frames(0, NULL), 0);
    CHECK_EQ(ask_frames(1025, frames), -XEN_E2BIG);
    CHECK_EQ(ask_frames(~0ull, frames), -XEN_E2BIG);
    CHECK_EQ(ask_frames(1, NULL), -XEN_EFAULT);
    CHECK_EQ(ask_frames(1, hole()), -XEN_EFAULT);
    CHECK_EQ(ask_frames(1, read_only()), -XEN_EFAULT);
    CHECK_EQ(ask_frames(1, (void *)HYPERVISOR_ADDRESS), -XEN_EFAULT);
    CHECK(child_destroy(&child));
}

/* A dead domain that a mapping of ours keeps is told of as dying, and nothing of it can be had or changed. */
void remains(void)
{
    static xen_pfn_t frame;
    struct xen_mem_acquire_resource acquire = { .type = XENMEM_resource_grant_table, .nr_frames = 1 };
    struct physdev_unmap_pirq unmap = { .pirq = 16 };
    evtchn_reset_t reset;
    char *page = page_alloc();
    xen_domctl_t op;

    BUILD_CHILD(1);
    acquire.domid = unmap.domid = reset.dom = child.id;
    set_xen_guest_handle(acquire.frame_list, &frame);
    CHECK_EQ(HYPERCALL(memory_op, XENMEM_acquire_resource, &acquire), 0);
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_reset, &reset), 0);
    CHECK_EQ(child_map(&child, page, ((unsigned long)page - VIRT_BASE) >> PAGE_SHIFT), 0);
    CHECK_EQ(DOMCTL(destroydomain, child.id), 0);
    CHECK_EQ(info(&op), 0);
    CHECK_EQ(op.domain, child.id);
    CHECK(op.u.getdomaininfo.flags & XEN_DOMINF_dying);
    CHECK_EQ(op.u.getdomaininfo.tot_pages, 1);
    CHECK_EQ(HYPERCALL(memory_op, XENMEM_acquire_resource, &acquire), -XEN_EINVAL);
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_reset, &reset), -XEN_EINVAL);
    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_unmap_pirq, &unmap), -XEN_EINVAL);
    child_unmap(page);
    free_frames();
    CHECK(child_destroy(&child));
}
