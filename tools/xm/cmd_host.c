/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands about the machine and its hypervisor. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <xc.h>

#include "command.h"
#include "domain.h"
#include "json.h"
#include "store.h"

#define PAGES_PER_MIB 256

/* Facts are gathered as pairs, so that all, one or the JSON form can be printed. */
struct fact {
    const char *name, *text;
    int64_t number;         /* if text is NULL */
};

struct facts {
    struct pool *pool;
    struct fact *list;
    size_t count;
};

static struct fact *add_fact(struct facts *facts, const char *name)
{
    facts->list = pool_grow(facts->pool, facts->list, facts->count, sizeof(*facts->list));
    facts->list[facts->count].name = name;
    return &facts->list[facts->count++];
}

static void add_text(struct facts *facts, const char *name, const char *text)
{
    add_fact(facts, name)->text = pool_strdup(facts->pool, text);
}

static void add_number(struct facts *facts, const char *name, uint64_t number)
{
    add_fact(facts, name)->number = (int64_t)number;
}

static void add_kernel(struct facts *facts)
{
    struct utsname name;

    if (uname(&name))
        return;
    add_text(facts, "host", name.nodename);
    add_text(facts, "release", name.release);
    add_text(facts, "version", name.version);
    add_text(facts, "machine", name.machine);
}

static int add_machine(struct xm *xm, struct facts *facts)
{
    static const char words[] = "%08x:%08x:%08x:%08x:%08x:%08x:%08x:%08x";
    struct xen_sysctl_physinfo info;
    const uint32_t *w = info.hw_cap;
    int err = xc_physinfo(xm->xc, &info);

    if (err)
        return err;
    add_number(facts, "nr_cpus", info.nr_cpus);
    add_number(facts, "max_cpu_id", info.max_cpu_id);
    add_number(facts, "nr_nodes", info.nr_nodes);
    add_number(facts, "cores_per_socket", info.cores_per_socket);
    add_number(facts, "threads_per_core", info.threads_per_core);
    add_text(facts, "cpu_mhz", pool_printf(facts->pool, "%u.%03u", info.cpu_khz / 1000, info.cpu_khz % 1000));
    add_text(facts, "hw_caps", pool_printf(facts->pool, words, w[0], w[1], w[2], w[3], w[4], w[5], w[6],
                                           w[7]));
    add_text(facts, "virt_caps",
             pool_printf(facts->pool, "%s%s", info.capabilities & XEN_SYSCTL_PHYSCAP_pv ? "pv" : "",
                         info.capabilities & XEN_SYSCTL_PHYSCAP_hvm ? " hvm" : ""));
    add_number(facts, "total_memory", info.total_pages / PAGES_PER_MIB);
    add_number(facts, "free_memory", (info.free_pages + info.scrub_pages) / PAGES_PER_MIB);
    add_number(facts, "outstanding_claims", info.outstanding_pages);
    return 0;
}

static const char *scheduler_name(struct xm *xm)
{
    static const char *const names[] = {
        [XEN_SCHEDULER_CREDIT] = "credit", [XEN_SCHEDULER_CREDIT2] = "credit2",
        [XEN_SCHEDULER_ARINC653] = "arinc653", [XEN_SCHEDULER_RTDS] = "rtds", [XEN_SCHEDULER_NULL] = "null",
    };
    uint32_t id;

    if (xc_sched_id(xm->xc, &id) || id >= sizeof(names) / sizeof(*names) || !names[id])
        return "unknown";
    return names[id];
}

static int add_hypervisor(struct xm *xm, struct facts *facts)
{
    struct xc_version v;
    int err = xc_version(xm->xc, &v);

    if (err)
        return err;
    add_number(facts, "xen_major", v.major);
    add_number(facts, "xen_minor", v.minor);
    add_text(facts, "xen_extra", v.extra);
    add_text(facts, "xen_version", pool_printf(facts->pool, "%u.%u%s", v.major, v.minor, v.extra));
    add_text(facts, "xen_caps", v.capabilities);
    add_text(facts, "xen_scheduler", scheduler_name(xm));
    add_number(facts, "xen_pagesize", v.page_size);
    add_text(facts, "platform_params", pool_printf(facts->pool, "virt_start=0x%lx",
                                                   (unsigned long)v.platform.virt_start));
    add_text(facts, "xen_changeset", v.changeset);
    add_text(facts, "xen_commandline", v.command_line);
    add_text(facts, "cc_compiler", v.compile.compiler);
    add_text(facts, "cc_compile_by", v.compile.compile_by);
    add_text(facts, "cc_compile_domain", v.compile.compile_domain);
    add_text(facts, "cc_compile_date", v.compile.compile_date);
    return 0;
}

static void print_json(const struct facts *facts)
{
    struct json json = { .out = stdout };

    json_open(&json, NULL, '{');
    for (size_t i = 0; i < facts->count; i++)
        if (facts->list[i].text)
            json_string(&json, facts->list[i].name, facts->list[i].text);
        else
            json_number(&json, facts->list[i].name, facts->list[i].number);
    json_close(&json, '}');
}

static int print_facts(struct xm *xm, const struct facts *facts, const char *only)
{
    bool found = false;

    if (xm->json && !only)
        return print_json(facts), 0;
    for (size_t i = 0; i < facts->count; i++) {
        const struct fact *fact = &facts->list[i];

        if (only && strcmp(only, fact->name))
            continue;
        found = true;
        if (!only)
            printf("%-22s : ", fact->name);
        if (fact->text)
            printf("%s\n", fact->text);
        else
            printf("%lld\n", (long long)fact->number);
    }
    return found ? 0 : fail("xm info knows nothing called '%s'", only);
}

/* The command `info`. */
int cmd_info(struct xm *xm, int argc, char **argv)
{
    struct facts facts = { .pool = &xm->pool };
    int err;

    if (argc > 2)
        return bad_usage(argv[0]);
    add_kernel(&facts);
    err = add_machine(xm, &facts);
    if (!err)
        err = add_hypervisor(xm, &facts);
    if (err)
        return fail_xc(xm, err, "can't ask the hypervisor about the machine");
    return print_facts(xm, &facts, argc == 2 ? argv[1] : NULL);
}

/* The command `init`. What is there already stays. */
int cmd_init(struct xm *xm, int argc, char **argv)
{
    struct store_batch batch = { .xm = xm };

    if (argc != 1)
        return bad_usage(argv[0]);
    if (!store_read(xm, "/local/domain/0/name"))
        store_put(&batch, "/local/domain/0/name", "Domain-0");
    if (!store_read(xm, "/local/domain/0/domid"))
        store_put(&batch, "/local/domain/0/domid", "0");
    return store_commit(&batch) ? 1 : 0;
}

/* The command `dmesg`. */
int cmd_dmesg(struct xm *xm, int argc, char **argv)
{
    static const struct option names[] = { { "clear", no_argument, NULL, 'c' }, { NULL, 0, NULL, 0 } };
    static char text[1 << 20];      /* larger than any ring a hypervisor is configured with */
    bool clear = false;
    long length;
    int option;

    while ((option = getopt_long(argc, argv, "c", names, NULL)) != -1) {
        if (option == '?')
            return bad_usage(argv[0]);
        clear = true;
    }
    if (optind != argc)
        return bad_usage(argv[0]);
    length = xc_read_console(xm->xc, text, sizeof(text), clear, NULL);
    if (length < 0)
        return fail_xc(xm, (int)length, "can't read the hypervisor's messages");
    fwrite(text, 1, (size_t)length, stdout);
    return 0;
}

/* The command `debug-keys`. */
int cmd_debug_keys(struct xm *xm, int argc, char **argv)
{
    int err;

    if (argc != 2 || !*argv[1])
        return bad_usage(argv[0]);
    err = xc_send_debug_keys(xm->xc, argv[1]);
    return err ? fail_xc(xm, err, "can't send the keys '%s'", argv[1]) : 0;
}
