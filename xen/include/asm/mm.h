/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames and their types.
 *
 * Every frame of RAM has a struct page_info. count_info counts general references and says who allocated it;
 * type_info counts references as one type at a time: none, page table of level 1..4, descriptor-table
 * segment, writable. A frame may change type only when its type count is zero; so no frame is ever both
 * writable by a guest and in use as a page table. The model, and the rules for validating tables, are written
 * at the head of arch/x86/mm/frame.c and table.c.
 */
#ifndef ASM_MM_H
#define ASM_MM_H

#include <xen/frame.h>
#include <xen/lib.h>
#include <xen/cpumask.h>
#include <xen/spinlock.h>
#include <asm/page.h>
#include <public/xen.h>

struct domain; struct vcpu; struct cpu_user_regs;

/* Frames linked by index, 8 bytes each; a list's head and count. Holder of the list's lock only. */
struct page_link { uint32_t next, prev; };
struct page_list { uint32_t head, tail; unsigned long count; };

struct page_info {
    struct page_link link;
    uint64_t count_info;                  /* PGC_*, count in the low bits */
    union {
        uint64_t type_info;               /* PGT_*, count in the low bits */
        uint64_t shadow_of;               /* frame of a shadow, which has no owner: the guest's table */
    };
    /* domain id, DOMID_INVALID: none (frame.c turns it into a pointer: page_owner) */
    uint16_t owner;
    uint8_t order;                        /* while free, at the head of a block */
    bool dirty;                           /* contents are somebody's secrets: clear before a domain gets it */
    union {
        uint32_t tlbflush_timestamp;      /* when it lost its last type or was freed */
        struct {                          /* of a page table; changes with its lock or while it is validated */
            uint16_t nr_validated : 15, partial : 1;
            uint16_t nr_linear;           /* entries that name another table of its level */
        };
    };
};

/* count_info */
#define PGC_allocated      (1UL << 63)    /* its owner's own reference */
#define PGC_xen_heap       (1UL << 62)    /* the hypervisor's, shared with a guest */
#define PGC_state_free     (1UL << 60)
#define PGC_relinquished   (1UL << 54)    /* of a dying domain, on its relmem_list */
#define PGC_count_mask     ((1UL << 54) - 1)

/* type_info */
#define PGT_none           (0UL << 61)
#define PGT_l1_page_table  (1UL << 61)
#define PGT_l2_page_table  (2UL << 61)
#define PGT_l3_page_table  (3UL << 61)
#define PGT_l4_page_table  (4UL << 61)
#define PGT_seg_desc_page  (5UL << 61)
#define PGT_writable_page  (6UL << 61)
#define PGT_pinned         (1UL << 60)
#define PGT_validated      (1UL << 59)
#define PGT_xen_l2         (1UL << 58)    /* with level 2, part of the type */
#define PGT_partial        (1UL << 57)
#define PGT_locked         (1UL << 56)
#define PGT_superpage      (1UL << 54)    /* first of a run that is marked: mm/superpage.c */
#define PGT_linear         (1UL << 55)    /* a page table with nr_linear: mm/linear.c */
#define PGT_named_one      (1UL << 40)    /* counts the references that such entries are, besides */
#define PGT_named_mask     (0x3fffUL << 40)
/* More than entries fit into memory: 8 bytes each, of the 5 TB that are in the direct map. */
#define PGT_count_mask     ((1UL << 40) - 1)
/* A 32-bit guest's level 2 table behind entry 3: above the hole's start its slots are ours. */
#define PGT_l2_xen_page_table (PGT_l2_page_table | PGT_xen_l2)
#define PGT_type_mask      (7UL << 61 | PGT_xen_l2)

/* struct page_info frame_table[] is at FRAMETABLE_VIRT_START. */
#define mfn_to_page(m)   ((struct page_info *)(FRAMETABLE_VIRT_START + (m).n * sizeof(struct page_info)))
#define page_to_mfn(pg)  mfn((pg) - (struct page_info *)FRAMETABLE_VIRT_START)
#define page_to_virt(pg) mfn_to_virt(page_to_mfn(pg))
#define virt_to_page(va) mfn_to_page(virt_to_mfn(va))

/*
 * Has the frame a page_info? Chunks of 2^FRAME_CHUNK_SHIFT frames (2 MiB of frame table) that contain RAM do.
 */
#define FRAME_CHUNK_SHIFT 16
#define MAX_FRAMES ((DIRECTMAP_VIRT_END - DIRECTMAP_VIRT_START) >> PAGE_SHIFT)
extern unsigned long frame_chunks[BITS_TO_LONGS(MAX_FRAMES >> FRAME_CHUNK_SHIFT)];
static always_inline bool mfn_valid(mfn_t m)
{
    return m.n < MAX_FRAMES && test_bit(m.n >> FRAME_CHUNK_SHIFT, frame_chunks);
}
/* NULL: none. Stable only while a reference is held: a domain that owns frames stays. */
extern struct domain *frame_owner[DOMID_INVALID + 1];
static always_inline struct domain *page_owner(const struct page_info *pg) { return frame_owner[pg->owner]; }

void page_list_init(struct page_list *l);
void page_list_add(struct page_list *l, struct page_info *pg);
void page_list_add_tail(struct page_list *l, struct page_info *pg);
void page_list_del(struct page_list *l, struct page_info *pg);
struct page_info *page_list_first(const struct page_list *l);     /* NULL: empty */
struct page_info *page_list_next(const struct page_info *pg);     /* NULL: the last */
struct page_info *page_list_remove_head(struct page_list *l);
static inline bool page_list_empty(const struct page_list *l) { return l->count == 0; }

/* References. get_page: false unless owned by d. put_page frees with the last. */
bool get_page(struct page_info *pg, const struct domain *d);
bool get_page_any_owner(struct page_info *pg);
void put_page(struct page_info *pg);
struct page_info *get_page_from_mfn(mfn_t m, const struct domain *d);   /* checked: NULL if not d's */
/* Type references. 0, -EINVAL (other type in use) */
int get_page_type(struct page_info *pg, uint64_t type);
void put_page_type(struct page_info *pg);
static inline bool get_page_and_type(struct page_info *pg, const struct domain *d, uint64_t type)
{
    if (!get_page(pg, d))
        return false;
    if (get_page_type(pg, type) == 0)
        return true;
    put_page(pg);
    return false;
}
static inline void put_page_and_type(struct page_info *pg) { put_page_type(pg); put_page(pg); }

/*
 * machine-to-phys table: what pfn its owner calls a frame. 32-bit guests have one of 32-bit entries, for the first
 * M2P32_FRAMES only: their memory is below 2^PAE_ADDRESS_BITS. They see it from PAE_HOLE_START on, as 2 MiB pages.
 * It is made with the first of them, whose maker relies on the order in which an entry is written to both.
 */
#define M2P32_PIECE_SHIFT 19
#define PAE_ADDRESS_BITS  34
#define M2P32_FRAMES      (1UL << (PAE_ADDRESS_BITS - PAGE_SHIFT))
#define M2P_PIECE_ORDER   9
#define M2P_PIECE_SIZE    (PAGE_SIZE << M2P_PIECE_ORDER)
extern uint32_t *m2p32[M2P32_FRAMES >> M2P32_PIECE_SHIFT];     /* by piece; NULL: not made */
#define machine_to_phys_ro ((const unsigned long *)RO_MPT_VIRT_START)
static inline void set_m2p(mfn_t m, unsigned long pfn_or_invalid)
{
    uint32_t *piece;

    WRITE_ONCE(((unsigned long *)RDWR_MPT_VIRT_START)[m.n], pfn_or_invalid);
    piece = m.n < M2P32_FRAMES ? READ_ONCE(m2p32[m.n >> M2P32_PIECE_SHIFT]) : NULL;
    if (piece)
        WRITE_ONCE(piece[m.n & ((1UL << M2P32_PIECE_SHIFT) - 1)], pfn_or_invalid);
}
static inline unsigned long get_m2p(mfn_t m) { return READ_ONCE(((unsigned long *)RDWR_MPT_VIRT_START)[m.n]); }

/* ---- what pv/, domctl and dom0 build use of arch/x86/mm ---- */
/* direct map, frame table, m2p, frame allocator; before it only set_fixmap() works */
void mm_boot_init(void);
#define M2P_PIECE_SHIFT 18                        /* 2 MiB of m2p cover so many frames */
mfn_t m2p_piece(unsigned long nr);                /* XENMEM_machphys_mfn_list */
mfn_t m2p32_piece(unsigned long nr);              /* the same of M2P32_PIECE_SHIFT; 0: none so high, or not yet */
int m2p32_make(void);                             /* 0, -ENOMEM, -ERESTART */
int domain_mm_init(struct domain *d);             /* per-domain slot; arch_domain_create */
void domain_mm_destroy(struct domain *d);
/* Make a domain that has no memory yet a 32-bit one, or a 64-bit one again. 0, -EBUSY, -ENOMEM, -ERESTART */
int domain_mm_set_width(struct domain *d, bool is_32bit);
int vcpu_mm_init(struct vcpu *v);
void vcpu_mm_destroy(struct vcpu *v);
int domain_mm_relinquish(struct domain *d);       /* drop cr3s, pins, then frames; -ERESTART */
int relinquish_pin(struct page_info *pg);          /* of a dying domain's frame: 0, -ERESTART */
void init_guest_l4(pte_t *l4, struct domain *d);  /* fill in slots 256..271 */
/*
 * New kernel and user top-level tables of v (mfn 0 / INVALID: none), referenced and typed. For vcpu context
 * and mmuext.
 */
int vcpu_set_guest_cr3(struct vcpu *v, mfn_t kernel, mfn_t user);
void update_cr3(struct vcpu *v);                  /* compute v->arch.cr3 from guest tables and mode */
void write_cr3_for(struct vcpu *v);               /* load it on this CPU */
void toggle_guest_mode(struct vcpu *v);           /* kernel <-> user, swaps GS base and cr3 */
/* The guest's page fault: true when it was ours to fix (writable page table, spurious, lazy LDT). */
bool fixup_guest_fault(unsigned long va, struct cpu_user_regs *regs);
/* Map the page of the current vcpu's LDT that its area at va stands for. Interrupts are on. False: there is none. */
bool map_ldt_page(struct vcpu *v, unsigned long va);
/* Slot of the LDT/GDT: used by set_gdt and context switch. */
int set_guest_gdt(struct vcpu *v, const unsigned long *frames, unsigned entries);
void destroy_guest_gdt(struct vcpu *v);
bool invalidate_shadow_ldt(struct vcpu *v);
/* Read or write a guest page-table entry of the current address space by virtual address. 0 entry: none */
pte_t guest_kernel_pte(const struct vcpu *v, unsigned long va);
/* Do the tables of the mode that v is in allow an access, described as in a fault's error code? *entry: of level 1 */
bool access_allowed(const struct vcpu *v, unsigned long va, uint32_t error_code, pte_t *entry);
/* Translate the current vcpu's guest address for the emulator: frame with a reference, or NULL */
struct page_info *get_page_from_gva(struct vcpu *v, unsigned long va, bool write);
struct page_info *get_page_from_gfn(struct domain *d, gfn_t g);

/* Whether the domain, with I/O memory or ports, may map RAM uncached and flush caches. */
bool may_bypass_cache(const struct domain *d);

/* ---- TLB ---- */
#define FLUSH_TLB        0x1       /* non-global too */
#define FLUSH_TLB_GLOBAL 0x2
#define FLUSH_CACHE      0x4
#define FLUSH_ONE        0x8       /* one page, va given */
void flush_area_local(const void *va, unsigned flags);
void flush_area_mask(const cpumask_t *mask, const void *va, unsigned flags);
static inline void flush_tlb_mask(const cpumask_t *m) { flush_area_mask(m, 0, FLUSH_TLB | FLUSH_TLB_GLOBAL); }
void flush_tlb_all(void);                         /* every CPU that runs, this one too */
void flush_area_interrupt(void);                  /* INVALIDATE_TLB_VECTOR */
/* The clock that stamps frames ticks with every complete flush of a CPU. */
extern uint32_t tlbflush_clock;
static always_inline uint32_t tlbflush_current_time(void) { return READ_ONCE(tlbflush_clock); }
/* Which CPUs of the mask may still hold stale entries of a frame stamped then. */
void tlbflush_filter(cpumask_t *mask, uint32_t page_timestamp);

#endif
