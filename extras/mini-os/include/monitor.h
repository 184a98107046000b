/* SPDX-License-Identifier: MIT */
/* Commands on the console, while the kernel stays. */
#ifndef MONITOR_H
#define MONITOR_H

/* Start the thread that reads and carries them out. */
void monitor_init(void);

#endif
