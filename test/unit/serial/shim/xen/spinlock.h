/* SPDX-License-Identifier: GPL-2.0-only */
/* Ticket locks of one thread: who has to wait waits for ever. */
#ifndef SHIM_SPINLOCK_H
#define SHIM_SPINLOCK_H
typedef struct { unsigned head, tail; } spinlock_t;
#define SPINLOCK_UNLOCKED { 0, 0 }
void waits_for_ever(void);
static inline void spin_lock(spinlock_t *l)
{
    if (l->tail++ != l->head)
        waits_for_ever();
}
static inline void spin_unlock(spinlock_t *l)
{
    l->head++;
}
#endif
