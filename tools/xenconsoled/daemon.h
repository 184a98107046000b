/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XENCONSOLED_DAEMON_H
#define XENCONSOLED_DAEMON_H

/*
 * Goes to the background. The foreground process waits and ends with status 0 when daemon_ready() is called,
 * with 1
 * if the daemon ends without. 0 in the daemon, with *ready for daemon_ready(); -errno if it couldn't start.
 */
int daemon_start(int *ready);
/* The daemon works: lets the foreground process go and the terminal loose. -1 is allowed (never detached). */
void daemon_ready(int ready);

/* Writes our number to the file and holds a lock on it while we live. -errno after a message. */
int pid_file_take(const char *path);

/* mkdir -p */
int make_directories(const char *path);

#endif
