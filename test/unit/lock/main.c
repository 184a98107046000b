/* SPDX-License-Identifier: GPL-2.0-only */
/* Locks exclude, and nobody is kept out of them for ever. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <xen/atomic.h>
#include <xen/smp.h>
#include <xen/spinlock.h>

#define THREADS 3
#define ROUNDS  4000
#define MEETINGS 20000
#define MEETING_SECONDS 2
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

/* One says that it is over and waits for who has the lock; the other works with the lock unless it is over. */
static struct meeting { unsigned over, worked, late; spinlock_t lock; } meeting[MEETINGS];
static unsigned arrived, last = MEETINGS - 1;

static void meet(unsigned nr)
{
    __atomic_add_fetch(&arrived, 1, __ATOMIC_SEQ_CST);
    for (unsigned i = 1; READ_ONCE(arrived) < 2 * (nr + 1); i++)
        if (i % 1024)
            cpu_relax();
        else
            sched_yield();
}

static void *end_it(void *cpu)
{
    time_t begun = time(NULL);

    sim_cpu = (unsigned long)cpu;
    for (unsigned i = 0; i <= last; i++) {
        struct meeting *m = &meeting[i];

        if (time(NULL) - begun > MEETING_SECONDS)
            last = i;
        meet(i);
        WRITE_ONCE(m->over, 1);
        spin_barrier(&m->lock);
        m->late = !READ_ONCE(m->worked);
    }
    return NULL;
}

static void *work_on(void *cpu)
{
    sim_cpu = (unsigned long)cpu;
    for (unsigned i = 0; i <= READ_ONCE(last); i++) {
        struct meeting *m = &meeting[i];

        meet(i);
        spin_lock(&m->lock);
        if (!READ_ONCE(m->over))
            WRITE_ONCE(m->worked, 1);
        spin_unlock(&m->lock);
    }
    return NULL;
}

static void *stay_away(void *cpu)
{
    return NULL;
}

static bool barrier_waits(void)
{
    in_parallel((void *(*const[])(void *)){ end_it, work_on, stay_away });
    for (unsigned i = 0; i < MEETINGS; i++)
        broken += meeting[i].late && meeting[i].worked;
    return !broken;
}

int main(void)
{
    static const struct { const char *name; bool (*run)(void); } tests[] = {
        { "spinlock_excludes", spinlock_excludes }, { "rwlock_excludes", rwlock_excludes },
        { "writer_among_readers", writer_among_readers }, { "barrier_waits", barrier_waits },
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
