/* SPDX-License-Identifier: GPL-2.0-only */
/* One thread: locks are names only. */
#ifndef SHIM_SPINLOCK_H
#define SHIM_SPINLOCK_H
typedef struct { int unused; } spinlock_t;
#define SPINLOCK_UNLOCKED { 0 }
#define spin_lock_init(l)            ((void)(l))
#define spin_lock_irqsave(l, f)      ((void)(l), (f) = 0)
#define spin_unlock_irqrestore(l, f) ((void)(l), (void)(f))
#define spin_lock(l)                 ((void)(l))
#define spin_unlock(l)               ((void)(l))
#endif
