/* SPDX-License-Identifier: GPL-2.0-only */
/* Who gets how much: weights, caps, more vcpus than CPUs, sleepers, and anything at once. */
#include "machine.h"

#define SEEDS 8         /* of chance: each test is run so often */

/* The percentage of time that t had a CPU in, within tolerance (both in tenths of a percent). */
static bool near(s_time_t used, s_time_t of, unsigned permille, unsigned tolerance)
{
    s_time_t got = used * 1000 / of;
    bool ok = got + tolerance >= permille && got <= permille + tolerance;

    if (!ok)
        printf("# %d permille instead of %u\n", (int)got, permille);
    return ok;
}

static const char *test_weights(void)
{
    struct task *a, *b;

    machine_start(1);
    a = new_task(new_domain(256, 0), 0, 0);
    b = new_task(new_domain(512, 0), 0, 0);
    run_for(SECONDS(5));
    reset_times();
    run_for(SECONDS(20));
    return near(a->used, SECONDS(20), 333, 16) && near(b->used, SECONDS(20), 667, 33) ? NULL : "not 1:2";
}

/* Others that sleep most of the time, or do nothing at all, do not change the proportion. */
static const char *test_weights_with_sleepers(void)
{
    struct domain *d;
    struct task *a, *b;

    machine_start(1);
    a = new_task(new_domain(256, 0), 0, 0);
    b = new_task(new_domain(512, 0), 0, 0);
    for (unsigned i = 0; i < 10; i++) {
        d = new_domain(256, 0);
        new_task(d, MICROSECS(100), MILLISECS(10));
        new_task(d, MICROSECS(100), SECONDS(3600));
    }
    run_for(SECONDS(30));
    reset_times();
    run_for(SECONDS(30));
    return near(a->used, a->used + b->used, 333, 16) ? NULL : "not 1:2";
}

/* The locks taken in a second beside so many vcpus that sleep. */
static unsigned long locks_beside(unsigned sleepers)
{
    unsigned long before;

    machine_start(1);
    new_task(new_domain(256, 0), 0, 0);
    for (unsigned i = 0; i < sleepers; i++)
        new_task(new_domain(256, 0), MICROSECS(100), SECONDS(3600));
    run_for(SECONDS(5));
    before = locks_taken;
    run_for(SECONDS(1));
    return locks_taken - before;
}

static const char *test_sleepers_cost_nothing(void)
{
    return locks_beside(2) == locks_beside(60) ? NULL : "they are looked at";
}

/* Whose domain had no budget left when it fell asleep has some when it wakes, and gets more when it has to wait for that. */
static const char *test_cap_of_a_sleeper(void)
{
    struct task *t;

    machine_start(1);
    t = new_task(new_domain(256, 20), MILLISECS(20), MILLISECS(500));
    run_for(SECONDS(60));
    return near(t->used, SECONDS(60), 34, 4) ? NULL : "not 20 ms each time";
}

/* A domain's weight is for all its vcpus together. */
static const char *test_weight_of_many(void)
{
    struct domain *one, *three;
    struct task *a, *b[3];

    machine_start(2);
    one = new_domain(256, 0);
    three = new_domain(256, 0);
    a = new_task(one, 0, 0);
    for (unsigned i = 0; i < 3; i++)
        b[i] = new_task(three, 0, 0);
    run_for(SECONDS(5));
    reset_times();
    run_for(SECONDS(20));
    if (!near(a->used, SECONDS(20), 1000, 50))
        return "the single vcpu has half of the weight, and so a CPU";
    for (unsigned i = 0; i < 3; i++)
        if (!near(b[i]->used, SECONDS(20), 333, 33))
            return "the three do not share alike";
    return NULL;
}

/* Too much weight for one CPU: the others share the rest by theirs. */
static const char *test_surplus(void)
{
    struct task *a, *b, *c;

    machine_start(2);
    a = new_task(new_domain(10000, 0), 0, 0);
    b = new_task(new_domain(512, 0), 0, 0);
    c = new_task(new_domain(256, 0), 0, 0);
    run_for(SECONDS(5));
    reset_times();
    run_for(SECONDS(20));
    return near(a->used, SECONDS(20), 1000, 50) && near(b->used, SECONDS(20), 667, 50) &&
           near(c->used, SECONDS(20), 333, 50) ? NULL : "surplus is not shared by weight";
}

static const char *test_cap(void)
{
    struct task *a, *b;

    machine_start(2);
    a = new_task(new_domain(256, 50), 0, 0);
    run_for(SECONDS(1));
    reset_times();
    run_for(SECONDS(10));
    if (!near(a->used, SECONDS(10), 500, 25))
        return "alone, a cap of 50 is not half a CPU";
    b = new_task(new_domain(256, 150), 0, 0);
    new_task(b->v.domain, 0, 0);
    set_share(a->v.domain, 0, 25);
    run_for(SECONDS(1));
    reset_times();
    run_for(SECONDS(10));
    return near(a->used, SECONDS(10), 250, 25) && near(b->used, SECONDS(10), 750, 50) ? NULL :
           "caps of 25 and 150 in company";
}

static const char *test_cap_taken_away(void)
{
    struct task *a;

    machine_start(1);
    a = new_task(new_domain(256, 10), 0, 0);
    run_for(SECONDS(1));
    set_share(a->v.domain, 0, 0);
    run_for(MILLISECS(100));
    reset_times();
    run_for(SECONDS(1));
    return near(a->used, SECONDS(1), 1000, 1) ? NULL : "still capped";
}

static const char *alike(unsigned cpus, unsigned vcpus)
{
    struct task *t[32];

    machine_start(cpus);
    for (unsigned i = 0; i < vcpus; i++)
        t[i] = new_task(new_domain(256, 0), 0, 0);
    run_for(SECONDS(5));
    reset_times();
    run_for(SECONDS(20));
    for (unsigned i = 0; i < vcpus; i++)
        if (!near(t[i]->used, SECONDS(20), 1000 * cpus / vcpus, 100 * cpus / vcpus))
            return "not alike";
    return NULL;
}

static const char *test_8_on_4(void) { return alike(4, 8); }
static const char *test_5_on_4(void) { return alike(4, 5); }
static const char *test_31_on_8(void) { return alike(8, 31); }
static const char *test_4_on_4(void) { return alike(4, 4); }

/* Vcpus in use so far are measured: each must have its part of the time, within a tenth. */
static bool all_near(struct task *const *t, unsigned nr, s_time_t time, unsigned permille)
{
    bool ok = true;

    reset_times();
    run_for(time);
    for (unsigned i = 0; i < nr; i++)
        ok &= near(t[i]->used, time, permille, permille / 10);
    return ok;
}

/*
 * 8 spinning vcpus of some domains on 4 CPUs, beside a domain 0 whose 4 vcpus wake up often: what it leaves
 * is shared alike, over a second as over many.
 */
static const char *spinners(unsigned domains)
{
    struct domain *dom0, *d[8];
    struct task *t[8];

    machine_start(4);
    dom0 = new_domain(256, 0);
    for (unsigned i = 0; i < 4; i++)
        new_task(dom0, MICROSECS(50 + 10 * i), MILLISECS(4));
    for (unsigned i = 0; i < domains; i++)
        d[i] = new_domain(256, 0);
    for (unsigned i = 0; i < 8; i++)
        t[i] = new_task(d[i % domains], 0, 0);
    run_for(SECONDS(1));
    for (unsigned i = 0; i < 8; i++)
        if (!all_near(t, 8, SECONDS(1), 492))
            return "not alike over a second";
    return all_near(t, 8, SECONDS(5), 492) ? NULL : "not alike over five seconds";
}

static const char *test_8_domains_on_4(void) { return spinners(8); }
static const char *test_4_domains_of_2_on_4(void) { return spinners(4); }
static const char *test_1_domain_of_8_on_4(void) { return spinners(1); }

/* On CPUs 1 to 4 of 5, all at home on the first of them. */
static void spinners_beside_cpu_0(struct task **t, unsigned nr)
{
    cpumask_t first = cpumask_of(1), rest;

    machine_start(5);
    for (unsigned i = 0; i < nr; i++) {
        t[i] = new_task(new_domain(256, 0), 0, 0);
        vcpu_set_hard_affinity(&t[i]->v, &first);
    }
    settle();
    rest = cpu_online_map;
    cpumask_clear(0, &rest);
    for (unsigned i = 0; i < nr; i++)
        vcpu_set_hard_affinity(&t[i]->v, &rest);
}

/* An emulator that runs one CPU at a time stretches slices; who had more has less later. */
static const char *test_8_on_4_stalled(void)
{
    struct task *t[8];

    spinners_beside_cpu_0(t, 8);
    turn = MILLISECS(100);
    run_for(SECONDS(3));
    return all_near(t, 8, SECONDS(15), 500) ? NULL : "not alike";
}

/* When all CPUs have stood still for so long that everybody is in deep debt, it is soon forgotten. */
static const char *test_after_a_stall(void)
{
    struct task *t[8];

    spinners_beside_cpu_0(t, 8);
    turn = SECONDS(2);
    run_for(SECONDS(20));
    turn = 0;
    run_for(SECONDS(1));
    return all_near(t, 8, SECONDS(2), 500) ? NULL : "not alike afterwards";
}

/* Two share a CPU that they are pinned to, the others have the rest. */
static const char *test_pinned_and_free(void)
{
    struct task *t[8];
    cpumask_t own = cpumask_of(0);

    machine_start(4);
    for (unsigned i = 0; i < 8; i++)
        t[i] = new_task(new_domain(256, 0), 0, 0);
    vcpu_set_hard_affinity(&t[0]->v, &own);
    vcpu_set_hard_affinity(&t[1]->v, &own);
    run_for(SECONDS(1));
    return all_near(t, 8, SECONDS(1), 500) && all_near(t, 8, SECONDS(5), 500) ? NULL : "not alike";
}

static s_time_t used_by(struct task *const *t, unsigned nr)
{
    s_time_t sum = 0;

    while (nr--)
        sum += t[nr]->used;
    return sum;
}

/* 4 CPUs: a half and one and a half for capped domains, 2 left for others by weight. */
static const char *test_caps_and_weights(void)
{
    static const struct { unsigned weight, cap, vcpus, permille; } domains[4] = {
        { 512, 50, 1, 500 }, { 1024, 150, 2, 1500 }, { 256, 0, 2, 667 }, { 512, 0, 4, 1333 },
    };
    struct task *t[4][4];

    machine_start(4);
    for (unsigned i = 0; i < 4; i++) {
        struct domain *d = new_domain(domains[i].weight, domains[i].cap);

        for (unsigned j = 0; j < domains[i].vcpus; j++)
            t[i][j] = new_task(d, 0, 0);
    }
    run_for(SECONDS(2));
    reset_times();
    run_for(SECONDS(10));
    for (unsigned i = 0; i < 4; i++)
        if (!near(used_by(t[i], domains[i].vcpus), SECONDS(10), domains[i].permille,
                  domains[i].permille / 10))
            return "not as set";
    return NULL;
}

static const char *test_3_on_2(void)
{
    struct task *t[3];

    machine_start(2);
    for (unsigned i = 0; i < 3; i++)
        t[i] = new_task(new_domain(256, 0), 0, 0);
    run_for(SECONDS(1));
    return all_near(t, 3, SECONDS(1), 667) && all_near(t, 3, SECONDS(5), 667) ? NULL : "not two thirds each";
}

/* One that wakes up seldom runs soon, among spinners. */
static const char *test_latency(void)
{
    struct task *t;

    machine_start(1);
    for (unsigned i = 0; i < 3; i++)
        new_task(new_domain(256, 0), 0, 0);
    t = new_task(new_domain(256, 0), MICROSECS(200), MILLISECS(10));
    run_for(SECONDS(2));
    reset_times();
    run_for(SECONDS(10));
    /* 10.2 ms a round plus the wait, which is at most the rate limit of 1 ms */
    return near(t->used, SECONDS(10), 19, 2) ? NULL : "it waits";
}

/* Pinned vcpus stay where they are pinned, and get all of it. */
static const char *test_affinity(void)
{
    struct task *t[6];
    cpumask_t one = cpumask_of(3), all = cpu_online_map;

    machine_start(4);
    for (unsigned i = 0; i < 6; i++)
        t[i] = new_task(new_domain(256, 0), 0, 0);
    if (vcpu_set_hard_affinity(&t[0]->v, &one))
        return "it can't be set";
    for (unsigned i = 1; i < 6; i++) {
        all = cpu_online_map;
        cpumask_clear(3, &all);
        vcpu_set_hard_affinity(&t[i]->v, &all);
    }
    run_for(SECONDS(5));
    reset_times();
    run_for(SECONDS(10));
    if (!near(t[0]->used, SECONDS(10), 1000, 0))
        return "the pinned one does not have its CPU";
    for (unsigned i = 1; i < 6; i++)
        if (!near(t[i]->used, SECONDS(10), 600, 60))
            return "the others do not share the rest alike";
    return NULL;
}

/* A spinner with a CPU of its own has more than its weight: that is not the others' concern. */
static const char *test_weights_beside_a_hog(void)
{
    struct task *a, *b, *c;
    cpumask_t own = cpumask_of(0), rest = cpumask_of(1);

    machine_start(2);
    a = new_task(new_domain(256, 0), 0, 0);
    b = new_task(new_domain(512, 0), 0, 0);
    c = new_task(new_domain(256, 0), 0, 0);
    vcpu_set_hard_affinity(&a->v, &own);
    vcpu_set_hard_affinity(&b->v, &rest);
    vcpu_set_hard_affinity(&c->v, &rest);
    run_for(SECONDS(5));
    reset_times();
    run_for(SECONDS(20));
    return near(b->used, SECONDS(20), 667, 33) && near(c->used, SECONDS(20), 333, 33) ? NULL : "not 2:1";
}

static const char *test_override(void)
{
    struct task *t;
    cpumask_t two = cpumask_of(1);

    machine_start(4);
    t = new_task(new_domain(256, 0), 0, 0);
    cpumask_set(2, &two);
    vcpu_set_hard_affinity(&t->v, &two);
    settle();
    if (vcpu_override_affinity(&t->v, -1) != -EINVAL || vcpu_override_affinity(&t->v, 4) != -EINVAL)
        return "nonsense is accepted";
    if (vcpu_override_affinity(&t->v, 3))
        return "it can't be pinned";
    settle();
    if (t->v.processor != 3 || vcpu_set_hard_affinity(&t->v, &two) != -EBUSY ||
        vcpu_override_affinity(&t->v, 0) != -EBUSY)
        return "it is not pinned";
    if (vcpu_override_affinity(&t->v, -1))
        return "it can't be let go";
    settle();
    return t->v.processor == 1 || t->v.processor == 2 ? NULL : "its affinity did not come back";
}

static void yield(struct task *t)
{
    if (!t->v.is_running)
        return;
    sim_cpu = t->v.processor;
    vcpu_yield();
}

static void unpause(struct task *t)
{
    if (atomic_read(&t->v.pause_count) && atomic_dec_and_test(&t->v.pause_count))
        vcpu_wake(&t->v);
}

static void disturb(void)
{
    struct task *t = any_task();
    cpumask_t m;

    sim_cpu = rand() % nr_cpu_ids;
    switch (rand() % 6) {
    case 0: m = some_cpus(); vcpu_set_hard_affinity(&t->v, &m); break;
    case 1: m = some_cpus(); vcpu_set_soft_affinity(&t->v, &m); break;
    case 2: atomic_inc(&t->v.pause_count); vcpu_sleep_nosync(&t->v); break;
    case 3: unpause(t); break;
    case 4: yield(t); break;
    case 5: vcpu_force_reschedule(&t->v); break;
    }
}

/* Anything, in any order, with locks contended: nobody waits for nothing (the machine checks). */
static const char *test_anything(void)
{
    for (unsigned round = 0; round < 40 && !trouble; round++) {
        struct domain *d = NULL;

        machine_start(1 + round % SIM_CPUS);
        contended = true;
        for (unsigned i = 0; i < 2 + round % 13; i++) {
            d = d && rand() % 2 ? d : new_domain(1 + rand() % 1000, 0);
            new_task(d, rand() % 3 ? MICROSECS(rand() % 20000) : 0, MICROSECS(1 + rand() % 20000));
        }
        for (unsigned i = 0; i < 300 && !trouble; i++) {
            disturb();
            run_for(MICROSECS(rand() % 5000));
        }
    }
    return NULL;
}

int main(void)
{
    static const struct { const char *name; const char *(*run)(void); } tests[] = {
        { "weights", test_weights }, { "weights_with_sleepers", test_weights_with_sleepers },
        { "sleepers_cost_nothing", test_sleepers_cost_nothing }, { "cap_of_a_sleeper", test_cap_of_a_sleeper },
        { "weight_of_many", test_weight_of_many }, { "surplus", test_surplus }, { "cap", test_cap },
        { "cap_taken_away", test_cap_taken_away }, { "8_on_4", test_8_on_4 }, { "5_on_4", test_5_on_4 },
        { "8_domains_on_4", test_8_domains_on_4 }, { "4_domains_of_2_on_4", test_4_domains_of_2_on_4 },
        { "1_domain_of_8_on_4", test_1_domain_of_8_on_4 }, { "3_on_2", test_3_on_2 },
        { "8_on_4_stalled", test_8_on_4_stalled }, { "after_a_stall", test_after_a_stall },
        { "pinned_and_free", test_pinned_and_free }, { "caps_and_weights", test_caps_and_weights },
        { "4_on_4", test_4_on_4 }, { "31_on_8", test_31_on_8 }, { "latency", test_latency },
        { "affinity", test_affinity }, { "weights_beside_a_hog", test_weights_beside_a_hog },
        { "override", test_override }, { "anything", test_anything },
    };
    bool failed = false;

    for (unsigned i = 0; i < ARRAY_SIZE(tests); i++) {
        const char *why = NULL;
        unsigned seed;

        for (seed = 0; seed < SEEDS && !why; seed++) {
            srand(seed);
            why = tests[i].run();
            why = trouble ? trouble : why;
        }
        failed |= why != NULL;
        if (why)
            printf("FAIL %s: %s (seed %u)\n", tests[i].name, why, seed - 1);
        else
            printf("ok %s\n", tests[i].name);
        trouble = NULL;
    }
    machine_start(1);
    return failed;
}
