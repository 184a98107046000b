/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ticket spinlocks and reader-writer locks. A lock taken in interrupt context must be taken with _irq*
 * everywhere. Debug builds check the holder. Recursive use goes through spin_lock_recursive(). The lock order of the whole hypervisor
 * stands in xen/lockorder.h.
 */
#ifndef XEN_SPINLOCK_H
#define XEN_SPINLOCK_H

#include <xen/types.h>

typedef struct {
    union {
        uint32_t tickets;
        struct { uint16_t head, tail; };
    };
    uint16_t holder;            /* CPU + 1 where recursive or debug */
    uint16_t depth;             /* recursion */
} spinlock_t;

#define SPINLOCK_UNLOCKED { { 0 }, 0, 0 }
#define DEFINE_SPINLOCK(l) spinlock_t l = SPINLOCK_UNLOCKED

void spin_lock_init(spinlock_t *l);
void spin_lock(spinlock_t *l);
bool spin_trylock(spinlock_t *l);
void spin_unlock(spinlock_t *l);
void spin_lock_irq(spinlock_t *l);
void spin_unlock_irq(spinlock_t *l);
unsigned long spin_lock_irqsave_(spinlock_t *l);
void spin_unlock_irqrestore(spinlock_t *l, unsigned long flags);
#define spin_lock_irqsave(l, f) ((f) = spin_lock_irqsave_(l))
bool spin_is_locked(const spinlock_t *l);
void spin_barrier(spinlock_t *l);         /* wait until a holder, if any, has let go */
void spin_lock_recursive(spinlock_t *l);
bool spin_trylock_recursive(spinlock_t *l);
void spin_unlock_recursive(spinlock_t *l);

/*
 * Served in the order of arrival, so neither readers nor writers can keep the others out. Hence readers must
 * not nest, nor take locks against the order, but by trying: a writer may wait in between.
 */
typedef struct { int32_t state; spinlock_t queue; } rwlock_t;   /* state: >0 readers, -1 a writer */
#define RWLOCK_UNLOCKED { 0, SPINLOCK_UNLOCKED }
void read_lock(rwlock_t *l);
bool read_trylock(rwlock_t *l);
void read_unlock(rwlock_t *l);
void write_lock(rwlock_t *l);
void write_unlock(rwlock_t *l);

#endif
