/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the fuzzer share. Everything random comes from one generator per virtual CPU. */
#ifndef FUZZ_H
#define FUZZ_H

#include "test.h"

/* Nobody reads once more what a call was told to read: that may be anything, while our handlers may be anywhere. */
#undef HYPERCALL
#define HYPERCALL HYPERCALL_UNSEEN

#ifdef __x86_64__
#include "fuzz64.h"
#else
#include "fuzz32.h"
#endif

/*
 * The pages that hostile calls may do anything to: remapped, made into tables, given away. Nothing that the kernel
 * needs is in them. The first ones are meant for tables of one level each, so that tables of them validate.
 */
#define PLAY_PAGES  256
#define RUN_FRAMES  512                     /* of a superpage */
#define L1_PAGES    64
#define L2_PAGES    32
#define L3_PAGES    16
#define L4_PAGES    8
#define L4_FIRST    (L1_PAGES + L2_PAGES + L3_PAGES)
#define TABLE_PAGES (L1_PAGES + L2_PAGES + L3_PAGES + L4_PAGES)
#define PLAY_GRANTS (PLAY_PAGES - 8)        /* from here on the grant table is mapped, when it can be */

extern char play[PLAY_PAGES + 1][PAGE_SIZE];    /* the last one takes what runs over the end of those */
extern uint64_t play_mfn[PLAY_PAGES];       /* as it was at the start */
extern uint64_t play_entry_machine[PLAY_PAGES];     /* where its level 1 entry is in the machine */
extern pte_t *play_entry[PLAY_PAGES];       /* and where that can be read, and written to provoke a fault */
extern uint64_t run_mfn;                    /* the first of 512 frames that a superpage may map; 0: none */
extern uint64_t base_mfn;                   /* the top-level table that we started with */
extern uint64_t upper_mfn[2];               /* the level 2 and 3 tables that map the kernel */
#define HYPERCALLS 64
extern unsigned int domain_id;
extern uint64_t highest_mfn;
extern unsigned int cpus;                    /* virtual CPUs that work; others may be given any state */

/* What a virtual CPU works with. */
struct fuzzer {
    uint64_t random;
    unsigned long call;                     /* number of the running one */
    unsigned long accepted, refused, faults, stumbles;
    unsigned long made[HYPERCALLS], taken[HYPERCALLS];      /* calls by number; those that succeeded */
    char *arguments;                        /* a page for what pointers point to; the next one isn't mapped */
    unsigned int used;                      /* of that page */
    char *batch;                            /* another such page, for multicalls */
    unsigned int act;                       /* the running one */
    unsigned long number, registers[5];     /* the last call by itself */
    volatile bool done;
};
extern struct fuzzer fuzzers[CPUS_MAX];

static inline struct fuzzer *me(void)
{
    return &fuzzers[this_cpu()->number];
}

/* values.c: what is interesting to pass */
void seed_random(uint64_t seed, unsigned int vcpu, uint64_t call);
uint64_t rnd(void);
uint32_t below(uint32_t limit);
bool chance(unsigned int percent);
uint64_t number(void);                      /* any bit pattern, extreme ones often */
uint32_t small(void);                       /* a count or an index, rarely a wild one */
uint32_t domain(void);
uint32_t port(void);
uint64_t frame(void);
pte_t entry_value(void);
pte_t large_entry(void);                    /* of level 2, mostly a good one */
uint64_t entry_machine(void);               /* for mmu_update, command bits included */
unsigned long play_address(void);
unsigned long hostile_address(void);            /* never one where a kernel may have a page */
unsigned long code_address(void);
uint16_t selector(void);
uint64_t soon(void);                        /* system time, a few milliseconds off */

/* calls.c: hypercalls from a table of their arguments' shapes */
extern bool tracing;
void structured_call(void);
void raw_call(void);
void batched_calls(void);
/* Count a call and what it gave. */
void account_call(unsigned int number, long result);
void account(long result);

/* repair.c: what this kernel lives by, kept out of the game or put back */
void note_essentials(void);
bool essential(uint64_t mfn);               /* a frame that the kernel or its page tables are in */
bool kernel_table(uint64_t mfn);            /* one of those tables */
bool vital(uint64_t mfn);                   /* essential, or one of those of level 1: what writes to it ends us */
bool own_memory(unsigned long address);     /* where the kernel may have pages that aren't to play with */
void prepare_untouched(void);               /* memory that is to stay as it is */
unsigned int count_touched(void);           /* words of it that didn't; prints some */
void repair(void);                          /* the calling virtual CPU's state after a hostile act */
void repair_memory(void);

/* forbidden.c: what would end this kernel or the machine, and so isn't asked for */
bool forbidden(unsigned int number, const unsigned long *arguments);
bool in_arguments(unsigned long address, unsigned int size);

/* tables.c: page tables built, pinned, switched to, written by plain stores */
void prepare_play(void);
bool top_table(uint64_t mfn);               /* a page meant for those that we run on: pinned and unpinned here only */
void reset_play(void);
void make_table(void);
void leave_tables(void);                    /* after a fault on the way */
void switch_table(void);
void user_table(void);                      /* 64 bits: without one, user mode ends the domain */
void write_entry(void);
void map_grants(void);
void fill_grants(void);

/* cpu.c: instructions, returns, other virtual CPUs' states */
void instruction(void);
void random_iret(void);
void touch_memory(void);
void garbage_vcpu(void);
void sleep_a_little(void);

/* cpu64.c, cpu32.c: what differs between the widths there */
struct registers {
    unsigned long rax, rcx, rdx;
};
typedef void body(void *);
extern body *const own_instructions[];      /* with struct registers, or any argument; ended by NULL */
extern const char user_snippets[], iret_lands[];
#define USER_SNIPPETS     16
#define USER_SNIPPET_SIZE 16
extern const uint16_t good_selectors[GOOD_SELECTORS];
unsigned long odd_address(void);            /* the width's share of hostile_address() */
unsigned long hostile_code(void);           /* one to go to, where our tables don't come to show a page of anything */
long numbered_call(unsigned long number, const unsigned long *registers);   /* any number: not by the hypercall page */
struct landing {
    unsigned long flags, rip, cs, rflags, rsp, ss;
};
void hypercall_iret(void *landing);                         /* a stack of 0: the current one */
void random_rest(struct vcpu_guest_context *context);       /* the fields that only this width has */

#endif
