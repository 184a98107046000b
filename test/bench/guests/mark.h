/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a measured machine is stopped for its instructions to be counted: test/lib/marks.py has a breakpoint at mark()
 * and reads the label. A program that includes this is linked at addresses that no other program of the machine has.
 */
#ifndef BENCH_MARK_H
#define BENCH_MARK_H

static void __attribute__((noinline, noclone)) mark(const char *label)
{
    __asm__ volatile("" : : "D"(label) : "memory");
}

#endif
