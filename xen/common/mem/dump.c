/* SPDX-License-Identifier: GPL-2.0-only */
/* Key 'm': how much memory there is, who has it, and what keeps a dying domain's. */
#include <xen/console.h>
#include <xen/lib.h>
#include <xen/sched.h>

#define MAX_FRAMES_SHOWN 8

static void dump_list(const char *name, const struct page_list *list)
{
    const struct page_info *pg = page_list_first(list);
    unsigned n = 0;

    for (; pg && n < MAX_FRAMES_SHOWN; pg = page_list_next(pg), n++)
        printk("    %s frame %lx (pfn %lx): count %lx type %lx\n", name, page_to_mfn(pg).n,
               get_m2p(page_to_mfn(pg)), pg->count_info, pg->type_info);
}

static void dump_memory(char key)
{
    struct domain *d;

    printk("Memory: %lu frames, %lu free, %lu promised\n", total_frames(), avail_frames(), claimed_frames());
    read_lock(&domlist_lock);
    for_each_domain (d) {
        printk("  d%u: %u of at most %u frames, %u of the hypervisor's, %d references%s\n", d->domain_id,
               d->tot_pages, d->max_pages, d->xenheap_pages, atomic_read(&d->refcnt),
               d->is_dying ? ", dying" : "");
        if (!d->is_dying)
            continue;
        dump_list("own", &d->page_list);
        dump_list("left", &d->relmem_list);
        dump_list("shared", &d->xenpage_list);
    }
    read_unlock(&domlist_lock);
}
debug_key('m', "memory of the machine and of domains", dump_memory);
