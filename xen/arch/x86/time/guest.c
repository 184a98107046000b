/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Time as guests read it: each vcpu's scale in its vcpu_info, the wall clock in the shared page. Both carry a
 * version that is odd while they are being written.
 */
#include <xen/guest.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <xen/spinlock.h>
#include <asm/processor.h>
#include <asm/time.h>
#include <asm/shared.h>

#define NS_PER_SEC 1000000000ULL

/* The emulated TSC at a system time. */
static uint64_t emulated_tsc(const struct domain *d, s_time_t now)
{
    return scale_mult(now - (s_time_t)d->arch.vtsc_offset, d->arch.vtsc_mult);
}

/* See asm/time.h. */
uint64_t guest_tsc(const struct domain *d)
{
    return d->arch.vtsc ? emulated_tsc(d, NOW()) : rdtsc();
}

/* See asm/time.h. */
void set_domain_tsc(struct domain *d, unsigned mode, uint32_t khz, uint64_t elapsed_ns)
{
    bool steady = tsc_stable && (!khz || khz == tsc_khz());

    d->arch.tsc_mode = mode;
    d->arch.tsc_khz = khz ? khz : tsc_khz();
    d->arch.vtsc_mult = ((uint64_t)d->arch.tsc_khz << 32) / 1000000;
    d->arch.vtsc = mode == TSC_MODE_ALWAYS_EMULATE || (mode == TSC_MODE_DEFAULT && !steady);
    d->arch.vtsc_offset = NOW() - elapsed_ns;
    for (unsigned i = 0; i < d->max_vcpus; i++)
        if (d->vcpu[i])
            force_update_vcpu_system_time(d->vcpu[i]);
}

/* An emulated TSC began to count at its offset, which may be later than the last calibration. */
static s_time_t vtsc_base(const struct domain *d, const struct time_scale *s)
{
    return max(s->stime, (s_time_t)d->arch.vtsc_offset);
}

/* What v's RDTSC returns has this relation to system time. */
static struct time_scale guest_scale(const struct vcpu *v)
{
    const struct domain *d = v->domain;
    struct time_scale s = *this_time_scale();

    if (d->arch.vtsc && d->arch.tsc_khz) {
        time_scale_set_rate(&s, (uint64_t)d->arch.tsc_khz * 1000);
        s.stime = vtsc_base(d, &s);
        s.tsc = emulated_tsc(d, s.stime);
    }
    return s;
}

static struct vcpu_time_info make_info(const struct vcpu *v, const struct time_scale *s, uint32_t version)
{
    return (struct vcpu_time_info) {
        .version = version,
        .tsc_timestamp = s->tsc,
        .system_time = s->stime,
        .tsc_to_system_mul = s->mul,
        .tsc_shift = s->shift,
        .flags = tsc_stable && !v->domain->arch.vtsc ? XEN_PVCLOCK_TSC_STABLE_BIT : 0,
    };
}

static void write_info(struct vcpu_time_info *to, const struct vcpu *v, const struct time_scale *s)
{
    uint32_t version = (to->version + 1) | 1;
    struct vcpu_time_info info = make_info(v, s, version);

    WRITE_ONCE(to->version, version);
    smp_wmb();
    *to = info;
    smp_wmb();
    WRITE_ONCE(to->version, version + 1);
}

/*
 * The copy a vcpu registered lies in its own address space: written when it runs, once it is in its kernel if
 * it is not mapped before.
 */
static void write_guest_copy(struct vcpu *v, const struct time_scale *s)
{
    void *to = v->time_info_guest;              /* aligned or not; the version comes first */
    struct vcpu_time_info info;
    uint32_t version;

    if (!to || v != current)
        return;
    v->arch.time_late = false;
    if (raw_copy_from_guest(&version, to, sizeof(version))) {
        v->arch.time_late = !v->arch.kernel_mode;
        return;
    }
    version = (version + 1) | 1;
    info = make_info(v, s, version);
    if (raw_copy_to_guest(to, &version, sizeof(version)))
        return;
    smp_wmb();
    if (raw_copy_to_guest(to, &info, sizeof(info)))
        return;
    smp_wmb();
    version++;
    if (raw_copy_to_guest(to, &version, sizeof(version)))
        v->time_info_guest = NULL;
}

void force_update_vcpu_system_time(struct vcpu *v)
{
    struct time_scale s;

    if (is_idle_vcpu(v) || !v->vcpu_info)
        return;
    s = guest_scale(v);
    write_info(&v->vcpu_info->time, v, &s);
    write_guest_copy(v, &s);
}

/* Called with every context switch: mostly nothing has changed. */
void update_vcpu_system_time(struct vcpu *v)
{
    const struct time_scale *s = this_time_scale();
    const struct vcpu_time_info *info;
    bool emulated = v->domain->arch.vtsc;
    s_time_t base = unlikely(emulated) ? vtsc_base(v->domain, s) : s->stime;

    if (is_idle_vcpu(v) || !v->vcpu_info)
        return;
    info = &v->vcpu_info->time;
    if (!info->version || info->system_time != (uint64_t)base ||
        (!tsc_stable && !emulated && info->tsc_timestamp != s->tsc))
        force_update_vcpu_system_time(v);
}

void update_domain_wallclock(struct domain *d)
{
    static DEFINE_SPINLOCK(lock);       /* two writers at once would leave the guest half of each */
    uint32_t *wc, *sec_hi, nsec, version;
    uint64_t sec, ns;

    if (!d->shared_info)
        return;
    spin_lock(&lock);
    wc = shared_member(d, wc_version);
    sec_hi = d->arch.is_32bit_pv ? &((struct shared_info_32 *)d->shared_info)->arch.wc_sec_hi
                                 : &d->shared_info->wc_sec_hi;
    wallclock_base(&sec, &nsec);
    ns = sec * NS_PER_SEC + nsec + d->time_offset_ns;
    version = (wc[0] + 1) | 1;
    WRITE_ONCE(wc[0], version);
    smp_wmb();
    wc[1] = ns / NS_PER_SEC;
    wc[2] = ns % NS_PER_SEC;
    *sec_hi = (ns / NS_PER_SEC) >> 32;
    smp_wmb();
    WRITE_ONCE(wc[0], version + 1);
    spin_unlock(&lock);
}
