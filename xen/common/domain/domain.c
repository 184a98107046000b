/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Domains: creation, look-up and the end.
 *
 * Life: domain_create() -> alive -> domain_kill() (dying: resources are given back, preemptible) -> dead
 * (only references of others keep it; VIRQ_DOM_EXC was sent) -> last domain_put() frees it and sends the
 * interrupt again. Ids are found in a hash; the list is ordered by id. Both change under domlist_lock (writer);
 * the hash and list hold one reference together.
 */
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <xen/smp.h>
#include <xen/trace.h>
#include <asm/processor.h>

#define DOMAIN_HASH 256

struct domain *dom0, *dom_xen, *dom_io, *idle_domain;
struct list_head domain_list = LIST_HEAD_INIT(domain_list);
rwlock_t domlist_lock = RWLOCK_UNLOCKED;

static struct domain *domain_hash[DOMAIN_HASH];

/* A page for vcpu_info of vcpus that have none yet: writes to it mean nothing. */
static union { struct vcpu_info info; char page[PAGE_SIZE]; } dummy_vcpu_info aligned_to(PAGE_SIZE);

struct vcpu_info *dummy_info(void)
{
    return &dummy_vcpu_info.info;
}

static void list_insert(struct domain *d)
{
    struct domain *other;
    struct list_head *before = &domain_list;

    write_lock(&domlist_lock);
    list_for_each(other, &domain_list, list) {
        if (other->domain_id > d->domain_id)
            break;
        before = &other->list;
    }
    list_add(&d->list, before);
    d->hash_next = domain_hash[d->domain_id % DOMAIN_HASH];
    domain_hash[d->domain_id % DOMAIN_HASH] = d;
    write_unlock(&domlist_lock);
}

static void list_remove(struct domain *d)
{
    struct domain **link = &domain_hash[d->domain_id % DOMAIN_HASH];

    write_lock(&domlist_lock);
    while (*link != d)
        link = &(*link)->hash_next;
    *link = d->hash_next;
    list_del(&d->list);
    write_unlock(&domlist_lock);
}

bool domain_get(struct domain *d)
{
    int seen = atomic_read(&d->refcnt), was;

    do {
        if (seen == 0)
            return false;
        was = seen;
        seen = cmpxchg(&d->refcnt.counter, was, was + 1);
    } while (seen != was);
    return true;
}

struct domain *domain_get_by_id(domid_t id)
{
    struct domain *d;

    if (id >= DOMID_FIRST_RESERVED)         /* has no events, grants or vcpus to be asked for */
        return NULL;
    read_lock(&domlist_lock);
    for (d = domain_hash[id % DOMAIN_HASH]; d; d = d->hash_next)
        if (d->domain_id == id)
            break;
    if (d && !domain_get(d))
        d = NULL;
    read_unlock(&domlist_lock);
    return d;
}

struct domain *domain_get_by_any_id(domid_t id)
{
    if (id == DOMID_SELF || id == current->domain->domain_id)
        return domain_get(current->domain) ? current->domain : NULL;
    return domain_get_by_id(id);
}

/* Events and grants first: they look at the vcpus. */
static void free_domain(struct domain *d)
{
    struct vcpu *v;

    evtchn_destroy(d);
    grant_table_destroy(d);
    for_each_vcpu(d, v) {
        d->vcpu[v->vcpu_id] = NULL;
        sched_destroy_vcpu(v);
        arch_vcpu_destroy(v);
        xfree(v);
    }
    sched_destroy_domain(d);
    arch_domain_destroy(d);
    rangeset_free(d->iomem_caps);
    rangeset_free(d->irq_caps);
    xfree(d->vcpu);
    xfree(d);
}

static void nothing(void *unused)
{
}

/*
 * The last reference may go in interrupt context, with locks held, or on a vcpu of the domain itself:
 * domains without references wait in a list for a tasklet. Until then they are still found in the hash, but
 * domain_get() refuses them. A CPU may have saved one of their vcpus and not be done with it: it has its interrupts
 * off until it is (context_saved()).
 */
static struct domain *unreferenced;          /* by next_unreferenced */
static struct tasklet free_tasklet;

static void free_unreferenced(void *unused)
{
    struct domain *d = xchg(&unreferenced, NULL), *next;

    on_selected_cpus(&cpu_online_map, nothing, NULL, true);
    for (; d; d = next) {
        next = d->next_unreferenced;
        list_remove(d);
        free_domain(d);
    }
    send_global_virq(VIRQ_DOM_EXC);
}

void domain_put(struct domain *d)
{
    struct domain *first;

    if (!atomic_dec_and_test(&d->refcnt))
        return;
    do {
        first = READ_ONCE(unreferenced);
        d->next_unreferenced = first;
    } while (cmpxchg(&unreferenced, first, d) != first);
    tasklet_schedule(&free_tasklet);
}

static void init_locks(struct domain *d)
{
    spin_lock_init(&d->domain_lock);
    spin_lock_init(&d->page_alloc_lock);
    spin_lock_init(&d->shutdown_lock);
    spin_lock_init(&d->watchdog_lock);
    spin_lock_init(&d->event_lock);
}

/* What a domain with guests in it needs; dom_xen, dom_io and the idle domain own frames or vcpus only. */
static int init_guest_domain(struct domain *d, const struct xen_domctl_createdomain *config)
{
    int rc;

    d->iomem_caps = rangeset_new("I/O memory");
    d->irq_caps = rangeset_new("interrupts");
    if (!d->iomem_caps || !d->irq_caps)
        return -ENOMEM;
    memcpy(d->handle, config->handle, sizeof(d->handle));
    d->createflags = config->flags;
    watchdog_domain_init(d);
    rc = evtchn_init(d, config->max_evtchn_port);
    if (rc)
        return rc;
    rc = grant_table_init(d, config->max_grant_frames, config->max_maptrack_frames,
                          config->grant_opts & XEN_DOMCTL_GRANT_version_mask);
    if (rc) {
        evtchn_destroy(d);
        return rc;
    }
    rc = arch_domain_create(d, config);
    if (rc) {
        grant_table_destroy(d);
        evtchn_destroy(d);
        return rc;
    }
    rc = sched_init_domain(d);
    if (rc) {
        arch_domain_destroy(d);
        grant_table_destroy(d);
        evtchn_destroy(d);
    }
    return rc;
}

/*
 * A new domain, paused by the controller, with one reference that domain_kill() will drop. NULL and *err =
 * -errno on failure. Special ids (DOMID_IDLE, DOMID_XEN, DOMID_IO) get neither events nor grants. Holds the
 * domctl lock.
 */
struct domain *domain_create(domid_t id, const struct xen_domctl_createdomain *config, bool privileged,
                             int *err)
{
    struct domain *d = xzalloc(struct domain);
    int rc = -ENOMEM;

    if (!d)
        goto fail;
    d->domain_id = id;
    d->is_privileged = d->is_console = privileged;
    d->max_vcpus = config ? config->max_vcpus : id == DOMID_IDLE ? NR_CPUS : 0;
    d->shutdown_code = NO_SHUTDOWN_CODE;
    atomic_set(&d->refcnt, 1);
    list_init(&d->list);
    init_locks(d);
    page_list_init(&d->page_list);
    page_list_init(&d->xenpage_list);
    page_list_init(&d->relmem_list);
    d->max_pages = 0;
    if (d->max_vcpus) {
        d->vcpu = xzalloc_array(struct vcpu *, d->max_vcpus);
        if (!d->vcpu)
            goto fail;
    }
    if (config) {
        d->controller_pause_count = 1;
        atomic_set(&d->pause_count, 1);
        rc = init_guest_domain(d, config);
        if (rc)
            goto fail;
    }
    if (id < DOMID_FIRST_RESERVED || id == DOMID_XEN || id == DOMID_IO)
        list_insert(d);
    *err = 0;
    return d;

 fail:
    if (d) {
        rangeset_free(d->iomem_caps);
        rangeset_free(d->irq_caps);
        xfree(d->vcpu);
    }
    xfree(d);
    *err = rc;
    return NULL;
}

/* The owners of what is not a guest's. Once at boot, before any page is shared. */
void special_domains_init(void)
{
    int err;

    tasklet_init(&free_tasklet, free_unreferenced, NULL);
    dom_xen = domain_create(DOMID_XEN, NULL, false, &err);
    dom_io = domain_create(DOMID_IO, NULL, false, &err);
    idle_domain = domain_create(DOMID_IDLE, NULL, false, &err);
    if (!dom_xen || !dom_io || !idle_domain)
        panic("No memory for the hypervisor's own domains");
}

static void kill_timers(struct domain *d)
{
    struct vcpu *v;

    watchdog_domain_destroy(d);
    for_each_vcpu(d, v) {
        kill_timer(&v->periodic_timer);
        kill_timer(&v->singleshot_timer);
        kill_timer(&v->poll_timer);
    }
}

/* No port is bound any more, so nobody is about to write to a vcpu_info: its page may go. */
static void drop_vcpu_infos(struct domain *d)
{
    struct vcpu *v;

    for_each_vcpu(d, v) {
        vcpu_unregister_info(v);
        v->vcpu_info = dummy_info();
    }
}

/* Two domains may act on each other: from now on neither keeps the other. */
static void drop_target(struct domain *d)
{
    struct domain *t = d->target;

    WRITE_ONCE(d->target, NULL);
    if (t)
        domain_put(t);
}

/* From here on: who gets these locks sees the domain dying, and binds no port and gives it no frame. */
static void begin_dying(struct domain *d)
{
    domain_pause(d);
    WRITE_ONCE(d->is_dying, DOMDYING_dying);
    spin_barrier(&d->event_lock);
    spin_barrier(&d->page_alloc_lock);
}

/*
 * Take everything away from a domain. Preemptible: -ERESTART means call again. Holds d->domain_lock; the
 * caller is not in d. The stages only go forward; each is safe to enter again.
 */
int domain_kill(struct domain *d)
{
    int rc;

    switch (d->is_dying) {
    case DOMDYING_alive:
        TRACE(TRC_DOM0_DOM_REM, d->domain_id);
        begin_dying(d);
        domain_claim_pages(d, 0);
        kill_timers(d);
        drop_target(d);
        clear_global_virq_handlers(d);
        /* fall through */
    case DOMDYING_dying:
        rc = evtchn_close_all(d, &d->evtchn_close_next);
        if (rc)
            return rc;
        drop_vcpu_infos(d);
        pirq_eoi_map_release(d);
        rc = grant_table_release_mappings(d);
        if (rc)
            return rc;
        rc = arch_domain_relinquish(d);
        if (rc)
            return rc;
        domain_free_pirqs(d);
        grant_table_drop_shared(d);
        d->is_dying = DOMDYING_dead;
        send_global_virq(VIRQ_DOM_EXC);
        domain_put(d);
        /* fall through */
    case DOMDYING_dead:
        break;
    }
    return 0;
}
