/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What single operations cost, in ticks of the TSC: instructions, where the emulator counts them. One line
 * each, "COST name ticks", which test/bench/hypervisor.py reads; each must also succeed. And what memory is
 * left: "MEMORY free-frames own-frames".
 */
#include "test.h"
#include "cost.h"

#include <public/errno.h>
#include <public/sched.h>
#include <public/sysctl.h>
#include <public/version.h>

#define BATCH  32
#define LARGE_BATCH 128

static uint64_t round_of(long (*operation)(void))
{
    uint64_t begin = rdtsc();

    for (unsigned int i = 0; i < TIMES; i++)
        operation();
    return rdtsc() - begin;
}

static uint64_t cheapest(long (*operation)(void))
{
    uint64_t least = ~0ul;

    for (unsigned int i = 0; i < ROUNDS; i++) {
        uint64_t ticks = round_of(operation);

        least = ticks < least ? ticks : least;
    }
    return least;
}

static long nothing(void)
{
    return 0;
}

void cost_beyond(const char *what, long (*operation)(void), unsigned int waited)
{
    static uint64_t loop;
    uint64_t ticks;

    CHECK(operation() >= 0);
    loop = loop ?: cheapest(nothing);
    ticks = cheapest(operation) - loop - TIMES * waited;
    print("COST %s %llu\n", what, (unsigned long long)(ticks + TIMES / 2) / TIMES);
}

void cost(const char *what, long (*operation)(void))
{
    cost_beyond(what, operation, 0);
}

/* ---- calls */

static struct multicall_entry calls[BATCH];

static long null_call(void)
{
    return HYPERCALL_UNSEEN(xen_version, XENVER_version, 0);
}

static long stack_switch(void)
{
    return HYPERCALL_UNSEEN(stack_switch, FLAT_KERNEL_SS, initial_rsp);
}

static long multicall_8(void)
{
    return HYPERCALL_UNSEEN(multicall, calls, 8);
}

static long multicall_32(void)
{
    return HYPERCALL_UNSEEN(multicall, calls, 32);
}

static long yield(void)
{
    return HYPERCALL_UNSEEN(sched_op, SCHEDOP_yield, 0);
}

/* Always sooner than the one before, so that the hardware must be told. */
static long set_timer(void)
{
    static uint64_t deadline;

    deadline = deadline ? deadline - 1000 : system_time() + 3600000000000;
    return HYPERCALL_UNSEEN(set_timer_op, WIDE(deadline));
}

static void hypercalls(void)
{
    for (unsigned int i = 0; i < BATCH; i++)
        calls[i] = (struct multicall_entry){ .op = __HYPERVISOR_xen_version, .args = { XENVER_version } };
    cost("null_hypercall", null_call);
    cost("stack_switch", stack_switch);
    cost("multicall_8", multicall_8);
    cost("multicall_32", multicall_32);
    cost("yield", yield);
    cost("set_timer", set_timer);
    HYPERCALL_UNSEEN(set_timer_op, WIDE(0));
}

/* ---- events */

static unsigned int from, to;

static void forget_event(void)
{
    shared->evtchn_pending[to / 64] &= ~(1ul << to % 64);
    vcpu0->evtchn_pending_sel = 0;
    vcpu0->evtchn_upcall_pending = 0;
}

static bool take_upcall(struct frame *frame)
{
    if (frame->vector != VECTOR_UPCALL)
        return false;
    forget_event();
    return true;
}

static long send(void)
{
    struct evtchn_send op = { .port = from };

    return HYPERCALL_UNSEEN(event_channel_op, EVTCHNOP_send, &op);
}

static long send_quietly(void)
{
    long error = send();

    forget_event();
    return error;
}

static long close_port(evtchn_port_t port)
{
    struct evtchn_close close = { .port = port };

    return HYPERCALL_UNSEEN(event_channel_op, EVTCHNOP_close, &close);
}

static long alloc_close(void)
{
    struct evtchn_alloc_unbound alloc = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
    long error = HYPERCALL_UNSEEN(event_channel_op, EVTCHNOP_alloc_unbound, &alloc);

    return error ? error : close_port(alloc.port);
}

static void events(void)
{
    struct evtchn_alloc_unbound alloc = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
    struct evtchn_bind_interdomain bind = { .remote_dom = DOMID_SELF };

    CHECK_EQ(HYPERCALL_UNSEEN(event_channel_op, EVTCHNOP_alloc_unbound, &alloc), 0);
    to = bind.remote_port = alloc.port;
    CHECK_EQ(HYPERCALL_UNSEEN(event_channel_op, EVTCHNOP_bind_interdomain, &bind), 0);
    from = bind.local_port;
    shared->evtchn_mask[to / 64] &= ~(1ul << to % 64);
    upcalls(false);
    cost("event_send", send_quietly);
    frame_hook = take_upcall;
    upcalls(true);
    cost("event_send_upcall_iret", send);
    upcalls(false);
    frame_hook = NULL;
    cost("event_alloc_close", alloc_close);
    CHECK_EQ(close_port(from), 0);
    CHECK_EQ(close_port(to), 0);
}

/* ---- exceptions */

#define TOUCH_SIZE 2        /* bytes of the instruction that faults */

static char *unmapped;

static bool step_over(struct frame *frame)
{
    if (frame->vector == 14)
        frame->rip += TOUCH_SIZE;
    return frame->vector == 14 || frame->vector == 3;
}

static long page_fault(void)
{
    asm volatile(".byte 0x8a, 0x00" : : "a"(unmapped) : "memory");     /* mov (%rax), %al */
    return 0;
}

static long breakpoint(void)
{
    asm volatile("int3" : : : "memory");
    return 0;
}

static long forced_cpuid(void)
{
    uint32_t a = 1, b, c = 0, d;

    asm volatile("ud2; .ascii \"xen\"; cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return 0;
}

static void exceptions(void)
{
    unmapped = page_alloc();
    CHECK_EQ(remap(unmapped, 0), 0);
    frame_hook = step_over;
    cost("page_fault_bounce_iret", page_fault);
    cost("int3_bounce_iret", breakpoint);
    frame_hook = NULL;
    cost("emulated_cpuid", forced_cpuid);
    CHECK_EQ(remap(unmapped, PTE_DATA), 0);
}

/* ---- page tables */

static struct mmu_update updates[LARGE_BATCH];
static char *page;
static uint64_t *table, table_mfn;

static long update(unsigned int count)
{
    return HYPERCALL_UNSEEN(mmu_update, updates, count, NULL, DOMID_SELF);
}

/* Entries are changed and changed back: what is the same already is no work. */
static long mmu_update_1(void)
{
    updates[0].val ^= PTE_WRITE;
    return update(1);
}

static long change(unsigned int count)
{
    for (unsigned int i = 0; i < count; i++)
        updates[i].val ^= PTE_WRITE;
    return update(count);
}

static long mmu_update_32(void)
{
    return change(BATCH);
}

static long mmu_update_128(void)
{
    return change(LARGE_BATCH);
}

static long update_va(void)
{
    static uint64_t flags = PTE_DATA;

    flags ^= PTE_WRITE;
    return HYPERCALL_UNSEEN(update_va_mapping, page, WIDE((updates[0].val & PTE_ADDRESS) | flags), UVMF_INVLPG);
}

long extended(unsigned int command, uint64_t argument)
{
    struct mmuext_op op = { .cmd = command, .arg1.mfn = argument };

    return HYPERCALL_UNSEEN(mmuext_op, &op, 1, 0, DOMID_SELF);
}

static long same_base(void)
{
    return extended(MMUEXT_NEW_BASEPTR, virt_to_mfn((void *)start_info->pt_base));
}

static long flush_local(void)
{
    return extended(MMUEXT_TLB_FLUSH_LOCAL, 0);
}

static long invalidate_local(void)
{
    return extended(MMUEXT_INVLPG_LOCAL, (unsigned long)page);
}

static long pin_unpin(void)
{
    long error = extended(MMUEXT_PIN_L1_TABLE, table_mfn);

    return error ? error : extended(MMUEXT_UNPIN_TABLE, table_mfn);
}

static long store_entry(void)
{
    static uint64_t flags = PTE_DATA;

    flags ^= PTE_WRITE;
    *(volatile uint64_t *)&table[7] = (updates[0].val & PTE_ADDRESS) | flags;
    return 0;
}

static void page_tables(void)
{
    for (unsigned int i = 0; i < LARGE_BATCH; i++) {
        page = page_alloc();
        updates[i].ptr = pte_machine(page);
        updates[i].val = virt_to_mfn(page) << PAGE_SHIFT | PTE_DATA;
    }
    page = mfn_to_virt(updates[0].val >> PAGE_SHIFT);
    table = page_alloc();
    table_mfn = virt_to_mfn(table);
    CHECK_EQ(remap(table, PTE_PRESENT | PTE_USER), 0);
    cost("mmu_update_1", mmu_update_1);
    cost("mmu_update_32", mmu_update_32);
    cost("mmu_update_128", mmu_update_128);
    cost("update_va_mapping_invlpg", update_va);
    cost("new_baseptr_same", same_base);
    cost("tlb_flush_local", flush_local);
    cost("invlpg_local", invalidate_local);
    cost("pin_unpin_empty_l1", pin_unpin);
    CHECK_EQ(extended(MMUEXT_PIN_L1_TABLE, table_mfn), 0);
    cost("store_into_table", store_entry);
    CHECK_EQ(extended(MMUEXT_UNPIN_TABLE, table_mfn), 0);
}

/* ---- memory */

static void memory(void)
{
    struct xen_sysctl op = { .cmd = XEN_SYSCTL_physinfo, .interface_version = XEN_SYSCTL_INTERFACE_VERSION };

    CHECK_EQ(HYPERCALL_UNSEEN(sysctl, &op), 0);
    print("MEMORY %llu %lu\n", (unsigned long long)op.u.physinfo.free_pages, start_info->nr_pages);
}

const struct test tests[] = {
    { "cost.memory", memory },
    { "cost.hypercalls", hypercalls },
    { "cost.events", events },
    { "cost.exceptions", exceptions },
    { "cost.page_tables", page_tables },
    { "cost.tree", tree },
    { "cost.other_domain", other_domain },
    { "cost.grants", grants },
    { "cost.timer", timer },
    { "cost.two_domains", two_domains },
    { "cost.two_vcpus", two_vcpus },
    { NULL, NULL },
};
