/* SPDX-License-Identifier: MIT */
/*
 * Virtual disks. Store nodes, backend: mode, params, type, sectors, sector-size, info (VDISK_*),
 * feature-barrier, feature-flush-cache, feature-discard, feature-persistent, feature-max-indirect-segments,
 * max-ring-page-order, multi-queue-max-queues. Frontend: ring-ref (or ring-page-order, ring-refN),
 * event-channel, protocol, virtual-device, feature-persistent, multi-queue-num-queues and then queue-N/.
 * Sectors of requests are of 512 bytes.
 */
#ifndef __XEN_PUBLIC_IO_BLKIF_H__
#define __XEN_PUBLIC_IO_BLKIF_H__

#include "ring.h"
#include "../grant_table.h"

#ifndef blkif_vdev_t
#define blkif_vdev_t uint16_t
#endif
#define blkif_sector_t uint64_t

#define BLKIF_OP_READ            0
#define BLKIF_OP_WRITE           1
#define BLKIF_OP_WRITE_BARRIER   2  /* ordered after all before and before all after; feature-barrier */
#define BLKIF_OP_FLUSH_DISKCACHE 3  /* no segments; feature-flush-cache */
#define BLKIF_OP_RESERVED_1      4
#define BLKIF_OP_DISCARD         5  /* blkif_request_discard; feature-discard */
#define BLKIF_OP_INDIRECT        6  /* blkif_request_indirect; feature-max-indirect-segments */

#define BLKIF_MAX_SEGMENTS_PER_REQUEST       11
#define BLKIF_MAX_INDIRECT_PAGES_PER_REQUEST 8

#ifndef __ASSEMBLY__

struct blkif_request_segment {
    grant_ref_t gref;
    uint8_t first_sect, last_sect;  /* in the page, inclusive */
};

typedef struct blkif_request {
    uint8_t operation;
    uint8_t nr_segments;
    blkif_vdev_t handle;
    uint64_t id;                    /* comes back in the response */
    blkif_sector_t sector_number;
    struct blkif_request_segment seg[BLKIF_MAX_SEGMENTS_PER_REQUEST];
} blkif_request_t;

typedef struct blkif_request_discard {
    uint8_t operation;
    uint8_t flag;
#define BLKIF_DISCARD_SECURE (1 << 0)
    blkif_vdev_t handle;
    uint64_t id;
    blkif_sector_t sector_number;
    uint64_t nr_sectors;
} blkif_request_discard_t;

/* Segments lie in granted pages, 512 of 8 bytes in each. */
typedef struct blkif_request_indirect {
    uint8_t operation;
    uint8_t indirect_op;            /* READ or WRITE */
    uint16_t nr_segments;
    uint64_t id;
    blkif_sector_t sector_number;
    blkif_vdev_t handle;
    grant_ref_t indirect_grefs[BLKIF_MAX_INDIRECT_PAGES_PER_REQUEST];
#ifdef __i386__
    uint64_t pad;
#endif
} blkif_request_indirect_t;

typedef struct blkif_response {
    uint64_t id;
    uint8_t operation;
    int16_t status;                 /* BLKIF_RSP_* */
} blkif_response_t;

DEFINE_RING_TYPES(blkif, struct blkif_request, struct blkif_response);

#endif

#define BLKIF_RSP_EOPNOTSUPP -2
#define BLKIF_RSP_ERROR      -1
#define BLKIF_RSP_OKAY       0

#define VDISK_CDROM     0x1
#define VDISK_REMOVABLE 0x2
#define VDISK_READONLY  0x4

#endif
