/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The last messages, for XEN_SYSCTL_readconsole. Positions count bytes ever written, modulo 2^32. Lock:
 * console_lock.
 */
#include <xen/console.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/param.h>
#include <xen/serial.h>

#define EARLY_SIZE 16384u

static char early_ring[EARLY_SIZE];
static char *ring = early_ring;
static uint32_t ring_size = EARLY_SIZE;          /* a power of two */
static uint32_t produced, consumed;              /* consumed: where a reader without a position starts */

static init_data uint64_t opt_conring_size = 64 << 10;
size_param("conring_size", opt_conring_size);

void conring_write(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ring[produced++ & (ring_size - 1)] = s[i];
    if (produced - consumed > ring_size)
        consumed = produced - ring_size;
}

/* Everything so far, to a device that has just come up. */
init_text void conring_replay(void (*write)(const char *s, size_t n))
{
    for (uint32_t p = consumed; p != produced; p++)
        write(&ring[p & (ring_size - 1)], 1);
}

init_text void conring_grow(void)
{
    unsigned order = 0;
    char *bigger;

    while ((PAGE_SIZE << order) < opt_conring_size && order < 12)
        order++;
    if ((PAGE_SIZE << order) <= EARLY_SIZE)
        return;
    bigger = alloc_xenheap_pages(order);
    if (!bigger)
        return;
    console_lock_get();
    for (uint32_t p = consumed; p != produced; p++)
        bigger[p & ((PAGE_SIZE << order) - 1)] = ring[p & (ring_size - 1)];
    ring = bigger;
    ring_size = PAGE_SIZE << order;
    console_lock_put();
}

/* In: *count room in buf, *index where to start (incremental). Out: bytes copied, position after them. */
void console_ring_read(char *buf, uint32_t *count, uint32_t *index, bool incremental, bool clear)
{
    uint32_t from, n = 0;

    console_lock_get();
    from = consumed;
    if (incremental && (int32_t)(*index - from) > 0)
        from = (int32_t)(*index - produced) > 0 ? produced : *index;
    for (; from != produced && n < *count; n++)
        buf[n] = ring[from++ & (ring_size - 1)];
    if (clear)
        consumed = produced;
    console_lock_put();
    *count = n;
    *index = from;
}
