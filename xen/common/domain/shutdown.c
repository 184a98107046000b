/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shutting a domain down: all its vcpus stop, its controller is told. And the guest's watchdogs that may
 * cause it.
 */
#include <xen/console.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <xen/smp.h>
#include <xen/trace.h>

static void noreturn machine_shutdown(uint8_t reason)
{
    static const char *const what[] = { "halt", "reboot", "suspend", "crashed: reboot", "watchdog: reboot" };

    printk("Domain 0 asks for: %s\n", reason < ARRAY_SIZE(what) ? what[reason] : "reboot");
    if (reason == SHUTDOWN_poweroff)
        machine_halt();
    machine_restart();
}

/* d->shutdown_lock held: every vcpu has stopped. */
static void finish_shutdown(struct domain *d)
{
    struct vcpu *v;

    if (d->is_shut_down)
        return;
    for_each_vcpu(d, v)
        if (!v->paused_for_shutdown)
            return;
    d->is_shut_down = true;
    send_global_virq(VIRQ_DOM_EXC);
}

void domain_shutdown(struct domain *d, uint8_t reason)
{
    struct vcpu *v;

    if (d == dom0)
        machine_shutdown(reason);
    spin_lock(&d->shutdown_lock);
    if (d->is_shutting_down) {
        spin_unlock(&d->shutdown_lock);
        return;
    }
    d->is_shutting_down = true;
    TRACE(TRC_SCHED_SHUTDOWN, d->domain_id, current->vcpu_id, reason);
    if (d->shutdown_code == NO_SHUTDOWN_CODE)
        d->shutdown_code = reason;
    smp_mb();
    for_each_vcpu(d, v) {
        if (v->paused_for_shutdown)
            continue;
        vcpu_pause_nosync(v);
        v->paused_for_shutdown = true;
    }
    finish_shutdown(d);
    spin_unlock(&d->shutdown_lock);
}

/* After a suspend: as if nothing had happened. The domain must not run. */
void domain_resume(struct domain *d)
{
    struct vcpu *v;

    domain_pause(d);
    spin_lock(&d->shutdown_lock);
    d->is_shutting_down = d->is_shut_down = false;
    d->shutdown_code = NO_SHUTDOWN_CODE;
    for_each_vcpu(d, v) {
        if (v->paused_for_shutdown)
            vcpu_unpause(v);
        v->paused_for_shutdown = false;
    }
    spin_unlock(&d->shutdown_lock);
    domain_unpause(d);
}

void domain_crash_at(struct domain *d, const char *file, int line, const char *why)
{
    if (d->is_shutting_down)
        return;
    printk(LOG_ERR "Domain %d crashed (%s:%d): %s\n", d->domain_id, file, line, why);
    if (d == current->domain)
        arch_dump_vcpu(current);
    reasons_dump(d);
    domain_shutdown(d, SHUTDOWN_crash);
}

/* ---- watchdogs: SCHEDOP_watchdog ---- */

static void watchdog_fired(void *data)
{
    struct domain *d = data;

    printk(LOG_WARN "Domain %d: its watchdog fired\n", d->domain_id);
    domain_shutdown(d, SHUTDOWN_watchdog);
}

void watchdog_domain_init(struct domain *d)
{
    for (unsigned i = 0; i < ARRAY_SIZE(d->watchdog_timer); i++)
        init_timer(&d->watchdog_timer[i], watchdog_fired, d, 0);
}

void watchdog_domain_destroy(struct domain *d)
{
    for (unsigned i = 0; i < ARRAY_SIZE(d->watchdog_timer); i++)
        kill_timer(&d->watchdog_timer[i]);
}

/*
 * id 0: a free slot with this timeout in seconds, its id is returned. Otherwise re-arm it, or with timeout
 * 0 free it.
 */
long domain_watchdog(struct domain *d, uint32_t id, uint32_t timeout)
{
    long rc = 0;
    unsigned slot = id - 1;

    if (id > ARRAY_SIZE(d->watchdog_timer))
        return refuse(-EINVAL, "watchdog: no such id");
    spin_lock(&d->watchdog_lock);
    if (id == 0) {
        slot = find_first_set(~(unsigned long)d->watchdog_inuse_map);
        if (timeout == 0)
            rc = refuse(-EINVAL, "watchdog: a new one needs a timeout");
        else if (slot >= ARRAY_SIZE(d->watchdog_timer))
            rc = refuse(-ENOSPC, "watchdog: all are in use");
        else {
            d->watchdog_inuse_map |= 1u << slot;
            rc = slot + 1;
        }
    } else if (!(d->watchdog_inuse_map & (1u << slot)))
        rc = refuse(-EINVAL, "watchdog: not in use");
    else if (timeout == 0) {
        stop_timer(&d->watchdog_timer[slot]);
        d->watchdog_inuse_map &= ~(1u << slot);
    }
    if (rc >= 0 && timeout)
        set_timer(&d->watchdog_timer[slot], NOW() + SECONDS(timeout));
    spin_unlock(&d->watchdog_lock);
    return rc;
}
