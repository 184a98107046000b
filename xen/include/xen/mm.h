/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory: frames from the frame allocator (common/mem/frame.c), small blocks from the heap
 * (common/mem/heap.c). Page type and reference counts are in asm/mm.h.
 */
#ifndef XEN_MM_H
#define XEN_MM_H

#include <xen/frame.h>
#include <xen/list.h>
#include <asm/page.h>

struct domain;
struct page_info;

/* Heap: 16-byte aligned, zeroed by xzalloc. NULL when there is no memory. Not from interrupts. */
void *xmalloc_bytes(size_t size, size_t align);
void *xzalloc_bytes(size_t size, size_t align);
void xfree(void *p);                                         /* NULL is fine */
#define xmalloc(type)          ((type *)xmalloc_bytes(sizeof(type), __alignof__(type)))
#define xzalloc(type)          ((type *)xzalloc_bytes(sizeof(type), __alignof__(type)))
#define xmalloc_array(type, n) ((type *)xmalloc_bytes(sizeof(type) * (n), __alignof__(type)))
#define xzalloc_array(type, n) ((type *)xzalloc_bytes(sizeof(type) * (n), __alignof__(type)))

/* 2^order frames for the hypervisor itself, mapped in the direct map; not zeroed. */
void *alloc_xenheap_pages(unsigned order);
void free_xenheap_pages(void *v, unsigned order);
#define alloc_xenheap_page() alloc_xenheap_pages(0)
#define free_xenheap_page(v) free_xenheap_pages(v, 0)
void *zalloc_xenheap_page(void);
void *zalloc_xenheap_page_below(unsigned bits);

/*
 * 2^order frames for domain d (counted against its limit, one reference, PGC_allocated), or for no domain (d
 * NULL, hypervisor use).
 */
#define MEMF_no_limit    (1u << 0)       /* the domain's limit does not apply */
#define MEMF_bits(n)     ((n) << MEMF_bits_shift)     /* machine address below 2^n */
#define MEMF_bits_shift  8
#define MEMF_no_scrub    (1u << 1)       /* contents may be garbage of no secrecy: caller overwrites all */
struct page_info *alloc_domheap_pages(struct domain *d, unsigned order, unsigned memflags);
/* The same, but they are nobody's until assign_pages(). */
struct page_info *take_domheap_pages(struct domain *d, unsigned order, unsigned memflags);
unsigned domain_memflags(const struct domain *d, unsigned memflags);
void free_domheap_pages(struct page_info *pg, unsigned order);
#define alloc_domheap_page(d, f) alloc_domheap_pages(d, 0, f)
#define free_domheap_page(pg)    free_domheap_pages(pg, 0)
/* Give frames without owner to d. 0, or -errno: over limit, dying. */
int assign_pages(struct domain *d, struct page_info *pg, unsigned order, unsigned memflags);

unsigned long avail_frames(void);           /* free, in frames */
unsigned long avail_frames_below(unsigned bits);
unsigned long total_frames(void);           /* RAM known to the allocator */
extern unsigned long max_page;              /* one more than the highest RAM frame number */
unsigned long claimed_frames(void);         /* promised to domains by XENMEM_claim_pages */
int domain_claim_pages(struct domain *d, unsigned long pages);

/* Boot: hand RAM to the allocator, before and after the frame table exists. common/mem, arch/x86/mm/init.c */
void boot_pages_add(paddr_t start, paddr_t end);
/* frames below it are in the direct map: boot_pages_alloc() stays there */
extern unsigned long boot_pages_limit;
mfn_t boot_pages_alloc(unsigned long count, unsigned long align);
void frame_allocator_init(void);
extern bool frame_allocator_ready;

/* Give back init text and data. */
void free_init_memory(void);

/* memory_op sub-operations are in common/control/memory.c and arch/x86/mm/memory.c */
int domain_adjust_tot_pages(struct domain *d, long pages);   /* holds d->page_alloc_lock */
long arch_memory_op(unsigned cmd, void *arg);
long arch_maximum_gpfn(const struct domain *d);
/*
 * Take a frame from d whose only reference besides d's own is the caller's: it is nobody's then. False: in
 * use.
 */
bool detach_page(struct domain *d, struct page_info *pg);
/* The same for a frame the caller has no reference to, and that may go to another domain at once. */
bool steal_page(struct domain *d, struct page_info *pg);
/* Remove all of a dying domain's frames; 0, -ERESTART. */
int domain_relinquish_pages(struct domain *d);

/* Share a xenheap page with a domain (shared_info, grant frames). */
enum share_access { SHARE_rw, SHARE_ro };
void share_xen_page_with_guest(struct page_info *pg, struct domain *d, enum share_access access);
void share_xen_page_with_privileged_guests(struct page_info *pg, enum share_access access);
/* Undo, dropping the allocation reference; the page is freed with its last reference. */
void unshare_xen_page(struct page_info *pg);

#endif
