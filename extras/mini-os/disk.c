/* SPDX-License-Identifier: MIT */
/*
 * Virtual disks: the frontend of the block protocol. Requests and their answers share one page, a ring of 32
 * slots. A request names pages that we have granted to the backend, and which of their sectors to transfer.
 * Any number of threads may have a request under way; the slot of pending[] that it carries as its id is
 * where the answer goes.
 */
#include "disk.h"

#include <public/io/protocols.h>

#include "event.h"
#include "grant.h"
#include "heap.h"
#include "page.h"
#include "print.h"
#include "string.h"
#include "thread.h"
#include "time.h"
#include "xenbus.h"

#include <public/io/blkif.h>

#define REQUESTS_MAX     32
#define SECTORS_PER_PAGE (PAGE_SIZE / SECTOR_SIZE)

struct disk {
    struct disk *next;
    struct xenbus_device bus;
    blkif_front_ring_t ring;
    evtchn_port_t port;
    uint64_t sectors;
    bool writable, can_flush;
    struct pending {
        bool used, done;
        int16_t status;
    } pending[REQUESTS_MAX];
};

static struct disk *disks;

struct disk *disk_next(struct disk *disk)
{
    return disk ? disk->next : disks;
}

static const char *disk_name(const struct disk *disk)
{
    return disk->bus.path;
}

/* ---- requests and answers */

/* An event: answers have come. */
static void answered(void *data)
{
    struct disk *disk = data;
    blkif_response_t response;
    int more;

    do {
        RING_IDX end = __atomic_load_n(&disk->ring.sring->rsp_prod, __ATOMIC_ACQUIRE);

        if (RING_RESPONSE_PROD_OVERFLOW(&disk->ring, end))
            return;
        while (disk->ring.rsp_cons != end) {
            RING_COPY_RESPONSE(&disk->ring, disk->ring.rsp_cons, &response);
            disk->ring.rsp_cons++;
            if (response.id < REQUESTS_MAX) {
                disk->pending[response.id].status = response.status;
                disk->pending[response.id].done = true;
            }
        }
        RING_FINAL_CHECK_FOR_RESPONSES(&disk->ring, more);
    } while (more);
    thread_wake(disk);
}

/* With events masked: a free slot for a request, which the ring then has room for as well. */
static unsigned int take_slot(struct disk *disk)
{
    for (;;) {
        for (unsigned int i = 0; i < REQUESTS_MAX && i < RING_SIZE(&disk->ring); i++)
            if (!disk->pending[i].used) {
                disk->pending[i] = (struct pending){ .used = true };
                return i;
            }
        thread_wait(disk, NEVER);
    }
}

/* Send a request and wait for its answer. */
static bool submit(struct disk *disk, blkif_request_t *request)
{
    bool masked = events_mask(), okay;
    unsigned int slot = take_slot(disk);
    int notify;

    request->id = slot;
    *RING_GET_REQUEST(&disk->ring, disk->ring.req_prod_pvt) = *request;
    disk->ring.req_prod_pvt++;
    RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&disk->ring, notify);
    if (notify)
        event_send(disk->port);
    while (!disk->pending[slot].done)
        thread_wait(disk, NEVER);
    okay = disk->pending[slot].status == BLKIF_RSP_OKAY;
    disk->pending[slot].used = false;
    thread_wake(disk);
    events_restore(masked);
    return okay;
}

/* One request's worth of sectors: as many as its segments, of a page each, can hold. */
static bool transfer_some(struct disk *disk, uint8_t operation, uint64_t sector, const char *page,
                          unsigned int count)
{
    blkif_request_t request = { .operation = operation, .sector_number = sector };
    bool okay;

    for (; count; page += PAGE_SIZE) {
        unsigned int here = count < SECTORS_PER_PAGE ? count : SECTORS_PER_PAGE;
        struct blkif_request_segment *segment = &request.seg[request.nr_segments++];

        segment->gref = grant_page(disk->bus.backend_id, page, operation == BLKIF_OP_WRITE);
        segment->first_sect = 0;
        segment->last_sect = here - 1;
        count -= here;
    }
    okay = submit(disk, &request);
    for (unsigned int i = 0; i < request.nr_segments; i++)
        if (!grant_end(request.seg[i].gref))
            panic("%s: the backend keeps a page", disk_name(disk));
    return okay;
}

static bool transfer(struct disk *disk, uint8_t operation, uint64_t sector, const char *pages,
                     unsigned int count)
{
    const unsigned int most = BLKIF_MAX_SEGMENTS_PER_REQUEST * SECTORS_PER_PAGE;

    while (count) {
        unsigned int now = count < most ? count : most;

        if (!transfer_some(disk, operation, sector, pages, now))
            return false;
        sector += now;
        pages += now * SECTOR_SIZE;
        count -= now;
    }
    return true;
}

bool disk_read(struct disk *disk, uint64_t sector, void *pages, unsigned int count)
{
    return transfer(disk, BLKIF_OP_READ, sector, pages, count);
}

bool disk_write(struct disk *disk, uint64_t sector, const void *pages, unsigned int count)
{
    return disk->writable && transfer(disk, BLKIF_OP_WRITE, sector, pages, count);
}

bool disk_flush(struct disk *disk)
{
    blkif_request_t request = { .operation = BLKIF_OP_FLUSH_DISKCACHE };

    return !disk->can_flush || submit(disk, &request);
}

/* ---- connecting */

/* Tell the backend where ring and port are, and wait until it has found them. */
static bool connect(struct disk *disk)
{
    blkif_sring_t *shared_ring = page_zeroed("a disk");
    char ring_ref[12], port[12];
    const struct xenbus_key keys[] = {
        { "ring-ref", ring_ref }, { "event-channel", port }, { "protocol", XEN_IO_PROTO_ABI_NATIVE },
    };

    XEN_FRONT_RING_INIT(&disk->ring, shared_ring, PAGE_SIZE);
    disk->port = event_alloc(disk->bus.backend_id, answered, disk);
    print_to(ring_ref, sizeof(ring_ref), "%u", grant_page(disk->bus.backend_id, shared_ring, false));
    print_to(port, sizeof(port), "%u", disk->port);
    return xenbus_publish(&disk->bus, keys, ARRAY_SIZE(keys), XenbusStateInitialised) &&
           xenbus_wait(&disk->bus, XenbusStateConnected) &&
           xenbus_publish(&disk->bus, NULL, 0, XenbusStateConnected);
}

static void found(const char *path)
{
    struct disk *disk = heap_alloc(sizeof(*disk)), **last = &disks;
    const char *backend;

    if (!xenbus_open(&disk->bus, path) || !xenbus_wait(&disk->bus, XenbusStateInitWait) || !connect(disk)) {
        print("disk: %s doesn't connect\n", path);
        return;
    }
    /* The backend has written what the disk is before it was Connected. */
    backend = disk->bus.backend;
    disk->sectors = store_read_number(backend, "sectors", 0);
    disk->writable = !(store_read_number(backend, "info", 0) & VDISK_READONLY);
    disk->can_flush = store_read_number(backend, "feature-flush-cache", 0);
    print("disk: %s, %llu sectors, %s\n", path, (unsigned long long)disk->sectors,
          disk->writable ? "writable" : "read-only");
    while (*last)
        last = &(*last)->next;
    *last = disk;
}

unsigned int disks_init(void)
{
    return xenbus_each("vbd", found);
}

/* ---- a look at them */

#define SHOWN_SECTORS 128

/* The checksum of Ethernet, zlib and others: CRC-32, bit by bit. */
static uint32_t crc32(const uint8_t *data, size_t length)
{
    uint32_t crc = ~0u;

    while (length--) {
        crc ^= *data++;
        for (unsigned int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
    }
    return ~crc;
}

static void show_read(struct disk *disk, void *pages)
{
    unsigned int count = disk->sectors < SHOWN_SECTORS ? disk->sectors : SHOWN_SECTORS;

    if (disk_read(disk, 0, pages, count))
        print("disk: %s, CRC-32 of the first %u sectors: %08x\n", disk_name(disk), count,
              crc32(pages, count * SECTOR_SIZE));
    else
        print("disk: %s can't be read\n", disk_name(disk));
}

/* Write a pattern to the last page of sectors, and read it back. */
static void show_write(struct disk *disk, uint8_t *pages)
{
    uint64_t sector = disk->sectors - SECTORS_PER_PAGE;
    bool same;

    if (!disk->writable || disk->sectors < SECTORS_PER_PAGE) {
        print("disk: %s can't be written\n", disk_name(disk));
        return;
    }
    for (unsigned int i = 0; i < PAGE_SIZE; i++)
        pages[i] = i * 7 + i / 256;
    same = disk_write(disk, sector, pages, SECTORS_PER_PAGE) && disk_flush(disk);
    same = same && disk_read(disk, sector, pages + PAGE_SIZE, SECTORS_PER_PAGE) &&
           !memcmp(pages, pages + PAGE_SIZE, PAGE_SIZE);
    print("disk: %s, wrote the last %u sectors, %s\n", disk_name(disk), (unsigned int)SECTORS_PER_PAGE,
          same ? "read the same back" : "NOT what is read back");
}

void disks_show(bool write)
{
    unsigned long count = SHOWN_SECTORS / SECTORS_PER_PAGE;
    void *pages = page_alloc(count);

    for (struct disk *disk = disks; pages && disk; disk = disk->next) {
        show_read(disk, pages);
        if (write)
            show_write(disk, pages);
    }
    if (pages)
        page_free(pages, count);
}
