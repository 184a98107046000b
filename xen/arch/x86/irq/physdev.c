/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * HYPERVISOR_physdev_op: domain 0 describes the platform's devices and asks for their interrupts. One case,
 * one call.
 */
#include <xen/guest.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/pci.h>
#include <xen/sched.h>
#include <asm/irq.h>
#include <asm/mm.h>
#include <public/physdev.h>

#define READ_ARG(op) get_guest(&(op), arg)
#define WRITE_ARG(op) (put_guest(arg, &(op)) ? -EFAULT : 0)

static long privileged_only(void)
{
    return is_privileged(current->domain) ? 0 : refuse(-EPERM, "physdev_op: for domain 0");
}

/* ---- EOI ---- */

static long eoi(const void *arg)
{
    struct domain *d = current->domain;
    struct physdev_eoi op;
    struct pirq *pirq;
    uint32_t port;

    if (READ_ARG(op))
        return -EFAULT;
    spin_lock(&d->event_lock);
    pirq = pirq_get(d, op.irq, false);
    if (!pirq || (pirq->irq < 0 && !pirq->evtchn)) {
        spin_unlock(&d->event_lock);
        return refuse(-EINVAL, "eoi: no such pirq");
    }
    port = d->arch.pirq_auto_unmask ? pirq->evtchn : 0;
    pirq_guest_eoi(d, pirq);
    spin_unlock(&d->event_lock);
    if (port)
        evtchn_unmask(d, port);
    return 0;
}

/* The interface of Xen 3.0: all of the caller's lines at once. */
static long eoi_all(void)
{
    struct domain *d = current->domain;

    spin_lock(&d->event_lock);
    for (unsigned i = 0; d->pirqs && i < d->nr_pirqs; i++)
        if (d->pirqs[i])
            pirq_guest_eoi(d, d->pirqs[i]);
    spin_unlock(&d->event_lock);
    return 0;
}

/*
 * A page of the guest's in which we keep a bit for each pirq that needs an EOI. v1: EOI also unmasks the
 * port.
 */
static long set_eoi_map(const void *arg, bool auto_unmask)
{
    struct domain *d = current->domain;
    struct physdev_pirq_eoi_gmfn op;
    struct page_info *pg;

    if (READ_ARG(op))
        return -EFAULT;
    pg = get_page_from_gfn(d, gfn(op.gmfn));
    if (!pg)
        return refuse(-EINVAL, "pirq_eoi_gmfn: not a frame of the caller");
    if (get_page_type(pg, PGT_writable_page)) {
        put_page(pg);
        return refuse(-EINVAL, "pirq_eoi_gmfn: frame is not writable");
    }
    spin_lock(&d->event_lock);
    if (d->arch.pirq_eoi_map) {
        spin_unlock(&d->event_lock);
        put_page_and_type(pg);
        return refuse(-EBUSY, "pirq_eoi_gmfn: there is one already");
    }
    for (unsigned i = 0; i < d->nr_pirqs && d->pirqs; i++)
        if (d->pirqs[i] && d->pirqs[i]->evtchn && d->pirqs[i]->level)
            set_bit(i, page_to_virt(pg));
    d->arch.pirq_auto_unmask = auto_unmask;
    d->arch.pirq_eoi_map = page_to_virt(pg);
    spin_unlock(&d->event_lock);
    return 0;
}

void pirq_eoi_map_release(struct domain *d)
{
    void *map;

    spin_lock(&d->event_lock);
    map = d->arch.pirq_eoi_map;
    d->arch.pirq_eoi_map = NULL;
    d->arch.pirq_auto_unmask = false;
    spin_unlock(&d->event_lock);
    if (map) {
        mark_dirty(virt_to_page(map));
        put_page_and_type(virt_to_page(map));
    }
}

static long irq_status(void *arg)
{
    struct domain *d = current->domain;
    struct physdev_irq_status_query op;
    struct pirq *pirq;

    if (READ_ARG(op))
        return -EFAULT;
    if (op.irq >= nr_irqs)
        return refuse(-EINVAL, "irq_status_query: no such irq");
    /* A guest that does not use the EOI map can't follow changes: it must always send EOIs. */
    op.flags = XENIRQSTAT_needs_eoi;
    spin_lock(&d->event_lock);
    pirq = pirq_get(d, op.irq, false);
    if (pirq && pirq_guest_shared(pirq))
        op.flags |= XENIRQSTAT_shared;
    spin_unlock(&d->event_lock);
    return WRITE_ARG(op);
}

/* ---- I/O privilege ---- */

static long set_iopl(const void *arg)
{
    struct physdev_set_iopl op;

    if (READ_ARG(op))
        return -EFAULT;
    if (op.iopl > 3)
        return refuse(-EINVAL, "set_iopl: level above 3");
    current->arch.iopl = op.iopl;
    return 0;
}

static long set_iobitmap(const void *arg)
{
    struct physdev_set_iobitmap op;

    if (READ_ARG(op))
        return -EFAULT;
    if (op.nr_ports > 65536 || !guest_range_ok(op.bitmap.p, (op.nr_ports + 7) / 8))
        return refuse(-EINVAL, "set_iobitmap: more than 65536 ports, or not the guest's memory");
    current->arch.iobmp = op.bitmap.p;
    current->arch.iobmp_limit = op.nr_ports;
    return 0;
}

/* ---- pirqs: holder of the domain's event lock ---- */

static bool is_free(const struct pirq *pirq)
{
    return !pirq || (pirq->irq < 0 && !pirq->evtchn && !pirq->reserved);
}

static int free_pirq(struct domain *d, int type)
{
    if (!pirq_get(d, 0, true))
        return -ENOMEM;
    if (type == MAP_PIRQ_TYPE_GSI) {
        for (unsigned i = 16; i < nr_irqs_gsi; i++)
            if (is_free(d->pirqs[i]))
                return i;
    } else {
        for (unsigned i = d->nr_pirqs; i-- > nr_irqs_gsi; )
            if (is_free(d->pirqs[i]))
                return i;
    }
    return refuse(-ENOSPC, "map_pirq: no free pirq");
}

/* Who is given an interrupt has a right to it until it is unmapped; domain 0's rights stay. */
static int connect(struct domain *d, int nr, int type, int irq)
{
    struct pirq *pirq;

    if (nr < 0)
        nr = free_pirq(d, type);
    if (nr < 0)
        return nr;
    pirq = pirq_get(d, nr, true);
    if (!pirq)
        return refuse(-EINVAL, "map_pirq: pirq out of range");
    if (pirq->irq >= 0 && pirq->irq != irq)
        return refuse(-EEXIST, "map_pirq: pirq is mapped to another interrupt");
    if (pirq->irq < 0 && pirq->evtchn)
        return refuse(-EEXIST, "map_pirq: a port is still bound to what the pirq was");
    if (!is_privileged(d) && rangeset_add(d->irq_caps, irq, irq))
        return -ENOMEM;
    pirq->irq = irq;
    pirq->reserved = false;
    pirq->level = irq_to_desc(irq)->level;
    return nr;
}

/* A line may be mapped to one pirq of a domain only; asking again gives the same. */
static int find_mapped(const struct domain *d, int irq)
{
    for (unsigned i = 0; d->pirqs && i < d->nr_pirqs; i++)
        if (d->pirqs[i] && d->pirqs[i]->irq == irq)
            return i;
    return -ENOENT;
}

static int map_gsi(struct domain *d, int gsi, int nr)
{
    int have;

    if (gsi < 0 || gsi >= (int)nr_irqs_gsi)
        return refuse(-EINVAL, "map_pirq: no such line");
    if (!rangeset_contains(current->domain->irq_caps, gsi, gsi))
        return refuse(-EPERM, "map_pirq: the caller may not use this interrupt");
    have = find_mapped(d, gsi);
    if (have >= 0)
        return nr < 0 || nr == have ? have : refuse(-EEXIST, "map_pirq: line is mapped to another pirq");
    return connect(d, nr, MAP_PIRQ_TYPE_GSI, gsi);
}

static int map_msi(struct domain *d, const struct physdev_map_pirq *op)
{
    pci_sbdf_t dev = { op->type == MAP_PIRQ_TYPE_MSI ? 0 : op->bus >> 16, op->bus, op->devfn };
    bool msix = op->table_base != 0 && op->type != MAP_PIRQ_TYPE_MULTI_MSI;
    int irq, nr, err;

    if (op->type == MAP_PIRQ_TYPE_MULTI_MSI && (op->entry_nr < 1 || op->entry_nr > 32))
        return refuse(-EDOM, "map_pirq: 1 to 32 messages");
    if (op->type == MAP_PIRQ_TYPE_MULTI_MSI && op->entry_nr > 1)
        return refuse(-EOPNOTSUPP, "map_pirq: one message only without interrupt remapping");
    if (!pci_device_known(dev))
        return refuse(-ENODEV, "map_pirq: no such device has been reported");
    irq = irq_alloc_msi();
    if (irq < 0)
        return refuse(-ENOSPC, "map_pirq: no free interrupt");
    err = msi_map(dev, msix, op->entry_nr, irq);
    if (err) {
        msi_unmap(irq);
        return err;
    }
    nr = connect(d, op->pirq, op->type, irq);
    if (nr < 0)
        msi_unmap(irq);
    return nr;
}

/* By map_pirq or apic_write. Returns the pirq or -errno. */
static int map_pirq_for(struct domain *d, const struct physdev_map_pirq *op)
{
    int nr;

    spin_lock(&d->event_lock);
    if (d->is_dying) {
        spin_unlock(&d->event_lock);
        return refuse(-ESRCH, "map_pirq: the domain is dying");
    }
    switch (op->type) {
    case MAP_PIRQ_TYPE_GSI:
        nr = map_gsi(d, op->index, op->pirq);
        break;
    case MAP_PIRQ_TYPE_MSI:
    case MAP_PIRQ_TYPE_MSI_SEG:
    case MAP_PIRQ_TYPE_MULTI_MSI:
        nr = is_privileged(current->domain) ? map_msi(d, op) : refuse(-EPERM, "map_pirq: for domain 0");
        break;
    default:
        nr = refuse(-EINVAL, "map_pirq: unknown type");
    }
    spin_unlock(&d->event_lock);
    return nr;
}

/* Held by a reference, or NULL and why. Nobody but who controls it may give a domain interrupts or take them. */
static struct domain *target(domid_t id, long *err)
{
    struct domain *d = domain_get_by_any_id(id);

    *err = d ? 0 : refuse(-ESRCH, "map_pirq: no such domain");
    if (d && !may_control(current->domain, d)) {
        domain_put(d);
        *err = refuse(-EPERM, "map_pirq: the domain is not the caller's to control");
        return NULL;
    }
    return d;
}

static long map_pirq(void *arg)
{
    struct physdev_map_pirq op;
    struct domain *d;
    long err;
    int nr;

    if (READ_ARG(op))
        return -EFAULT;
    d = target(op.domid, &err);
    if (!d)
        return err;
    nr = map_pirq_for(d, &op);
    domain_put(d);
    if (nr < 0)
        return nr;
    op.pirq = nr;
    return WRITE_ARG(op);
}

/* The interrupt that was mapped there. A port that is bound to it stays so, but nothing comes any more. */
static int disconnect(struct domain *d, struct pirq *pirq)
{
    int irq = pirq->irq;

    if (!is_privileged(d) && rangeset_remove(d->irq_caps, irq, irq))
        return -ENOMEM;
    pirq_guest_unbind(d, pirq);
    pirq->irq = -1;
    return irq;
}

static long unmap_pirq(const void *arg)
{
    struct physdev_unmap_pirq op;
    struct domain *d;
    struct pirq *pirq;
    long err;
    int irq;

    if (READ_ARG(op))
        return -EFAULT;
    d = target(op.domid, &err);
    if (!d)
        return err;
    spin_lock(&d->event_lock);
    pirq = op.pirq < 0 ? NULL : pirq_get(d, op.pirq, false);
    irq = pirq && pirq->irq >= 0 ? disconnect(d, pirq) : refuse(-EINVAL, "unmap_pirq: nothing mapped there");
    spin_unlock(&d->event_lock);
    if (irq >= (int)nr_irqs_gsi)
        msi_unmap(irq);
    domain_put(d);
    return min(irq, 0);
}

static long get_free_pirq(void *arg)
{
    struct domain *d = current->domain;
    struct physdev_get_free_pirq op;
    int nr;

    if (READ_ARG(op))
        return -EFAULT;
    spin_lock(&d->event_lock);
    nr = free_pirq(d, op.type);
    if (nr >= 0 && !pirq_get(d, nr, true))
        nr = -ENOMEM;
    if (nr >= 0)
        d->pirqs[nr]->reserved = true;
    spin_unlock(&d->event_lock);
    if (nr < 0)
        return nr;
    op.pirq = nr;
    return WRITE_ARG(op);
}

/* ---- I/O APIC ---- */

/* Kernels before map_pirq map a line so: the entry that they open has the number of a pirq as its vector. */
static long apic_write(const struct physdev_apic *op)
{
    int gsi = ioapic_guest_write(op->apic_physbase, op->reg, op->value);
    struct physdev_map_pirq map = { .type = MAP_PIRQ_TYPE_GSI, .index = gsi, .pirq = op->value & 0xff };
    int nr;

    if (gsi < 0)
        return gsi == -ENOENT ? 0 : gsi;
    nr = map_pirq_for(current->domain, &map);
    return nr < 0 && nr != -EEXIST ? nr : 0;
}

static long apic_access(void *arg, bool write)
{
    struct physdev_apic op;
    long err = privileged_only();

    if (err)
        return err;
    if (READ_ARG(op))
        return -EFAULT;
    if (write)
        return apic_write(&op);
    err = ioapic_guest_read(op.apic_physbase, op.reg, &op.value);
    return err ? err : WRITE_ARG(op);
}

/* Vectors are the hypervisor's business: what older kernels use as a vector is the irq's own number. */
static long alloc_irq_vector(void *arg)
{
    struct physdev_irq op;
    long err = privileged_only();

    if (err)
        return err;
    if (READ_ARG(op))
        return -EFAULT;
    op.vector = op.irq;
    return WRITE_ARG(op);
}

static long setup_gsi(const void *arg)
{
    struct physdev_setup_gsi op;
    long err = privileged_only();

    if (err)
        return err;
    if (READ_ARG(op))
        return -EFAULT;
    return gsi_setup(op.gsi, op.triggering != 0, op.polarity != 0);
}

/* ---- the calls ---- */

long do_physdev_op(int cmd, void *arg)
{
    switch (cmd) {
    case PHYSDEVOP_eoi:              return eoi(arg);
    case PHYSDEVOP_pirq_eoi_gmfn_v1: return set_eoi_map(arg, true);
    case PHYSDEVOP_pirq_eoi_gmfn_v2: return set_eoi_map(arg, false);
    case PHYSDEVOP_IRQ_UNMASK_NOTIFY:
        return eoi_all();
    case PHYSDEVOP_irq_status_query: return irq_status(arg);
    case PHYSDEVOP_set_iopl:         return set_iopl(arg);
    case PHYSDEVOP_set_iobitmap:     return set_iobitmap(arg);
    case PHYSDEVOP_apic_read:        return apic_access(arg, false);
    case PHYSDEVOP_apic_write:       return apic_access(arg, true);
    case PHYSDEVOP_alloc_irq_vector: return alloc_irq_vector(arg);
    case PHYSDEVOP_setup_gsi:        return setup_gsi(arg);
    case PHYSDEVOP_map_pirq:         return map_pirq(arg);
    case PHYSDEVOP_unmap_pirq:       return unmap_pirq(arg);
    case PHYSDEVOP_get_free_pirq:    return get_free_pirq(arg);
    default:                         return physdev_pci_op(cmd, arg);
    }
}

/* The old calling convention: command and arguments in one structure, whose union a pointer aligns to its width. */
long do_physdev_op_compat(void *arg)
{
    size_t at = width_differs() ? sizeof(uint32_t) : offsetof(struct physdev_op, u);
    uint32_t cmd;

    if (get_guest(&cmd, arg))
        return -EFAULT;
    switch (cmd) {
    case PHYSDEVOP_irq_status_query:
    case PHYSDEVOP_set_iopl:
    case PHYSDEVOP_set_iobitmap:
    case PHYSDEVOP_apic_read:
    case PHYSDEVOP_apic_write:
    case PHYSDEVOP_alloc_irq_vector:
        return do_physdev_op(cmd, (char *)arg + at);
    case PHYSDEVOP_IRQ_UNMASK_NOTIFY:
        return do_physdev_op(cmd, NULL);
    default:
        return refuse(-ENOSYS, "physdev_op_compat: unknown command");
    }
}
