/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of this test share. */
#ifndef EVENTS_TEST_H
#define EVENTS_TEST_H

#include "ports.h"
#include "test.h"

/* races.c */
void racing_binds(void);
void racing_closes(void);
void racing_moves(void);
void racing_allocation(void);
void racing_everything(void);

#endif
