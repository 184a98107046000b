/* SPDX-License-Identifier: GPL-2.0-only */
/* Guest user mode on page tables that map nothing of the kernel. Two virtual CPUs share one CPU. */
#include "user_mode.h"

#include <public/vcpu.h>

#define LDT_SELECTOR 7          /* entry 0 of the local table, ring 3 */
#define DATA_3       0x00cff2000000ffffull

extern const char user_loads_segment[];
asm("    .pushsection .text.user, \"ax\", @progbits\n"
    "    .balign 4096\n"
    "    .globl user_code, user_sysenter, user_syscall, user_after_syscall, user_sysenter_64, user_flags\n"
    "user_code:\n"
    "    rdtsc\n"
    "    shl $32, %rdx\n"
    "    or %rdx, %rax\n"
    "    cmp %rbx, %rax\n"
    "    jb user_code\n"
    "    syscall\n"
    "user_loads_segment:\n"
    "    mov %ebx, %es\n"
    "    xor %ebx, %ebx\n"
    "    mov %ebx, %es\n"
    "    syscall\n"
    "user_sysenter_64:\n"
    "    sysenter\n"
    "    .code32\n"
    "user_sysenter:\n"
    "    popf\n"
    "    sysenter\n"
    "user_syscall:\n"
    "    popf\n"
    "    syscall\n"
    "user_after_syscall:\n"
    "    .code64\n"
    "    .balign 4\n"
    "user_flags:\n"
    "    .long 0x202, 0x302, 0x4202, 0x40202, 0x200ed7, 0x244fd7\n"
    "    .balign 4096\n"
    "    .popsection\n");

static long pin_user_tables(void *top)
{
    struct mmuext_op ops[] = {
        { .cmd = MMUEXT_PIN_L4_TABLE, .arg1.mfn = virt_to_mfn(top) },
        { .cmd = MMUEXT_NEW_USER_BASEPTR, .arg1.mfn = virt_to_mfn(top) },
    };

    return HYPERCALL(mmuext_op, ops, ARRAY_SIZE(ops), 0, DOMID_SELF);
}

/* Tables for user mode that map the code's page only. */
static long user_tables(void)
{
    pte_t *table[4];
    pte_t entry = virt_to_mfn(user_code) << PAGE_SHIFT | PTE_PRESENT | PTE_USER;
    long error = 0;

    for (int level = 0; level < 4; level++) {
        table[level] = page_alloc();
        table[level][USER_CODE >> (12 + 9 * level) & 511] = entry;
        entry = virt_to_mfn(table[level]) << PAGE_SHIFT | PTE_TABLE;
    }
    for (int level = 0; level < 4 && !error; level++)
        error = remap(table[level], PTE_PRESENT | PTE_USER | PTE_NX);
    return error ? error : pin_user_tables(table[3]);
}

/* The hypercall iret takes flags, rip, cs, rflags, rsp and ss from the stack. */
static void enter_user(void *argument)
{
    const struct entry *to = argument;

    asm volatile("pushq %[ss]; pushq %[rsp]; pushq $0x202; pushq %[cs]; pushq %[rip]; pushq $0\n"
                 "xor %%eax, %%eax; jmp hypercall_page + 23 * 32"
                 : : "b"(to->rbx), [ss] "r"((uint64_t)FLAT_USER_SS64), [cs] "r"((uint64_t)(to->cs ?: FLAT_USER_CS64)),
                     [rsp] "r"(to->rsp), [rip] "r"(USER_ADDRESS(to->code)) : "memory");
}

struct fault run_in_user_mode(struct entry to)
{
    struct fault fault;

    HYPERCALL(stack_switch, FLAT_KERNEL_SS, ((unsigned long)&fault & ~15ul) - 4096);
    probe(&fault, enter_user, &to);
    return fault;
}

static uint64_t tsc_ticks(uint64_t nanoseconds)
{
    uint64_t begin = system_time(), tsc = rdtsc();

    while (system_time() - begin < nanoseconds)
        barrier();
    return rdtsc() - tsc;
}

static void spin(void *unused)
{
    for (;;)
        barrier();
}

/*
 * A vcpu that loses its CPU in user mode and gets it back there can't be told at once how long it waited; its
 * kernel must find it told when it is entered.
 */
static void runstate_area(void)
{
    static struct vcpu_runstate_info area;
    struct vcpu_register_runstate_memory_area where = { .addr.v = &area };
    struct vcpu_runstate_info before, after;
    struct fault fault;
    uint64_t stay;

    CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_register_runstate_memory_area, 0, &where), 0);
    CHECK_EQ(start_vcpu(1, spin, NULL), 0);
    stay = 10 * tsc_ticks(30000000);
    before = area;
    fault = run_in_user_mode((struct entry){ .code = user_code, .rbx = rdtsc() + stay });
    after = area;
    CHECK(fault.taken);
    CHECK_EQ(fault.frame.vector, VECTOR_SYSCALL);
    CHECK_EQ(after.state, RUNSTATE_running);
    CHECK(after.time[RUNSTATE_runnable] - before.time[RUNSTATE_runnable] > 50000000);
    CHECK(after.state_entry_time > before.state_entry_time);
}

static void user_mode(void)
{
    struct fault fault;

    keeps("page tables of user mode, for the other tests");
    CHECK_EQ(user_tables(), 0);
    fault = run_in_user_mode((struct entry){ .code = user_code });
    CHECK(fault.taken);
    CHECK_EQ(fault.frame.vector, VECTOR_SYSCALL);
}

/* The local table lies in memory that user mode's page tables lack, as kernels keep it. */
static void local_table(void)
{
    uint64_t *ldt = page_alloc();
    struct mmuext_op op = { .cmd = MMUEXT_SET_LDT, .arg1.linear_addr = (unsigned long)ldt, .arg2.nr_ents = 1 };
    struct fault fault;

    ldt[0] = DATA_3;
    CHECK_EQ(remap(ldt, PTE_PRESENT | PTE_USER), 0);
    CHECK_EQ(HYPERCALL(mmuext_op, &op, 1, 0, DOMID_SELF), 0);
    fault = run_in_user_mode((struct entry){ .code = user_loads_segment, .rbx = LDT_SELECTOR });
    CHECK(fault.taken);
    CHECK_EQ(fault.frame.vector, VECTOR_SYSCALL);
}

const struct test tests[] = {
    { "user_mode.user_mode", user_mode },
    { "user_mode.local_table", local_table },
    { "user_mode.runstate_area", runstate_area },
    { "user_mode.fast_calls_without_callback", fast_calls_without_callback },
    { "user_mode.fast_calls", fast_calls },
    { "user_mode.fast_calls_with_flags", fast_calls_with_flags },
    { "user_mode.fast_calls_of_64_bit_code", fast_calls_of_64_bit_code },
    { NULL, NULL },
};
