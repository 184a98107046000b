/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random arguments to every hypercall, random page-table writes, random privileged instructions, on all virtual
 * CPUs, for time= seconds or calls= calls of the first one. The hypervisor must refuse or obey, and live on; so
 * must everybody else. Every call is a function of seed=, the virtual CPU and the call's number: first= starts
 * at a later one, trace=1 prints each before it is made, cpus= limits the virtual CPUs. As domain 0 the calls that
 * are meant to stop the machine aren't made (forbidden.c).
 */
#include "fuzz.h"

#include <public/domctl.h>
#include <public/errno.h>
#include <public/memory.h>
#include <public/sched.h>
#include <public/vcpu.h>
#include <public/version.h>

#define SECOND    1000000000ull
#define BREATH    20000         /* calls between two clean-ups of the pages we play with */
#define LAST_WAIT (20 * SECOND)

struct fuzzer fuzzers[CPUS_MAX];
unsigned int domain_id;
uint64_t highest_mfn;
bool tracing;

static char arguments[CPUS_MAX][4][PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static unsigned long seed, first, calls;
static uint64_t deadline;
static volatile bool stop;
unsigned int cpus;

static const struct {
    void (*act)(void);
    unsigned int weight;
} acts[] = {
    { structured_call, 50 }, { raw_call, 8 },    { batched_calls, 6 }, { make_table, 8 },     { write_entry, 8 },
    { instruction, 8 },      { random_iret, 3 }, { touch_memory, 3 },  { switch_table, 1 },   { fill_grants, 3 },
    { garbage_vcpu, 1 },     { sleep_a_little, 1 },
};

static void one_call(void *unused)
{
    struct fuzzer *f = me();
    unsigned int at = 0, choice;

    seed_random(seed, this_cpu()->number, f->call);
    f->used = 0;
    choice = below(100);
    while (choice >= acts[at].weight)
        choice -= acts[at++].weight;
    f->act = at;
    if (tracing)
        print("fuzz: vcpu %u call %lu act %u\n", this_cpu()->number, f->call, at);
    acts[at].act();
}

/* A fault on the way to a call says that our own pages have suffered. */
static void guarded_call(void)
{
    struct fault fault;

    if (!probe(&fault, one_call, NULL))
        return;
    leave_tables();
    repair();
    repair_memory();
    if (me()->stumbles++ < 10)
        print("fuzz: vcpu %u call %lu: fault %lu at %#lx, cr2 %#lx\n", this_cpu()->number, me()->call,
              fault.frame.vector, fault.frame.rip, fault.address);
}

static bool finished(unsigned long made)
{
    return calls ? made >= calls : system_time() >= deadline;
}

/* The first one cleans up and reports now and then, the others only work. */
static void lead(void)
{
    uint64_t shown = system_time();

    for (unsigned long made = 0; !finished(made); made++, me()->call++) {
        guarded_call();
        if (made % BREATH == BREATH - 1)
            reset_play();
        if (system_time() - shown > 5 * SECOND) {
            shown = system_time();
            print("fuzz: vcpu 0 call %lu\n", me()->call);
        }
    }
    stop = true;
}

static void follow(void *unused)
{
    install_traps();
    repair();
    for (me()->call = first; !stop; me()->call++)
        guarded_call();
    me()->done = true;
}

static void await_others(void)
{
    uint64_t limit = system_time() + LAST_WAIT;

    for (unsigned int n = 1; n < cpus; n++)
        while (!fuzzers[n].done && system_time() < limit) {
            HYPERCALL(vcpu_op, VCPUOP_up, n, 0);
            HYPERCALL(sched_op, SCHEDOP_yield, 0);
        }
}

static unsigned int own_domain(void)
{
    char key[] = "domid", reply[16];
    unsigned int id = 0;

    if (is_domain_0() || store_request(2, 0, key, sizeof(key), reply, sizeof(reply)) < 0)
        return 0;
    for (const char *digit = reply; *digit >= '0' && *digit <= '9'; digit++)
        id = id * 10 + *digit - '0';
    return id;
}

static void prepare(void)
{
    seed = option("seed", 1);
    first = option("first", 0);
    calls = option("calls", 0);
    tracing = option("trace", 0);
    domain_id = own_domain();
    highest_mfn = HYPERCALL(memory_op, XENMEM_maximum_ram_page, 0);
    for (unsigned int n = 0; n < CPUS_MAX; n++) {
        fuzzers[n].arguments = arguments[n][0];
        fuzzers[n].batch = arguments[n][2];
        for (unsigned int page = 0; page < 4; page++)
            remap(arguments[n][page], page & 1 ? 0 : PTE_DATA | PTE_NX);
    }
    print("fuzz: seed %lu first %lu, domain %u\n", seed, first, domain_id);
    seed_random(seed, 0, first);
    me()->call = first;
    prepare_play();
    prepare_untouched();
    note_essentials();
    map_grants();
    repair();
}

/* How often each hypercall was made, by all, and how often of that with success. */
static void report_calls(void)
{
    unsigned long all = 0;

    print("fuzz: accepted calls of all, by number:");
    for (unsigned int number = 0; number < HYPERCALLS; number++) {
        unsigned long made = 0, taken = 0;

        for (unsigned int n = 0; n < cpus; n++)
            made += fuzzers[n].made[number], taken += fuzzers[n].taken[number];
        if (made)
            print(" %u:%lu/%lu", number, taken, made);
        all += made;
    }
    print("\nfuzz: seed %lu: %lu hypercalls\n", seed, all);
}

/* The domains that our calls have made go, and with them what they hold. */
static void destroy_others(void)
{
    struct xen_domctl op = { .interface_version = XEN_DOMCTL_INTERFACE_VERSION };

    for (uint32_t id = 1; id < DOMID_FIRST_RESERVED; id++) {
        op.cmd = XEN_DOMCTL_getdomaininfo;
        op.domain = id;
        if (HYPERCALL(domctl, &op))
            break;
        id = op.u.getdomaininfo.domain;
        op.cmd = XEN_DOMCTL_destroydomain;
        op.domain = id;
        HYPERCALL(domctl, &op);
    }
}

/*
 * Our calls have taken memory until none was left, and the hypervisor needs some to recount frames: of what
 * domain 0 began with, it gives back what this kernel doesn't use.
 */
static void give_back(void)
{
    const xen_pfn_t *frames = (const xen_pfn_t *)start_info->mfn_list;

    for (unsigned long n = start_info->nr_pages; n > start_info->nr_pages / 2; n--) {
        struct xen_memory_reservation one = { .nr_extents = 1, .domid = DOMID_SELF };

        set_xen_guest_handle(one.extent_start, (xen_pfn_t *)&frames[n - 1]);
        HYPERCALL(memory_op, XENMEM_decrease_reservation, &one);
    }
}

/* What the hypervisor says of memory, and of domain 0's frames, which it recounts. */
static void audit(void)
{
    CHECK_EQ(press_keys("mA"), 0);
}

static void report(void)
{
    print("\n");
    for (unsigned int n = 0; n < cpus; n++) {
        struct fuzzer *f = &fuzzers[n];

        print("fuzz: vcpu %u: %lu acts, %lu accepted, %lu refused, %lu faults, %lu stumbles\n", n, f->call - first,
              f->accepted, f->refused, f->faults, f->stumbles);
        if (n && !f->done)
            print("fuzz: vcpu %u is still at call %lu act %u: %lu (%#lx, %#lx, %#lx, %#lx, %#lx)\n", n, f->call, f->act,
                  f->number, f->registers[0], f->registers[1], f->registers[2], f->registers[3], f->registers[4]);
    }
    report_calls();
}

static void fuzz(void)
{
    unsigned int most = option("cpus", CPUS_MAX);
    char *page = page_alloc();

    keeps("whatever its calls have made");
    prepare();
    deadline = system_time() + option("time", 20) * SECOND;
    for (cpus = 1; cpus < CPUS_MAX && cpus < most; cpus++)
        if (start_vcpu(cpus, follow, NULL))
            break;
    lead();
    await_others();
    repair();
    repair_memory();
    report();
    if (is_domain_0()) {
        destroy_others();
        give_back();
        audit();
    }
    CHECK_EQ(count_touched(), 0);
    CHECK_EQ(HYPERCALL(xen_version, XENVER_version, 0) >> 16, 4);
    CHECK_EQ(remap(page, PTE_PRESENT | PTE_USER), 0);
    CHECK_EQ(remap(page, PTE_DATA), 0);
    CHECK(me()->accepted > 0);
}

const struct test tests[] = {
    { "fuzz", fuzz },
    { NULL, NULL },
};
