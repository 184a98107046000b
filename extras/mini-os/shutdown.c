/* SPDX-License-Identifier: MIT */
/* The end of the domain. */
#include "shutdown.h"

#include <public/sched.h>

#include "heap.h"
#include "hypercall.h"
#include "print.h"
#include "store.h"
#include "string.h"
#include "thread.h"
#include "time.h"

void shut_down(unsigned int reason)
{
    struct sched_shutdown shutdown = { .reason = reason };

    for (;;)
        HYPERCALL(sched_op, SCHEDOP_shutdown, &shutdown);
}

/* Do as a request says, if it is one. */
static void obey(const char *request)
{
    if (!strcmp(request, "poweroff") || !strcmp(request, "halt"))
        shut_down(SHUTDOWN_poweroff);
    if (!strcmp(request, "reboot"))
        shut_down(SHUTDOWN_reboot);
    print("shutdown: request %s is unknown\n", request);
}

void shut_down_when_asked(void)
{
    static struct store_watch watch;
    char *request;

    store_write(NO_TRANSACTION, "control", "feature-poweroff", "1");
    store_write(NO_TRANSACTION, "control", "feature-reboot", "1");
    if (!store_watch(&watch, "control", "shutdown"))
        print("shutdown: nobody to ask for it\n");
    while (store_wait(&watch, NEVER)) {
        request = store_read("control", "shutdown");
        if (request && *request) {
            print("shutdown: asked for %s\n", request);
            /* So that who asked sees that we heard: */
            store_write(NO_TRANSACTION, "control", "shutdown", "%s", "");
            obey(request);
        }
        heap_free(request);
    }
    panic("a wait for ever ended");
}
