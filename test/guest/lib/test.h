/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a test kernel is written with: checks, console, faults, memory, hypercalls.
 *
 * A test kernel defines `tests`, a table ended by an entry without a name. Each entry's function runs
 * once and uses CHECK and CHECK_EQ, which return from it at the first thing that is wrong. One line a
 * test goes to the console, then "END", then the machine is reset (a guest other than domain 0 powers off, or
 * blocks for ever if its command line has stay=1):
 *
 *     TEST name: ok | FAIL why | SKIP why
 */
#ifndef TEST_H
#define TEST_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <public/xen.h>
#include <public/event_channel.h>
#include <public/why.h>

#include "stack.h"

#define PAGE_SIZE   4096ul
#define PAGE_SHIFT  12
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* ---- tests and their verdicts */

struct test {
    const char *name;
    void (*run)(void);
};
extern const struct test tests[];

/* Note what is wrong with the running test; the first call counts. */
void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
void skip(const char *why);

#define CHECK(condition)                                                                                \
    do {                                                                                                \
        if (!(condition)) {                                                                             \
            fail("%s:%d: %s", __func__, __LINE__, #condition);                                          \
            return;                                                                                     \
        }                                                                                               \
    } while (0)

/* Of any type that has a number: as a long, if it isn't wider. */
#define NUMBER(value) __builtin_choose_expr(sizeof(value) > sizeof(long), (value), (long)(value))

#define CHECK_EQ(value, expected)                                                                       \
    do {                                                                                                \
        long long value_ = NUMBER(value), expected_ = NUMBER(expected);                                 \
        if (value_ != expected_) {                                                                      \
            fail("%s:%d: %s is %lld (%#llx), not %lld (%#llx)", __func__, __LINE__, #value, value_,     \
                 value_, expected_, expected_);                                                         \
            return;                                                                                     \
        }                                                                                               \
    } while (0)

/* ---- the command line: name=value, separated by blanks. only=NAME runs the test whose name ends in .NAME */

uint64_t option(const char *name, uint64_t otherwise);      /* a decimal number */
bool option_given(const char *name);
bool option_is(const char *name, const char *value);

/* ---- console: %s %c %d %u %x %p, %ld %lu %lx, %lld %llu %llx, '#', a width and '0' before it */

void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
void vprint(const char *format, va_list args);
void console_write(const char *text, unsigned int length);
struct xencons_interface *console_ring(void);               /* NULL for domain 0 */

/* ---- memory */

void *memset(void *to, int byte, size_t n);
void *memcpy(void *to, const void *from, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);

/* ---- faults */

#ifdef __x86_64__
#include "width64.h"
#else
#include "width32.h"
#endif

#define VECTOR_UPCALL   256
#define VECTOR_FAILSAFE 257
#define VECTOR_SYSCALL  258

struct fault {
    bool taken;
    unsigned long address;  /* of a page fault: what the hypervisor says in arch.cr2 */
    struct frame frame;     /* as the handler saw it */
};

/* Run body(argument); a fault ends it and is described in *fault. Of nested ones the innermost ends. */
bool probe(struct fault *fault, void (*body)(void *), void *argument);

/* What the kernel keeps for each virtual CPU, at the bottom of its stack. */
struct cpu {
    unsigned int number;
    struct recovery *recovery;      /* set while probe() runs */
    struct fault *fault;
};

extern char stacks[CPUS_MAX][STACK_SIZE];

static inline struct cpu *this_cpu(void)
{
    return (struct cpu *)((unsigned long)__builtin_frame_address(0) & ~(STACK_SIZE - 1ul));
}

/* From the entry stubs: every exception, upcall and system call of guest user mode. */
void handle_frame(struct frame *frame);
void print_registers(const struct frame *f);
/* What a context has beyond the addresses of its callbacks. */
void set_callback_segments(struct vcpu_guest_context *context);

/* Called first for every exception, upcall and system call; true: dealt with, go on as the frame says. */
extern bool (*frame_hook)(struct frame *frame);

extern const char exception_stubs[], event_upcall[], failsafe[], syscall_entry[];
#define STUB(vector) ((unsigned long)exception_stubs + 32 * (vector))

/* ---- the domain */

extern struct start_info *start_info;
extern struct shared_info *shared;      /* mapped before the tests run */
extern unsigned long initial_rsp;            /* the stack that the hypervisor gave us */
extern char end[];                      /* first address after the image */

#define vcpu0 (&shared->vcpu_info[0])
#define this_vcpu() (&shared->vcpu_info[this_cpu()->number])

static inline bool is_domain_0(void)
{
    return start_info->flags & SIF_INITDOMAIN;
}

/* Register trap table and callbacks for the calling virtual CPU, as every test starts with. */
void install_traps(void);

/* Let upcalls in, or not, and run what is pending when they become allowed. */
void upcalls(bool allowed);

/* The first steps of a kernel: `start_info` is that, traps are installed, `shared` is mapped. */
void begin(struct start_info *info);

/* What virtual CPU n starts with to run body(argument) on its stack, but for the page tables. */
void fill_context(struct vcpu_guest_context *context, unsigned int n, void (*body)(void *), void *argument);

/* Bring up virtual CPU n; it runs body(argument), then blocks for ever. 0 or the failed call's error. */
long start_vcpu(unsigned int n, void (*body)(void *), void *argument);

/* Nanoseconds since the hypervisor started, as the shared page lets a kernel compute it. */
uint64_t system_time(void);

void notify(evtchn_port_t port);

/* The newest notes of why our requests were refused; their number, or an error. */
long ask_why(xen_why_note_t *notes, unsigned int room);
bool tells_why(void);                   /* it does, and so is this project's hypervisor */

/* Domain 0 presses debug keys, at most 8: "A" has all frames audited, and test/run looks at what that says. */
long press_keys(const char *keys);

/* ---- floods: until when, time= seconds from now or 3; and random bits */

uint64_t flood_end(void);
uint64_t flood_random(void);

/* ---- the store, for guests other than domain 0; false or -1 when the daemon doesn't answer */

struct xenstore_domain_interface *store_ring(void);
void store_notify(void);
bool store_send(const void *data, unsigned int length);
bool store_receive(void *data, unsigned int length);
/* The next message that is no watch's: its length, its beginning in buffer, ended by 0. -1 also for an error. */
int store_reply(char *buffer, unsigned int size);
int store_request(uint32_t type, uint32_t transaction, const void *body, unsigned int length, char *reply,
                  unsigned int size);

/* ---- page tables: addresses below are virtual unless said otherwise */

typedef uint64_t pte_t;
#define PTE_PRESENT (pte_t)1
#define PTE_WRITE   (pte_t)2
#define PTE_USER    (pte_t)4
#define PTE_PSE     (pte_t)0x80
#define PTE_GLOBAL  (pte_t)0x100                /* set by the hypervisor on what a 64-bit guest's kernel maps */
#define PTE_NX      ((pte_t)1 << 63)
#define PTE_ADDRESS (pte_t)0x000ffffffffff000
#define PTE_DATA    (PTE_PRESENT | PTE_WRITE | PTE_USER | 0x60)    /* accessed, dirty */
#define PTE_TABLE   (PTE_PRESENT | PTE_WRITE | PTE_USER | 0x20)

void *page_alloc(void);                 /* a zeroed page of our own, mapped writable */
uint64_t virt_to_mfn(const void *address);
void *mfn_to_virt(uint64_t mfn);
pte_t *pte_of(const void *address);     /* the level 1 entry that maps an address; read-only */
pte_t *entry_of(const void *address, int level);
pte_t read_pte(const void *address);
uint64_t pte_machine(const void *address);     /* machine address of that entry, for mmu_update */

/* Map one page of ours as said by flags, or nothing when the flags lack PTE_PRESENT. */
long remap(void *address, uint64_t flags);

/* ---- hypercalls */

#define CALL(how, n, a, b, c, d, e, ...)                                                                \
    how(n, (unsigned long)(a), (unsigned long)(b), (unsigned long)(c), (unsigned long)(d), (unsigned long)(e))
/* HYPERCALL(name, arguments...): for instance HYPERCALL(xen_version, XENVER_version, 0). */
#define HYPERCALL(name, ...) CALL(seen_call, __HYPERVISOR_##name, __VA_ARGS__, 0, 0, 0, 0, 0)
/* Not told to those who count which operations a test has made: for what times calls, and for the library itself. */
#define HYPERCALL_UNSEEN(name, ...) CALL(hypercall, __HYPERVISOR_##name, __VA_ARGS__, 0, 0, 0, 0, 0)

long seen_call(unsigned int number, unsigned long a, unsigned long b, unsigned long c, unsigned long d, unsigned long e);
/* Note a call that is about to be made, or was made by other means, and succeeds. */
void call_without_return(unsigned int number, unsigned long operation);
/* Note a call that is about to be made in a child, which is ended for it. */
void call_that_ends(unsigned int number, unsigned long operation);
void see_calls(void);                   /* from now on, for print_calls */
void print_calls(const char *test, bool leak);

/* Copy memory that may not be there; false: it isn't. */
bool peek(void *to, const void *from, size_t n);
extern const char peek_at[], peek_end[];

/* ---- what tests leave behind */

void watch_leaks(void);                 /* from now on, for check_leaks */
bool took_frames(void);                 /* and nothing else is other than it was */
bool check_leaks(void);                 /* false: something was kept, or nobody watched; a leak fails the test */
void keeps(const char *why);            /* the running test leaves the domain other than it found it */
void audit_frames(void);                       /* have the hypervisor recount all frames */

static inline uint64_t rdtsc(void)
{
    uint32_t low, high;

    asm volatile("rdtsc" : "=a"(low), "=d"(high));
    return low | (uint64_t)high << 32;
}

static inline void barrier(void)
{
    asm volatile("" : : : "memory");
}

#endif
