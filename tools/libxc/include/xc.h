/* SPDX-License-Identifier: MIT */
/*
 * Control of domains and of the hypervisor, for programs in domain 0 (or another privileged domain).
 *
 * Conventions
 *   - Every call returns 0, or a count where said, or a negative errno value (-ENOENT, ...). The public
 *     structures of xen/include/public are used as they are; this library adds no copies of them.
 *   - After a failure xc_error() tells in words what was tried, on what, and what failed, often what to do:
 *     "max_mem of domain 7 to 524288 KiB: No such process". It is valid until the handle's next failing call.
 *   - A handle belongs to one thread at a time; open several for several threads. After fork() only one of
 *     the two processes may go on using it.
 *   - Calls that the hypervisor interrupts (-EAGAIN, -ERESTART) are restarted inside.
 *   - Functions take domain numbers as domid_t; frames are machine frames of PV domains, xen_pfn_t.
 */
#ifndef XC_H
#define XC_H

#ifndef __XEN_TOOLS__
#define __XEN_TOOLS__ 1
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <public/xen.h>
#include <public/domctl.h>
#include <public/sysctl.h>
#include <public/memory.h>
#include <public/sched.h>
#include <public/version.h>
#include <public/event_channel.h>
#include <public/grant_table.h>
#include <public/platform.h>
#include <public/why.h>

#ifdef __cplusplus
extern "C" {
#endif

#define XC_PAGE_SHIFT 12
#define XC_PAGE_SIZE  4096ul

struct xc;

/* --- Handle and errors --- */

/*
 * Open the kernel's privileged command device. On failure *xc is NULL and xc_error(NULL) tells why: not
 * root, no such device (the machine doesn't run under the hypervisor, or module xen-privcmd isn't loaded),
 * or tools and hypervisor of different interface versions.
 */
int xc_open(struct xc **xc);
void xc_close(struct xc *xc);           /* NULL is allowed */

/* Reason of the last failure; never NULL. With NULL: of this thread's last failed open (any of xc_*_open). */
const char *xc_error(const struct xc *xc);

/* --- Raw hypercalls --- */

/*
 * Memory whose address may be given to the hypervisor: page aligned, resident, zeroed. NULL when out of
 * memory (with an error in the handle).
 */
void *xc_buffer_alloc(struct xc *xc, size_t bytes);
void xc_buffer_free(struct xc *xc, void *buffer, size_t bytes);

/* Any hypercall (__HYPERVISOR_*): its result, >= 0 or -errno. No retry, no error text. */
long xc_hypercall(struct xc *xc, unsigned int op, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                  uint64_t a5);

/* One domctl or sysctl; interface version and restart are taken care of, handles inside are the caller's. */
int xc_domctl(struct xc *xc, struct xen_domctl *op);
int xc_sysctl(struct xc *xc, struct xen_sysctl *op);

/* --- Domains: life cycle --- */

/*
 * *domid: wanted number, or 0 for the first free one; the new one on return. config is passed as it is:
 * zero it, set handle, flags, max_vcpus, max_evtchn_port, max_grant_frames and max_maptrack_frames (-1:
 * default), grant_opts = XEN_DOMCTL_GRANT_version(1 or 2), and arch.emulation_flags = 0 for PV.
 */
int xc_domain_create(struct xc *xc, domid_t *domid, const struct xen_domctl_createdomain *config);

/* Ends it and frees all it has, in steps; returns when done. Mapped frames stay with who mapped them. */
int xc_domain_destroy(struct xc *xc, domid_t domid);

int xc_domain_pause(struct xc *xc, domid_t domid);      /* counts: as many unpauses are needed */
int xc_domain_unpause(struct xc *xc, domid_t domid);
int xc_domain_resume(struct xc *xc, domid_t domid);     /* after it suspended */

/* As if the domain had called SCHEDOP_shutdown itself; reason SHUTDOWN_*. */
int xc_domain_shutdown(struct xc *xc, domid_t domid, int reason);

/* --- Domains: information --- */

/* -ESRCH if there is none. */
int xc_domain_info(struct xc *xc, domid_t domid, struct xen_domctl_getdomaininfo *info);

/* Up to max domains with numbers >= first, ascending. Returns how many. */
int xc_domain_list(struct xc *xc, domid_t first, unsigned int max, struct xen_domctl_getdomaininfo *info);

/* All of them, in an array for free(). Returns how many. */
int xc_domain_list_all(struct xc *xc, struct xen_domctl_getdomaininfo **info);

static inline bool xc_info_has_shut_down(const struct xen_domctl_getdomaininfo *info)
{
    return info->flags & XEN_DOMINF_shutdown;
}

/* SHUTDOWN_* of a domain that has shut down. */
static inline unsigned int xc_info_shutdown_reason(const struct xen_domctl_getdomaininfo *info)
{
    return info->flags >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask;
}

/*
 * Why requests of a domain were refused: up to max notes, newest first. Returns how many; -ENOSYS where the
 * hypervisor keeps none.
 */
int xc_why(struct xc *xc, domid_t domid, struct xen_why_note *notes, unsigned int max);

/* --- Domains: settings --- */

int xc_domain_max_vcpus(struct xc *xc, domid_t domid, unsigned int max);
int xc_domain_max_mem(struct xc *xc, domid_t domid, uint64_t kib);
int xc_domain_set_handle(struct xc *xc, domid_t domid, const xen_domain_handle_t handle);
int xc_domain_set_time_offset(struct xc *xc, domid_t domid, int64_t seconds);
int xc_domain_set_debugging(struct xc *xc, domid_t domid, bool on);
int xc_domain_get_address_size(struct xc *xc, domid_t domid, unsigned int *bits);  /* 32 or 64 */
int xc_domain_set_address_size(struct xc *xc, domid_t domid, unsigned int bits);  /* while empty */
int xc_domain_set_target(struct xc *xc, domid_t domid, domid_t target);
int xc_domain_set_virq_handler(struct xc *xc, domid_t domid, unsigned int virq);
int xc_domain_set_tsc_mode(struct xc *xc, domid_t domid, uint32_t mode, uint64_t elapsed_ns, uint32_t khz,
                           uint32_t incarnation);
int xc_domain_sendtrigger(struct xc *xc, domid_t domid, uint32_t trigger, unsigned int vcpu);

/* Write the hypercall stubs into a page of the domain that isn't running yet. */
int xc_domain_hypercall_init(struct xc *xc, domid_t domid, xen_pfn_t mfn);

/* Turn every paging assistance (shadow, log-dirty) off. */
int xc_domain_shadow_off(struct xc *xc, domid_t domid);

/* From now on log the pages that the domain writes to. Not on the caller's own domain. */
int xc_logdirty_enable(struct xc *xc, domid_t domid);

/*
 * The log: bit n of byte n / 8 is the guest's page n, for pages of them, in a buffer of xc_buffer_alloc(); NULL: no
 * bits, only stats. clean: it starts over with what is written from now on (with NULL, all of it is forgotten).
 * Returns how many bits were written: no more than the guest has pages. stats may be NULL.
 */
long xc_logdirty_read(struct xc *xc, domid_t domid, bool clean, uint8_t *bitmap, uint64_t pages,
                      struct xen_domctl_shadow_op_stats *stats);

/* The most memory, in MiB, that the domain's shadow page tables take. */
int xc_shadow_get_allocation(struct xc *xc, domid_t domid, uint32_t *mib);
int xc_shadow_set_allocation(struct xc *xc, domid_t domid, uint32_t mib);

int xc_domain_ioport_permission(struct xc *xc, domid_t domid, uint32_t first, uint32_t count, bool allow);
int xc_domain_iomem_permission(struct xc *xc, domid_t domid, uint64_t first_mfn, uint64_t count, bool allow);
int xc_domain_irq_permission(struct xc *xc, domid_t domid, unsigned int pirq, bool allow);

/* --- Virtual CPUs --- */

int xc_vcpu_info(struct xc *xc, domid_t domid, unsigned int vcpu, struct xen_domctl_getvcpuinfo *info);

/* The 64-bit layout, for 64-bit domains. The domain must be paused for set; get pauses it meanwhile. */
int xc_vcpu_get_context(struct xc *xc, domid_t domid, unsigned int vcpu, vcpu_guest_context_t *context);
int xc_vcpu_set_context(struct xc *xc, domid_t domid, unsigned int vcpu, const vcpu_guest_context_t *context);

/*
 * CPU masks are bytes, bit n of byte n / 8 is CPU n; bytes >= (xc_max_cpus() + 7) / 8. Either may be NULL.
 * set writes back what has taken effect.
 */
int xc_vcpu_get_affinity(struct xc *xc, domid_t domid, unsigned int vcpu, uint8_t *hard, uint8_t *soft,
                         size_t bytes);
int xc_vcpu_set_affinity(struct xc *xc, domid_t domid, unsigned int vcpu, uint8_t *hard, uint8_t *soft,
                         size_t bytes);

/* --- Scheduler --- */

int xc_sched_id(struct xc *xc, uint32_t *sched_id);                     /* XEN_SCHEDULER_* */
int xc_sched_credit_get(struct xc *xc, domid_t domid, struct xen_domctl_sched_credit *params);
int xc_sched_credit_set(struct xc *xc, domid_t domid, const struct xen_domctl_sched_credit *params);
int xc_sched_credit2_get(struct xc *xc, domid_t domid, struct xen_domctl_sched_credit2 *params);
int xc_sched_credit2_set(struct xc *xc, domid_t domid, const struct xen_domctl_sched_credit2 *params);

/* Any scheduler, by union: cmd XEN_DOMCTL_SCHEDOP_*. */
int xc_sched_domain_op(struct xc *xc, domid_t domid, struct xen_domctl_scheduler_op *op);

/* A pool's global parameters (time slice, rate limit): cmd XEN_SYSCTL_SCHEDOP_putinfo or _getinfo. */
int xc_sched_pool_op(struct xc *xc, struct xen_sysctl_scheduler_op *op);

/* --- Memory --- */

/*
 * Extents of 2^order pages. frames: in, the guest frame (pfn) of each; out, the machine frame. Returns how
 * many were populated, from the first on: fewer than asked when memory ran out.
 */
long xc_memory_populate(struct xc *xc, domid_t domid, unsigned int order, unsigned int flags, size_t count,
                        xen_pfn_t *frames);

/* Give machine frames back. Returns how many. */
long xc_memory_decrease(struct xc *xc, domid_t domid, unsigned int order, size_t count,
                        const xen_pfn_t *mfns);

long xc_memory_current(struct xc *xc, domid_t domid);           /* pages, or -errno */
long xc_memory_maximum(struct xc *xc, domid_t domid);           /* pages, or -errno */
long xc_memory_maximum_gpfn(struct xc *xc, domid_t domid);
long xc_memory_max_ram_page(struct xc *xc);                     /* highest machine frame of RAM */
int xc_memory_claim(struct xc *xc, domid_t domid, uint64_t pages);

/* The one-entry memory map a PV domain is shown: RAM from 0 to limit_kib. */
int xc_domain_set_memory_map(struct xc *xc, domid_t domid, uint64_t limit_kib);

/* Updates of page tables (MMUEXT_*) on another domain's behalf; count <= 128. */
int xc_mmuext_op(struct xc *xc, domid_t domid, const struct mmuext_op *ops, unsigned int count);

/* Record pfns for machine frames in the machine-to-physical table; count pairs. */
int xc_machphys_update(struct xc *xc, domid_t domid, const xen_pfn_t *mfns, const xen_pfn_t *pfns,
                       size_t count);

/* Types (XEN_DOMCTL_PFINFO_*) of a domain's machine frames: in, frames; out, the type of each. */
int xc_domain_page_types(struct xc *xc, domid_t domid, xen_pfn_t *frames, size_t count);

/* --- Mapping other domains' memory --- */

/*
 * Map machine frames of a domain, prot as for mmap(). With errors NULL all must succeed, else errors[i] is 0
 * or -errno for each and failed pages are holes. NULL on failure, with errno set as well.
 */
void *xc_map_foreign(struct xc *xc, domid_t domid, int prot, const xen_pfn_t *mfns, size_t count,
                     int *errors);
void *xc_map_foreign_range(struct xc *xc, domid_t domid, int prot, xen_pfn_t first_mfn, size_t count);

/* Pages that only the hypervisor can name: type XENMEM_resource_grant_table and others. */
void *xc_map_resource(struct xc *xc, domid_t domid, int prot, unsigned int type, unsigned int id,
                      unsigned long first_frame, size_t count);

void xc_unmap(struct xc *xc, void *address, size_t count);

/* --- Host --- */

int xc_physinfo(struct xc *xc, struct xen_sysctl_physinfo *info);
int xc_max_cpus(struct xc *xc);                                 /* highest CPU number + 1, or -errno */
int xc_max_nodes(struct xc *xc);

/* Fill up to max entries; return how many CPUs (nodes) there are entries for. */
int xc_cpu_topology(struct xc *xc, struct xen_sysctl_cputopo *topology, unsigned int max);
int xc_cpu_idle_times(struct xc *xc, struct xen_sysctl_cpuinfo *info, unsigned int max);

/* distance may be NULL, else max * max entries: from i to j at [i * returned count + j]. */
int xc_numa_info(struct xc *xc, struct xen_sysctl_meminfo *memory, uint32_t *distance, unsigned int max);

/*
 * The hypervisor's message ring. Returns the number of bytes put into buffer (no NUL). With index not NULL
 * only what is newer than *index is read, and *index is advanced.
 */
long xc_read_console(struct xc *xc, char *buffer, size_t size, bool clear, uint32_t *index);

int xc_send_debug_keys(struct xc *xc, const char *keys);
int xc_avail_heap(struct xc *xc, unsigned int min_bits, unsigned int max_bits, int node, uint64_t *bytes);
int xc_cpu_hotplug(struct xc *xc, unsigned int cpu, unsigned int op);   /* XEN_SYSCTL_CPU_HOTPLUG_* */
int xc_pm_stat(struct xc *xc, struct xen_sysctl_get_pmstat *stat);
int xc_pm_op(struct xc *xc, struct xen_sysctl_pm_op *op);

/* Performance counters, before a reset: the arrays may be NULL to learn the numbers. */
int xc_perf_counters(struct xc *xc, bool reset, uint32_t *nr_counters, uint32_t *nr_values,
                     struct xen_sysctl_perfc_desc *counters, xen_sysctl_perfc_val_t *values);

/* Trace buffers; a mask of CPUs must be in a hypercall buffer. */
int xc_trace_op(struct xc *xc, struct xen_sysctl_tbuf_op *op);

/* --- CPU pools --- */

struct xc_cpupool {
    uint32_t id, sched_id, nr_domains;
    uint8_t cpus[512];                  /* mask, as for affinities */
};

/* The first pool with a number >= id; -ENOENT when there is none. */
int xc_cpupool_info(struct xc *xc, uint32_t id, struct xc_cpupool *pool);
int xc_cpupool_free_cpus(struct xc *xc, uint8_t *cpus, size_t bytes);
int xc_cpupool_create(struct xc *xc, uint32_t *id, uint32_t sched_id);  /* XEN_SYSCTL_CPUPOOL_PAR_ANY: any */
int xc_cpupool_destroy(struct xc *xc, uint32_t id);
int xc_cpupool_add_cpu(struct xc *xc, uint32_t id, uint32_t cpu);
int xc_cpupool_remove_cpu(struct xc *xc, uint32_t id, uint32_t cpu);
int xc_cpupool_move_domain(struct xc *xc, uint32_t id, domid_t domid);

/* --- Version and boot parameters --- */

struct xc_version {
    unsigned int major, minor;
    xen_extraversion_t extra;           /* ".0-..." */
    xen_compile_info_t compile;
    xen_capabilities_info_t capabilities;
    xen_changeset_info_t changeset;
    xen_platform_parameters_t platform;
    uint32_t features;                  /* submap 0: bit n is XENFEAT_ number n */
    uint32_t page_size;
    xen_commandline_t command_line;
};

int xc_version(struct xc *xc, struct xc_version *version);

/* The build identifier, up to size bytes. Returns its length; -ENODATA if the hypervisor has none. */
int xc_build_id(struct xc *xc, uint8_t *id, size_t size);

/* One platform_op (wall clock, firmware, microcode ...); the interface version is taken care of. */
int xc_platform_op(struct xc *xc, struct xen_platform_op *op);

/* --- Event channels on other domains' behalf --- */

/* A port of domid that remote may bind to. Returns the port. */
int xc_evtchn_alloc_unbound(struct xc *xc, domid_t domid, domid_t remote);
int xc_evtchn_status(struct xc *xc, domid_t domid, evtchn_port_t port, struct evtchn_status *status);
int xc_evtchn_reset(struct xc *xc, domid_t domid);

/* --- Grant table of a domain being built --- */

/*
 * Grant the console and xenstore pages of a new domain to the domains that serve them, in the entries
 * reserved for that (GNTTAB_RESERVED_CONSOLE, _XENSTORE), so that the daemons may map them by grant. Before
 * it runs.
 */
int xc_gnttab_seed(struct xc *xc, domid_t domid, xen_pfn_t console_mfn, domid_t console_domid,
                   xen_pfn_t store_mfn, domid_t store_domid);
int xc_gnttab_query_size(struct xc *xc, domid_t domid, unsigned int *frames, unsigned int *max_frames);

/* --- Device /dev/xen/evtchn: event channels of this program --- */

struct xc_evtchn;

int xc_evtchn_open(struct xc_evtchn **evtchn);
void xc_evtchn_close(struct xc_evtchn *evtchn);         /* unbinds all */
int xc_evtchn_fd(const struct xc_evtchn *evtchn);       /* for poll(): readable when a port is pending */

/* These return the local port or -errno. */
int xc_evtchn_bind_interdomain(struct xc_evtchn *evtchn, domid_t remote, evtchn_port_t remote_port);
int xc_evtchn_bind_unbound(struct xc_evtchn *evtchn, domid_t remote);
int xc_evtchn_bind_virq(struct xc_evtchn *evtchn, unsigned int virq);
int xc_evtchn_unbind(struct xc_evtchn *evtchn, evtchn_port_t port);
int xc_evtchn_notify(struct xc_evtchn *evtchn, evtchn_port_t port);

/*
 * The next pending port; blocks unless the fd was made non-blocking (-EAGAIN). It stays masked until
 * unmask.
 */
int xc_evtchn_pending(struct xc_evtchn *evtchn);
int xc_evtchn_unmask(struct xc_evtchn *evtchn, evtchn_port_t port);

/* --- Device /dev/xen/gntdev: mapping pages granted to this domain --- */

struct xc_gntdev;

int xc_gntdev_open(struct xc_gntdev **gntdev);
void xc_gntdev_close(struct xc_gntdev *gntdev);

/* Map count grants of one domain side by side; NULL and errno set on failure. */
void *xc_gntdev_map(struct xc_gntdev *gntdev, domid_t domid, const uint32_t *refs, unsigned int count,
                    int prot);
int xc_gntdev_unmap(struct xc_gntdev *gntdev, void *address, unsigned int count);

/*
 * When the mapping of this page ends, also by this program's death: clear a byte (>= 0), notify a port (>=
 * 0).
 */
int xc_gntdev_on_unmap(struct xc_gntdev *gntdev, void *address, int clear_offset, int notify_port);

#ifdef __cplusplus
}
#endif

#endif
