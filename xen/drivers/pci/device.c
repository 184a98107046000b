/* SPDX-License-Identifier: GPL-2.0-only */
/* The devices domain 0 has reported. */
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/pci.h>
#include <xen/reason.h>
#include <xen/spinlock.h>

static LIST_HEAD(devices);
static DEFINE_SPINLOCK(devices_lock);

static struct pci_dev *find(pci_sbdf_t dev)
{
    struct pci_dev *p;

    list_for_each(p, &devices, list)
        if (pci_is_same(p->sbdf, dev))
            return p;
    return NULL;
}

bool pci_device_known(pci_sbdf_t dev)
{
    bool known;

    spin_lock(&devices_lock);
    known = find(dev) != NULL;
    spin_unlock(&devices_lock);
    return known;
}

int pci_device_prepare_msix(pci_sbdf_t dev, bool prepare)
{
    struct pci_dev *p;
    int err = 0;

    spin_lock(&devices_lock);
    p = find(dev);
    if (!p || !pci_find_capability(dev, PCI_CAP_MSIX))
        err = refuse(-ENODEV, "prepare_msix: no such device, or no MSI-X");
    else if (p->msix_prepared == prepare)
        err = refuse(-EBUSY, "prepare_msix: prepared already, or released");
    else
        p->msix_prepared = prepare;
    spin_unlock(&devices_lock);
    return err;
}

/* A device may be reported again, as what it is now. */
int pci_device_add(const struct pci_dev *like)
{
    struct pci_dev *fresh = xzalloc(struct pci_dev), *p;

    if (!fresh)
        return -ENOMEM;
    spin_lock(&devices_lock);
    p = find(like->sbdf);
    if (!p) {
        p = fresh;
        fresh = NULL;
        list_add_tail(&p->list, &devices);
        p->sbdf = like->sbdf;
    }
    p->is_virtfn = like->is_virtfn;
    p->is_extfn = like->is_extfn;
    p->physfn = like->physfn;
    p->pxm = like->pxm;
    spin_unlock(&devices_lock);
    xfree(fresh);
    return 0;
}

int pci_device_remove(pci_sbdf_t dev)
{
    struct pci_dev *p;

    spin_lock(&devices_lock);
    p = find(dev);
    if (p)
        list_del(&p->list);
    spin_unlock(&devices_lock);
    if (!p)
        return refuse(-ENODEV, "pci_device_remove: no such device");
    xfree(p);
    return 0;
}
