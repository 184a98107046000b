/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SYSENTER and SYSCALL of 32-bit programs under a 64-bit kernel. Real processors have one of the two there, by their maker;
 * the emulator has both if it says to be Intel's.
 */
#include "user_mode.h"

#include <public/callback.h>
#include <public/errno.h>

#define INSTRUCTION 2           /* bytes of either */

extern const char user_sysenter[], user_syscall[], user_after_syscall[], user_sysenter_64[];
extern const uint32_t user_flags[];

/* Both begin with a POPF of the nth of these flags. */
static struct fault call_by(const char *code, unsigned int n)
{
    return run_in_user_mode((struct entry){ .code = code, .cs = FLAT_USER_CS32,
                                            .rsp = USER_ADDRESS((const char *)&user_flags[n]) });
}

static long register_callback(unsigned int type, const char *to)
{
    struct callback_register callback = { .type = type, .address = (unsigned long)to };

    return HYPERCALL(callback_op, CALLBACKOP_register, &callback);
}

/* SYSENTER doesn't tell where it was. */
static void without_callback(void)
{
    struct fault fault = call_by(user_sysenter, 0);

    CHECK_EQ(fault.frame.vector, 13);
    CHECK_EQ(fault.frame.error, 0);
    CHECK_EQ(fault.frame.rip, 0);
    CHECK_EQ(fault.frame.cs & 3, 3);
    CHECK_EQ(fault.frame.rsp, 0);
    fault = call_by(user_syscall, 0);
    CHECK_EQ(fault.frame.vector, 6);
    CHECK_EQ(fault.frame.rip, USER_ADDRESS(user_after_syscall) - INSTRUCTION);
    CHECK_EQ(fault.frame.cs & 0xffff, FLAT_USER_CS32);
    CHECK_EQ(fault.frame.rsp, USER_ADDRESS((const char *)&user_flags[1]));
}

/* Before any is registered, and when one is registered that leads nowhere. */
void fast_calls_without_callback(void)
{
    without_callback();
    CHECK_EQ(register_callback(CALLBACKTYPE_sysenter, syscall_entry), 0);
    CHECK_EQ(call_by(user_sysenter, 0).frame.vector, VECTOR_SYSCALL);
    CHECK_EQ(register_callback(CALLBACKTYPE_sysenter, NULL), 0);
    CHECK_EQ(register_callback(CALLBACKTYPE_sysenter, (const char *)(1ul << 47)), -XEN_EINVAL);
    without_callback();
}

void fast_calls(void)
{
    struct fault fault;

    CHECK_EQ(register_callback(CALLBACKTYPE_sysenter, syscall_entry), 0);
    CHECK_EQ(register_callback(CALLBACKTYPE_syscall32, syscall_entry), 0);
    fault = call_by(user_sysenter, 0);
    CHECK_EQ(fault.frame.vector, VECTOR_SYSCALL);
    CHECK_EQ(fault.frame.rip, 0);
    CHECK_EQ(fault.frame.cs & 3, 3);
    CHECK_EQ(fault.frame.rsp, 0);
    CHECK_EQ(fault.frame.ss, FLAT_USER_SS32);
    fault = call_by(user_syscall, 0);
    CHECK_EQ(fault.frame.vector, VECTOR_SYSCALL);
    CHECK_EQ(fault.frame.rip, USER_ADDRESS(user_after_syscall));
    CHECK_EQ(fault.frame.cs & 0xffff, FLAT_USER_CS32);
    CHECK_EQ(fault.frame.ss, FLAT_USER_SS32);
    CHECK_EQ(fault.frame.rsp, USER_ADDRESS((const char *)&user_flags[1]));
}

/* The frame has the flags as they were, above all TF: a debugger's next step depends on it. */
void fast_calls_with_flags(void)
{
    for (unsigned int i = 0; i < USER_FLAGS; i++) {
        struct fault fault = call_by(user_sysenter, i);

        CHECK_EQ(fault.frame.vector, VECTOR_SYSCALL);
        CHECK_EQ(fault.frame.rflags, user_flags[i]);
        fault = call_by(user_syscall, i);
        CHECK_EQ(fault.frame.vector, VECTOR_SYSCALL);
        CHECK_EQ(fault.frame.rflags, user_flags[i]);
    }
}

void fast_calls_of_64_bit_code(void)
{
    struct fault fault = run_in_user_mode((struct entry){ .code = user_sysenter_64, .rsp = USER_CODE });

    CHECK_EQ(fault.frame.vector, VECTOR_SYSCALL);
    CHECK_EQ(fault.frame.rip, 0);
    CHECK_EQ(fault.frame.rsp, 0);
}
