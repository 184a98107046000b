/* SPDX-License-Identifier: GPL-2.0-only */
/* One thread: locks are names only. */
#ifndef SHIM_SPINLOCK_H
#define SHIM_SPINLOCK_H
typedef struct { int unused; } spinlock_t, rwlock_t;
#define spin_lock_irqsave(l, f)      ((void)(l), (f) = 0)
#define spin_unlock_irqrestore(l, f) ((void)(l), (void)(f))
#define spin_lock_irq(l)             ((void)(l))
#define spin_unlock_irq(l)           ((void)(l))
#define spin_lock(l)    ((void)(l))
#define spin_unlock(l)  ((void)(l))
#define read_lock(l)    ((void)(l))
#define read_unlock(l)  ((void)(l))
#define write_lock(l)   ((void)(l))
#define write_unlock(l) ((void)(l))
#endif
