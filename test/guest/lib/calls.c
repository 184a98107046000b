/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which hypercalls and operations a test has made, and what came of them, for test/lib/coverage.py. With the option
 * record=1 each test is followed by lines
 *
 *     CALLS name leak: 32.4 32.4-22 30:2 1
 *
 * each word a hypercall's number, its operation (or after ':' the type that it is about), and what it was refused
 * with: -errno, the status of an element, or ENDED. "leak": what the domain holds was compared before and after; "no" if
 * not. The calls of children are those of the test.
 */
#include "child.h"
#include "test.h"

#include <public/arch-x86/xen-mca.h>
#include <public/errno.h>
#include <public/grant_table.h>
#include <public/memory.h>

#define KINDS        1024               /* of calls that one test makes */
#define ELEMENTS     1024               /* of a batch that are looked at */
#define WORDS        40                 /* in a line */
#define ENDED        4095               /* no errno: the domain was ended for the call */
#define MEMORY_OP    0x3f               /* of memory_op's first argument; the rest is where to continue */

/* One kind of call: bits 0 to 31 the operation, 32 to 47 the error, 48 to 55 the hypercall, and: */
#define HAS_OPERATION (1ull << 61)
#define IS_TYPE       (1ull << 62)
#define IN_USE        (1ull << 63)

static uint64_t kinds[KINDS];
static bool seeing, full;

/* ---- memory that may not be there */

/* The handler of faults goes on at peek_end when one comes at peek_at. */
bool __attribute__((noinline, noclone)) peek(void *to, const void *from, size_t n)
{
    asm volatile(".globl peek_at, peek_end\n"
                 "peek_at: rep movsb\n"
                 "peek_end:" : "+c"(n), "+D"(to), "+S"(from) : : "memory");
    return !n;
}

/* ---- the set of kinds, which all virtual CPUs add to */

static void add(uint64_t kind)
{
    unsigned int at = (kind ^ kind >> 29 ^ kind >> 43) % KINDS;

    for (unsigned int i = 0; i < KINDS; i++, at = (at + 1) % KINDS) {
        uint64_t old = kinds[at] ?: __sync_val_compare_and_swap(&kinds[at], 0, kind | IN_USE);

        if (!old || old == (kind | IN_USE))
            return;
    }
    full = true;
}

/* result: what a hypercall gave, an error between -1 and -4095. */
static uint64_t kind_of(unsigned int number, long result)
{
    return (uint64_t)number << 48 | (uint64_t)((unsigned long)result >= -4095ul ? -result : 0) << 32;
}

static void see(unsigned int number, uint32_t operation, long result)
{
    add(kind_of(number, result) | HAS_OPERATION | operation);
}

static void see_type(unsigned int number, uint32_t type, long result)
{
    add(kind_of(number, result) | IS_TYPE | type);
}

/* ---- what is said in memory */

static void see_command(unsigned int number, unsigned long structure, long result)
{
    uint32_t command;

    if (peek(&command, (void *)structure, sizeof(command)))
        see(number, command, result);
}

/* The type that a callback is registered for. */
static void see_callback(unsigned int number, const unsigned long *arguments, long result)
{
    uint16_t type;

    see(number, arguments[0], result);
    if (peek(&type, (void *)arguments[1], sizeof(type)))
        see_type(number, type, result);
}

/*
 * Elements of mmu_update and mmuext_op: when one is refused, those before it, whose number *done tells, were not.
 * The operation is in the lowest bits of an element, those of mask.
 */
static void see_batch(unsigned int number, const unsigned long *arguments, size_t size, uint32_t mask, long result)
{
    uint32_t done = arguments[1], operation;

    if (result && (!arguments[2] || !peek(&done, (void *)arguments[2], sizeof(done))))
        done = 0;
    for (uint32_t i = 0; i < ELEMENTS && i < arguments[1] && i < done + !!result; i++)
        if (peek(&operation, (void *)(arguments[0] + i * size), sizeof(operation)))
            see(number, operation & mask, i < done ? 0 : result);
}

/* Of grant_table_op's elements: size, and where their status is. */
static const struct element {
    uint16_t size, status;
} grant_elements[] = {
#define ELEMENT(operation, type) \
    [operation] = { sizeof(struct gnttab_##type), offsetof(struct gnttab_##type, status) }
    ELEMENT(GNTTABOP_map_grant_ref, map_grant_ref),
    ELEMENT(GNTTABOP_unmap_grant_ref, unmap_grant_ref),
    ELEMENT(GNTTABOP_setup_table, setup_table),
    ELEMENT(GNTTABOP_dump_table, dump_table),
    ELEMENT(GNTTABOP_transfer, transfer),
    ELEMENT(GNTTABOP_copy, copy),
    ELEMENT(GNTTABOP_query_size, query_size),
    ELEMENT(GNTTABOP_unmap_and_replace, unmap_and_replace),
    ELEMENT(GNTTABOP_get_status_frames, get_status_frames),
    ELEMENT(GNTTABOP_swap_grant_ref, swap_grant_ref),
#undef ELEMENT
};

static void see_grants(unsigned int number, const unsigned long *arguments, long result)
{
    const struct element *e = arguments[0] < ARRAY_SIZE(grant_elements) ? &grant_elements[arguments[0]] : NULL;
    int16_t status;

    if (result || !e || !e->size) {
        see(number, arguments[0], result);
        return;
    }
    for (unsigned long i = 0; i < ELEMENTS && i < arguments[2]; i++)
        if (peek(&status, (void *)(arguments[1] + i * e->size + e->status), sizeof(status)))
            see(number, arguments[0], status < 0 ? status : 0);
}

/* Who asks for a change of memory is told how much was done; what wasn't counts as refused. */
static void see_memory(unsigned int number, const unsigned long *arguments, long result)
{
    unsigned int operation = arguments[0] & MEMORY_OP;
    bool counts = operation == XENMEM_increase_reservation || operation == XENMEM_decrease_reservation ||
                  operation == XENMEM_populate_physmap;
    struct xen_memory_reservation r;

    if (counts && result >= 0 && (!peek(&r, (void *)arguments[1], sizeof(r)) || (xen_ulong_t)result < r.nr_extents))
        result = -XEN_ENOMEM;
    see(number, operation, result);
}

static void see_call(unsigned int number, const unsigned long *arguments, long result);

static void see_multicall(unsigned int number, const unsigned long *arguments, long result)
{
    struct multicall_entry entry;

    for (unsigned long i = 0; !result && i < ELEMENTS && i < arguments[1]; i++)
        if (peek(&entry, (struct multicall_entry *)arguments[0] + i, sizeof(entry)) && entry.op != number)
            see_call(entry.op, (const unsigned long *)entry.args, entry.result);
}

static void see_call(unsigned int number, const unsigned long *arguments, long result)
{
    add(kind_of(number, result));
    switch (number) {
    case __HYPERVISOR_mmu_update:
        see_batch(number, arguments, sizeof(struct mmu_update), 3, result);
        break;
    case __HYPERVISOR_mmuext_op:
        see_batch(number, arguments, sizeof(struct mmuext_op), ~0u, result);
        break;
    case __HYPERVISOR_multicall:
        see_multicall(number, arguments, result);
        break;
    case __HYPERVISOR_grant_table_op:
        see_grants(number, arguments, result);
        break;
    case __HYPERVISOR_callback_op:
        see_callback(number, arguments, result);
        break;
    case __HYPERVISOR_vm_assist:
        see(number, arguments[0], result);
        see_type(number, arguments[1], result);
        break;
    case __HYPERVISOR_memory_op:
        see_memory(number, arguments, result);
        break;
    case __HYPERVISOR_platform_op:
    case __HYPERVISOR_sysctl:
    case __HYPERVISOR_domctl:
    case __HYPERVISOR_mca:
        see_command(number, arguments[0], result);
        break;
    case __HYPERVISOR_xen_version:
    case __HYPERVISOR_console_io:
    case __HYPERVISOR_vcpu_op:
    case __HYPERVISOR_set_segment_base:
    case __HYPERVISOR_nmi_op:
    case __HYPERVISOR_sched_op:
    case __HYPERVISOR_event_channel_op:
    case __HYPERVISOR_physdev_op:
        see(number, arguments[0], result);
        break;
    }
}

/* ---- for tests and the library */

long seen_call(unsigned int number, unsigned long a, unsigned long b, unsigned long c, unsigned long d, unsigned long e)
{
    const unsigned long arguments[] = { a, b, c, d, e };
    long result = hypercall(number, a, b, c, d, e);

    if (seeing)
        see_call(number, arguments, result);
    return result;
}

void call_without_return(unsigned int number, unsigned long operation)
{
    const unsigned long arguments[] = { operation, 0, 0, 0, 0 };

    if (seeing)
        see_call(number, arguments, 0);
}

void call_that_ends(unsigned int number, unsigned long operation)
{
    const unsigned long arguments[] = { operation, 0, 0, 0, 0 };

    if (seeing)
        see_call(number, arguments, -ENDED);
}

/* The child's set began as ours was when it was built. */
void see_calls_of(const struct child *c)
{
    static uint64_t own[KINDS];

    if (!seeing)
        return;
    memcpy(own, kinds, sizeof(kinds));
    if (!child_read(c, kinds, sizeof(kinds)))
        memset(kinds, 0, sizeof(kinds));
    for (unsigned int i = 0; i < KINDS; i++)
        if (own[i])
            add(own[i]);
}

void see_calls(void)
{
    memset(kinds, 0, sizeof(kinds));
    seeing = option("record", 0);
}

static void print_kind(uint64_t kind)
{
    print(" %u", (unsigned int)(kind >> 48) & 0xff);
    if (kind & (HAS_OPERATION | IS_TYPE))
        print("%c%u", kind & IS_TYPE ? ':' : '.', (unsigned int)kind);
    if (kind >> 32 & 0xffff)
        print("-%u", (unsigned int)(kind >> 32) & 0xffff);
}

void print_calls(const char *test, bool leak)
{
    unsigned int words = 0;

    if (!seeing)
        return;
    seeing = false;
    if (full)
        print("CALLS %s: too many kinds\n", test);
    for (unsigned int i = 0; i < KINDS; i++)
        if (kinds[i]) {
            if (!(words++ % WORDS))
                print("%sCALLS %s %s:", words > 1 ? "\n" : "", test, leak ? "leak" : "no");
            print_kind(kinds[i]);
        }
    print("\n");
}
