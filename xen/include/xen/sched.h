/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Domains and virtual processors: the two structures every room knows. Lifetime: a domain is found by id
 * under RCU-free rules: domain_get_by_id() takes a reference, domain_put() drops it; the memory goes with
 * the last reference, long after the domain has died (domain_kill, preemptible).
 */
#ifndef XEN_SCHED_H
#define XEN_SCHED_H

#include <xen/cpumask.h>
#include <xen/event.h>
#include <xen/grant.h>
#include <xen/irq.h>
#include <xen/mm.h>
#include <xen/rangeset.h>
#include <xen/reason.h>
#include <xen/softirq.h>
#include <xen/spinlock.h>
#include <xen/timer.h>
#include <asm/nospec.h>
#include <public/xen.h>
#include <public/sched.h>
#include <public/vcpu.h>
#include <public/domctl.h>
#include <asm/domain.h>
#include <asm/mm.h>

#define MAX_VIRT_CPUS 512           /* per PV domain */
#define BUCKETS_PER_DOMAIN 64

/* vcpu pause flags: bits of v->pause_flags; the vcpu can run only if none is set and v->pause_count is 0 */
#define VPF_blocked          0      /* SCHEDOP_block: until an event arrives */
#define VPF_down             1      /* not up yet, or VCPUOP_down */
#define VPF_migrating        2      /* waits to be off its CPU to get a new home */

struct vcpu {
    int vcpu_id;
    unsigned processor;             /* CPU it runs on or ran last; changed by the scheduler under its lock */
    struct domain *domain;
    struct vcpu_info *vcpu_info;    /* in shared_info or a guest page, mapped by us; never NULL (dummy page at first) */
    mfn_t vcpu_info_mfn;            /* registered page, INVALID_MFN if none */
    void *time_info_guest;          /* VCPUOP_register_vcpu_time_memory_area: guest virtual address or NULL */
    vcpu_runstate_info_t runstate;
    XEN_GUEST_HANDLE(vcpu_runstate_info_t) runstate_guest;
    bool is_initialised;            /* has a context */
    bool is_running;                /* on a CPU, possibly with state not yet saved */
    bool is_urgent;
    bool fpu_initialised, fpu_dirtied;
    bool defer_shutdown, paused_for_shutdown;
    /*
     * SCHEDOP_poll: set up by the vcpu itself, taken back on the CPU that lets it go on. Others only
     * unblock it.
     */
    bool polling;
    int poll_port;                  /* the single port polled, 0 none, -1 many */
    unsigned long pause_flags;
    atomic_t pause_count;
    /* Events */
    uint32_t virq_to_evtchn[NR_VIRQS];   /* under domain->event_lock */
    spinlock_t virq_lock;
    void *evtchn_fifo;              /* struct evtchn_fifo_vcpu */
    bool nmi_pending;
    /* Timers */
    struct timer periodic_timer, singleshot_timer, poll_timer;
    s_time_t periodic_period, periodic_last_event;
    /* Scheduling */
    cpumask_t hard_affinity, soft_affinity;
    cpumask_t overridden_affinity;  /* what SCHEDOP_pin_override put aside, */
    bool affinity_overridden;       /* if it did */
    s_time_t last_run_time;
    void *sched_priv;               /* of the policy */
    struct list_head runq;          /* element of a run queue: the policy's */
    unsigned dirty_cpu;             /* CPU whose registers/TLB may hold state of this vcpu, VCPU_CPU_CLEAN if none */
    uint16_t current_hypercall;     /* number, for refuse(); XEN_WHY_INSTRUCTION while one is emulated */
    unsigned long hcall_multicall;  /* MCS_* flags while in a multicall */
    struct arch_vcpu arch;
};
#define VCPU_CPU_CLEAN (~0u)

enum dying { DOMDYING_alive, DOMDYING_dying, DOMDYING_dead };

struct domain {
    domid_t domain_id;
    unsigned max_vcpus;
    struct vcpu **vcpu;                 /* [max_vcpus], NULL until created */
    struct shared_info *shared_info;
    atomic_t refcnt;
    struct list_head list;              /* all domains, by id; domlist_lock */
    struct domain *hash_next;

    spinlock_t domain_lock;             /* domctl on this domain */
    spinlock_t page_alloc_lock;         /* page lists and counts */
    struct page_list page_list, xenpage_list, relmem_list;
    unsigned tot_pages, max_pages, xenheap_pages, outstanding_pages;
    atomic_t shared_pages, paged_pages;
    unsigned addr_bits;                 /* its memory lies below 2^addr_bits; 0: anywhere */

    struct rangeset *iomem_caps, *irq_caps;     /* frames, interrupts */
    bool is_privileged, is_console, disable_migrate;
    bool creation_finished;
    enum dying is_dying;

    /* Pausing and shutting down */
    atomic_t pause_count;
    int controller_pause_count;         /* by domctl; domain_lock */
    bool debugger_attached, debugger_paused;    /* arch/x86/pv/debugger.c */
    spinlock_t shutdown_lock;
    bool is_shutting_down, is_shut_down;
    uint8_t shutdown_code;              /* SHUTDOWN_*, of the shutdown or noted for it before */
#define NO_SHUTDOWN_CODE 0xff
    spinlock_t watchdog_lock;
    uint32_t watchdog_inuse_map;
    struct timer watchdog_timer[2];

    /* Event channels */
    spinlock_t event_lock;
    struct evtchn **evtchn_bucket;      /* buckets of evtchns */
    unsigned max_evtchn_port, valid_evtchns, active_evtchns, nr_bound_pirqs;
    uint32_t evtchn_free_hint;          /* no free port below */
    uint32_t evtchn_close_next;         /* dying: all ports below are closed. domain_lock */
    const struct evtchn_ops *evtchn_ops;
    void *evtchn_fifo;                  /* struct evtchn_fifo_domain */
    BITMAP(poll_mask, MAX_VIRT_CPUS);   /* vcpus polling */
    struct pirq **pirqs;                /* sparse table; arch/x86/irq; event_lock */
    unsigned nr_pirqs;

    struct grant_table *grant_table;

    void *sched_priv;
    xen_domain_handle_t handle;
    uint32_t createflags;               /* XEN_DOMCTL_CDF_* */
    s_time_t time_offset_ns;            /* settimeoffset */
    unsigned long vm_assist;
    struct reason reasons[REASONS_PER_DOMAIN];
    unsigned nr_reasons;                /* ever noted */
    struct domain *next_unreferenced, *audit_next;
    unsigned long hypercall_deferred;   /* position of a preempted domain_kill and such */
    struct domain *target;                  /* that this one may act on, with a reference */
    struct arch_domain arch;
};

/* ---- common/domain ---- */
extern struct domain *dom0;             /* hardware_domain */
extern struct domain *dom_xen, *dom_io; /* owners of shared hypervisor pages and of I/O memory */
extern struct domain *idle_domain;

struct domain *domain_create(domid_t id, const struct xen_domctl_createdomain *config, bool privileged,
                             int *err);
struct vcpu *vcpu_create(struct domain *d, unsigned id, unsigned cpu);
struct domain *domain_get_by_id(domid_t id);             /* reference taken; NULL */
struct domain *domain_get_by_any_id(domid_t id);         /* DOMID_SELF too */
bool domain_get(struct domain *d);                        /* false: it is going away */
void domain_put(struct domain *d);
int domain_kill(struct domain *d);                        /* 0, -ERESTART: call again */
void domain_pause(struct domain *d);                      /* waits until no vcpu runs; not own domain */
void domain_pause_nosync(struct domain *d);
void domain_unpause(struct domain *d);
void vcpu_pause(struct vcpu *v);
void vcpu_pause_nosync(struct vcpu *v);
void vcpu_unpause(struct vcpu *v);
int domain_pause_by_controller(struct domain *d);
int domain_unpause_by_controller(struct domain *d);
void domain_shutdown(struct domain *d, uint8_t reason);   /* SHUTDOWN_*; dom0: the machine's */
void domain_resume(struct domain *d);
/*
 * The guest did what only a broken guest does. domain_crash prints where; the current vcpu won't return to
 * the guest.
 */
void domain_crash_at(struct domain *d, const char *file, int line, const char *why);
#define domain_crash(d, why) domain_crash_at(d, __FILE__, __LINE__, why)
int vcpu_reset(struct vcpu *v);                            /* as made, without context; 0 or -ERESTART */
struct vcpu_info *dummy_info(void);                       /* of vcpus that have none: writes mean nothing */
void special_domains_init(void);                          /* dom_xen, dom_io, idle_domain */
void vcpu_timers_init(struct vcpu *v);                    /* common/sched/vcpu_time.c */
long vcpu_set_periodic_timer(struct vcpu *v, s_time_t period);
long vcpu_set_singleshot_timer(struct vcpu *v, s_time_t when, bool future_only);
void watchdog_domain_init(struct domain *d);
void watchdog_domain_destroy(struct domain *d);
long domain_watchdog(struct domain *d, uint32_t id, uint32_t timeout);
int vcpu_register_info(struct vcpu *v, mfn_t m, unsigned offset);
void vcpu_unregister_info(struct vcpu *v);
extern rwlock_t domlist_lock;                             /* for_each_domain: ascending id */
#define for_each_domain(d) list_for_each(d, &domain_list, list)
extern struct list_head domain_list;
#define for_each_vcpu(d, v) \
    for (unsigned i_ = 0; i_ < (d)->max_vcpus; i_++) if (((v) = (d)->vcpu[i_]) != NULL)
static inline struct vcpu *domain_vcpu(const struct domain *d, unsigned id)
{
    return id < d->max_vcpus ? d->vcpu[array_index_nospec(id, d->max_vcpus)] : NULL;
}
static inline bool is_idle_domain(const struct domain *d) { return d->domain_id == DOMID_IDLE; }
static inline bool is_idle_vcpu(const struct vcpu *v) { return is_idle_domain(v->domain); }
static inline bool is_privileged(const struct domain *d) { return d->is_privileged; }
/* May cd act on d? (itself is another question) */
static inline bool may_control(const struct domain *cd, const struct domain *d)
{
    return cd->is_privileged || READ_ONCE(cd->target) == d;
}
static inline bool vm_assist(const struct domain *d, unsigned bit) { return (d->vm_assist >> bit) & 1; }

/* ---- common/sched ---- */
void sched_init(void);                                    /* chooses the policy (sched=) */
int sched_init_domain(struct domain *d);
void sched_destroy_domain(struct domain *d);
int sched_init_vcpu(struct vcpu *v);
void sched_destroy_vcpu(struct vcpu *v);
void sched_init_cpu(unsigned cpu);                        /* makes and runs the CPU's idle vcpu structures */
void vcpu_block(void);                                    /* current; unless an event is pending */
void vcpu_yield(void);
void vcpu_wake(struct vcpu *v);                           /* look again whether it can run */
void vcpu_sleep_nosync(struct vcpu *v);
void vcpu_sleep_sync(struct vcpu *v);                     /* and wait until it is off its CPU */
void vcpu_unblock(struct vcpu *v);                        /* an event arrived */
void vcpu_kick(struct vcpu *v);                           /* unblock, and make a running one notice */
void vcpu_poll_ended(struct vcpu *v);                     /* v is current, about to be, or does not run */
int vcpu_set_hard_affinity(struct vcpu *v, const cpumask_t *m);
int vcpu_override_affinity(struct vcpu *v, int cpu);      /* for a time; negative: no more */
int vcpu_set_soft_affinity(struct vcpu *v, const cpumask_t *m);
void vcpu_force_reschedule(struct vcpu *v);
bool vcpu_runstate_publish(struct vcpu *v);               /* v is current. false: its address space lacks it */
void vcpu_periodic_timer_stop(struct vcpu *v);            /* v leaves, comes to a CPU */
void vcpu_periodic_timer_start(struct vcpu *v);
void vcpu_runstate_get(struct vcpu *v, vcpu_runstate_info_t *r);
uint64_t cpu_idle_time(unsigned cpu);
long sched_adjust(struct domain *d, struct xen_domctl_scheduler_op *op);
struct xen_sysctl_scheduler_op;
long sched_adjust_global(struct xen_sysctl_scheduler_op *op);
extern unsigned sched_id(void);
void sched_dump(void);
static inline bool vcpu_runnable(const struct vcpu *v)
{
    return !(READ_ONCE(v->pause_flags) | atomic_read(&v->pause_count) | atomic_read(&v->domain->pause_count));
}
/* Is there something that v would be called back for at once? */
static inline bool vcpu_has_event(const struct vcpu *v)
{
    return READ_ONCE(v->nmi_pending) ||
           (v->vcpu_info->evtchn_upcall_pending && !v->vcpu_info->evtchn_upcall_mask);
}
extern struct vcpu *idle_vcpu[NR_CPUS];
/* The arch's context switch has saved prev: called with interrupts off, returns with them on. */
void context_saved(struct vcpu *prev);
/* Wait for v to be off its CPU and its registers saved in v->arch (the caller paused it). */
void vcpu_sync_state(struct vcpu *v);

/* ---- what the architecture provides (arch/x86/pv/domain.c) ---- */
int arch_domain_create(struct domain *d, const struct xen_domctl_createdomain *config);
void arch_domain_destroy(struct domain *d);
int arch_domain_relinquish(struct domain *d);             /* page tables, frames; 0 or -ERESTART */
int arch_vcpu_create(struct vcpu *v);
void arch_vcpu_destroy(struct vcpu *v);
int arch_vcpu_reset(struct vcpu *v);                       /* 0 or -ERESTART */
void noreturn arch_startup_cpu_idle_loop(void);
/*
 * Leave prev, run next: never returns to the caller on the old stack contents; ends in the guest or the
 * idle loop.
 */
void arch_context_switch(struct vcpu *prev, struct vcpu *next);
void arch_continue_running(struct vcpu *same);            /* back to the guest or idle loop, stack reset */
/* Set guest context. 0 or -errno */
int arch_set_info_guest(struct vcpu *v, const struct vcpu_guest_context *ctxt);
void arch_get_info_guest(struct vcpu *v, struct vcpu_guest_context *ctxt);
void arch_dump_vcpu(struct vcpu *v);
/* XEN_DOMCTL_* that only the architecture knows; -ENOSYS if not there either. May set *copyback. */
long arch_do_domctl(struct xen_domctl *op, struct domain *d, bool *copyback);
struct xen_sysctl;
long arch_do_sysctl(struct xen_sysctl *op, bool *copyback);
void arch_flush_vcpu_state(struct vcpu *v);               /* make its registers live in v->arch, not lazily on a CPU */
int construct_dom0(struct domain *d);                     /* arch/x86/setup/dom0_build.c */

#endif
