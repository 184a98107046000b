/* SPDX-License-Identifier: GPL-2.0-only */
/* Single words of a guest, for the paths where a call would cost more than the copy. */
#ifndef ASM_GUEST_WORD_H
#define ASM_GUEST_WORD_H

#include <asm/patch.h>
#include <asm/processor.h>

/* Between these, supervisor access to user pages is allowed (SMAP). */
static always_inline void user_access_begin(void)
{
    __asm__ volatile (PATCH_INSN(PATCH_SMAP, "stac") ::: "memory", "cc");
}

static always_inline void user_access_end(void)
{
    __asm__ volatile (PATCH_INSN(PATCH_SMAP, "clac") ::: "memory", "cc");
}

/*
 * One move of 8 or 4 bytes from or to the guest, access allowed; dst may be unaligned. False: it faulted. And one of a
 * whole word to an address that guest_range_ok() has let pass: the two ways out apart, so that no flag is carried and asked.
 */
#define GUEST_WORD(bytes, type)                                                                     \
static always_inline bool load##bytes(type *dst, const type *guest)                                 \
{                                                                                                   \
    type v;                                                                                         \
                                                                                                    \
    __asm__ goto ("1: mov %1, %0\n" ASM_EXTABLE(1b, %l[fault]) : "=r" (v) : "m" (*guest) : "memory" : fault); \
    __builtin_memcpy(dst, &v, sizeof(v));                                                           \
    return true;                                                                                    \
fault:                                                                                              \
    return false;                                                                                   \
}                                                                                                   \
                                                                                                    \
static always_inline bool store##bytes(type *guest, type v)                                         \
{                                                                                                   \
    __asm__ goto ("1: mov %0, %1\n" ASM_EXTABLE(1b, %l[fault]) :: "r" (v), "m" (*guest) : "memory" : fault); \
    return true;                                                                                    \
fault:                                                                                              \
    return false;                                                                                   \
}                                                                                                   \
                                                                                                    \
static always_inline bool guest_store##bytes(type *guest, type v)                                   \
{                                                                                                   \
    user_access_begin();                                                                            \
    __asm__ goto ("1: mov %0, %1\n" ASM_EXTABLE(1b, %l[fault]) :: "r" (v), "m" (*guest) : "memory" : fault); \
    user_access_end();                                                                              \
    return true;                                                                                    \
fault:                                                                                              \
    user_access_end();                                                                              \
    return false;                                                                                   \
}

GUEST_WORD(8, uint64_t)
GUEST_WORD(4, uint32_t)

#endif
