/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine-to-phys tables' frames. The 64-bit table is made at boot, where there is RAM (boot.c); that of 32-bit
 * guests, without gaps, when the first such guest is: from then on set_m2p() writes both.
 */
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/sched.h>
#include <xen/smp.h>
#include <xen/softirq.h>
#include <asm/mm.h>
#include "internal.h"

uint32_t *m2p32[M2P32_FRAMES >> M2P32_PIECE_SHIFT];

/* Privileged domains may map these 2 MiB, read-only, as frames of DOMID_XEN. */
void share_m2p(mfn_t m)
{
    struct page_info *pg = mfn_to_page(m);

    for (unsigned i = 0; i < M2P_PIECE_SIZE >> PAGE_SHIFT; i++) {
        pg[i].owner = DOMID_XEN;
        pg[i].count_info = PGC_xen_heap | PGC_allocated | 1;
        pg[i].type_info = PGT_none | PGT_validated | 1;
    }
}

/* Frames [nr << M2P_PIECE_SHIFT, ...) have entries in the 64-bit table. */
static bool has_entries(unsigned long nr)
{
    unsigned long first = nr << M2P_PIECE_SHIFT;

    if (first >= max_page)
        return false;
    for (unsigned long n = first; n < first + (1UL << M2P_PIECE_SHIFT); n += 1UL << FRAME_CHUNK_SHIFT)
        if (mfn_valid(mfn(n)))
            return true;
    return false;
}

/*
 * XENMEM_machphys_mfn_list: first frame of the nr-th 2 MiB of the machine-to-phys table; 0 where there is
 * none.
 */
mfn_t m2p_piece(unsigned long nr)
{
    return has_entries(nr) ? virt_to_mfn((void *)(RDWR_MPT_VIRT_START + nr * M2P_PIECE_SIZE)) : mfn(0);
}

/* The nr-th 2 MiB of the one for 32-bit guests; 0: there is no memory so high, or no such guest yet. */
mfn_t m2p32_piece(unsigned long nr)
{
    return nr < ARRAY_SIZE(m2p32) && m2p32[nr] ? virt_to_mfn(m2p32[nr]) : mfn(0);
}

/* A CPU that is here has finished each set_m2p() that didn't see the new piece yet. */
static void nothing(void *unused)
{
}

/* An entry may change meanwhile: whoever changes it writes here after the 64-bit one, so the last word is the same. */
static void copy_entries(uint32_t *piece, unsigned long first)
{
    const unsigned long *wide = (const unsigned long *)RDWR_MPT_VIRT_START;

    for (unsigned long n = first; n < first + (1UL << M2P32_PIECE_SHIFT); n++) {
        unsigned long entry;

        if (!(n & ((1UL << M2P_PIECE_SHIFT) - 1)) && !has_entries(n >> M2P_PIECE_SHIFT)) {
            n += (1UL << M2P_PIECE_SHIFT) - 1;
            continue;
        }
        do {
            entry = READ_ONCE(wide[n]);
            WRITE_ONCE(piece[n - first], entry);
            smp_mb();
        } while (READ_ONCE(wide[n]) != entry);
    }
}

static int make_piece(unsigned nr)
{
    uint32_t *piece = alloc_xenheap_pages(M2P_PIECE_ORDER);

    if (!piece)
        return refuse(-ENOMEM, "set_address_size: no free 2 MiB for 32-bit guests' machine-to-phys table");
    memset(piece, 0xff, M2P_PIECE_SIZE);
    share_m2p(virt_to_mfn(piece));
    WRITE_ONCE(m2p32[nr], piece);
    on_selected_cpus(&cpu_online_map, nothing, NULL, true);
    copy_entries(piece, (unsigned long)nr << M2P32_PIECE_SHIFT);
    return 0;
}

/*
 * Make the table of 32-bit guests unless it is there. Interrupts are on. 0, -ENOMEM; -ERESTART: there is more to do, or
 * another CPU is doing it.
 */
int m2p32_make(void)
{
    static unsigned made, busy;
    unsigned pieces = DIV_ROUND_UP(min(max_page, M2P32_FRAMES), 1UL << M2P32_PIECE_SHIFT);
    int rc = 0;

    if (READ_ONCE(made) >= pieces)
        return 0;
    if (__atomic_exchange_n(&busy, 1, __ATOMIC_SEQ_CST))
        return -ERESTART;
    if (made < pieces)
        rc = make_piece(made);
    if (!rc && made < pieces)
        made++;
    if (!rc && made < pieces)
        rc = -ERESTART;
    __atomic_store_n(&busy, 0, __ATOMIC_SEQ_CST);
    return rc;
}
