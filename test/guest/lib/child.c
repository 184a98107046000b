/* SPDX-License-Identifier: GPL-2.0-only */
/* Domains that a test kernel makes of itself: see child.h. */
#include "child.h"
#include "test.h"

#include <public/errno.h>
#include <public/io/console.h>
#include <public/memory.h>
#include <public/sched.h>

#define PATIENCE 10000000000ull     /* ns */
#define STILL    20000000ull        /* ns; nothing is freed any more if nothing was for so long */
#define IMAGE_PFN 256               /* of the first page of the image: 1 MiB, kernel.lds */

/* Below the image: */
enum { START_INFO, CONSOLE, LIST };

#define ENTRIES 512                 /* of a page table */
#define ADDRESS_OF(pfn) (VIRT_BASE + ((unsigned long)(pfn) << PAGE_SHIFT))

static struct {
    void (*body)(void *);
    void *argument;
} plan;                             /* of the child: in its copy of us */

static char window[PAGE_SIZE] __attribute__((aligned(4096)));

long domctl(xen_domctl_t *op, uint32_t cmd, domid_t domain)
{
    op->cmd = cmd;
    op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
    op->domain = domain;
    return HYPERCALL(domctl, op);
}

long sysctl(xen_sysctl_t *op, uint32_t cmd)
{
    op->cmd = cmd;
    op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
    return HYPERCALL(sysctl, op);
}

static uint64_t frames_now(void)
{
    static xen_sysctl_t op;

    return sysctl(&op, XEN_SYSCTL_physinfo) ? 0 : op.u.physinfo.free_pages;
}

uint64_t free_frames(void)
{
    uint64_t frames = frames_now(), begun = system_time(), since = begun, last;

    do {
        HYPERCALL(sched_op, SCHEDOP_yield, 0);
        last = frames;
        frames = frames_now();
        if (frames != last)
            since = system_time();
    } while (system_time() - since < STILL && system_time() - begun < PATIENCE);
    return frames;
}

/* ---- memory */

long child_map(const struct child *c, void *at, unsigned long pfn)
{
    return HYPERCALL(update_va_mapping_otherdomain, at, WIDE((pte_t)c->frames[pfn] << PAGE_SHIFT | PTE_DATA),
                     UVMF_INVLPG, c->id);
}

void child_unmap(void *at)
{
    if (remap(at, PTE_DATA))
        fail("a page of our own can't be mapped where it was");
}

bool child_read(const struct child *c, void *object, size_t size)
{
    unsigned long at = (unsigned long)object, last = at + size, n;

    for (; at < last; at += n) {
        unsigned long offset = at & (PAGE_SIZE - 1);

        n = last - at < PAGE_SIZE - offset ? last - at : PAGE_SIZE - offset;
        if (child_map(c, window, (at - VIRT_BASE) >> PAGE_SHIFT))
            return false;
        memcpy((void *)at, window + offset, n);
        child_unmap(window);
    }
    return true;
}

static unsigned int list_pages(const struct child *c)
{
    return (c->pages * sizeof(long) + PAGE_SIZE - 1) / PAGE_SIZE;
}

/* Page tables: the top level first, one of each level but several of level 1, which follow one another. */
static unsigned int table_pfn(const struct child *c, int level)
{
    return LIST + list_pages(c) + TOP_LEVEL - level;
}

static unsigned int tables(const struct child *c)
{
    return TOP_LEVEL - 1 + (c->pages + ENTRIES - 1) / ENTRIES;
}

static bool is_table(const struct child *c, unsigned int pfn)
{
    return pfn >= table_pfn(c, TOP_LEVEL) && pfn < table_pfn(c, TOP_LEVEL) + tables(c);
}

/* The window shows the child's page, cleared. */
static bool open(const struct child *c, unsigned int pfn)
{
    if (child_map(c, window, pfn))
        return false;
    memset(window, 0, PAGE_SIZE);
    return true;
}

/* Of an entry of that level, whose table is to be found by the processor; in PAE's top level it has no rights. */
static pte_t table_entry(const struct child *c, int level, unsigned int pfn)
{
    return (pte_t)c->frames[pfn] << PAGE_SHIFT | (level == TOP_LEVEL && level == 3 ? PTE_PRESENT : PTE_TABLE);
}

static bool write_upper_tables(const struct child *c)
{
    for (int level = TOP_LEVEL; level > 1; level--) {
        pte_t *entry = (pte_t *)window + (VIRT_BASE >> (3 + 9 * level) & (ENTRIES - 1));

        if (!open(c, table_pfn(c, level)))
            return false;
        if (level > 2)
            *entry = table_entry(c, level, table_pfn(c, level - 1));
        else
            for (unsigned int i = 0; i * ENTRIES < c->pages; i++)
                entry[i] = table_entry(c, level, table_pfn(c, 1) + i);
    }
    return true;
}

static bool write_tables(const struct child *c)
{
    for (unsigned int pfn = 0; pfn < c->pages; pfn++) {
        if (pfn % ENTRIES == 0 && !open(c, table_pfn(c, 1) + pfn / ENTRIES))
            return false;
        ((pte_t *)window)[pfn % ENTRIES] = (pte_t)c->frames[pfn] << PAGE_SHIFT |
                                           (is_table(c, pfn) ? PTE_DATA & ~PTE_WRITE : PTE_DATA);
    }
    return write_upper_tables(c);
}

static bool write_list(const struct child *c)
{
    const unsigned int each = PAGE_SIZE / sizeof(long);

    for (unsigned int pfn = 0; pfn < c->pages; pfn++) {
        if (pfn % each == 0 && !open(c, LIST + pfn / each))
            return false;
        ((unsigned long *)window)[pfn % each] = c->frames[pfn];
    }
    return true;
}

/* Pages of ours that aren't mapped are left out, and so is the window. */
static bool copy_image(const struct child *c)
{
    for (unsigned int pfn = IMAGE_PFN; pfn < c->pages; pfn++) {
        const char *from = (const char *)ADDRESS_OF(pfn);

        if (from == window || !(read_pte(from) & PTE_PRESENT))
            continue;
        if (child_map(c, window, pfn))
            return false;
        memcpy(window, from, PAGE_SIZE);
    }
    return true;
}

static bool write_start_info(const struct child *c)
{
    struct start_info *info = (struct start_info *)window;
    struct evtchn_alloc_unbound console = { .dom = c->id, .remote_dom = DOMID_SELF };
    xen_domctl_t op;

    if (domctl(&op, XEN_DOMCTL_getdomaininfo, c->id) ||
        HYPERCALL(event_channel_op, EVTCHNOP_alloc_unbound, &console) || !open(c, CONSOLE) || !open(c, START_INFO))
        return false;
    memcpy(info->magic, start_info->magic, sizeof(info->magic));
    info->nr_pages = c->pages;
    info->shared_info = op.u.getdomaininfo.shared_info_frame << PAGE_SHIFT;
    info->console.domU.mfn = c->frames[CONSOLE];
    info->console.domU.evtchn = console.port;
    info->pt_base = ADDRESS_OF(table_pfn(c, TOP_LEVEL));
    info->nr_pt_frames = tables(c);
    info->mfn_list = ADDRESS_OF(LIST);
    memcpy(info->cmd_line, start_info->cmd_line, sizeof(info->cmd_line));
    return true;
}

static long populate(struct child *c)
{
    struct xen_memory_reservation r = { .domid = c->id };
    xen_domctl_t op;
    long done;

    c->pages = ((unsigned long)end - VIRT_BASE) >> PAGE_SHIFT;
    if (c->pages > CHILD_PAGES)
        return -XEN_E2BIG;
    op.u.max_mem.max_memkb = c->pages * (PAGE_SIZE / 1024);
    done = domctl(&op, XEN_DOMCTL_max_mem, c->id);
    if (done)
        return done;
    for (unsigned int pfn = 0; pfn < c->pages; pfn++)
        c->frames[pfn] = pfn;
    r.nr_extents = c->pages;
    set_xen_guest_handle(r.extent_start, c->frames);
    done = HYPERCALL(memory_op, XENMEM_populate_physmap, &r);
    return done == (long)c->pages ? 0 : -XEN_ENOMEM;
}

/* ---- life */

/* In the child, on its first vcpu. */
static void run_plan(void *info)
{
    struct sched_shutdown off = { .reason = SHUTDOWN_poweroff };

    *this_cpu() = (struct cpu){ 0 };
    begin(info);
    plan.body(plan.argument);
    call_without_return(__HYPERVISOR_sched_op, SCHEDOP_shutdown);
    HYPERCALL(sched_op, SCHEDOP_shutdown, &off);
}

long child_create(struct child *c, unsigned int vcpus)
{
    xen_domctl_t op = { .u.createdomain = {
        .max_vcpus = vcpus, .max_evtchn_port = -1, .max_grant_frames = -1, .max_maptrack_frames = -1,
        .grant_opts = XEN_DOMCTL_GRANT_version(2),
    } };
    long error;

    if (c->id && !child_destroy(c))
        return -XEN_EBUSY;
    error = domctl(&op, XEN_DOMCTL_createdomain, 0);
    if (error)
        return error;
    c->id = op.domain;
    op.u.max_vcpus.max = vcpus;
    error = domctl(&op, XEN_DOMCTL_max_vcpus, c->id);
    op.u.address_size.size = sizeof(long) * 8;
    return error ? error : domctl(&op, XEN_DOMCTL_set_address_size, c->id);
}

/* The memory's contents; a writable mapping of a page table must be gone before it becomes one. */
static long write_memory(const struct child *c)
{
    bool good = copy_image(c) && write_list(c) && write_start_info(c) && write_tables(c);

    child_unmap(window);
    return good ? 0 : -XEN_EFAULT;
}

long child_build(struct child *c, void (*body)(void *), void *argument)
{
    static struct vcpu_guest_context context;
    struct mmuext_op pin = { .cmd = PIN_TOP };
    xen_domctl_t op = { .u.vcpucontext.vcpu = 0 };
    long error = populate(c);

    plan.body = body;
    plan.argument = argument;
    if (!error)
        error = write_memory(c);
    pin.arg1.mfn = c->frames[table_pfn(c, TOP_LEVEL)];
    if (!error)
        error = HYPERCALL(mmuext_op, &pin, 1, 0, c->id);
    if (error)
        return error;
    fill_context(&context, 0, run_plan, (void *)ADDRESS_OF(START_INFO));
    context.flags |= VGCF_online;
    context.ctrlreg[3] = xen_pfn_to_cr3(pin.arg1.mfn);
    set_xen_guest_handle(op.u.vcpucontext.ctxt, &context);
    return domctl(&op, XEN_DOMCTL_setvcpucontext, c->id);
}

/* What it has printed: what its checks said is the running test's verdict. */
static void take_console(const struct child *c)
{
    static char text[sizeof(((struct xencons_interface *)0)->out) + 1];
    const struct xencons_interface *ring = (const struct xencons_interface *)window;
    unsigned int n;

    if (child_map(c, window, CONSOLE))
        return fail("the console of a child can't be mapped");
    n = ring->out_prod < sizeof(ring->out) ? ring->out_prod : sizeof(ring->out);
    memcpy(text, ring->out, n);
    text[n] = 0;
    child_unmap(window);
    for (unsigned int i = 0; i + 6 < n; i++)
        if (!memcmp(text + i, ": FAIL", 6))
            return fail("in a child%s", text + i);
    print("%s", text);
}

/* getdomaininfo of it, or an error when it is gone. */
static long information(const struct child *c, xen_domctl_t *op)
{
    long error = domctl(op, XEN_DOMCTL_getdomaininfo, c->id);

    return error ? error : op->domain == c->id ? 0 : -XEN_ESRCH;
}

int child_wait(struct child *c)
{
    uint64_t begun = system_time();
    xen_domctl_t op;
    int reason = -1;

    if (domctl(&op, XEN_DOMCTL_unpausedomain, c->id)) {
        fail("a child can't be unpaused");
        return -1;
    }
    while (!information(c, &op) && reason < 0 && system_time() - begun < PATIENCE) {
        if (op.u.getdomaininfo.flags & XEN_DOMINF_shutdown)
            reason = op.u.getdomaininfo.flags >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask;
        HYPERCALL(sched_op, SCHEDOP_yield, 0);
    }
    if (reason < 0)
        fail("a child does not end");
    see_calls_of(c);
    take_console(c);
    return reason;
}

int child_run(struct child *c, void (*body)(void *), void *argument)
{
    long error = child_create(c, 1);

    if (!error)
        error = child_build(c, body, argument);
    if (!error)
        return child_wait(c);
    fail("a child can't be built: error %ld", error);
    return -1;
}

bool child_destroy(struct child *c)
{
    uint64_t begun = system_time();
    xen_domctl_t op;
    long error = domctl(&op, XEN_DOMCTL_destroydomain, c->id);
    bool gone;

    while (!(gone = information(c, &op)) && !error && system_time() - begun < PATIENCE)
        HYPERCALL(sched_op, SCHEDOP_yield, 0);
    if (!gone)
        fail("a child can't be destroyed: error %ld", error);
    c->id = 0;                      /* what can't be destroyed isn't tried again */
    return gone;
}
