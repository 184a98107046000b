/* SPDX-License-Identifier: MIT */
/*
 * The grant table: an array shared with the hypervisor. Each entry lets one domain use one page, which it
 * does by hypercalls of its own with the entry's index, the grant reference. We write entries plainly: frame
 * and domain first, then the flag that makes it valid; and take a valid one back only by replacing flags that
 * say nobody has the page mapped.
 */
#include "grant.h"

#include "hypercall.h"
#include "memory.h"
#include "print.h"

#define TABLE_PAGES 1
#define ENTRIES     (TABLE_PAGES * PAGE_SIZE / sizeof(struct grant_entry_v1))

/* Addresses for the table's pages, which are the hypervisor's; the memory that was here is not used. */
static char table_pages[TABLE_PAGES][PAGE_SIZE] PAGE_ALIGNED;
static struct grant_entry_v1 *const table = (struct grant_entry_v1 *)table_pages;

static grant_ref_t unused[ENTRIES];
static unsigned int unused_count;

bool grants_init(void)
{
    xen_pfn_t frames[TABLE_PAGES];
    struct gnttab_setup_table setup = { .dom = DOMID_SELF, .nr_frames = TABLE_PAGES };

    set_xen_guest_handle(setup.frame_list, frames);
    if (HYPERCALL(grant_table_op, GNTTABOP_setup_table, &setup, 1) || setup.status != GNTST_okay)
        return false;
    for (unsigned int i = 0; i < TABLE_PAGES; i++)
        if (page_show(table_pages[i], frames[i]))
            return false;
    /* The first few entries are the builder's, for console and store. */
    for (grant_ref_t ref = ENTRIES - 1; ref >= GNTTAB_NR_RESERVED_ENTRIES; ref--)
        unused[unused_count++] = ref;
    return true;
}

grant_ref_t grant_page(domid_t domain, const void *page, bool readonly)
{
    grant_ref_t ref;

    if (!unused_count)
        panic("out of grants");
    ref = unused[--unused_count];
    table[ref].frame = virt_to_mfn(page);
    table[ref].domid = domain;
    xen_wmb();
    __atomic_store_n(&table[ref].flags, GTF_permit_access | (readonly ? GTF_readonly : 0), __ATOMIC_RELEASE);
    return ref;
}

bool grant_end(grant_ref_t ref)
{
    uint16_t flags = table[ref].flags;

    do {
        if (flags & (GTF_reading | GTF_writing))
            return false;
    } while (!__atomic_compare_exchange_n(&table[ref].flags, &flags, GTF_invalid, false, __ATOMIC_SEQ_CST,
                                          __ATOMIC_SEQ_CST));
    unused[unused_count++] = ref;
    return true;
}

unsigned int grants_free(void)
{
    return unused_count;
}
