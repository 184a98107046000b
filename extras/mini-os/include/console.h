/* SPDX-License-Identifier: MIT */
/* The console: a guest's ring, shared with the daemon that keeps consoles; or the hypervisor's own. */
#ifndef CONSOLE_H
#define CONSOLE_H

#include "types.h"

/* Find the console; it can be written to from then on. */
void console_init(void);

/* Let input come; call when events work. */
void console_events_init(void);

void console_write(const char *text, size_t length);

/*
 * Wait for a line of input, and echo it; cut off where the buffer is full, ended by 0 instead of its end of
 * line.
 */
void console_read_line(char *line, size_t size);

/* What kind it is, for people. */
const char *console_kind(void);

#endif
