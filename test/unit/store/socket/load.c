/* SPDX-License-Identifier: GPL-2.0-only */
/* load DOMAINS WHAT COUNT: make the nodes of so many domains, then do something so many times. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenstore.h>

static const char *const keys[20] = {
    "name", "domid", "vm", "memory/target", "console/ring-ref", "console/port", "device/vbd/51712/backend",
    "device/vbd/51712/state", "device/vif/0/backend", "device/vif/0/state", "device/vif/0/mac",
    "control/shutdown", "control/platform", "cpu/0/availability", "cpu/1/availability", "store/port",
    "store/ring-ref", "error", "drivers", "data",
};

static struct xs_handle *h;

static void write_key(xs_transaction_t t, unsigned int domain, unsigned int key)
{
    char path[128];

    snprintf(path, sizeof(path), "/local/domain/%u/%s", domain, keys[key]);
    if (!xs_write(h, t, path, "value", 5))
        exit(1);
}

static void create(xs_transaction_t t, unsigned int domain)
{
    for (unsigned int key = 0; key < 20; key++)
        write_key(t, domain, key);
}

static void once(const char *what, unsigned int domain, unsigned int i, unsigned int domains)
{
    xs_transaction_t t = XBT_NULL;
    unsigned int n;
    char path[64];

    if (!strcmp(what, "read")) {
        snprintf(path, sizeof(path), "/local/domain/%u/device/vif/0/state", domain);
        free(xs_read(h, XBT_NULL, path, &n));
    } else if (!strcmp(what, "write")) {
        write_key(XBT_NULL, domain, 9);
    } else if (!strcmp(what, "create")) {
        create(XBT_NULL, domains + 1 + i);
    } else if (!strcmp(what, "transaction")) {
        t = xs_transaction_start(h);
        create(t, domain);
        if (!xs_transaction_end(h, t, false))
            exit(1);
    } else {
        exit(2);
    }
}

int main(int argc, char **argv)
{
    unsigned int domains = atoi(argv[1]), count = atoi(argv[3]);

    h = xs_open(0);
    if (!h)
        return 1;
    for (unsigned int domain = 1; domain <= domains; domain++)
        create(XBT_NULL, domain);
    for (unsigned int i = 0; i < count; i++)
        once(argv[2], 1 + i % domains, i, domains);
    return 0;
}
