/* SPDX-License-Identifier: MIT */
/*
 * Formatted text: %s %c %d %u %x with l (a word) or ll (64 bits), %p, %%; a width and '0' or '-' before it.
 */
#ifndef PRINT_H
#define PRINT_H

#include "types.h"

/* To the console; a line at most LINE_MAX long. */
#define LINE_MAX 256
void print(const char *format, ...) PRINTF(1, 2);
void vprint(const char *format, va_list arguments);

/* Into a buffer, ended by 0 and cut off where it is full: how long it is, or would have been. */
size_t print_to(char *buffer, size_t size, const char *format, ...) PRINTF(3, 4);
size_t vprint_to(char *buffer, size_t size, const char *format, va_list arguments);

/* Print why, and end the domain as crashed. */
void panic(const char *format, ...) PRINTF(1, 2) __attribute__((noreturn));

#endif
