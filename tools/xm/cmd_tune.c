/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands that change what a running domain has of memory and CPU. */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xc.h>

#include "command.h"
#include "domain.h"
#include "memory.h"
#include "store.h"

/* "256", "256m", "2g", "262144k": KiB. */
static int parse_size(const char *text, uint64_t *kib)
{
    char *end, unit;
    unsigned long long value = strtoull(text, &end, 10);

    unit = *end ? (char)tolower((unsigned char)*end) : 'm';
    if (*end && (tolower((unsigned char)end[1]) == 'b' || !end[1]))
        end += end[1] ? 2 : 1;
    if (!isdigit((unsigned char)*text) || *end || !strchr("kmgt", unit) || value >= 1ull << 34)
        return fail("'%s' is no size of memory: write it as 512 (MiB), 512m or 2g", text);
    *kib = unit == 'k' ? value : value << (unit == 'm' ? 10 : unit == 'g' ? 20 : 30);
    return *kib && *kib < 1ull << 34 ? 0 : fail("%s is no possible size of memory", text);
}

/* --- Memory --- */

static int set_target(struct xm *xm, uint32_t domid, uint64_t kib)
{
    long long most = store_number(xm, 0, "/local/domain/%u/memory/static-max", domid);

    if (!domid && kib < DOMAIN_0_MINIMUM_MIB * 1024) {
        fail("domain 0 can't do with less than %u MiB: its processes would be killed", DOMAIN_0_MINIMUM_MIB);
        hint("a number without a unit is MiB: xm mem-set 0 1g");
        return 1;
    }
    if (most > 0 && kib > (uint64_t)most) {
        fail("domain %u can have at most %lld MiB", domid, most / 1024);
        hint("the limit is its maxmem= (or memory=) when it is created");
        return 1;
    }
    return memory_set_target(xm, domid, kib) ? 1 : 0;
}

/* The command `mem-set`. */
int cmd_mem_set(struct xm *xm, int argc, char **argv)
{
    static const struct option names[] = { { "wait", no_argument, NULL, 'w' }, { NULL, 0, NULL, 0 } };
    bool wait = false;
    uint32_t domid;
    uint64_t kib;
    int option;

    while ((option = getopt_long(argc, argv, "w", names, NULL)) != -1) {
        if (option == '?')
            return bad_usage(argv[0]);
        wait = true;
    }
    if (argc - optind != 2)
        return bad_usage(argv[0]);
    if (domain_find(xm, argv[optind], &domid) || parse_size(argv[optind + 1], &kib) || set_target(xm, domid,
                                                                                                  kib))
        return 1;
    return wait && memory_await_target(xm, domid, kib) ? 1 : 0;
}

/* The command `mem-max`. */
int cmd_mem_max(struct xm *xm, int argc, char **argv)
{
    struct store_batch batch = { .xm = xm };
    uint32_t domid;
    uint64_t kib;

    if (argc != 3)
        return bad_usage(argv[0]);
    if (domain_find(xm, argv[1], &domid) || parse_size(argv[2], &kib))
        return 1;
    if (memory_set_limit(xm, domid, kib))
        return 1;
    store_put(&batch, pool_printf(&xm->pool, "/local/domain/%u/memory/static-max", domid), "%llu",
              (unsigned long long)kib);
    return store_commit(&batch) ? 1 : 0;
}

/* --- CPUs --- */

/* The command `vcpu-set`. */
int cmd_vcpu_set(struct xm *xm, int argc, char **argv)
{
    struct store_batch batch = { .xm = xm };
    struct xen_domctl_getdomaininfo info;
    unsigned long count;
    uint32_t domid;

    if (argc != 3)
        return bad_usage(argv[0]);
    if (domain_find(xm, argv[1], &domid))
        return 1;
    if (!parse_number(argv[2], VCPUS_MAX, &count) || !count)
        return fail("'%s' is no number of CPUs", argv[2]);
    if (xc_domain_info(xm->xc, (domid_t)domid, &info))
        return fail_xc(xm, -ESRCH, "domain %s", argv[1]);
    if (count > info.max_vcpu_id + 1)
        return fail("domain %s has at most %u CPUs (maxvcpus= when it is created)", argv[1],
                    info.max_vcpu_id + 1);
    for (unsigned int vcpu = 0; vcpu <= info.max_vcpu_id; vcpu++)
        store_put(&batch, pool_printf(&xm->pool, "/local/domain/%u/cpu/%u/availability", domid, vcpu), "%s",
                  vcpu < count ? "online" : "offline");
    return store_commit(&batch) ? 1 : 0;
}

static int pin(struct xm *xm, uint32_t domid, unsigned int vcpu, const struct cpu_set *hard,
               const struct cpu_set *soft)
{
    int cpus = xc_max_cpus(xm->xc), err;
    struct cpu_set h = hard ? *hard : (struct cpu_set){ { 0 } }, s = soft ? *soft : (struct cpu_set){ { 0 } };
    size_t bytes;

    if (cpus < 0)
        return fail_xc(xm, cpus, "can't tell how many CPUs there are");
    if ((hard && !cpu_set_within(hard, (unsigned int)cpus)) || (soft && !cpu_set_within(soft,
                                                                                        (unsigned int)cpus)))
        return fail("none of these CPUs is there: the machine has 0 to %d", cpus - 1);
    bytes = (size_t)(cpus + 7) / 8 < sizeof(h) ? (size_t)(cpus + 7) / 8 : sizeof(h);
    err = xc_vcpu_set_affinity(xm->xc, (domid_t)domid, vcpu, hard ? h.bits : NULL, soft ? s.bits : NULL,
                               bytes);
    return err ? fail_xc(xm, err, "can't pin CPU %u of domain %u", vcpu, domid) : 0;
}

/* "-" leaves an affinity as it is. */
static int read_set(struct xm *xm, const char *text, struct cpu_set *set, bool *given)
{
    struct cfg_value value = cfg_string(&xm->pool, "command line", text);

    *given = strcmp(text, "-");
    return *given ? cpu_set_parse(&value, set) : 0;
}

/* The command `vcpu-pin`. */
int cmd_vcpu_pin(struct xm *xm, int argc, char **argv)
{
    struct xen_domctl_getdomaininfo info;
    bool hard_given, soft_given = false, all;
    struct cpu_set hard, soft;
    unsigned long vcpu = 0;
    uint32_t domid;
    int status = 0;

    if (argc < 4 || argc > 5)
        return bad_usage(argv[0]);
    if (domain_find(xm, argv[1], &domid))
        return 1;
    all = !strcmp(argv[2], "all");
    if (!all && !parse_number(argv[2], VCPUS_MAX, &vcpu))
        return fail("'%s' is no number of a CPU", argv[2]);
    if (read_set(xm, argv[3], &hard, &hard_given) || (argc == 5 && read_set(xm, argv[4], &soft, &soft_given)))
        return 1;
    if (!hard_given && !soft_given)
        return bad_usage(argv[0]);
    if (!all)
        return pin(xm, domid, (unsigned int)vcpu, hard_given ? &hard : NULL, soft_given ? &soft : NULL);
    if (xc_domain_info(xm->xc, (domid_t)domid, &info))
        return fail_xc(xm, -ESRCH, "domain %s", argv[1]);
    for (unsigned int i = 0; !status && i <= info.max_vcpu_id; i++)
        status = pin(xm, domid, i, hard_given ? &hard : NULL, soft_given ? &soft : NULL);
    return status;
}

/* --- sched-credit --- */

struct credit_options {
    const char *domain;
    unsigned long weight, cap, slice, rate;
    bool set_weight, set_cap, set_slice, set_rate, scheduler;
};

static bool read_credit_options(int argc, char **argv, struct credit_options *o)
{
    bool good = true;
    int option;

    while (good && (option = getopt(argc, argv, "d:w:c:st:r:p:")) != -1)
        switch (option) {
        case 'd': o->domain = optarg; break;
        case 'w': o->set_weight = good = parse_number(optarg, 65535, &o->weight) && o->weight; break;
        case 'c': o->set_cap = good = parse_number(optarg, 65535, &o->cap); break;
        case 's': o->scheduler = true; break;
        case 't': o->set_slice = good = parse_number(optarg, 1000, &o->slice) && o->slice; break;
        case 'r': o->set_rate = good = parse_number(optarg, 500000, &o->rate); break;
        default: good = false;
        }
    if (good && o->scheduler)
        return optind == argc && !o->domain && !o->set_weight && !o->set_cap;
    return good && optind == argc && !o->set_slice && !o->set_rate &&
           (o->domain || (!o->set_weight && !o->set_cap));
}

static int credit_scheduler(struct xm *xm, const struct credit_options *o)
{
    struct xen_sysctl_scheduler_op op = { .sched_id = XEN_SCHEDULER_CREDIT,
                                          .cmd = XEN_SYSCTL_SCHEDOP_getinfo };
    struct xen_sysctl_credit_schedule *credit = &op.u.sched_credit;
    int err = xc_sched_pool_op(xm->xc, &op);

    if (!err && (o->set_slice || o->set_rate)) {
        credit->tslice_ms = o->set_slice ? (unsigned int)o->slice : credit->tslice_ms;
        credit->ratelimit_us = o->set_rate ? (unsigned int)o->rate : credit->ratelimit_us;
        op.cmd = XEN_SYSCTL_SCHEDOP_putinfo;
        err = xc_sched_pool_op(xm->xc, &op);
    } else if (!err) {
        printf("time slice %u ms, rate limit %u us\n", credit->tslice_ms, credit->ratelimit_us);
    }
    return err ? fail_xc(xm, err, "the credit scheduler") : 0;
}

static int credit_one(struct xm *xm, uint32_t domid, const struct credit_options *o)
{
    struct xen_domctl_sched_credit credit;
    int err = xc_sched_credit_get(xm->xc, (domid_t)domid, &credit);

    if (!err && (o->set_weight || o->set_cap)) {
        credit.weight = o->set_weight ? (uint16_t)o->weight : credit.weight;
        credit.cap = o->set_cap ? (uint16_t)o->cap : credit.cap;
        err = xc_sched_credit_set(xm->xc, (domid_t)domid, &credit);
    } else if (!err) {
        printf("%-32s %5u %7u %5u\n", domain_name(xm, domid), domid, credit.weight, credit.cap);
    }
    return err ? fail_xc(xm, err, "shares of domain %u", domid) : 0;
}

/* The command `sched-credit`. */
int cmd_sched_credit(struct xm *xm, int argc, char **argv)
{
    struct credit_options options = { .domain = NULL };
    struct xen_domctl_getdomaininfo *info;
    int count, status = 0;
    uint32_t domid, scheduler;

    if (!read_credit_options(argc, argv, &options))
        return bad_usage(argv[0]);
    if (!xc_sched_id(xm->xc, &scheduler) && scheduler != XEN_SCHEDULER_CREDIT) {
        fail("this hypervisor runs another scheduler (see xm info xen_scheduler)");
        hint("sched=credit on the hypervisor's command line chooses it");
        return 1;
    }
    if (options.scheduler)
        return credit_scheduler(xm, &options);
    if (!options.set_weight && !options.set_cap)
        printf("%-32s %5s %7s %5s\n", "Name", "ID", "Weight", "Cap");
    if (options.domain)
        return domain_find(xm, options.domain, &domid) ? 1 : credit_one(xm, domid, &options);
    count = xc_domain_list_all(xm->xc, &info);
    if (count < 0)
        return fail_xc(xm, count, "can't list the domains");
    for (int i = 0; i < count; i++)
        status |= credit_one(xm, info[i].domain, &options);
    free(info);
    return status;
}
