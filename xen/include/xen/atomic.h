/* SPDX-License-Identifier: GPL-2.0-only */
/* Atomic operations (sequentially consistent unless said) and bits in memory. */
#ifndef XEN_ATOMIC_H
#define XEN_ATOMIC_H

#include <xen/types.h>

typedef struct { int counter; } atomic_t;
#define ATOMIC_INIT(n) { (n) }

static always_inline int  atomic_read(const atomic_t *a) { return READ_ONCE(a->counter); }
static always_inline void atomic_set(atomic_t *a, int v) { WRITE_ONCE(a->counter, v); }
static always_inline void atomic_inc(atomic_t *a) { __atomic_add_fetch(&a->counter, 1, __ATOMIC_SEQ_CST); }
static always_inline void atomic_dec(atomic_t *a) { __atomic_sub_fetch(&a->counter, 1, __ATOMIC_SEQ_CST); }
static always_inline int  atomic_add_return(int n, atomic_t *a)
{
    return __atomic_add_fetch(&a->counter, n, __ATOMIC_SEQ_CST);
}
static always_inline bool atomic_dec_and_test(atomic_t *a) { return atomic_add_return(-1, a) == 0; }

/* Returns the value found; the store happened if that equals the old value expected. */
#define cmpxchg(p, old, new) __sync_val_compare_and_swap(p, old, new)
#define xchg(p, v)           __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST)

#define smp_mb()  __asm__ volatile ("lock addl $0, -4(%%rsp)" ::: "memory", "cc")
#define smp_rmb() barrier()
#define smp_wmb() barrier()
#define mb()      __asm__ volatile ("mfence" ::: "memory")
#define wmb()     __asm__ volatile ("sfence" ::: "memory")
#define cpu_relax() __asm__ volatile ("pause" ::: "memory")

/* Bits. The nr-th bit of an array of 32-bit words: valid for guest-shared bitmaps of any width. */
static always_inline void set_bit(unsigned nr, volatile void *p)
{
    __asm__ volatile ("lock btsl %1, %0" : "+m" (*(volatile uint32_t *)p) : "Ir" (nr) : "memory", "cc");
}
static always_inline void clear_bit(unsigned nr, volatile void *p)
{
    __asm__ volatile ("lock btrl %1, %0" : "+m" (*(volatile uint32_t *)p) : "Ir" (nr) : "memory", "cc");
}
static always_inline bool test_and_set_bit(unsigned nr, volatile void *p)
{
    bool old;
    __asm__ volatile ("lock btsl %2, %1" : "=@ccc" (old), "+m" (*(volatile uint32_t *)p) : "Ir" (nr)
                      : "memory");
    return old;
}
static always_inline bool test_and_clear_bit(unsigned nr, volatile void *p)
{
    bool old;
    __asm__ volatile ("lock btrl %2, %1" : "=@ccc" (old), "+m" (*(volatile uint32_t *)p) : "Ir" (nr)
                      : "memory");
    return old;
}
static always_inline bool test_bit(unsigned nr, const volatile void *p)
{
    return (((const volatile uint32_t *)p)[nr / 32] >> (nr % 32)) & 1;
}
/* Without the lock prefix: the caller is alone. */
static always_inline void set_bit_local(unsigned nr, void *p) { ((uint32_t *)p)[nr / 32] |= 1u << (nr % 32); }
static always_inline void clear_bit_local(unsigned nr, void *p)
{
    ((uint32_t *)p)[nr / 32] &= ~(1u << (nr % 32));
}

static always_inline unsigned find_first_set(unsigned long w) { return __builtin_ctzl(w); }   /* w != 0 */
static always_inline unsigned find_last_set(unsigned long w) { return 63 - __builtin_clzl(w); } /* w != 0 */

#endif
