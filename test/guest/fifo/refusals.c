/* SPDX-License-Identifier: GPL-2.0-only */
/* What is refused and changes nothing; which frames can be control blocks and event words, what they can't be then. */
#include "fifo.h"

#include "child.h"

#include <public/errno.h>

static struct child child;
static char page[PAGE_SIZE] __attribute__((aligned(4096)));

static const uint64_t absent[] = { 1ull << 32, 1ull << 40, (1ull << 52) - 1, 1ull << 52, ~0ull };

/* Ports are still as in the 2-level form. */
static bool two_levels(void)
{
    evtchn_port_t from, to;
    bool good;

    if (port_pair(&from, &to))
        return false;
    shared->evtchn_pending[0] = 0;
    good = !port_send(from) && shared->evtchn_pending[0] == 1ul << to;
    shared->evtchn_pending[0] = 0;
    return !port_close(from) && !port_close(to) && good;
}

void control_refused(void)
{
    uint64_t frame = virt_to_mfn(page), table = virt_to_mfn((void *)start_info->pt_base);
    static const uint32_t offsets[] = { 1, 4, PAGE_SIZE - sizeof(evtchn_fifo_control_block_t) + 8, PAGE_SIZE - 8,
                                        PAGE_SIZE, 1u << 31, ~0u, ~7u };

    CHECK_EQ(ports_reset(DOMID_SELF), 0);
    for (unsigned int i = 0; i < ARRAY_SIZE(offsets); i++)
        CHECK_EQ(init_control(0, frame, offsets[i]), -XEN_EINVAL);
    for (unsigned int i = 0; i < ARRAY_SIZE(absent); i++)
        CHECK_EQ(init_control(0, absent[i], 0), -XEN_EINVAL);
    CHECK_EQ(init_control(0, table, 0), -XEN_EINVAL);
    CHECK_EQ(init_control(VCPUS, frame, 0), -XEN_ENOENT);
    CHECK_EQ(init_control(~0u, frame, 0), -XEN_ENOENT);
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_init_control, 0), -XEN_EFAULT);
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_init_control, HYPERVISOR_ADDRESS), -XEN_EFAULT);
    CHECK(two_levels());
    CHECK_EQ(give_control(0), 0);
    CHECK_EQ(init_control(0, frame, 0), -XEN_EINVAL);
    CHECK_EQ(init_control(0, frame, 8), -XEN_EINVAL);
    CHECK_EQ(init_control(1, table, 0), -XEN_EINVAL);
    CHECK_EQ(init_control(1, frame, 0), 0);
    CHECK_EQ(init_control(1, frame, 0), -XEN_EINVAL);
    CHECK_EQ(ports_reset(DOMID_SELF), 0);
}

void array_refused(void)
{
    uint64_t table = virt_to_mfn((void *)start_info->pt_base);

    CHECK_EQ(ports_reset(DOMID_SELF), 0);
    CHECK_EQ(expand_array(virt_to_mfn(page)), -XEN_EOPNOTSUPP);
    CHECK(two_levels());
    CHECK_EQ(give_control(0), 0);
    for (unsigned int i = 0; i < ARRAY_SIZE(absent); i++)
        CHECK_EQ(expand_array(absent[i]), -XEN_EINVAL);
    CHECK_EQ(expand_array(table), -XEN_EINVAL);
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_expand_array, 0), -XEN_EFAULT);
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_expand_array, HYPERVISOR_ADDRESS), -XEN_EFAULT);
    for (unsigned int i = 0; i < PAGES; i++)
        CHECK_EQ(give_page(i), 0);
    CHECK_EQ(expand_array(virt_to_mfn(page)), -XEN_ENOSPC);
    CHECK_EQ(expand_array(absent[0]), -XEN_ENOSPC);
    CHECK_EQ(ports_reset(DOMID_SELF), 0);
    CHECK_EQ(expand_array(virt_to_mfn(page)), -XEN_EOPNOTSUPP);
}

void priority_refused(void)
{
    evtchn_port_t port;

    CHECK_EQ(ports_reset(DOMID_SELF), 0);
    CHECK_EQ(port_ipi(0, &port), 0);
    CHECK_EQ(set_priority(port, 0), -XEN_ENOSYS);       /* of the 2-level form there is none */
    CHECK_EQ(begin_fifo(1, 1), 0);
    CHECK_EQ(port_ipi(0, &port), 0);
    CHECK_EQ(set_priority(port, EVTCHN_FIFO_PRIORITY_MIN + 1), -XEN_EINVAL);
    CHECK_EQ(set_priority(port, 256), -XEN_EINVAL);
    CHECK_EQ(set_priority(port, ~0u), -XEN_EINVAL);
    CHECK_EQ(set_priority(port + 1, 0), -XEN_EACCES);   /* nobody's */
    CHECK_EQ(set_priority(0, 0), -XEN_EACCES);
    CHECK_EQ(set_priority(PORTS, 0), -XEN_EINVAL);
    CHECK_EQ(set_priority(~0u, 0), -XEN_EINVAL);
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_set_priority, 0), -XEN_EFAULT);
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_set_priority, HYPERVISOR_ADDRESS), -XEN_EFAULT);
    CHECK_EQ(port_send(port), 0);
    CHECK_EQ(control(0)->ready, 1u << PRIORITY);
    CHECK_EQ(ports_reset(DOMID_SELF), 0);
}

static void nothing(void *unused)
{
}

/* Also the domain that controls another can't use its frames, nor those that the hypervisor has. */
void frames_of_others(void)
{
    CHECK_EQ(ports_reset(DOMID_SELF), 0);
    CHECK_EQ(child_create(&child, 1), 0);
    CHECK_EQ(child_build(&child, nothing, NULL), 0);
    CHECK_EQ(init_control(0, child.frames[child.pages - 1], 0), -XEN_EINVAL);
    CHECK_EQ(give_control(0), 0);
    CHECK_EQ(expand_array(child.frames[child.pages - 1]), -XEN_EINVAL);
    CHECK_EQ(expand_array(0), -XEN_EINVAL);
    CHECK_EQ(expand_array(0xb8), -XEN_EINVAL);          /* a VGA's text */
    CHECK_EQ(expand_array(0xfee00), -XEN_EINVAL);       /* the local APIC */
    CHECK_EQ(ports_reset(DOMID_SELF), 0);
    CHECK(child_destroy(&child));
}

/* A frame that the hypervisor writes events to can't become a page table, but may when that is over. */
void held(void)
{
    struct mmuext_op pin = { .cmd = MMUEXT_PIN_L1_TABLE, .arg1.mfn = virt_to_mfn(page) };
    struct mmuext_op unpin = { .cmd = MMUEXT_UNPIN_TABLE, .arg1.mfn = virt_to_mfn(page) };

    memset(page, 0, sizeof(page));
    CHECK_EQ(remap(page, 0), 0);
    for (unsigned int i = 0; i < 2; i++) {
        CHECK_EQ(ports_reset(DOMID_SELF), 0);
        if (i == 0) {
            CHECK_EQ(init_control(0, virt_to_mfn(page), 64), 0);
        } else {
            CHECK_EQ(give_control(0), 0);
            CHECK_EQ(expand_array(virt_to_mfn(page)), 0);
        }
        CHECK_EQ(HYPERCALL(mmuext_op, &pin, 1, 0, DOMID_SELF), -XEN_EINVAL);
        CHECK_EQ(ports_reset(DOMID_SELF), 0);
        CHECK_EQ(HYPERCALL(mmuext_op, &pin, 1, 0, DOMID_SELF), 0);
        CHECK_EQ(init_control(0, virt_to_mfn(page), 64), -XEN_EINVAL);
        CHECK_EQ(HYPERCALL(mmuext_op, &unpin, 1, 0, DOMID_SELF), 0);
    }
    CHECK_EQ(remap(page, PTE_DATA), 0);
}
