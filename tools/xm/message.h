/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XM_MESSAGE_H
#define XM_MESSAGE_H

#include <stdbool.h>

/*
 * What a person is told when something goes wrong: one line that says what and where, and if we know it one
 * line that says what to do. All of it goes to stderr.
 */

/* "xm: ..."; returns 1, the exit status of a failed command, so that `return fail(...)` reads well. */
int fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same with ": " and the text of `error` (an errno, either sign) behind it. */
int fail_errno(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "    ...": what to do about the failure just printed. */
void hint(const char *format, ...) __attribute__((format(printf, 1, 2)));
void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Progress, printed only with -v. */
void progress(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Text from the store may be another domain's (a driver domain writes its backends' nodes, and errors): control
 * characters, of which some make a terminal do things, become '?'. Returns text. Messages are so treated already.
 */
char *make_printable(char *text);

extern bool verbose;

#endif
