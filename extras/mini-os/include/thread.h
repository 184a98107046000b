/* SPDX-License-Identifier: MIT */
/*
 * Threads. One runs until it waits or yields; only event handlers interrupt it. To wait for a condition that
 * an event handler makes true, and not to miss it:
 *
 *     bool masked = events_mask();
 *
 *     while (!condition)
 *         thread_wait(&something, NEVER);
 *     events_restore(masked);
 *
 * and the handler calls thread_wake(&something) after the change. Between threads alone, events needn't be
 * masked.
 */
#ifndef THREAD_H
#define THREAD_H

#define STACK_SIZE 16384

#ifndef __ASSEMBLY__

#include "types.h"

struct thread {
    struct thread *next;        /* all threads are in a ring */
    const char *name;
    unsigned long sp;           /* while it doesn't run */
    const void *waiting;        /* for somebody to wake what waits for this; NULL: it can run */
    uint64_t deadline;          /* or for this time */
    bool ended;
    void (*body)(void *);
    void *argument;
    void *stack;
};

/* What the first thread, which is the caller's, runs on. */
extern char boot_stack[STACK_SIZE];

struct thread *thread_current(void);

/* A thread that can run body(argument); it ends when that returns. name is not copied. */
struct thread *thread_create(const char *name, void (*body)(void *), void *argument);

/* Let the others run. */
void thread_yield(void);

/* Wait until somebody wakes what waits for object, or until a time; false when it was the time. */
bool thread_wait(const void *object, uint64_t deadline);
void thread_wake(const void *object);

void thread_sleep(uint64_t nanoseconds);

/* Wait until a thread has ended. */
void thread_join(struct thread *thread);

/* Print a line for each. */
void threads_show(void);

/* From the timer: wake whose time has come. */
void threads_check_deadlines(void);

/* A lock, held by a thread while it waits for something else. */
struct mutex {
    bool held;
};
void mutex_lock(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);

#endif
#endif
