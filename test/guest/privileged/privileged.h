/* SPDX-License-Identifier: GPL-2.0-only */
/* The tests of this folder. */
#ifndef PRIVILEGED_H
#define PRIVILEGED_H

#include "test.h"

void encodings(void);
void ends_of_pages(void);
void nothing_read_in_vain(void);

#endif
