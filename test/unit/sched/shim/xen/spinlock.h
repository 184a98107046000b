/* SPDX-License-Identifier: GPL-2.0-only */
/* One thread: a lock that is taken twice is a bug. Now and then another CPU seems to hold one that is only tried. */
#ifndef SHIM_SPINLOCK_H
#define SHIM_SPINLOCK_H
#include <xen/types.h>
typedef struct { bool held; } spinlock_t;
typedef struct { int unused; } rwlock_t;
#define DEFINE_SPINLOCK(l) spinlock_t l
void spin_lock_init(spinlock_t *l);
void spin_lock(spinlock_t *l);
void spin_unlock(spinlock_t *l);
bool spin_trylock(spinlock_t *l);
#define spin_lock_irqsave(l, f)      (spin_lock(l), (f) = 0)
#define spin_unlock_irqrestore(l, f) ((void)(f), spin_unlock(l))
#define spin_lock_irq(l)             spin_lock(l)
#define spin_unlock_irq(l)           spin_unlock(l)
#endif
