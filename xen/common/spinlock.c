/* SPDX-License-Identifier: GPL-2.0-only */
/* Ticket locks and reader-writer locks. See xen/spinlock.h. */
#include <xen/lib.h>
#include <xen/smp.h>
#include <xen/atomic.h>
#include <xen/perfc.h>
#include <xen/spinlock.h>
#include <asm/processor.h>

#ifdef DEBUG
static void note_taken(spinlock_t *l) { l->holder = smp_processor_id() + 1; }
static void note_released(spinlock_t *l)
{
    BUG_ON(l->holder != smp_processor_id() + 1);
    l->holder = 0;
}
static void check_not_held(spinlock_t *l) { BUG_ON(l->holder == smp_processor_id() + 1); }
#else
static inline void note_taken(spinlock_t *l) { }
static inline void note_released(spinlock_t *l) { }
static inline void check_not_held(spinlock_t *l) { }
#endif

static inline void acquire(spinlock_t *l)
{
    uint16_t ticket = __atomic_fetch_add(&l->tail, 1, __ATOMIC_ACQUIRE);

    if (__atomic_load_n(&l->head, __ATOMIC_ACQUIRE) == ticket)
        return;
    perfc_incr(lock_waits);
    while (__atomic_load_n(&l->head, __ATOMIC_ACQUIRE) != ticket)
        cpu_relax();
}

static inline void release(spinlock_t *l)
{
    __atomic_store_n(&l->head, l->head + 1, __ATOMIC_RELEASE);
}

static inline bool try_acquire(spinlock_t *l)
{
    spinlock_t seen = { .tickets = READ_ONCE(l->tickets) };
    uint32_t want;

    if (seen.head != seen.tail)
        return false;
    want = (uint32_t)(uint16_t)(seen.tail + 1) << 16 | seen.head;
    return cmpxchg(&l->tickets, seen.tickets, want) == seen.tickets;
}

void spin_lock_init(spinlock_t *l)
{
    *l = (spinlock_t)SPINLOCK_UNLOCKED;
}

void spin_lock(spinlock_t *l)
{
    check_not_held(l);
    acquire(l);
    note_taken(l);
}

bool spin_trylock(spinlock_t *l)
{
    if (!try_acquire(l))
        return false;
    note_taken(l);
    return true;
}

void spin_unlock(spinlock_t *l)
{
    note_released(l);
    release(l);
}

void spin_lock_irq(spinlock_t *l)
{
    ASSERT(local_irq_is_enabled());
    local_irq_disable();
    spin_lock(l);
}

void spin_unlock_irq(spinlock_t *l)
{
    spin_unlock(l);
    local_irq_enable();
}

unsigned long spin_lock_irqsave_(spinlock_t *l)
{
    unsigned long flags;

    local_irq_save(flags);
    spin_lock(l);
    return flags;
}

void spin_unlock_irqrestore(spinlock_t *l, unsigned long flags)
{
    spin_unlock(l);
    local_irq_restore(flags);
}

bool spin_is_locked(const spinlock_t *l)
{
    spinlock_t seen = { .tickets = READ_ONCE(l->tickets) };

    return seen.head != seen.tail;
}

/* What was written before is seen by who takes the lock after we have looked: no store may be later than that look. */
void spin_barrier(spinlock_t *l)
{
    spinlock_t seen;

    smp_mb();
    seen.tickets = READ_ONCE(l->tickets);
    if (seen.head != seen.tail)
        while (READ_ONCE(l->head) == seen.head)
            cpu_relax();
    smp_mb();
}

void spin_lock_recursive(spinlock_t *l)
{
    uint16_t me = smp_processor_id() + 1;

    if (READ_ONCE(l->holder) != me) {
        acquire(l);
        l->holder = me;
    }
    l->depth++;
}

bool spin_trylock_recursive(spinlock_t *l)
{
    uint16_t me = smp_processor_id() + 1;

    if (READ_ONCE(l->holder) != me) {
        if (!try_acquire(l))
            return false;
        l->holder = me;
    }
    l->depth++;
    return true;
}

void spin_unlock_recursive(spinlock_t *l)
{
    ASSERT(l->holder == smp_processor_id() + 1 && l->depth > 0);
    if (--l->depth == 0) {
        l->holder = 0;
        release(l);
    }
}

/* False if somebody writes or waits; not because another reader came at the same moment. */
bool read_trylock(rwlock_t *l)
{
    int32_t seen = READ_ONCE(l->state), was;

    while (seen >= 0 && !spin_is_locked(&l->queue)) {
        was = seen;
        seen = cmpxchg(&l->state, was, was + 1);
        if (seen == was)
            return true;
    }
    return false;
}

/* Who can't have it at once queues up; the first in the queue holds the queue's lock. */
void read_lock(rwlock_t *l)
{
    if (read_trylock(l))
        return;
    perfc_incr(lock_waits);
    spin_lock(&l->queue);
    for (;;) {
        int32_t seen = READ_ONCE(l->state);

        if (seen >= 0 && cmpxchg(&l->state, seen, seen + 1) == seen)
            break;
        cpu_relax();
    }
    spin_unlock(&l->queue);
}

void read_unlock(rwlock_t *l)
{
    __atomic_sub_fetch(&l->state, 1, __ATOMIC_RELEASE);
}

void write_lock(rwlock_t *l)
{
    spin_lock(&l->queue);
    if (cmpxchg(&l->state, 0, -1) != 0) {
        perfc_incr(lock_waits);
        while (cmpxchg(&l->state, 0, -1) != 0)
            cpu_relax();
    }
    spin_unlock(&l->queue);
}

void write_unlock(rwlock_t *l)
{
    __atomic_store_n(&l->state, 0, __ATOMIC_RELEASE);
}
