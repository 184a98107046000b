/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages for the operator: to syslog, to standard error while in the foreground, and to a log file. */
#ifndef XENSTORED_LOG_H
#define XENSTORED_LOG_H

#include <stdbool.h>

/* To syslog from now on; also to standard error if wanted. */
void log_start(bool to_stderr);
/* Also to a file, opened for appending; NULL ends that. 0 or -Exxx. */
int log_file(const char *path);

void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The record of single requests, wanted or not: costs one test if not. */
void log_trace(const char *format, ...) __attribute__((format(printf, 1, 2)));
extern bool log_tracing;

#endif /* XENSTORED_LOG_H */
