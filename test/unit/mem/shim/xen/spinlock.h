/* SPDX-License-Identifier: GPL-2.0-only */
/* One thread: a lock only knows whether it is held. */
#ifndef SHIM_SPINLOCK_H
#define SHIM_SPINLOCK_H
#include <stdbool.h>
void abort(void);
typedef struct { bool held; } spinlock_t;
typedef struct { bool held; } rwlock_t;
#define DEFINE_SPINLOCK(l) spinlock_t l
static inline void spin_lock(spinlock_t *l) { if (l->held) abort(); l->held = true; }
static inline void spin_unlock(spinlock_t *l) { if (!l->held) abort(); l->held = false; }
#endif
