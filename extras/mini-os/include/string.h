/* SPDX-License-Identifier: MIT */
/* The few functions of the C library that a freestanding compiler calls or everybody wants. */
#ifndef STRING_H
#define STRING_H

#include "types.h"

void *memset(void *to, int byte, size_t count);
void *memcpy(void *to, const void *from, size_t count);
void *memmove(void *to, const void *from, size_t count);
int memcmp(const void *a, const void *b, size_t count);
size_t strlen(const char *text);
int strcmp(const char *a, const char *b);

/* The number in decimal digits that text begins with; *rest, if given, is what follows them. */
uint64_t parse_number(const char *text, const char **rest);

#endif
