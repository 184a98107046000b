/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where text goes: domain 0's to the hypervisor's console, a guest's to the ring that its builder shared with the
 * console daemon.
 */
#include "test.h"

#include <public/event_channel.h>
#include <public/io/console.h>
#include <public/sched.h>

#define PATIENCE 10000000000ull     /* ns; a daemon that takes nothing for so long isn't waited for any more */

struct xencons_interface *console_ring(void)
{
    return is_domain_0() ? NULL : mfn_to_virt(start_info->console.domU.mfn);
}

/* Whether there is room in the ring, at once or after a while. */
static bool room(volatile struct xencons_interface *ring)
{
    static bool deserted;
    uint64_t begin = shared ? system_time() : 0;

    while (ring->out_prod - ring->out_cons >= sizeof(ring->out)) {
        if (deserted || !shared || system_time() - begin > PATIENCE) {
            deserted = true;
            return false;
        }
        notify(start_info->console.domU.evtchn);
        HYPERCALL(sched_op, SCHEDOP_yield, 0);
    }
    deserted = false;
    return true;
}

void console_write(const char *text, unsigned int length)
{
    struct xencons_interface *ring = console_ring();

    if (!ring) {
        HYPERCALL(console_io, CONSOLEIO_write, length, text);
        return;
    }
    for (unsigned int i = 0; i < length && room(ring); i++) {
        ring->out[MASK_XENCONS_IDX(ring->out_prod, ring->out)] = text[i];
        __atomic_store_n(&ring->out_prod, ring->out_prod + 1, __ATOMIC_RELEASE);
    }
    notify(start_info->console.domU.evtchn);
}
