/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a configuration to a paused domain. First comes all that can be refused without having made anything
 * (kernel, images, memory, name), then the domain, its memory, its nodes, its devices. Whatever fails after
 * the
 * domain exists ends in domain_teardown(), which copes with any part of it being there.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xc.h>
#include <xc_guest.h>

#include "device.h"
#include "domain.h"
#include "memory.h"
#include "store.h"

#define KIB_PER_MIB         1024u
#define PAGES_PER_MIB       256u
#define OVERHEAD_PAGES      512u        /* the hypervisor's own for a domain; per vcpu some more */
#define OVERHEAD_VCPU_PAGES 16u
#define EVTCHN_PORT_DEFAULT 1023
#define CONSOLE_LIMIT       "1048576"
#define KERNEL_CACHE        "/run/xen/kernels"

struct creation {
    struct xm *xm;
    struct domain_config *config;
    struct xc_guest_kernel *kernel;
    domid_t domid;
    evtchn_port_t store_port, console_port;
    struct xc_guest_result built;
};

/* --- What can be refused beforehand --- */

static int file_size(const char *what, const char *path, uint64_t *size)
{
    struct stat st;

    if (stat(path, &st) || access(path, R_OK)) {
        int err = errno;

        fail_errno(err, "can't read the %s %s", what, path);
        return -err;
    }
    *size = (uint64_t)st.st_size;
    return 0;
}

static int check_kernel(struct creation *c)
{
    const struct domain_config *config = c->config;
    uint64_t ramdisk = 0, need, ignored;
    int err = file_size("kernel", config->kernel, &ignored);

    if (!err && config->ramdisk)
        err = file_size("ramdisk", config->ramdisk, &ramdisk);
    if (err)
        return err;
    err = xc_guest_kernel_open(c->xm->xc, config->kernel, KERNEL_CACHE, &c->kernel);
    if (err) {
        fail("%s", xc_error(c->xm->xc));
        return err;
    }
    need = xc_guest_kernel_min_pages(c->kernel, ramdisk);
    if (need <= (uint64_t)config->memory_mb * PAGES_PER_MIB)
        return 0;
    fail("memory=%u is too little: this kernel and ramdisk need %llu MiB to start", config->memory_mb,
         (unsigned long long)(need + PAGES_PER_MIB - 1) / PAGES_PER_MIB);
    return -ENOSPC;
}

static int check_memory(struct creation *c)
{
    return memory_make_room(c->xm, (uint64_t)c->config->memory_mb * PAGES_PER_MIB + OVERHEAD_PAGES +
                            (uint64_t)c->config->maxvcpus * OVERHEAD_VCPU_PAGES);
}

static int check_cpus(struct creation *c)
{
    int cpus = xc_max_cpus(c->xm->xc);
    struct xen_sysctl_physinfo info;

    if (xc_physinfo(c->xm->xc, &info) || cpus < 0)
        return 0;
    for (size_t i = 0; i < c->config->cpus_count; i++)
        if (!cpu_set_within(&c->config->cpus[i], (unsigned int)cpus)) {
            fail("cpus= names no CPU of this machine, which has %u", info.nr_cpus);
            return -EINVAL;
        }
    return 0;
}

static int check_unique(struct creation *c)
{
    struct xm *xm = c->xm;
    uint32_t other;

    if (domain_by_name(xm, c->config->name, &other)) {
        fail("there is a domain '%s' already (number %u)", c->config->name, other);
        hint("choose another name: xm create FILE name=OTHER");
        return -EEXIST;
    }
    if (c->config->has_uuid && store_read(xm, "/vm/%s/name", uuid_format(&xm->pool, c->config->uuid))) {
        fail("there is a domain with the UUID %s already", uuid_format(&xm->pool, c->config->uuid));
        return -EEXIST;
    }
    return 0;
}

/* The costly one, unpacking the kernel, comes last. */
static int check_all(struct creation *c)
{
    int err = check_unique(c);

    if (!err)
        err = check_cpus(c);
    for (size_t i = 0; !err && i < c->config->disks_count; i++)
        err = disk_check(&c->config->disks[i]);
    if (!err)
        err = check_kernel(c);
    return err;
}

/* --- The domain in the hypervisor --- */

static int make_domain(struct creation *c)
{
    const struct domain_config *config = c->config;
    struct xen_domctl_createdomain create = {
        .max_vcpus = config->maxvcpus,
        .max_evtchn_port = config->event_channels ? config->event_channels : EVTCHN_PORT_DEFAULT,
        .max_grant_frames = config->max_grant_frames ? (int32_t)config->max_grant_frames : -1,
        .max_maptrack_frames = config->max_maptrack_frames ? (int32_t)config->max_maptrack_frames : -1,
    };
    struct xen_sysctl_physinfo info;
    bool version_2 = !xc_physinfo(c->xm->xc, &info) && (info.capabilities & XEN_SYSCTL_PHYSCAP_gnttab_v2);
    int err;

    create.grant_opts = XEN_DOMCTL_GRANT_version(version_2 ? 2 : 1);
    memcpy(create.handle, config->uuid, sizeof(create.handle));
    err = xc_domain_create(c->xm->xc, &c->domid, &create);
    if (err) {
        fail_xc(c->xm, err, "can't create domain '%s'", config->name);
        c->domid = 0;
    }
    return err;
}

static const struct cpu_set *set_for(const struct cpu_set *sets, size_t count, uint32_t vcpu)
{
    return count == 1 ? sets : vcpu < count ? &sets[vcpu] : NULL;
}

static int set_affinities(struct creation *c)
{
    const struct domain_config *config = c->config;
    int cpus = xc_max_cpus(c->xm->xc), err = 0;
    size_t bytes;

    if (cpus < 0 || (!config->cpus_count && !config->cpus_soft_count))
        return 0;
    bytes = (size_t)(cpus + 7) / 8;
    if (bytes > sizeof(struct cpu_set))
        bytes = sizeof(struct cpu_set);
    for (uint32_t vcpu = 0; !err && vcpu < config->maxvcpus; vcpu++) {
        const struct cpu_set *hard = set_for(config->cpus, config->cpus_count, vcpu);
        const struct cpu_set *soft = set_for(config->cpus_soft, config->cpus_soft_count, vcpu);
        struct cpu_set h = { { 0 } }, s = { { 0 } };

        h = hard ? *hard : h;
        s = soft ? *soft : s;
        if (hard || soft)
            err = xc_vcpu_set_affinity(c->xm->xc, c->domid, vcpu, hard ? h.bits : NULL, soft ? s.bits : NULL,
                                       bytes);
    }
    return err;
}

static int set_scheduling(struct creation *c)
{
    const struct domain_config *config = c->config;
    struct xen_domctl_sched_credit credit;
    uint32_t scheduler;
    int err;

    if (!config->cpu_weight && !config->cap)
        return 0;
    err = xc_sched_id(c->xm->xc, &scheduler);
    if (err)
        return err;
    if (scheduler == XEN_SCHEDULER_CREDIT2) {
        struct xen_domctl_sched_credit2 credit2;

        err = xc_sched_credit2_get(c->xm->xc, c->domid, &credit2);
        credit2.weight = config->cpu_weight ? (uint16_t)config->cpu_weight : credit2.weight;
        credit2.cap = (uint16_t)config->cap;
        return err ? err : xc_sched_credit2_set(c->xm->xc, c->domid, &credit2);
    }
    if (scheduler != XEN_SCHEDULER_CREDIT) {
        warn("cpu_weight= and cap= have no meaning to this scheduler; ignored");
        return 0;
    }
    err = xc_sched_credit_get(c->xm->xc, c->domid, &credit);
    credit.weight = config->cpu_weight ? (uint16_t)config->cpu_weight : credit.weight;
    credit.cap = (uint16_t)config->cap;
    return err ? err : xc_sched_credit_set(c->xm->xc, c->domid, &credit);
}

static int set_time(struct creation *c)
{
    int64_t offset = c->config->rtc_timeoffset;

    if (c->config->localtime) {
        time_t now = time(NULL);
        struct tm local;

        localtime_r(&now, &local);
        offset += local.tm_gmtoff;
    }
    return offset ? xc_domain_set_time_offset(c->xm->xc, c->domid, offset) : 0;
}

static int set_limits(struct creation *c)
{
    const struct domain_config *config = c->config;
    struct xc *xc = c->xm->xc;
    int err = xc_domain_max_vcpus(xc, c->domid, config->maxvcpus);

    if (!err)
        err = set_affinities(c);
    if (!err)
        err = set_time(c);
    if (!err && config->tsc_mode)
        err = xc_domain_set_tsc_mode(xc, c->domid, config->tsc_mode, 0, 0, 0);
    if (!err)
        err = set_scheduling(c);
    if (err)
        fail_xc(c->xm, err, "can't set up domain '%s'", config->name);
    return err;
}

static int build(struct creation *c)
{
    const struct domain_config *config = c->config;
    struct xc_guest_config guest = {
        .domid = c->domid, .kernel = c->kernel, .ramdisk = config->ramdisk, .cmdline = config->cmdline,
        .pages = (uint64_t)config->memory_mb * PAGES_PER_MIB,
        .max_pages = (uint64_t)config->maxmem_mb * PAGES_PER_MIB,
    };
    int store = xc_evtchn_alloc_unbound(c->xm->xc, c->domid, 0), err;
    int console = store < 0 ? store : xc_evtchn_alloc_unbound(c->xm->xc, c->domid, 0);

    if (console < 0) {
        fail_xc(c->xm, console, "can't give domain '%s' its event channels", config->name);
        return console;
    }
    c->store_port = guest.store_port = (evtchn_port_t)store;
    c->console_port = guest.console_port = (evtchn_port_t)console;
    err = xc_guest_build(c->xm->xc, &guest, &c->built);
    if (err)
        fail_xc(c->xm, err, "can't load domain '%s'", config->name);
    return err;
}

/* --- The domain in the store --- */

static void put_vm(struct creation *c, struct store_batch *batch, const char *vm)
{
    const struct domain_config *config = c->config;
    struct pool *pool = &c->xm->pool;
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    store_remove(batch, vm);
    store_make(batch, vm, (struct store_access){ 0, c->domid });
    store_put(batch, pool_printf(pool, "%s/name", vm), "%s", config->name);
    store_put(batch, pool_printf(pool, "%s/uuid", vm), "%s", uuid_format(pool, config->uuid));
    store_put(batch, pool_printf(pool, "%s/start_time", vm), "%lld.%02ld", (long long)now.tv_sec,
              now.tv_nsec / 10000000);
    store_put(batch, pool_printf(pool, "%s/image/ostype", vm), "linux");
    store_put(batch, pool_printf(pool, "%s/image/kernel", vm), "%s", config->kernel);
    store_put(batch, pool_printf(pool, "%s/image/cmdline", vm), "%s", config->cmdline);
    if (config->ramdisk)
        store_put(batch, pool_printf(pool, "%s/image/ramdisk", vm), "%s", config->ramdisk);
}

static void put_guest_nodes(struct creation *c, struct store_batch *batch, const char *dom)
{
    static const char *const guest_reads[] = { "cpu", "memory", "device", "control", "console", "store" };
    static const char *const guest_owns[] = {
        "control/shutdown", "control/feature-poweroff", "control/feature-reboot", "control/feature-suspend",
        "control/sysrq", "device/suspend/event-channel", "data", "drivers", "feature", "attr", "error",
    };
    struct pool *pool = &c->xm->pool;

    for (size_t i = 0; i < sizeof(guest_reads) / sizeof(*guest_reads); i++)
        store_make(batch, pool_printf(pool, "%s/%s", dom, guest_reads[i]), (struct store_access){ 0,
                                                                                                  c->domid });
    for (size_t i = 0; i < sizeof(guest_owns) / sizeof(*guest_owns); i++)
        store_make(batch, pool_printf(pool, "%s/%s", dom, guest_owns[i]),
                   (struct store_access){ c->domid, c->domid });
    store_put(batch, pool_printf(pool, "%s/control/platform-feature-multiprocessor-suspend", dom), "1");
    store_put(batch, pool_printf(pool, "%s/control/platform-feature-xs_reset_watches", dom), "1");
}

static void put_resources(struct creation *c, struct store_batch *batch, const char *dom)
{
    const struct domain_config *config = c->config;
    struct pool *pool = &c->xm->pool;

    for (uint32_t vcpu = 0; vcpu < config->maxvcpus; vcpu++)
        store_put(batch, pool_printf(pool, "%s/cpu/%u/availability", dom, vcpu), "%s",
                  vcpu < config->vcpus ? "online" : "offline");
    store_put(batch, pool_printf(pool, "%s/memory/static-max", dom), "%u", config->maxmem_mb * KIB_PER_MIB);
    store_put(batch, pool_printf(pool, "%s/memory/target", dom), "%u", config->memory_mb * KIB_PER_MIB);
    store_put(batch, pool_printf(pool, "%s/store/ring-ref", dom), "%llu",
              (unsigned long long)c->built.store_mfn);
    store_put(batch, pool_printf(pool, "%s/store/port", dom), "%u", c->store_port);
    store_put(batch, pool_printf(pool, "%s/console/ring-ref", dom), "%llu",
              (unsigned long long)c->built.console_mfn);
    store_put(batch, pool_printf(pool, "%s/console/port", dom), "%u", c->console_port);
    store_put(batch, pool_printf(pool, "%s/console/type", dom), "xenconsoled");
    store_put(batch, pool_printf(pool, "%s/console/output", dom), "pty");
    store_put(batch, pool_printf(pool, "%s/console/limit", dom), CONSOLE_LIMIT);
    store_put(batch, pool_printf(pool, "%s/console/tty", dom), "%s", "");
}

static int introduce(struct creation *c)
{
    struct xm *xm = c->xm;
    struct store_batch batch = { .xm = xm };
    const char *dom = pool_printf(&xm->pool, "/local/domain/%u", c->domid);
    const char *vm = pool_printf(&xm->pool, "/vm/%s", uuid_format(&xm->pool, c->config->uuid));
    const char *ours = pool_printf(&xm->pool, "/libxl/%u", c->domid);
    int err;

    put_vm(c, &batch, vm);
    store_remove(&batch, ours);
    store_make(&batch, ours, (struct store_access){ 0, 0 });
    store_put(&batch, pool_printf(&xm->pool, "%s/type", ours), "pv");
    store_remove(&batch, dom);
    store_make(&batch, dom, (struct store_access){ 0, c->domid });
    store_put(&batch, pool_printf(&xm->pool, "%s/vm", dom), "%s", vm);
    store_put(&batch, pool_printf(&xm->pool, "%s/name", dom), "%s", c->config->name);
    store_put(&batch, pool_printf(&xm->pool, "%s/domid", dom), "%u", c->domid);
    put_guest_nodes(c, &batch, dom);
    put_resources(c, &batch, dom);
    err = store_commit(&batch);
    if (err)
        return err;
    if (xs_introduce_domain(xm->xs, c->domid, c->built.store_mfn, c->store_port))
        return 0;
    err = -errno;
    fail_errno(err, "xenstored refuses domain %u", c->domid);
    return err;
}

/* The caller holds the domain's lock; who had it before may have destroyed the domain. */
static int add_devices(struct creation *c)
{
    struct xen_domctl_getdomaininfo info;
    int err = xc_domain_info(c->xm->xc, c->domid, &info);

    if (err)
        fail_xc(c->xm, err, "domain '%s' was destroyed while it was made", c->config->name);
    for (size_t i = 0; !err && i < c->config->disks_count; i++)
        err = device_add_disk(c->xm, c->domid, &c->config->disks[i]);
    for (size_t i = 0; !err && i < c->config->vifs_count; i++)
        err = device_add_vif(c->xm, c->domid, &c->config->vifs[i]);
    if (!err && xm_interrupted(c->xm))
        err = -EINTR;
    if (err == -EINTR)
        fail("interrupted: what was made of domain '%s' is removed", c->config->name);
    return err;
}

static int free_devid(const struct domain_config *config)
{
    int devid = 0;

    while (config_has_vif(config, devid))
        devid++;
    return devid;
}

/* What was left to us to choose becomes part of the configuration, so that a restart gets the same. */
static void choose_identities(struct domain_config *config)
{
    if (!config->has_uuid)
        uuid_generate(config->uuid);
    config->has_uuid = true;
    for (size_t i = 0; i < config->vifs_count; i++) {
        struct vif *vif = &config->vifs[i];

        if (vif->devid < 0)
            vif->devid = free_devid(config);
        vif_choose_mac(vif);
    }
}

static int create_locked(struct creation *c)
{
    int err = check_unique(c);

    if (!err)
        err = check_memory(c);
    if (err)
        return err;
    choose_identities(c->config);
    err = make_domain(c);
    if (!err)
        err = set_limits(c);
    if (!err)
        err = memory_set_limit(c->xm, c->domid, (uint64_t)c->config->memory_mb * KIB_PER_MIB);
    if (!err)
        err = build(c);
    /* Before others can find the domain: who attaches a device to it learns here which it will have. */
    if (!err)
        err = domain_config_save(c->xm, c->config);
    if (!err)
        err = introduce(c);
    return err;
}

/* See domain.h. */
int domain_create(struct xm *xm, struct domain_config *config, uint32_t *domid)
{
    struct creation c = { .xm = xm, .config = config };
    int err = check_all(&c), lock;

    if (!err) {
        /* Until its name stands in the store, and it has its memory, another create must not look. */
        lock = domain_lock(xm, LOCK_CREATE);
        err = lock < 0 ? lock : create_locked(&c);
        domain_unlock(lock);
    }
    xc_guest_kernel_close(c.kernel);
    *domid = c.domid;
    if (!c.domid)
        return err;
    lock = domain_lock(xm, c.domid);
    if (!err)
        err = lock < 0 ? lock : add_devices(&c);
    if (err)
        domain_teardown(xm, c.domid, false);
    domain_unlock(lock);
    return err;
}
