/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COST_H
#define COST_H

#include <stdint.h>

#define TIMES  100      /* an operation is done in a row, */
#define ROUNDS 10       /* so often; the cheapest round, which no interrupt has hit, counts */

/* Print what an operation costs beyond the loop around it. It must succeed: a result below 0 is a failure. */
void cost(const char *what, long (*operation)(void));
/* And beyond so many ticks that it has waited. */
void cost_beyond(const char *what, long (*operation)(void), unsigned int waited);
long extended(unsigned int command, uint64_t argument);

/* share.c */
void tree(void);
void other_domain(void);
void grants(void);

/* switch.c */
void two_vcpus(void);
void two_domains(void);
void timer(void);

#endif
