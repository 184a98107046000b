/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands that show domains. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <xc.h>

#include "command.h"
#include "domain.h"
#include "store.h"

#define PAGES_PER_MIB 256

/* The domains named, or all of them, in the pool. Status 0, or 1 after a message. */
static int choose(struct xm *xm, int argc, char **argv, struct xen_domctl_getdomaininfo **info, size_t *count)
{
    struct xen_domctl_getdomaininfo *all;
    int found, err;
    uint32_t domid;

    if (!argc) {
        found = xc_domain_list_all(xm->xc, &all);
        if (found < 0)
            return fail_xc(xm, found, "can't list the domains");
        *info = pool_alloc(&xm->pool, (size_t)found * sizeof(**info) + 1);
        memcpy(*info, all, (size_t)found * sizeof(**info));
        *count = (size_t)found;
        free(all);
        return 0;
    }
    *info = pool_alloc(&xm->pool, (size_t)argc * sizeof(**info));
    for (*count = 0; *count < (size_t)argc; ++*count) {
        if (domain_find(xm, argv[*count], &domid))
            return 1;
        err = xc_domain_info(xm->xc, (domid_t)domid, &(*info)[*count]);
        if (err)
            return fail_xc(xm, err, "domain %s", argv[*count]);
    }
    return 0;
}

/* Only our own domains, made by this program, have a configuration kept. */
static bool kept_config(struct xm *xm, const struct xen_domctl_getdomaininfo *info,
                        struct domain_config *config)
{
    const char *path = domain_config_path(xm, info->handle);

    return !access(path, R_OK) && !config_load(config, &xm->pool, path, NULL, 0);
}

static void list_json(struct xm *xm, const struct xen_domctl_getdomaininfo *info, size_t count, bool full)
{
    struct json json = { .out = stdout };
    struct domain_config config;

    json_open(&json, NULL, '[');
    for (size_t i = 0; i < count; i++) {
        json_open(&json, NULL, '{');
        json_number(&json, "domid", info[i].domain);
        json_string(&json, "name", domain_name(xm, info[i].domain));
        json_string(&json, "uuid", uuid_format(&xm->pool, info[i].handle));
        json_string(&json, "state", domain_state(&info[i]));
        json_string(&json, "flags", domain_flags(xm, &info[i]));
        json_number(&json, "memory_kib", (int64_t)info[i].tot_pages * 4);
        json_number(&json, "max_memory_kib", (int64_t)info[i].max_pages * 4);
        json_number(&json, "vcpus", info[i].nr_online_vcpus);
        json_decimal(&json, "cpu_seconds", (double)info[i].cpu_time / 1e9);
        if (full && kept_config(xm, &info[i], &config)) {
            json_open(&json, "config", '{');
            config_json(&config, &json);
            json_close(&json, '}');
        }
        json_close(&json, '}');
    }
    json_close(&json, ']');
}

static void list_text(struct xm *xm, const struct xen_domctl_getdomaininfo *info, size_t count, bool full)
{
    struct domain_config config;

    printf("%-32s %5s %7s %5s  %-6s %10s\n", "Name", "ID", "Mem/MiB", "VCPUs", "State", "Time(s)");
    for (size_t i = 0; i < count; i++) {
        printf("%-32s %5u %7" PRIu64 " %5u  %s %10.1f\n", domain_name(xm, info[i].domain), info[i].domain,
               (uint64_t)info[i].tot_pages / PAGES_PER_MIB, info[i].nr_online_vcpus, domain_flags(xm,
                                                                                                  &info[i]),
               (double)info[i].cpu_time / 1e9);
        if (full && kept_config(xm, &info[i], &config)) {
            config_write(&config, stdout);
            printf("\n");
        }
    }
}

/* The command `list`. */
int cmd_list(struct xm *xm, int argc, char **argv)
{
    static const struct option names[] = { { "long", no_argument, NULL, 'l' }, { NULL, 0, NULL, 0 } };
    struct xen_domctl_getdomaininfo *info;
    bool full = false;
    size_t count;
    int option;

    while ((option = getopt_long(argc, argv, "l", names, NULL)) != -1) {
        if (option == '?')
            return bad_usage(argv[0]);
        full = true;
    }
    if (choose(xm, argc - optind, argv + optind, &info, &count))
        return 1;
    (xm->json ? list_json : list_text)(xm, info, count, full);
    return 0;
}

/* --- uptime --- */

static int64_t domain_uptime(struct xm *xm, uint32_t domid)
{
    const char *vm = store_read(xm, "/local/domain/%u/vm", domid), *start;
    struct timespec now;
    int64_t seconds;

    if (!domid) {
        clock_gettime(CLOCK_BOOTTIME, &now);
        return now.tv_sec;
    }
    start = vm ? store_read(xm, "%s/start_time", vm) : NULL;
    seconds = start ? time(NULL) - strtoll(start, NULL, 10) : 0;
    return seconds < 0 ? 0 : seconds;
}

/* The command `uptime`. */
int cmd_uptime(struct xm *xm, int argc, char **argv)
{
    struct xen_domctl_getdomaininfo *info;
    struct json json = { .out = stdout };
    size_t count;

    if (choose(xm, argc - 1, argv + 1, &info, &count))
        return 1;
    if (xm->json)
        json_open(&json, NULL, '[');
    else
        printf("%-32s %5s  %s\n", "Name", "ID", "Uptime");
    for (size_t i = 0; i < count; i++) {
        int64_t s = domain_uptime(xm, info[i].domain);

        if (!xm->json) {
            printf("%-32s %5u  %" PRId64 "d %" PRId64 ":%02" PRId64 ":%02" PRId64 "\n",
                   domain_name(xm, info[i].domain), info[i].domain, s / 86400, s / 3600 % 24, s / 60 % 60,
                       s % 60);
            continue;
        }
        json_open(&json, NULL, '{');
        json_number(&json, "domid", info[i].domain);
        json_string(&json, "name", domain_name(xm, info[i].domain));
        json_number(&json, "uptime_seconds", s);
        json_close(&json, '}');
    }
    if (xm->json)
        json_close(&json, ']');
    return 0;
}

/* --- vcpu-list --- */

struct vcpu_row {
    struct xen_domctl_getvcpuinfo info;
    const char *hard, *soft;
};

static int read_vcpu(struct xm *xm, uint32_t domid, unsigned int vcpu, struct vcpu_row *row)
{
    int cpus = xc_max_cpus(xm->xc), err;
    struct cpu_set hard = { { 0 } }, soft = { { 0 } };
    size_t bytes;

    if (cpus < 0)
        return cpus;
    bytes = (size_t)(cpus + 7) / 8 < sizeof(hard) ? (size_t)(cpus + 7) / 8 : sizeof(hard);
    err = xc_vcpu_info(xm->xc, (domid_t)domid, vcpu, &row->info);
    if (!err)
        err = xc_vcpu_get_affinity(xm->xc, (domid_t)domid, vcpu, hard.bits, soft.bits, bytes);
    row->hard = cpu_set_format(&xm->pool, &hard, (unsigned int)cpus);
    row->soft = cpu_set_format(&xm->pool, &soft, (unsigned int)cpus);
    return err;
}

static void vcpu_text(struct xm *xm, uint32_t domid, unsigned int vcpu, const struct vcpu_row *row)
{
    const struct xen_domctl_getvcpuinfo *info = &row->info;
    char cpu[16] = "-";

    if (info->online)
        snprintf(cpu, sizeof(cpu), "%u", info->cpu);
    printf("%-32s %5u %5u %5s   %s %10.1f  %s / %s\n", domain_name(xm, domid), domid, vcpu, cpu,
           !info->online ? "--p" : info->running ? "r--" : info->blocked ? "-b-" : "---",
           (double)info->cpu_time / 1e9, row->hard, row->soft);
}

static void vcpu_json(struct json *json, unsigned int vcpu, const struct vcpu_row *row)
{
    json_open(json, NULL, '{');
    json_number(json, "vcpu", vcpu);
    json_bool(json, "online", row->info.online);
    json_number(json, "cpu", row->info.online ? (int64_t)row->info.cpu : -1);
    json_string(json, "state", row->info.running ? "running" : row->info.blocked ? "blocked" : "waiting");
    json_decimal(json, "cpu_seconds", (double)row->info.cpu_time / 1e9);
    json_string(json, "hard_affinity", row->hard);
    json_string(json, "soft_affinity", row->soft);
    json_close(json, '}');
}

static void list_vcpus(struct xm *xm, const struct xen_domctl_getdomaininfo *info, struct json *json)
{
    for (unsigned int vcpu = 0; vcpu <= info->max_vcpu_id; vcpu++) {
        struct vcpu_row row;

        /* Numbers without a vcpu are possible. */
        if (read_vcpu(xm, info->domain, vcpu, &row))
            continue;
        if (xm->json)
            vcpu_json(json, vcpu, &row);
        else
            vcpu_text(xm, info->domain, vcpu, &row);
    }
}

/* The command `vcpu-list`. */
int cmd_vcpu_list(struct xm *xm, int argc, char **argv)
{
    struct xen_domctl_getdomaininfo *info;
    struct json json = { .out = stdout };
    size_t count;

    if (choose(xm, argc - 1, argv + 1, &info, &count))
        return 1;
    if (xm->json)
        json_open(&json, NULL, '[');
    else
        printf("%-32s %5s %5s %5s %5s %10s  %s\n", "Name", "ID", "VCPU", "CPU", "State", "Time(s)",
               "Affinity (hard / soft)");
    for (size_t i = 0; i < count; i++) {
        if (xm->json) {
            json_open(&json, NULL, '{');
            json_number(&json, "domid", info[i].domain);
            json_string(&json, "name", domain_name(xm, info[i].domain));
            json_open(&json, "vcpus", '[');
        }
        list_vcpus(xm, &info[i], &json);
        if (xm->json) {
            json_close(&json, ']');
            json_close(&json, '}');
        }
    }
    if (xm->json)
        json_close(&json, ']');
    return 0;
}
