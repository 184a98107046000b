/* SPDX-License-Identifier: MIT */
/*
 * Rings: one shared page (or several) of requests going from the frontend to the backend and responses
 * coming back in the same slots. Indexes run freely and are reduced to the ring's size, a power of two, on
 * use. Each side has private indexes of what it produced and consumed; the other side's shared ones are not
 * to be trusted.
 *
 * The includer provides memset, memcpy, offsetof and, for interface versions before 3.2.8, mb, rmb, wmb;
 * later ones xen_mb, xen_rmb, xen_wmb.
 */
#ifndef __XEN_PUBLIC_IO_RING_H__
#define __XEN_PUBLIC_IO_RING_H__

#include "../xen-compat.h"

#if __XEN_INTERFACE_VERSION__ < 0x00030208
#define xen_mb()  mb()
#define xen_rmb() rmb()
#define xen_wmb() wmb()
#endif

typedef unsigned int RING_IDX;

/* x rounded down to a power of two, as a constant expression. */
#define __RD2(_x)  (((_x) & 0x00000002) ? 0x2 : ((_x) & 0x1))
#define __RD4(_x)  (((_x) & 0x0000000c) ? __RD2((_x) >> 2) << 2 : __RD2(_x))
#define __RD8(_x)  (((_x) & 0x000000f0) ? __RD4((_x) >> 4) << 4 : __RD4(_x))
#define __RD16(_x) (((_x) & 0x0000ff00) ? __RD8((_x) >> 8) << 8 : __RD8(_x))
#define __RD32(_x) (((_x) & 0xffff0000) ? __RD16((_x) >> 16) << 16 : __RD16(_x))

/* Slots in sz bytes: of the ring type named s, of the ring s points to. */
#define __CONST_RING_SIZE(_s, _sz) \
    (__RD32(((_sz) - offsetof(struct _s##_sring, ring)) / sizeof(((struct _s##_sring *)0)->ring[0])))
#define __RING_SIZE(_s, _sz) \
    (__RD32(((_sz) - (long)(_s)->ring + (long)(_s)) / sizeof((_s)->ring[0])))

/*
 * DEFINE_RING_TYPES(name, request, response) makes name_sring_t (shared), name_front_ring_t and
 * name_back_ring_t. A side wants a notification when the other's producer index reaches its event index.
 */
#define DEFINE_RING_TYPES(__name, __req_t, __rsp_t) \
union __name##_sring_entry { \
    __req_t req; \
    __rsp_t rsp; \
}; \
struct __name##_sring { \
    RING_IDX req_prod, req_event; \
    RING_IDX rsp_prod, rsp_event; \
    union { \
        struct { uint8_t smartpoll_active; } netif; \
        struct { uint8_t msg; } tapif_user; \
        uint8_t pvt_pad[4]; \
    } pvt; \
    uint8_t __pad[44]; \
    union __name##_sring_entry ring[1]; \
}; \
struct __name##_front_ring { \
    RING_IDX req_prod_pvt; \
    RING_IDX rsp_cons; \
    unsigned int nr_ents; \
    struct __name##_sring *sring; \
}; \
struct __name##_back_ring { \
    RING_IDX rsp_prod_pvt; \
    RING_IDX req_cons; \
    unsigned int nr_ents; \
    struct __name##_sring *sring; \
}; \
typedef struct __name##_sring __name##_sring_t; \
typedef struct __name##_front_ring __name##_front_ring_t; \
typedef struct __name##_back_ring __name##_back_ring_t

/*
 * Set up: the frontend makes the shared part, each side attaches, to a new ring at index 0 or to a used
 * one.
 */
#define SHARED_RING_INIT(_s) \
    do { \
        (_s)->req_prod = (_s)->rsp_prod = 0; \
        (_s)->req_event = (_s)->rsp_event = 1; \
        (void)memset((_s)->pvt.pvt_pad, 0, sizeof((_s)->pvt.pvt_pad)); \
        (void)memset((_s)->__pad, 0, sizeof((_s)->__pad)); \
    } while (0)
#define FRONT_RING_ATTACH(_r, _s, _i, __size) \
    do { \
        (_r)->req_prod_pvt = (_i); \
        (_r)->rsp_cons = (_i); \
        (_r)->nr_ents = __RING_SIZE(_s, __size); \
        (_r)->sring = (_s); \
    } while (0)
#define BACK_RING_ATTACH(_r, _s, _i, __size) \
    do { \
        (_r)->rsp_prod_pvt = (_i); \
        (_r)->req_cons = (_i); \
        (_r)->nr_ents = __RING_SIZE(_s, __size); \
        (_r)->sring = (_s); \
    } while (0)
#define FRONT_RING_INIT(_r, _s, __size) FRONT_RING_ATTACH(_r, _s, 0, __size)
#define BACK_RING_INIT(_r, _s, __size)  BACK_RING_ATTACH(_r, _s, 0, __size)
#define XEN_FRONT_RING_INIT(r, s, size) \
    do { \
        SHARED_RING_INIT(s); \
        FRONT_RING_INIT(r, s, size); \
    } while (0)

/* How full. The backend's count is bounded by its own view of the ring, whatever the frontend wrote. */
#define RING_SIZE(_r)          ((_r)->nr_ents)
#define RING_FREE_REQUESTS(_r) (RING_SIZE(_r) - ((_r)->req_prod_pvt - (_r)->rsp_cons))
#define RING_FULL(_r)          (RING_FREE_REQUESTS(_r) == 0)
#define XEN_RING_NR_UNCONSUMED_RESPONSES(_r) ((_r)->sring->rsp_prod - (_r)->rsp_cons)
#define __RING_REQUESTS_SHARED(_r)  ((_r)->sring->req_prod - (_r)->req_cons)
#define __RING_REQUESTS_BOUND(_r)   (RING_SIZE(_r) - ((_r)->req_cons - (_r)->rsp_prod_pvt))
#ifdef __GNUC__
#define XEN_RING_NR_UNCONSUMED_REQUESTS(_r) \
    ({ \
        unsigned int __shared = __RING_REQUESTS_SHARED(_r); \
        unsigned int __bound = __RING_REQUESTS_BOUND(_r); \
        __shared < __bound ? __shared : __bound; \
    })
#else
#define XEN_RING_NR_UNCONSUMED_REQUESTS(_r) \
    (__RING_REQUESTS_SHARED(_r) < __RING_REQUESTS_BOUND(_r) ? \
     __RING_REQUESTS_SHARED(_r) : __RING_REQUESTS_BOUND(_r))
#endif
#ifdef XEN_RING_HAS_UNCONSUMED_IS_BOOL
#define RING_HAS_UNCONSUMED_RESPONSES(_r) (!!XEN_RING_NR_UNCONSUMED_RESPONSES(_r))
#define RING_HAS_UNCONSUMED_REQUESTS(_r)  (!!XEN_RING_NR_UNCONSUMED_REQUESTS(_r))
#else
#define RING_HAS_UNCONSUMED_RESPONSES(_r) XEN_RING_NR_UNCONSUMED_RESPONSES(_r)
#define RING_HAS_UNCONSUMED_REQUESTS(_r)  XEN_RING_NR_UNCONSUMED_REQUESTS(_r)
#endif

/* A slot, or a private copy of it, which the other side can't change while it is checked. */
#define __RING_SLOT(_r, _idx)       ((_r)->sring->ring[(_idx) & (RING_SIZE(_r) - 1)])
#define RING_GET_REQUEST(_r, _idx)  (&__RING_SLOT(_r, _idx).req)
#define RING_GET_RESPONSE(_r, _idx) (&__RING_SLOT(_r, _idx).rsp)
#define RING_COPY_(type, r, idx, dest) \
    do { \
        *(dest) = *(volatile __typeof__(dest))RING_GET_##type(r, idx); \
    } while (0)
#define RING_COPY_REQUEST(r, idx, req)  RING_COPY_(REQUEST, r, idx, req)
#define RING_COPY_RESPONSE(r, idx, rsp) RING_COPY_(RESPONSE, r, idx, rsp)

/* Index out of bounds: the other side is broken. */
#define RING_REQUEST_CONS_OVERFLOW(_r, _cons)  (((_cons) - (_r)->rsp_prod_pvt) >= RING_SIZE(_r))
#define RING_REQUEST_PROD_OVERFLOW(_r, _prod)  (((_prod) - (_r)->rsp_prod_pvt) > RING_SIZE(_r))
#define RING_RESPONSE_PROD_OVERFLOW(_r, _prod) (((_prod) - (_r)->rsp_cons) > RING_SIZE(_r))

/* Publish what was produced; the second form says whether the other side asked to be notified. */
#define RING_PUSH_REQUESTS(_r) \
    do { \
        xen_wmb(); \
        (_r)->sring->req_prod = (_r)->req_prod_pvt; \
    } while (0)
#define RING_PUSH_RESPONSES(_r) \
    do { \
        xen_wmb(); \
        (_r)->sring->rsp_prod = (_r)->rsp_prod_pvt; \
    } while (0)
#define __RING_PUSH_AND_CHECK(_prod, _event, _pvt, _notify) \
    do { \
        RING_IDX __old = (_prod); \
        RING_IDX __new = (_pvt); \
        xen_wmb(); \
        (_prod) = __new; \
        xen_mb(); \
        (_notify) = (RING_IDX)(__new - (_event)) < (RING_IDX)(__new - __old); \
    } while (0)
#define RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(_r, _notify) \
    __RING_PUSH_AND_CHECK((_r)->sring->req_prod, (_r)->sring->req_event, (_r)->req_prod_pvt, _notify)
#define RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(_r, _notify) \
    __RING_PUSH_AND_CHECK((_r)->sring->rsp_prod, (_r)->sring->rsp_event, (_r)->rsp_prod_pvt, _notify)

/* Before going to sleep: ask to be notified, then look once more. */
#define RING_FINAL_CHECK_FOR_REQUESTS(_r, _work_to_do) \
    do { \
        (_work_to_do) = RING_HAS_UNCONSUMED_REQUESTS(_r); \
        if (_work_to_do) \
            break; \
        (_r)->sring->req_event = (_r)->req_cons + 1; \
        xen_mb(); \
        (_work_to_do) = RING_HAS_UNCONSUMED_REQUESTS(_r); \
    } while (0)
#define RING_FINAL_CHECK_FOR_RESPONSES(_r, _work_to_do) \
    do { \
        (_work_to_do) = RING_HAS_UNCONSUMED_RESPONSES(_r); \
        if (_work_to_do) \
            break; \
        (_r)->sring->rsp_event = (_r)->rsp_cons + 1; \
        xen_mb(); \
        (_work_to_do) = RING_HAS_UNCONSUMED_RESPONSES(_r); \
    } while (0)

/*
 * Byte rings of 2^order pages, halved into in and out. DEFINE_XEN_FLEX_RING(name) makes the functions
 * (masked indexes are below ring_size, which is one half), DEFINE_XEN_FLEX_RING_AND_INTF(name) the shared
 * indexes as well.
 */
#ifndef XEN_PAGE_SHIFT
#define XEN_PAGE_SHIFT 12
#endif
#define XEN_FLEX_RING_SIZE(order) (1UL << ((order) + XEN_PAGE_SHIFT - 1))

#define DEFINE_XEN_FLEX_RING(name) \
static inline RING_IDX name##_mask(RING_IDX idx, RING_IDX ring_size) \
{ \
    return idx & (ring_size - 1); \
} \
static inline unsigned char *name##_get_ring_ptr(unsigned char *buf, RING_IDX idx, RING_IDX ring_size) \
{ \
    return buf + name##_mask(idx, ring_size); \
} \
static inline void name##_read_packet(void *opaque, const unsigned char *buf, size_t size, \
                                      RING_IDX masked_prod, RING_IDX *masked_cons, RING_IDX ring_size) \
{ \
    size_t to_end = ring_size - *masked_cons; \
    size_t first = *masked_cons < masked_prod || size <= to_end ? size : to_end; \
    memcpy(opaque, buf + *masked_cons, first); \
    memcpy((unsigned char *)opaque + first, buf, size - first); \
    *masked_cons = name##_mask(*masked_cons + size, ring_size); \
} \
static inline void name##_write_packet(unsigned char *buf, const void *opaque, size_t size, \
                                       RING_IDX *masked_prod, RING_IDX masked_cons, RING_IDX ring_size) \
{ \
    size_t to_end = ring_size - *masked_prod; \
    size_t first = *masked_prod < masked_cons || size <= to_end ? size : to_end; \
    memcpy(buf + *masked_prod, opaque, first); \
    memcpy(buf, (const unsigned char *)opaque + first, size - first); \
    *masked_prod = name##_mask(*masked_prod + size, ring_size); \
} \
static inline RING_IDX name##_queued(RING_IDX prod, RING_IDX cons, RING_IDX ring_size) \
{ \
    RING_IDX used = name##_mask(prod - cons, ring_size); \
    return used == 0 && prod != cons ? ring_size : used; \
} \
struct name##_data { \
    unsigned char *in; \
    unsigned char *out; \
}

#define DEFINE_XEN_FLEX_RING_AND_INTF(name) \
struct name##_data_intf { \
    RING_IDX in_cons, in_prod; \
    uint8_t pad1[56]; \
    RING_IDX out_cons, out_prod; \
    uint8_t pad2[56]; \
    RING_IDX ring_order; \
    grant_ref_t ref[]; \
}; \
DEFINE_XEN_FLEX_RING(name)

#endif
