/* SPDX-License-Identifier: MIT */
/*
 * Threads and the trivial scheduler: all threads are in a ring, and the next one in it that can run is run.
 * When none can, the virtual CPU blocks until an event. The ring and what threads wait for are read by event
 * handlers, so they are changed with events masked.
 */
#include "thread.h"

#include <public/sched.h>

#include "arch.h"
#include "event.h"
#include "heap.h"
#include "hypercall.h"
#include "page.h"
#include "print.h"
#include "time.h"

void switch_stack(unsigned long *save, unsigned long load);

char boot_stack[STACK_SIZE] __attribute__((aligned(16)));
static struct thread boot_thread = { .next = &boot_thread, .name = "main" };
static struct thread *current = &boot_thread;

struct thread *thread_current(void)
{
    return current;
}

/*
 * Sleep until an event, at the latest when the first of the deadlines has come. Events are masked before and
 * after.
 */
static void idle(void)
{
    uint64_t first = NEVER;
    struct thread *thread = current;

    do {
        if (thread->waiting && thread->deadline < first)
            first = thread->deadline;
        thread = thread->next;
    } while (thread != current);
    timer_set(first);
    HYPERCALL(sched_op, SCHEDOP_block, 0);      /* unmasks events and blocks, in one step */
    events_mask();
}

/* Give the CPU to the next thread that can run, which may be the same. Events are masked. */
static void schedule(void)
{
    struct thread *last = current, *next = current->next;

    while (next->waiting) {
        if (next == last)
            idle();
        next = next->next;
    }
    if (next == last)
        return;
    current = next;
    switch_stack(&last->sp, next->sp);
}

/* Where a new thread starts. Events are masked, as after any switch. */
static void __attribute__((noreturn)) thread_main(void)
{
    events_restore(false);
    current->body(current->argument);
    events_mask();
    current->ended = true;
    thread_wake(current);
    /* Somebody joins it and frees its memory; it won't be woken. */
    current->waiting = current->stack;
    current->deadline = NEVER;
    schedule();
    panic("an ended thread ran on");
}

struct thread *thread_create(const char *name, void (*body)(void *), void *argument)
{
    struct thread *thread = heap_alloc(sizeof(*thread));
    unsigned long *sp;
    bool masked;

    thread->name = name;
    thread->body = body;
    thread->argument = argument;
    thread->stack = page_alloc(STACK_SIZE / PAGE_SIZE);
    if (!thread->stack)
        panic("no stack for thread %s", name);
    /* As if it had called switch_stack from the first instruction of thread_main, which has no caller. */
    sp = (unsigned long *)((char *)thread->stack + STACK_SIZE);
    *--sp = 0;
    *--sp = (unsigned long)thread_main;
    for (unsigned int i = 0; i < SWITCH_REGISTERS; i++)
        *--sp = 0;
    thread->sp = (unsigned long)sp;
    masked = events_mask();
    thread->next = current->next;
    current->next = thread;
    events_restore(masked);
    return thread;
}

void thread_yield(void)
{
    bool masked = events_mask();

    schedule();
    events_restore(masked);
}

bool thread_wait(const void *object, uint64_t deadline)
{
    bool masked = events_mask(), woken;

    current->waiting = object;
    current->deadline = deadline;
    schedule();
    woken = current->deadline == NEVER;     /* see thread_wake */
    events_restore(masked);
    return woken;
}

void thread_wake(const void *object)
{
    bool masked = events_mask();
    struct thread *thread = current;

    do {
        if (thread->waiting == object) {
            thread->waiting = NULL;
            thread->deadline = NEVER;
        }
        thread = thread->next;
    } while (thread != current);
    events_restore(masked);
}

void threads_check_deadlines(void)
{
    uint64_t now = time_now();
    struct thread *thread = current;

    do {
        if (thread->waiting && thread->deadline <= now)
            thread->waiting = NULL;
        thread = thread->next;
    } while (thread != current);
}

void thread_sleep(uint64_t nanoseconds)
{
    uint64_t deadline = time_now() + nanoseconds;

    while (thread_wait(current, deadline))
        continue;
}

void threads_show(void)
{
    const struct thread *thread = current;

    do {
        const char *until = thread->waiting && thread->deadline != NEVER ? " for a time" : "";
        const char *state = thread == current ? "runs" : !thread->waiting ? "can run" : "waits";

        print("%-10s%s%s\n", thread->name, state, until);
        thread = thread->next;
    } while (thread != current);
}

/* Take a thread out of the ring. */
static void unlink(struct thread *thread)
{
    bool masked = events_mask();
    struct thread *before = thread;

    while (before->next != thread)
        before = before->next;
    before->next = thread->next;
    events_restore(masked);
}

void thread_join(struct thread *thread)
{
    while (!thread->ended)
        thread_wait(thread, NEVER);
    unlink(thread);
    page_free(thread->stack, STACK_SIZE / PAGE_SIZE);
    heap_free(thread);
}

void mutex_lock(struct mutex *mutex)
{
    while (mutex->held)
        thread_wait(mutex, NEVER);
    mutex->held = true;
}

void mutex_unlock(struct mutex *mutex)
{
    mutex->held = false;
    thread_wake(mutex);
}
