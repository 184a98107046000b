/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COST_H
#define COST_H

#include <stdint.h>

/* Print what an operation costs beyond the loop around it. It must succeed: a result below 0 is a failure. */
void cost(const char *what, long (*operation)(void));
long extended(unsigned int command, uint64_t argument);

/* share.c */
void tree(void);
void other_domain(void);
void grants(void);

#endif
