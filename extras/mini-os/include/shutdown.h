/* SPDX-License-Identifier: MIT */
/* The end of the domain. */
#ifndef SHUTDOWN_H
#define SHUTDOWN_H

/* End the domain for a reason: SHUTDOWN_* of public/sched.h. */
void shut_down(unsigned int reason) __attribute__((noreturn));

/*
 * Wait until the tools ask, by the store's node control/shutdown, that the domain end, and end it as they
 * ask.
 */
void shut_down_when_asked(void) __attribute__((noreturn));

#endif
