/* SPDX-License-Identifier: GPL-2.0-only */
/* Locks exclude, and nobody is kept out of them for ever. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <xen/atomic.h>
#include <xen/smp.h>
#include <xen/spinlock.h>

#define THREADS 3
#define ROUNDS  4000
#define PATIENCE 60     /* seconds */

_Thread_local unsigned sim_cpu;

static rwlock_t lock = RWLOCK_UNLOCKED;
static spinlock_t spinlock = SPINLOCK_UNLOCKED;
static unsigned long count, broken;
static bool stop;
static unsigned readers;        /* that have the lock */

_Noreturn void bug(const char *file, int line, const char *what)
{
    printf("FAIL bug: %s:%d %s\n", file, line, what);
    exit(1);
}

static void in_parallel(void *(*const body[THREADS])(void *))
{
    pthread_t thread[THREADS];

    for (unsigned long i = 0; i < THREADS; i++)
        pthread_create(&thread[i], NULL, body[i], (void *)i);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
}

static void *count_alone(void *cpu)
{
    sim_cpu = (unsigned long)cpu;
    for (unsigned i = 0; i < ROUNDS; i++) {
        spin_lock(&spinlock);
        count++;
        spin_unlock(&spinlock);
        if (i % 16 == 0)
            sched_yield();
    }
    return NULL;
}

static bool spinlock_excludes(void)
{
    count = 0;
    in_parallel((void *(*const[])(void *)){ count_alone, count_alone, count_alone });
    return count == THREADS * ROUNDS;
}

/* Two numbers that are equal but while somebody writes. */
static volatile unsigned long one, other;

static void *write_both(void *cpu)
{
    sim_cpu = (unsigned long)cpu;
    for (unsigned i = 0; i < ROUNDS / 4; i++) {
        write_lock(&lock);
        one++;
        other++;
        write_unlock(&lock);
        sched_yield();
    }
    return NULL;
}

static void *read_both(void *cpu)
{
    sim_cpu = (unsigned long)cpu;
    for (unsigned i = 0; i < ROUNDS / 4; i++) {
        if (i % 2)
            read_lock(&lock);
        else if (!read_trylock(&lock))
            continue;
        if (one != other)
            __atomic_add_fetch(&broken, 1, __ATOMIC_SEQ_CST);
        read_unlock(&lock);
        sched_yield();
    }
    return NULL;
}

static bool rwlock_excludes(void)
{
    in_parallel((void *(*const[])(void *)){ write_both, write_both, read_both });
    return !broken && one == 2 * (ROUNDS / 4) && other == one;
}

/* Lets go only once the other reader has the lock too, or a writer waits: it is never free. */
static void *read_on(void *cpu)
{
    sim_cpu = (unsigned long)cpu;
    while (!READ_ONCE(stop)) {
        read_lock(&lock);
        __atomic_add_fetch(&readers, 1, __ATOMIC_SEQ_CST);
        while (READ_ONCE(readers) < 2 && !spin_is_locked(&lock.queue) && !READ_ONCE(stop))
            sched_yield();
        __atomic_sub_fetch(&readers, 1, __ATOMIC_SEQ_CST);
        read_unlock(&lock);
    }
    return NULL;
}

static void *write_once(void *cpu)
{
    sim_cpu = (unsigned long)cpu;
    for (unsigned i = 0; i < 100; i++) {
        while (!READ_ONCE(readers))
            sched_yield();
        write_lock(&lock);
        write_unlock(&lock);
    }
    WRITE_ONCE(stop, true);
    return NULL;
}

static bool writer_among_readers(void)
{
    in_parallel((void *(*const[])(void *)){ read_on, read_on, write_once });
    return true;
}

int main(void)
{
    static const struct { const char *name; bool (*run)(void); } tests[] = {
        { "spinlock_excludes", spinlock_excludes }, { "rwlock_excludes", rwlock_excludes },
        { "writer_among_readers", writer_among_readers },
    };
    bool failed = false;

    setvbuf(stdout, NULL, _IONBF, 0);
    alarm(PATIENCE);
    for (unsigned i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
        bool ok = tests[i].run();

        failed |= !ok;
        printf("%s %s\n", ok ? "ok" : "FAIL", tests[i].name);
    }
    return failed;
}
