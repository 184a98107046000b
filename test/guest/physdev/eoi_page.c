/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page that says which pirqs need an EOI. A domain has one for ever, so a child registers it, which has got the
 * card's line and registers.
 */
#include "physdev.h"

static unsigned long page[PAGE_SIZE / sizeof(long)] __attribute__((aligned(4096)));
static uint64_t registers;
static evtchn_port_t port;

static bool needs_eoi(unsigned int pirq)
{
    return *(volatile unsigned long *)page >> pirq & 1;
}

static bool is_masked(void)
{
    return *(volatile unsigned long *)shared->evtchn_mask >> port & 1;
}

static void mask(void)
{
    __sync_fetch_and_or(shared->evtchn_mask, 1ul << port);
}

static long unmask(void)
{
    struct evtchn_unmask op = { .port = port };

    return HYPERCALL(event_channel_op, EVTCHNOP_unmask, &op);
}

static void use_card(bool eoi_unmasks)
{
    for (unsigned int i = 0; i < 3; i++) {
        card_raise();
        CHECK(comes(port));
        mask();
        card_serve();
        CHECK_EQ(EOI(CARD_LINE), 0);
        CHECK_EQ(is_masked(), !eoi_unmasks);
        if (!eoi_unmasks)
            CHECK_EQ(unmask(), 0);
        CHECK(!is_masked());
        CHECK(stays_away(port));
    }
}

static long register_page(bool first_version, xen_pfn_t frame)
{
    return first_version ? PHYSDEV(pirq_eoi_gmfn_v1, struct physdev_pirq_eoi_gmfn, .gmfn = frame)
                         : PHYSDEV(pirq_eoi_gmfn_v2, struct physdev_pirq_eoi_gmfn, .gmfn = frame);
}

static void in_child(void *first_version)
{
    CHECK(card_map(registers));
    CHECK_EQ(register_page(first_version, virt_to_mfn(page)), 0);
    CHECK(!needs_eoi(CARD_LINE));
    CHECK_EQ(bind(CARD_LINE, 0, &port), 0);
    CHECK(needs_eoi(CARD_LINE));
    CHECK(!needs_eoi(CLOCK_LINE));
    use_card(first_version);
    CHECK_EQ(register_page(true, virt_to_mfn(page)), -XEN_EBUSY);
    CHECK_EQ(register_page(false, virt_to_mfn(page)), -XEN_EBUSY);
    CHECK_EQ(close(port), 0);
    card_unmap();
}

static void with_child(void *first_version)
{
    CHECK_EQ(io_privilege(1), 0);
    registers = card_memory();
    CHECK_EQ(io_privilege(0), 0);
    CHECK_EQ(child_create(&child, 1), 0);
    CHECK_EQ(card_line(child.id), 0);
    CHECK_EQ(DOMCTL(iomem_permission, child.id, .iomem_permission = { registers >> PAGE_SHIFT, 1, 1 }), 0);
    CHECK_EQ(child_build(&child, in_child, first_version), 0);
    CHECK_EQ(child_wait(&child), SHUTDOWN_poweroff);
    CHECK(child_destroy(&child));
}

/* EOI unmasks the port. */
void eoi_page_v1(void)
{
    with_child(page);
}

void eoi_page_v2(void)
{
    with_child(NULL);
}

/* Not a frame, not the domain's, not writable. */
void eoi_page_hostile(void)
{
    const xen_pfn_t bad[] = { ~0ul, ~0ul >> 1, 0xfec00, 1ul << 20, 0, virt_to_mfn(entry_of(page, 1)) };

    for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
        CHECK_EQ(register_page(true, bad[i]), -XEN_EINVAL);
        CHECK_EQ(register_page(false, bad[i]), -XEN_EINVAL);
    }
    CHECK_UNREADABLE(pirq_eoi_gmfn_v1);
    CHECK_UNREADABLE(pirq_eoi_gmfn_v2);
}
