/* SPDX-License-Identifier: GPL-2.0-only */
/* What a domain may touch of the machine, and whom it may act on. */
#include "domctl.h"

#define IRQ_PERMISSION(n, allow) DOMCTL(irq_permission, child.id, .irq_permission = { .pirq = n, .allow_access = allow })
#define IOMEM_PERMISSION(first, n, allow) DOMCTL(iomem_permission, child.id, .iomem_permission = { first, n, allow })
#define IOPORT_PERMISSION(first, n, allow) DOMCTL(ioport_permission, child.id, .ioport_permission = { first, n, allow })

static long answers[4];

static void bind_line(void *unused)
{
    struct evtchn_bind_pirq bind = { .pirq = 12 };

    answers[0] = HYPERCALL(event_channel_op, EVTCHNOP_bind_pirq, &bind);
}

/* An interrupt line given and taken. */
void irqs(void)
{
    struct physdev_map_pirq map = { .domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI, .index = 12, .pirq = 12 };

    CHECK_EQ(child_create(&child, 1), 0);
    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_map_pirq, &map), 0);       /* ours, so that we can give it */
    CHECK_EQ(IRQ_PERMISSION(12, 1), 0);
    CHECK_EQ(IRQ_PERMISSION(12, 1), 0);
    CHECK_EQ(IRQ_PERMISSION(12, 0), 0);
    CHECK_EQ(IRQ_PERMISSION(12, 0), 0);
    CHECK_EQ(IRQ_PERMISSION(~0u, 1), -XEN_EINVAL);
    CHECK_EQ(IRQ_PERMISSION(1u << 31, 0), -XEN_EINVAL);
    CHECK_EQ(child_build(&child, bind_line, NULL), 0);
    CHECK_EQ(child_wait(&child), SHUTDOWN_poweroff);
    CHECK(child_read(&child, answers, sizeof(answers)));
    CHECK(answers[0] < 0);
    CHECK(child_destroy(&child));
}

#define SCREEN 0xb8     /* the frame of a VGA's text, which is no RAM */

static char spot[PAGE_SIZE] __attribute__((aligned(4096)));

static void map_screen(void *unused)
{
    answers[0] = HYPERCALL(update_va_mapping, spot, WIDE((pte_t)SCREEN << PAGE_SHIFT | PTE_DATA), UVMF_INVLPG);
    answers[1] = HYPERCALL(update_va_mapping, spot, WIDE((pte_t)(SCREEN - 1) << PAGE_SHIFT | PTE_DATA), UVMF_INVLPG);
}

static void look_at_screen(bool allow)
{
    CHECK_EQ(child_create(&child, 1), 0);
    CHECK_EQ(IOMEM_PERMISSION(SCREEN, 1, 1), 0);
    if (!allow)
        CHECK_EQ(IOMEM_PERMISSION(SCREEN, 1, 0), 0);
    CHECK_EQ(child_build(&child, map_screen, NULL), 0);
    CHECK_EQ(child_wait(&child), SHUTDOWN_poweroff);
    CHECK(child_read(&child, answers, sizeof(answers)));
    CHECK_EQ(!answers[0], allow);
    CHECK(answers[1] < 0);
    CHECK(child_destroy(&child));
}

/* Exactly the frame that was given can be mapped, and no more when it was taken. */
void io_memory(void)
{
    look_at_screen(true);
    look_at_screen(false);
    CHECK_EQ(child_create(&child, 1), 0);
    CHECK_EQ(IOMEM_PERMISSION(SCREEN, 0, 1), -XEN_EINVAL);
    CHECK_EQ(IOMEM_PERMISSION(SCREEN, ~0ull, 1), -XEN_EINVAL);
    CHECK_EQ(IOMEM_PERMISSION(~0ull, 1, 1), -XEN_EPERM);
    CHECK_EQ(IOMEM_PERMISSION(~0ull, 2, 1), -XEN_EINVAL);
    CHECK_EQ(IOMEM_PERMISSION(1ull << 52, 1, 1), -XEN_EPERM);
    CHECK_EQ(IOMEM_PERMISSION(0xfee00, 1, 1), -XEN_EPERM);      /* the local APIC is the hypervisor's alone */
    CHECK_EQ(IOMEM_PERMISSION(0xfedff, 3, 1), -XEN_EPERM);
    CHECK(child_destroy(&child));
}

static const pte_t uncached[] = { 0x08, 0x10, 0x80 };      /* PWT, PCD, PAT */

/* A frame of its own by new entries, by one that only changes, and in a table to be; the caches flushed. */
static void bypass_cache(void *unused)
{
    struct mmuext_op flush = { .cmd = MMUEXT_FLUSH_CACHE };
    pte_t *table = page_alloc();
    struct mmuext_op pin = { .cmd = MMUEXT_PIN_L1_TABLE, .arg1.mfn = virt_to_mfn(table) };

    for (unsigned int i = 0; i < ARRAY_SIZE(uncached); i++) {
        remap(spot, 0);
        answers[0] |= remap(spot, PTE_DATA | uncached[i]) ? 1 : 2;
        remap(spot, PTE_DATA);
        answers[1] |= remap(spot, PTE_DATA | uncached[i]) ? 1 : 2;
        remap(spot, PTE_DATA);
    }
    table[1] = virt_to_mfn(spot) << PAGE_SHIFT | PTE_DATA | uncached[1];
    remap(table, PTE_DATA & ~PTE_WRITE);
    answers[2] = HYPERCALL(mmuext_op, &pin, 1, 0, DOMID_SELF);
    answers[3] = HYPERCALL(mmuext_op, &flush, 1, 0, DOMID_SELF);
    asm volatile("wbinvd");
}

/* An uncached mapping of RAM shows, or hides, what a page table isn't: it takes I/O memory, or ports, to be allowed one. */
void caching(void)
{
    for (unsigned int way = 0; way < 3; way++) {
        memset(answers, 0, sizeof(answers));
        CHECK_EQ(child_create(&child, 1), 0);
        if (way == 1)
            CHECK_EQ(IOMEM_PERMISSION(SCREEN, 1, 1), 0);
        if (way == 2)
            CHECK_EQ(IOPORT_PERMISSION(0x3cc, 1, 1), 0);
        CHECK_EQ(child_build(&child, bypass_cache, NULL), 0);
        CHECK_EQ(child_wait(&child), SHUTDOWN_poweroff);
        CHECK(child_read(&child, answers, sizeof(answers)));
        CHECK_EQ(answers[0], way ? 2 : 1);
        CHECK_EQ(answers[1], way ? 2 : 1);
        CHECK_EQ(answers[2], way ? 0 : -XEN_EINVAL);
        CHECK_EQ(answers[3], way ? 0 : -XEN_EACCES);
        CHECK(child_destroy(&child));
    }
}

#define SECRET 0x5ec2e75ec2e75ec2ull

/* With XCR0 1 SSE's registers are there all the same. */
static void read_vector_register(void *unused)
{
    uint32_t a = 1, b, c = 0, d;
    unsigned long cr4;
    uint64_t low;

    asm volatile("ud2a; .ascii \"xen\"; cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    if (c & 1u << 26) {
        asm volatile("mov %%cr4, %0" : "=r"(cr4));
        asm volatile("mov %0, %%cr4" : : "r"(cr4 | 1ul << 18));         /* OSXSAVE */
        asm volatile("xsetbv" : : "a"(1), "d"(0), "c"(0));
    }
    for (unsigned int i = 0; i < 10; i++) {
        HYPERCALL(sched_op, SCHEDOP_yield, 0);
        asm volatile("movq %%xmm5, %0" : "=m"(low));
        answers[0] |= low;
        answers[1]++;
    }
}

void vector_registers(void)
{
    const uint64_t secret = SECRET;

    memset(answers, 0, sizeof(answers));
    CHECK_EQ(child_create(&child, 1), 0);
    CHECK_EQ(child_build(&child, read_vector_register, NULL), 0);
    asm volatile("movq %0, %%xmm5" : : "m"(secret));
    CHECK_EQ(child_wait(&child), SHUTDOWN_poweroff);
    CHECK(child_read(&child, answers, sizeof(answers)));
    CHECK_EQ(answers[1], 10);
    CHECK_EQ(answers[0], 0);
    CHECK(child_destroy(&child));
}

#define SCREEN_MODE 0x3cc   /* a VGA's register, which isn't all ones, as a port that isn't the domain's reads */

static void read_port(void *unused)
{
    struct physdev_set_iopl op = { .iopl = 3 };
    uint8_t byte;

    HYPERCALL(physdev_op, PHYSDEVOP_set_iopl, &op);
    asm volatile("inb %%dx, %%al" : "=a"(byte) : "d"((uint16_t)SCREEN_MODE));
    answers[0] = byte;
}

static void try_port(unsigned int first, bool allow, bool reads)
{
    CHECK_EQ(child_create(&child, 1), 0);
    CHECK_EQ(IOPORT_PERMISSION(first, 16, 1), 0);
    if (!allow)
        CHECK_EQ(IOPORT_PERMISSION(first, 16, 0), 0);
    CHECK_EQ(child_build(&child, read_port, NULL), 0);
    CHECK_EQ(child_wait(&child), SHUTDOWN_poweroff);
    CHECK(child_read(&child, answers, sizeof(answers)));
    CHECK_EQ(answers[0] != 0xff, reads);
    CHECK(child_destroy(&child));
}

void io_ports(void)
{
    try_port(SCREEN_MODE, true, true);
    try_port(SCREEN_MODE - 15, true, true);
    try_port(SCREEN_MODE, false, false);
    try_port(SCREEN_MODE + 1, true, false);
    try_port(SCREEN_MODE - 16, true, false);
    CHECK_EQ(child_create(&child, 1), 0);
    CHECK_EQ(IOPORT_PERMISSION(0x80, 0, 1), -XEN_EINVAL);
    CHECK_EQ(IOPORT_PERMISSION(0x10000, 1, 1), -XEN_EINVAL);
    CHECK_EQ(IOPORT_PERMISSION(0xffff, 2, 1), -XEN_EINVAL);
    CHECK_EQ(IOPORT_PERMISSION(~0u, 2, 1), -XEN_EINVAL);
    CHECK_EQ(IOPORT_PERMISSION(2, ~0u, 1), -XEN_EINVAL);
    CHECK_EQ(IOPORT_PERMISSION(0x20, 2, 1), -XEN_EPERM);        /* the interrupt controller, the hypervisor's */
    CHECK_EQ(IOPORT_PERMISSION(0xffff, 1, 0), 0);
    CHECK(child_destroy(&child));
}

static struct child other;

static void act_on(void *id)
{
    domid_t target = (long)id, nobody = 0;

    answers[0] = HYPERCALL(memory_op, 3 /* XENMEM_current_reservation */, &target);
    answers[1] = HYPERCALL(memory_op, 3, &nobody);
}

/* A child that acts on another, but not on a third; targets don't keep one another alive. */
void target(void)
{
    if (!tells_why())
        return skip("another hypervisor allows HVM targets only");
    CHECK_EQ(child_create(&other, 1), 0);
    CHECK_EQ(child_build(&other, idle, NULL), 0);
    CHECK_EQ(child_create(&child, 1), 0);
    CHECK_EQ(DOMCTL(set_target, child.id, .set_target.target = other.id), 0);
    CHECK_EQ(child_build(&child, act_on, (void *)(long)other.id), 0);
    CHECK_EQ(child_wait(&child), SHUTDOWN_poweroff);
    CHECK(child_read(&child, answers, sizeof(answers)));
    CHECK_EQ(answers[0], other.pages);
    CHECK_EQ(answers[1], -XEN_EPERM);
    CHECK_EQ(DOMCTL(set_target, child.id, .set_target.target = other.id), -XEN_EINVAL);
    CHECK_EQ(DOMCTL(set_target, other.id, .set_target.target = 12345), -XEN_ESRCH);
    CHECK_EQ(DOMCTL(set_target, other.id, .set_target.target = other.id), -XEN_EINVAL);
    CHECK_EQ(DOMCTL(set_target, other.id, .set_target.target = DOMID_IO), -XEN_ESRCH);
    CHECK_EQ(DOMCTL(set_target, other.id, .set_target.target = child.id), 0);
    CHECK_EQ(DOMCTL(destroydomain, other.id), 0);
    CHECK(child_destroy(&child));
    CHECK(child_destroy(&other));
}

/* A global interrupt goes to the child, and comes back with the child's end. */
void virq_handler(void)
{
    BUILD_CHILD(1);
    CHECK_EQ(DOMCTL(set_virq_handler, child.id, .set_virq_handler.virq = VIRQ_CONSOLE), 0);
    CHECK_EQ(DOMCTL(set_virq_handler, child.id, .set_virq_handler.virq = VIRQ_CONSOLE), 0);
    CHECK_EQ(DOMCTL(set_virq_handler, child.id, .set_virq_handler.virq = VIRQ_TIMER), -XEN_EINVAL);
    CHECK_EQ(DOMCTL(set_virq_handler, child.id, .set_virq_handler.virq = NR_VIRQS), -XEN_EINVAL);
    CHECK_EQ(DOMCTL(set_virq_handler, child.id, .set_virq_handler.virq = ~0u), -XEN_EINVAL);
    CHECK(child_destroy(&child));
}
