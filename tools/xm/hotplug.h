/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XM_HOTPLUG_H
#define XM_HOTPLUG_H

#include "device.h"

/*
 * Runs the script that sets a device up in domain 0 (`up`) or undoes that, with what the device is in its
 * environment. 0 or -errno after a message. A backend in another domain runs its own scripts.
 */
int hotplug_run(struct xm *xm, const struct device *device, bool up);

/* The full name of a script: `name` itself if it has a slash, else the one of that name in /etc/xen/scripts.
   */
char *hotplug_script(struct xm *xm, const char *name);

#endif
