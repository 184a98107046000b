/* SPDX-License-Identifier: MIT */
/*
 * Grants: a domain lets one other domain map, copy or take pages of its own, by entries in a table it
 * shares with the hypervisor. grant_table_op(cmd, list[], count): any guest. Each entry's OUT status is a
 * GNTST_*; the call itself returns 0, -EFAULT, -EPERM, -EINVAL, -EBUSY, -ENOSYS, or (positive, cmds 4 to 7)
 * entries still to do.
 */
#ifndef __XEN_PUBLIC_GRANT_TABLE_H__
#define __XEN_PUBLIC_GRANT_TABLE_H__

#include "xen.h"

/*
 * Table entries. The granter writes frame and domid, then (after a write barrier) flags with
 * GTF_permit_access. It takes the grant back by a compare-and-swap of flags to 0 that fails while reading
 * or writing is set; version 2 keeps these two bits in grant_status_t words of their own.
 */
#define GTF_invalid             (0U << 0)
#define GTF_permit_access       (1U << 0)
#define GTF_accept_transfer     (2U << 0)   /* domid may give a page to us */
#define GTF_transitive          (3U << 0)   /* v2: passes on another domain's grant */
#define GTF_type_mask           (3U << 0)
#define _GTF_readonly           (2)
#define GTF_readonly            (1U << _GTF_readonly)
#define _GTF_reading            (3)         /* set by the hypervisor while mapped */
#define GTF_reading             (1U << _GTF_reading)
#define _GTF_writing            (4)         /* set by the hypervisor while mapped writable */
#define GTF_writing             (1U << _GTF_writing)
#define _GTF_PWT                (5)         /* cache attributes the mapping must have */
#define GTF_PWT                 (1U << _GTF_PWT)
#define _GTF_PCD                (6)
#define GTF_PCD                 (1U << _GTF_PCD)
#define _GTF_PAT                (7)
#define GTF_PAT                 (1U << _GTF_PAT)
#define _GTF_sub_page           (8)         /* v2: only a part of the page, only to be copied */
#define GTF_sub_page            (1U << _GTF_sub_page)
#define _GTF_transfer_committed (2)         /* accept_transfer: the slot is taken, */
#define GTF_transfer_committed  (1U << _GTF_transfer_committed)
#define _GTF_transfer_completed (3)         /* and the frame field now holds the page received */
#define GTF_transfer_completed  (1U << _GTF_transfer_completed)

/* Entries the toolstack fills in. */
#define GNTTAB_NR_RESERVED_ENTRIES 8
#define GNTTAB_RESERVED_CONSOLE    0
#define GNTTAB_RESERVED_XENSTORE   1

#define GNTTABOP_map_grant_ref     0    /* needs GNTMAP_* and a grant to the caller */
#define GNTTABOP_unmap_grant_ref   1
#define GNTTABOP_setup_table       2    /* grow the table and tell its frames */
#define GNTTABOP_dump_table        3    /* print it on the console; needs control over the domain */
#define GNTTABOP_transfer          4    /* give pages away; lost in any case unless GNTST_bad_page */
#define GNTTABOP_copy              5
#define GNTTABOP_query_size        6
#define GNTTABOP_unmap_and_replace 7    /* unmap, and put the mapping at new_addr in its place */
#if __XEN_INTERFACE_VERSION__ >= 0x0003020a
#define GNTTABOP_set_version       8    /* one entry; -EBUSY: grants in use. OUT: the version in force */
#define GNTTABOP_get_status_frames 9    /* one entry */
#define GNTTABOP_get_version       10
#define GNTTABOP_swap_grant_ref    11
#define GNTTABOP_cache_flush       12   /* part of a page of the caller's. -EOPNOTSUPP: by grant */
#endif

#define _GNTMAP_device_map      (0)     /* for devices: dev_bus_addr */
#define GNTMAP_device_map       (1 << _GNTMAP_device_map)
#define _GNTMAP_host_map        (1)     /* for the CPU: host_addr */
#define GNTMAP_host_map         (1 << _GNTMAP_host_map)
#define _GNTMAP_readonly        (2)
#define GNTMAP_readonly         (1 << _GNTMAP_readonly)
#define _GNTMAP_application_map (3)     /* user mode may use it */
#define GNTMAP_application_map  (1 << _GNTMAP_application_map)
#define _GNTMAP_contains_pte    (4)     /* host_addr is where the page-table entry is in the machine */
#define GNTMAP_contains_pte     (1 << _GNTMAP_contains_pte)
#define _GNTMAP_guest_avail0    (16)    /* for the entry's software bits */
#define GNTMAP_guest_avail_mask ((uint32_t)~0 << _GNTMAP_guest_avail0)

#define _GNTCOPY_source_gref (0)        /* source.u is a grant of source.domid, else the caller's own frame */
#define GNTCOPY_source_gref  (1 << _GNTCOPY_source_gref)
#define _GNTCOPY_dest_gref   (1)
#define GNTCOPY_dest_gref    (1 << _GNTCOPY_dest_gref)

#define GNTST_okay              (0)
#define GNTST_general_error     (-1)
#define GNTST_bad_domain        (-2)
#define GNTST_bad_gntref        (-3)
#define GNTST_bad_handle        (-4)
#define GNTST_bad_virt_addr     (-5)
#define GNTST_bad_dev_addr      (-6)
#define GNTST_no_device_space   (-7)
#define GNTST_permission_denied (-8)
#define GNTST_bad_page          (-9)
#define GNTST_bad_copy_arg      (-10)
#define GNTST_address_too_big   (-11)
#define GNTST_eagain            (-12)   /* the page is on its way, repeat */
#define GNTST_no_space          (-13)   /* out of handles */

/* Names of the above, by negated number. */
#define GNTTABOP_error_msgs { \
    "okay", "general error", "no such domain", "bad grant reference", "bad handle", "bad virtual address", \
    "bad device address", "no device mapping left", "permission denied", "unsuitable page", \
    "copy crosses a page boundary", "frame number too big", "try again", "out of handles", \
}

#ifndef __ASSEMBLY__

typedef uint32_t grant_ref_t;       /* index of a table entry */
typedef uint32_t grant_handle_t;    /* a mapping, to undo it by */

#if __XEN_INTERFACE_VERSION__ < 0x0003020a
#define grant_entry_v1 grant_entry
#define grant_entry_v1_t grant_entry_t
#endif

typedef struct grant_entry_v1 {
    uint16_t flags;     /* GTF_* */
    domid_t domid;      /* whom it is for */
    uint32_t frame;
} grant_entry_v1_t;

#if __XEN_INTERFACE_VERSION__ >= 0x0003020a
typedef struct grant_entry_header {
    uint16_t flags;
    domid_t domid;
} grant_entry_header_t;

typedef union grant_entry_v2 {
    grant_entry_header_t hdr;
    struct {
        grant_entry_header_t hdr;
        uint32_t pad0;
        uint64_t frame;
    } full_page;
    struct {
        grant_entry_header_t hdr;
        uint16_t page_off;
        uint16_t length;
        uint64_t frame;
    } sub_page;
    struct {
        grant_entry_header_t hdr;
        domid_t trans_domid;
        uint16_t pad0;
        grant_ref_t gref;
    } transitive;
    uint32_t __spacer[4];
} grant_entry_v2_t;

typedef uint16_t grant_status_t;
#endif

typedef struct gnttab_map_grant_ref {
    uint64_t host_addr;
    uint32_t flags;             /* GNTMAP_* */
    grant_ref_t ref;
    domid_t dom;                /* the granter */
    int16_t status;             /* OUT, as the next two */
    grant_handle_t handle;
    uint64_t dev_bus_addr;
} gnttab_map_grant_ref_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_map_grant_ref_t);

/* An address of 0 leaves that half of the mapping alone. */
typedef struct gnttab_unmap_grant_ref {
    uint64_t host_addr;
    uint64_t dev_bus_addr;
    grant_handle_t handle;
    int16_t status;             /* OUT */
} gnttab_unmap_grant_ref_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_unmap_grant_ref_t);

typedef struct gnttab_setup_table {
    domid_t dom;
    uint32_t nr_frames;         /* wanted at least */
    int16_t status;             /* OUT */
#if __XEN_INTERFACE_VERSION__ < 0x00040300
    XEN_GUEST_HANDLE(ulong) frame_list;
#else
    XEN_GUEST_HANDLE(xen_pfn_t) frame_list;     /* OUT: nr_frames of them */
#endif
} gnttab_setup_table_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_setup_table_t);

typedef struct gnttab_dump_table {
    domid_t dom;
    int16_t status;             /* OUT */
} gnttab_dump_table_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_dump_table_t);

typedef struct gnttab_transfer {
    xen_pfn_t mfn;              /* our page */
    domid_t domid;              /* who gets it, */
    grant_ref_t ref;            /* by which accept_transfer entry */
    int16_t status;             /* OUT */
} gnttab_transfer_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_transfer_t);

typedef struct gnttab_copy {
    struct gnttab_copy_ptr {
        union {
            grant_ref_t ref;
            xen_pfn_t gmfn;
        } u;
        domid_t domid;
        uint16_t offset;
    } source, dest;
    uint16_t len;
    uint16_t flags;             /* GNTCOPY_* */
    int16_t status;             /* OUT */
} gnttab_copy_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_copy_t);

typedef struct gnttab_query_size {
    domid_t dom;
    uint32_t nr_frames;         /* OUT, as the rest */
    uint32_t max_nr_frames;
    int16_t status;
} gnttab_query_size_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_query_size_t);

typedef struct gnttab_unmap_and_replace {
    uint64_t host_addr;
    uint64_t new_addr;
    grant_handle_t handle;
    int16_t status;             /* OUT */
} gnttab_unmap_and_replace_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_unmap_and_replace_t);

#if __XEN_INTERFACE_VERSION__ >= 0x0003020a

typedef struct gnttab_set_version {
    uint32_t version;
} gnttab_set_version_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_set_version_t);

typedef struct gnttab_get_status_frames {
    uint32_t nr_frames;
    domid_t dom;
    int16_t status;             /* OUT */
    XEN_GUEST_HANDLE(uint64_t) frame_list;      /* OUT */
} gnttab_get_status_frames_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_get_status_frames_t);

typedef struct gnttab_get_version {
    domid_t dom;
    uint16_t pad;
    uint32_t version;           /* OUT */
} gnttab_get_version_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_get_version_t);

typedef struct gnttab_swap_grant_ref {
    grant_ref_t ref_a;
    grant_ref_t ref_b;
    int16_t status;             /* OUT */
} gnttab_swap_grant_ref_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_swap_grant_ref_t);

typedef struct gnttab_cache_flush {
    union {
        uint64_t dev_bus_addr;
        grant_ref_t ref;
    } a;
    uint16_t offset;
    uint16_t length;
#define GNTTAB_CACHE_CLEAN       (1u << 0)
#define GNTTAB_CACHE_INVAL       (1u << 1)
#define GNTTAB_CACHE_SOURCE_GREF (1u << 31)
    uint32_t op;
} gnttab_cache_flush_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_cache_flush_t);

#endif
#endif
#endif
