/* SPDX-License-Identifier: MIT */
/*
 * Virtual network interfaces. Store nodes, backend: mac, feature-sg, feature-gso-tcpv4, feature-gso-tcpv6,
 * feature-rx-copy, feature-no-csum-offload, feature-ipv6-csum-offload, feature-multicast-control,
 * feature-split-event-channels, feature-ctrl-ring, multi-queue-max-queues. Frontend: tx-ring-ref,
 * rx-ring-ref, event-channel (or event-channel-tx and -rx), request-rx-copy, feature-rx-notify,
 * ctrl-ring-ref, event-channel-ctrl, multi-queue-num-queues and then queue-N/.
 *
 * A packet is a first slot, extra infos if _extra_info is set, then further slots as long as _more_data is
 * set.
 */
#ifndef __XEN_PUBLIC_IO_NETIF_H__
#define __XEN_PUBLIC_IO_NETIF_H__

#include "ring.h"
#include "../grant_table.h"

/* A backend takes packets of up to this many slots, a frontend must not send more without asking. */
#define XEN_NETIF_NR_SLOTS_MIN 18
#define XEN_NETIF_MAX_TX_SIZE  0xFFFF

/* Flags of transmit requests (guest to backend): */
#define _NETTXF_csum_blank     (0)      /* checksum not filled in */
#define NETTXF_csum_blank      (1U << _NETTXF_csum_blank)
#define _NETTXF_data_validated (1)      /* no need to check it */
#define NETTXF_data_validated  (1U << _NETTXF_data_validated)
#define _NETTXF_more_data      (2)
#define NETTXF_more_data       (1U << _NETTXF_more_data)
#define _NETTXF_extra_info     (3)
#define NETTXF_extra_info      (1U << _NETTXF_extra_info)

/* Flags of receive responses (backend to guest): */
#define _NETRXF_data_validated (0)
#define NETRXF_data_validated  (1U << _NETRXF_data_validated)
#define _NETRXF_csum_blank     (1)
#define NETRXF_csum_blank      (1U << _NETRXF_csum_blank)
#define _NETRXF_more_data      (2)
#define NETRXF_more_data       (1U << _NETRXF_more_data)
#define _NETRXF_extra_info     (3)
#define NETRXF_extra_info      (1U << _NETRXF_extra_info)
#define _NETRXF_gso_prefix     (4)      /* this slot only tells the segment size */
#define NETRXF_gso_prefix      (1U << _NETRXF_gso_prefix)

#define XEN_NETIF_EXTRA_TYPE_NONE      (0)
#define XEN_NETIF_EXTRA_TYPE_GSO       (1)
#define XEN_NETIF_EXTRA_TYPE_MCAST_ADD (2)
#define XEN_NETIF_EXTRA_TYPE_MCAST_DEL (3)
#define XEN_NETIF_EXTRA_TYPE_HASH      (4)
#define XEN_NETIF_EXTRA_TYPE_MAX       (5)
#define _XEN_NETIF_EXTRA_FLAG_MORE (0)  /* another one follows */
#define XEN_NETIF_EXTRA_FLAG_MORE  (1U << _XEN_NETIF_EXTRA_FLAG_MORE)

#define XEN_NETIF_GSO_TYPE_NONE  (0)
#define XEN_NETIF_GSO_TYPE_TCPV4 (1)
#define XEN_NETIF_GSO_TYPE_TCPV6 (2)

#define NETIF_RSP_DROPPED -2
#define NETIF_RSP_ERROR   -1
#define NETIF_RSP_OKAY    0
#define NETIF_RSP_NULL    1             /* answers an extra info's slot */

/* Control ring: how the backend spreads packets over the guest's queues, and grants to keep mapped. */
#define _XEN_NETIF_CTRL_HASH_TYPE_IPV4     0
#define XEN_NETIF_CTRL_HASH_TYPE_IPV4      (1 << _XEN_NETIF_CTRL_HASH_TYPE_IPV4)
#define _XEN_NETIF_CTRL_HASH_TYPE_IPV4_TCP 1
#define XEN_NETIF_CTRL_HASH_TYPE_IPV4_TCP  (1 << _XEN_NETIF_CTRL_HASH_TYPE_IPV4_TCP)
#define _XEN_NETIF_CTRL_HASH_TYPE_IPV6     2
#define XEN_NETIF_CTRL_HASH_TYPE_IPV6      (1 << _XEN_NETIF_CTRL_HASH_TYPE_IPV6)
#define _XEN_NETIF_CTRL_HASH_TYPE_IPV6_TCP 3
#define XEN_NETIF_CTRL_HASH_TYPE_IPV6_TCP  (1 << _XEN_NETIF_CTRL_HASH_TYPE_IPV6_TCP)

#define XEN_NETIF_CTRL_HASH_ALGORITHM_NONE     0
#define XEN_NETIF_CTRL_HASH_ALGORITHM_TOEPLITZ 1

#define XEN_NETIF_CTRL_TYPE_INVALID               0
#define XEN_NETIF_CTRL_TYPE_GET_HASH_FLAGS        1
#define XEN_NETIF_CTRL_TYPE_SET_HASH_FLAGS        2     /* data: flags */
#define XEN_NETIF_CTRL_TYPE_SET_HASH_KEY          3     /* data: grant, bytes */
#define XEN_NETIF_CTRL_TYPE_GET_HASH_MAPPING_SIZE 4
#define XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING_SIZE 5     /* data: entries */
#define XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING      6     /* data: grant, entries, offset */
#define XEN_NETIF_CTRL_TYPE_SET_HASH_ALGORITHM    7     /* data: algorithm */
#define XEN_NETIF_CTRL_TYPE_GET_GREF_MAPPING_SIZE 8     /* data: queue */
#define XEN_NETIF_CTRL_TYPE_ADD_GREF_MAPPING      9     /* data: queue, grant of a list, entries */
#define XEN_NETIF_CTRL_TYPE_DEL_GREF_MAPPING      10

#define XEN_NETIF_CTRL_STATUS_SUCCESS           0
#define XEN_NETIF_CTRL_STATUS_NOT_SUPPORTED     1
#define XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER 2
#define XEN_NETIF_CTRL_STATUS_BUFFER_OVERFLOW   3

#define _XEN_NETIF_CTRLF_GREF_readonly 0
#define XEN_NETIF_CTRLF_GREF_readonly  (1U << _XEN_NETIF_CTRLF_GREF_readonly)

#ifndef __ASSEMBLY__

struct xen_netif_ctrl_request {
    uint16_t id;
    uint16_t type;
    uint32_t data[3];
};

struct xen_netif_ctrl_response {
    uint16_t id;
    uint16_t type;
    uint32_t status;
    uint32_t data;
};

struct xen_netif_gref {
    grant_ref_t ref;
    uint16_t flags;
    uint16_t status;            /* OUT */
};

DEFINE_RING_TYPES(xen_netif_ctrl, struct xen_netif_ctrl_request, struct xen_netif_ctrl_response);

#ifdef XEN_NETIF_DEFINE_TOEPLITZ
/* Toeplitz hash: for each set bit i of buf, XOR in the 32 bits of key (zero-padded) that start at bit i. */
static uint32_t xen_netif_toeplitz_hash(const uint8_t *key, unsigned int keylen, const uint8_t *buf,
                                        unsigned int buflen)
{
    uint64_t window = 0;
    uint32_t hash = 0;
    unsigned int i, bit;

    for (i = 0; i < 4; i++)
        window = window << 8 | (i < keylen ? key[i] : 0);
    for (i = 0; i < buflen; i++) {
        window = window << 8 | (i + 4 < keylen ? key[i + 4] : 0);
        for (bit = 0; bit < 8; bit++)
            if (buf[i] & (0x80 >> bit))
                hash ^= (uint32_t)(window >> (8 - bit));
    }
    return hash;
}
#endif

/* size: of the whole packet in the first slot, of this part in others. */
typedef struct netif_tx_request {
    grant_ref_t gref;
    uint16_t offset;
    uint16_t flags;
    uint16_t id;
    uint16_t size;
} netif_tx_request_t;

typedef struct netif_extra_info {
    uint8_t type;
    uint8_t flags;
    union {
        struct {
            uint16_t size;      /* payload of each segment */
            uint8_t type;
            uint8_t pad;
            uint16_t features;  /* 0 */
        } gso;
        struct {
            uint8_t addr[6];
        } mcast;
        struct {
            uint8_t type;
            uint8_t algorithm;
            uint8_t value[4];
        } hash;
        uint16_t pad[3];
    } u;
} netif_extra_info_t;

typedef struct netif_tx_response {
    uint16_t id;
    int16_t status;             /* NETIF_RSP_* */
} netif_tx_response_t;

typedef struct netif_rx_request {
    uint16_t id;
    uint16_t pad;
    grant_ref_t gref;           /* an empty page */
} netif_rx_request_t;

typedef struct netif_rx_response {
    uint16_t id;
    uint16_t offset;
    uint16_t flags;
    int16_t status;             /* bytes, or NETIF_RSP_* below 0 */
} netif_rx_response_t;

DEFINE_RING_TYPES(netif_tx, struct netif_tx_request, struct netif_tx_response);
DEFINE_RING_TYPES(netif_rx, struct netif_rx_request, struct netif_rx_response);

#endif
#endif
