/* SPDX-License-Identifier: GPL-2.0-only */
/* What this kernel lives by: its frames, which no call gets to see, and the state that is put back after each act. */
#include "fuzz.h"

#include <public/callback.h>
#include <public/sched.h>

/* ---- frames: a hash table, open addressing, never full */

#define SLOTS 16384
#define TABLE (1u << 31)

static uint32_t slots[SLOTS];           /* frame number + 1, and TABLE if it is a page table */

static unsigned int slot_of(uint64_t mfn)
{
    unsigned int slot = mfn * 0x9e3779b97f4a7c15 >> 50;

    while (slots[slot] && (slots[slot] & ~TABLE) != mfn + 1)
        slot = (slot + 1) % SLOTS;
    return slot;
}

bool essential(uint64_t mfn)
{
    uint32_t noted = mfn < TABLE ? slots[slot_of(mfn)] : 0;

    return noted && !(noted & TABLE);
}

bool kernel_table(uint64_t mfn)
{
    return mfn < TABLE && slots[slot_of(mfn)] & TABLE;
}

bool vital(uint64_t mfn)
{
    return essential(mfn) || (kernel_table(mfn) && mfn != base_mfn && mfn != upper_mfn[0] && mfn != upper_mfn[1]);
}

/*
 * The image but for what we play with, and all that the builder put behind it. Page tables are apart: the
 * hypervisor keeps them from being written, and it is to be asked to.
 */
void note_essentials(void)
{
    unsigned long tables = start_info->pt_base, tables_end = tables + start_info->nr_pt_frames * PAGE_SIZE;
    unsigned long limit = tables_end + 16 * PAGE_SIZE;       /* start info, rings and stack are among these */
    unsigned int noted = 0;

    for (unsigned long at = VIRT_BASE; at < limit && noted < SLOTS / 2; at += PAGE_SIZE) {
        uint64_t mfn;

        if (at - (unsigned long)play < sizeof(play) || (at - VIRT_BASE) >> PAGE_SHIFT >= start_info->nr_pages)
            continue;
        mfn = virt_to_mfn((void *)at);
        slots[slot_of(mfn)] = (mfn + 1) | (at >= tables && at < tables_end ? TABLE : 0);
        noted++;
    }
    /* The hypervisor's page, where the clock is. */
    slots[slot_of(start_info->shared_info >> PAGE_SHIFT)] = (start_info->shared_info >> PAGE_SHIFT) + 1;
}

bool own_memory(unsigned long address)
{
    return (address - VIRT_BASE) >> PAGE_SHIFT < start_info->nr_pages && address - (unsigned long)play >= sizeof(play);
}

/* ---- memory that no call is told of: who writes there has gone astray, this kernel or the hypervisor */

static uint32_t untouched[1 << 20];

void prepare_untouched(void)
{
    for (uint32_t i = 0; i < ARRAY_SIZE(untouched); i++)
        untouched[i] = ~i;
}

unsigned int count_touched(void)
{
    unsigned int touched = 0;

    for (uint32_t i = 0; i < ARRAY_SIZE(untouched); i++)
        if (untouched[i] != ~i && touched++ < 16)
            print("fuzz: at %p was %#x, is %#x\n", &untouched[i], ~i, untouched[i]);
    return touched;
}

/* ---- the virtual CPU's state */

/* Prepared once for each virtual CPU: a multicall of what must be as it was. */
struct mending {
    struct multicall_entry calls[16];
    unsigned int count;
    struct callback_unregister nmi;
    struct callback_register callbacks[3];
    struct sched_watchdog dogs[2];
};
static struct mending mendings[CPUS_MAX];

static void add(struct mending *m, unsigned int number, unsigned long a, unsigned long b)
{
    m->calls[m->count++] = (struct multicall_entry){ .op = number, .args = { a, b } };
}

static void prepare(struct mending *m)
{
    static const struct callback_register good[] = {
        { .type = CALLBACKTYPE_event, .address = CALLBACK_TO(event_upcall) },
        { .type = CALLBACKTYPE_failsafe, .address = CALLBACK_TO(failsafe) },
        { .type = CALLBACKTYPE_syscall, .address = CALLBACK_TO(syscall_entry) },
    };

    m->nmi.type = CALLBACKTYPE_nmi;
    add(m, __HYPERVISOR_callback_op, CALLBACKOP_unregister, (unsigned long)&m->nmi);
    for (unsigned int i = 0; i < ARRAY_SIZE(good); i++) {
        m->callbacks[i] = good[i];
        add(m, __HYPERVISOR_callback_op, CALLBACKOP_register, (unsigned long)&m->callbacks[i]);
    }
    add(m, __HYPERVISOR_stack_switch, FLAT_KERNEL_SS, (unsigned long)stacks[this_cpu()->number] + STACK_SIZE / 2);
    add(m, __HYPERVISOR_set_debugreg, 7, 0);
    add(m, __HYPERVISOR_fpu_taskswitch, 0, 0);
    add(m, __HYPERVISOR_vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables);
    for (uint32_t i = 0; i < 2; i++) {
        m->dogs[i] = (struct sched_watchdog){ .id = i + 1 };
        add(m, __HYPERVISOR_sched_op, SCHEDOP_watchdog, (unsigned long)&m->dogs[i]);
    }
}

void repair(void)
{
    struct mending *m = &mendings[this_cpu()->number];

    this_vcpu()->evtchn_upcall_mask = 1;
    if (!m->count)
        prepare(m);
    install_traps();
    HYPERCALL(multicall, m->calls, m->count);
}

/* ---- memory */

/* The pages that arguments are in, and the good tables to find them by. */
void repair_memory(void)
{
    struct mmuext_op base = { .cmd = MMUEXT_NEW_BASEPTR, .arg1.mfn = base_mfn };

    HYPERCALL(mmuext_op, &base, 1, 0, DOMID_SELF);
    remap(me()->arguments, PTE_DATA | PTE_NX);
    remap(me()->batch, PTE_DATA | PTE_NX);
}
