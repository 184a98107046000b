/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * System time. With TSCs that run at one constant rate and agree on all CPUs, as they do on anything recent,
 * there is one scale for all of them, found once at boot. Else each CPU has its own and once a second all
 * meet to compare their TSCs with the platform timer: a clock that is behind jumps forward, one that is ahead
 * is slowed, none goes back.
 */
#include <xen/atomic.h>
#include <xen/console.h>
#include <xen/lib.h>
#include <xen/param.h>
#include <xen/percpu.h>
#include <xen/sched.h>
#include <xen/smp.h>
#include <xen/softirq.h>
#include <asm/apic.h>
#include <asm/init.h>
#include <asm/processor.h>
#include <asm/time.h>

#define CALIBRATION_NS    20000000
#define CALIBRATION_TRIES 5
#define RENDEZVOUS_PERIOD SECONDS(1)
#define SYNC_ROUNDS       1000

bool tsc_stable read_mostly;
static struct time_scale boot_scale read_mostly;
static uint64_t tsc_hz = 2000000000;            /* a guess, until it is measured */

/* Where the TSC is not stable: this CPU's scale is scales[which], the other is free to be written. */
struct cpu_time { struct time_scale scales[2]; unsigned which; uint64_t last_tsc; s_time_t last_master; };
static DEFINE_PER_CPU(struct cpu_time, cpu_time);

static init_data enum { TSC_AS_FOUND, TSC_STABLE, TSC_UNSTABLE } opt_tsc;

static init_text int parse_tsc(const char *s)
{
    if (strcmp(s, "unstable") == 0)
        opt_tsc = TSC_UNSTABLE;
    else if (strcmp(s, "stable") == 0 || strcmp(s, "stable:socket") == 0)
        opt_tsc = TSC_STABLE;
    else
        return -EINVAL;
    return 0;
}
custom_param("tsc", parse_tsc);

static const struct time_scale *cpu_scale(void)
{
    const struct cpu_time *t = &this_cpu(cpu_time);

    return &t->scales[READ_ONCE(t->which)];
}

const struct time_scale *this_time_scale(void)
{
    return likely(tsc_stable) ? &boot_scale : cpu_scale();
}

s_time_t NOW(void)
{
    const struct time_scale *s = this_time_scale();

    return s->stime + scale_ticks(s, rdtsc() - s->tsc);
}

uint64_t tsc_khz(void)
{
    return tsc_hz / 1000;
}

uint64_t ns_to_tsc(s_time_t ns)
{
    return mul_div(ns, tsc_hz, 1000000000);
}

void udelay(unsigned us)
{
    uint64_t start = rdtsc(), ticks = us * tsc_hz / 1000000;

    while (rdtsc() - start < ticks)
        cpu_relax();
}

/* ---- calibration ---- */

/* TSC and platform counter at one moment: of a few tries the one that took least time. */
static init_text void sample(uint64_t *tsc, uint64_t *ticks)
{
    uint64_t best = ~0UL;

    for (unsigned i = 0; i < CALIBRATION_TRIES; i++) {
        uint64_t before = rdtsc(), count = platform_ticks(), after = rdtsc();

        if (after - before < best) {
            best = after - before;
            *tsc = before + best / 2;
            *ticks = count;
        }
    }
}

static init_text void measure(void)
{
    uint64_t tsc0, ticks0, tsc1, ticks1, hz = platform_timer_hz(), window = hz * CALIBRATION_NS / 1000000000;

    apic_timer_begin();
    sample(&tsc0, &ticks0);
    while (platform_ticks() - ticks0 < window)
        cpu_relax();
    sample(&tsc1, &ticks1);
    tsc_hz = mul_div(tsc1 - tsc0, hz, ticks1 - ticks0);
    boot_cpu.cpu_khz = tsc_hz / 1000;
    apic_timer_end((ticks1 - ticks0) * 1000000000 / hz);
}

static init_text bool in_virtual_machine(void)
{
    uint32_t a, b, c, d;

    cpuid(1, 0, &a, &b, &c, &d);
    return c & (1u << 31);
}

/*
 * The hypervisor idles with HLT only, so a constant rate is enough; a virtual machine's TSC has that, or it
 * is emulated.
 */
static init_text void judge_tsc(void)
{
    tsc_stable = boot_cpu.constant_tsc || in_virtual_machine() || !platform_timer_lasts();
    if (opt_tsc == TSC_STABLE)
        tsc_stable = true;
    else if (opt_tsc == TSC_UNSTABLE && platform_timer_lasts())
        tsc_stable = false;
}

init_text void time_init(void)
{
    platform_timer_init();
    judge_tsc();
    measure();
    time_scale_set_rate(&boot_scale, tsc_hz);
    boot_scale.tsc = rdtsc();
    boot_scale.stime = platform_time();     /* from which CPUs whose TSC is another take theirs */
    this_cpu(cpu_time).scales[0] = boot_scale;
    this_cpu(cpu_time).last_tsc = boot_scale.tsc;
    this_cpu(cpu_time).last_master = boot_scale.stime;
    printk(LOG_INFO "Platform timer: %s, %lu kHz. TSC: %lu.%03lu MHz, %s\n", platform_timer_name(),
           platform_timer_hz() / 1000, tsc_hz / 1000000, tsc_hz / 1000 % 1000,
           tsc_stable ? "stable" : "compared once a second");
    wallclock_init();
    apic_timer_init_cpu();
}

/* ---- other CPUs ---- */

static DEFINE_SPINLOCK(sync_lock);
static atomic_t sync_arrived;
static uint64_t sync_last, sync_warp;
static struct timer meeting_timer;

/*
 * Both take turns reading; a TSC lower than the one read before it, on whichever CPU, is a step back in time.
 */
void tsc_sync_check(bool boot_side)
{
    if (boot_side)
        sync_last = sync_warp = 0;
    atomic_inc(&sync_arrived);
    while (atomic_read(&sync_arrived) < 2)
        cpu_relax();
    for (unsigned i = 0; i < SYNC_ROUNDS; i++) {
        uint64_t now;

        spin_lock(&sync_lock);
        now = rdtsc();
        if (now < sync_last)
            sync_warp = max(sync_warp, sync_last - now);
        sync_last = now;
        spin_unlock(&sync_lock);
    }
    atomic_inc(&sync_arrived);
    while (atomic_read(&sync_arrived) != (boot_side ? 4 : 0))
        cpu_relax();
    if (!boot_side)
        return;
    if (sync_warp && tsc_stable && platform_timer_lasts()) {
        printk(LOG_WARN "TSCs differ by %lu ticks: compared once a second from now on\n", sync_warp);
        tsc_stable = false;
        set_timer(&meeting_timer, NOW() + RENDEZVOUS_PERIOD);
    }
    atomic_set(&sync_arrived, 0);           /* the new CPU goes on, and looks at tsc_stable */
}

void time_init_secondary(void)
{
    struct cpu_time *t = &this_cpu(cpu_time);

    tsc_sync_check(false);
    t->scales[0] = boot_scale;
    t->last_tsc = rdtsc();                  /* also where TSCs agree: the next CPU's may not */
    t->last_master = platform_time();
    if (!tsc_stable) {
        t->scales[0].tsc = t->last_tsc;
        t->scales[0].stime = t->last_master;
    }
    apic_timer_init_cpu();
}

/* ---- the meeting once a second ---- */

static atomic_t meeting_arrived;
static s_time_t meeting_master;
static bool meeting_over;

static void adjust(uint64_t tsc, s_time_t master)
{
    struct cpu_time *t = &this_cpu(cpu_time);
    const struct time_scale *old = &t->scales[t->which];
    struct time_scale *s = &t->scales[!t->which];
    s_time_t local = old->stime + scale_ticks(old, tsc - old->tsc), ahead = local - master;
    uint64_t elapsed = master - t->last_master, ticks = tsc - t->last_tsc;
    uint64_t hz = elapsed && ticks ? mul_div(ticks, 1000000000, elapsed) : tsc_hz;

    if (ahead > 0)
        hz += scale_mult(hz, ((uint64_t)min(ahead, RENDEZVOUS_PERIOD / 2) << 32) / RENDEZVOUS_PERIOD);
    time_scale_set_rate(s, hz);
    s->tsc = tsc;
    s->stime = max(local, master);
    t->last_tsc = tsc;
    t->last_master = master;
    barrier();
    WRITE_ONCE(t->which, !t->which);
    raise_softirq(TIME_CALIBRATE_SOFTIRQ);
}

/* On every CPU at once, interrupts off. CPU 0 reads the platform timer when all have come. */
static void meet(void *unused)
{
    uint64_t tsc;

    atomic_inc(&meeting_arrived);
    if (smp_processor_id() == 0) {
        while (atomic_read(&meeting_arrived) < (int)num_online_cpus())
            cpu_relax();
        meeting_master = platform_time();
        WRITE_ONCE(meeting_over, true);
    } else {
        while (!READ_ONCE(meeting_over))
            cpu_relax();
    }
    tsc = rdtsc();
    adjust(tsc, meeting_master);
}

static void hold_meeting(void *unused)
{
    atomic_set(&meeting_arrived, 0);
    meeting_over = false;
    on_selected_cpus(&cpu_online_map, meet, NULL, true);
    set_timer(&meeting_timer, NOW() + RENDEZVOUS_PERIOD);
}

static void calibrate_softirq(void)
{
    update_vcpu_system_time(current);
}

init_text void time_start(void)
{
    open_softirq(TIME_CALIBRATE_SOFTIRQ, calibrate_softirq);
    init_timer(&meeting_timer, hold_meeting, NULL, 0);
    if (!tsc_stable)
        set_timer(&meeting_timer, NOW() + RENDEZVOUS_PERIOD);
}

static void show_time(char key)
{
    uint64_t sec;
    uint32_t nsec;

    wallclock_base(&sec, &nsec);
    printk("System time %lu ns, TSC %lu kHz %s, wall clock base %lu.%09u\n", (unsigned long)NOW(), tsc_khz(),
           tsc_stable ? "stable" : "unstable", (unsigned long)sec, nsec);
}
debug_key('t', "show clocks", show_time);
