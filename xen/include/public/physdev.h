/* SPDX-License-Identifier: MIT */
/*
 * physdev_op(cmd, *arg): device owners. (hw) the hardware domain only; (control) needs control over arg's
 * domid. Common errors: -EFAULT, -EINVAL, -EPERM, -ESRCH, -ENODEV (no such PCI function), -ENOSYS.
 */
#ifndef __XEN_PUBLIC_PHYSDEV_H__
#define __XEN_PUBLIC_PHYSDEV_H__

#include "xen.h"

#define PHYSDEVOP_irq_status_query    5     /* IN: irq, OUT: flags */
#define PHYSDEVOP_set_iopl            6     /* IN: iopl of the calling vcpu */
#define PHYSDEVOP_set_iobitmap        7     /* IN: I/O permission bitmap of the calling vcpu */
#define PHYSDEVOP_apic_read           8     /* hw: an I/O APIC's register */
#define PHYSDEVOP_apic_write          9     /* hw */
#define PHYSDEVOP_alloc_irq_vector    10    /* hw: IN irq, OUT vector */
#define PHYSDEVOP_free_irq_vector     11    /* hw */
#define PHYSDEVOP_eoi                 12    /* done with a pirq that needs it */
#define PHYSDEVOP_map_pirq            13    /* hw, control: a pirq for a GSI or MSI. IN/OUT: pirq (-1: any) */
#define PHYSDEVOP_unmap_pirq          14    /* hw, control */
#define PHYSDEVOP_manage_pci_add      15    /* hw: a PCI function is there, physdev_manage_pci */
#define PHYSDEVOP_manage_pci_remove   16    /* hw */
#define PHYSDEVOP_pirq_eoi_gmfn_v1    17    /* IN: page for the needs-eoi bitmap; unmask then does the eoi */
#define PHYSDEVOP_restore_msi         19    /* hw: after a suspend, physdev_restore_msi */
#define PHYSDEVOP_manage_pci_add_ext  20    /* hw: physdev_manage_pci_ext */
#define PHYSDEVOP_setup_gsi           21    /* hw: trigger mode and polarity. -EEXIST: done before */
#define PHYSDEVOP_get_free_pirq       23    /* IN: type, OUT: pirq. -ENOSPC */
#define PHYSDEVOP_pci_mmcfg_reserved  24    /* hw: the firmware reserves this configuration window */
#define PHYSDEVOP_pci_device_add      25    /* hw: physdev_pci_device_add */
#define PHYSDEVOP_pci_device_remove   26    /* hw: physdev_pci_device */
#define PHYSDEVOP_restore_msi_ext     27    /* hw: physdev_pci_device */
#define PHYSDEVOP_pirq_eoi_gmfn_v2    28    /* as v1, unmask stays without an eoi */
#define PHYSDEVOP_dbgp_op             29    /* hw: about to reset, or reset, the EHCI the console may use */
#define PHYSDEVOP_prepare_msix        30    /* hw: physdev_pci_device, before it is given away */
#define PHYSDEVOP_release_msix        31    /* hw */

#if __XEN_INTERFACE_VERSION__ < 0x00040200
#define PHYSDEVOP_pirq_eoi_gmfn PHYSDEVOP_pirq_eoi_gmfn_v1
#else
#define PHYSDEVOP_pirq_eoi_gmfn PHYSDEVOP_pirq_eoi_gmfn_v2
#endif

#define _XENIRQSTAT_needs_eoi (0)
#define XENIRQSTAT_needs_eoi  (1U << _XENIRQSTAT_needs_eoi)
#define _XENIRQSTAT_shared    (1)
#define XENIRQSTAT_shared     (1U << _XENIRQSTAT_shared)

#define MAP_PIRQ_TYPE_MSI       0x0     /* bus, devfn, entry_nr; table_base != 0: MSI-X */
#define MAP_PIRQ_TYPE_GSI       0x1     /* index = GSI */
#define MAP_PIRQ_TYPE_UNKNOWN   0x2
#define MAP_PIRQ_TYPE_MSI_SEG   0x3     /* as MSI, segment in bus >> 16 */
#define MAP_PIRQ_TYPE_MULTI_MSI 0x4     /* as MSI_SEG, entry_nr IN: vectors wanted, OUT: had */

#define XEN_PCI_MMCFG_RESERVED 0x1
#define XEN_PCI_DEV_EXTFN      0x1      /* flags of pci_device_add: extended function, */
#define XEN_PCI_DEV_VIRTFN     0x2      /* virtual function of physfn, */
#define XEN_PCI_DEV_PXM        0x4      /* optarr[0] is its proximity domain */

#define PHYSDEVOP_DBGP_RESET_PREPARE 1
#define PHYSDEVOP_DBGP_RESET_DONE    2
#define PHYSDEVOP_DBGP_BUS_UNKNOWN   0
#define PHYSDEVOP_DBGP_BUS_PCI       1

/* Old names. */
#define PHYSDEVOP_IRQ_UNMASK_NOTIFY 4
#if __XEN_INTERFACE_VERSION__ < 0x00040600
#define PHYSDEVOP_IRQ_STATUS_QUERY        PHYSDEVOP_irq_status_query
#define PHYSDEVOP_SET_IOPL                PHYSDEVOP_set_iopl
#define PHYSDEVOP_SET_IOBITMAP            PHYSDEVOP_set_iobitmap
#define PHYSDEVOP_APIC_READ               PHYSDEVOP_apic_read
#define PHYSDEVOP_APIC_WRITE              PHYSDEVOP_apic_write
#define PHYSDEVOP_ASSIGN_VECTOR           PHYSDEVOP_alloc_irq_vector
#define PHYSDEVOP_FREE_VECTOR             PHYSDEVOP_free_irq_vector
#define PHYSDEVOP_IRQ_NEEDS_UNMASK_NOTIFY XENIRQSTAT_needs_eoi
#define PHYSDEVOP_IRQ_SHARED              XENIRQSTAT_shared
#endif

#ifndef __ASSEMBLY__

typedef struct physdev_eoi {
    uint32_t irq;
} physdev_eoi_t;
DEFINE_XEN_GUEST_HANDLE(physdev_eoi_t);

typedef struct physdev_pirq_eoi_gmfn {
    xen_pfn_t gmfn;
} physdev_pirq_eoi_gmfn_t;
DEFINE_XEN_GUEST_HANDLE(physdev_pirq_eoi_gmfn_t);

typedef struct physdev_irq_status_query {
    uint32_t irq;
    uint32_t flags;             /* XENIRQSTAT_* */
} physdev_irq_status_query_t;
DEFINE_XEN_GUEST_HANDLE(physdev_irq_status_query_t);

typedef struct physdev_set_iopl {
    uint32_t iopl;
} physdev_set_iopl_t;
DEFINE_XEN_GUEST_HANDLE(physdev_set_iopl_t);

typedef struct physdev_set_iobitmap {
#if __XEN_INTERFACE_VERSION__ >= 0x00030205
    XEN_GUEST_HANDLE(uint8) bitmap;
#else
    uint8_t *bitmap;
#endif
    uint32_t nr_ports;
} physdev_set_iobitmap_t;
DEFINE_XEN_GUEST_HANDLE(physdev_set_iobitmap_t);

typedef struct physdev_apic {
    unsigned long apic_physbase;
    uint32_t reg;
    uint32_t value;             /* IN of write, OUT of read */
} physdev_apic_t;
DEFINE_XEN_GUEST_HANDLE(physdev_apic_t);

typedef struct physdev_irq {
    uint32_t irq;
    uint32_t vector;
} physdev_irq_t;
DEFINE_XEN_GUEST_HANDLE(physdev_irq_t);

typedef struct physdev_map_pirq {
    domid_t domid;
    int type;                   /* MAP_PIRQ_TYPE_* */
    int index;
    int pirq;
    int bus;
    int devfn;
    int entry_nr;
    uint64_t table_base;
} physdev_map_pirq_t;
DEFINE_XEN_GUEST_HANDLE(physdev_map_pirq_t);

typedef struct physdev_unmap_pirq {
    domid_t domid;
    int pirq;
} physdev_unmap_pirq_t;
DEFINE_XEN_GUEST_HANDLE(physdev_unmap_pirq_t);

typedef struct physdev_manage_pci {
    uint8_t bus;
    uint8_t devfn;
} physdev_manage_pci_t;
DEFINE_XEN_GUEST_HANDLE(physdev_manage_pci_t);

typedef struct physdev_restore_msi {
    uint8_t bus;
    uint8_t devfn;
} physdev_restore_msi_t;
DEFINE_XEN_GUEST_HANDLE(physdev_restore_msi_t);

typedef struct physdev_manage_pci_ext {
    uint8_t bus;
    uint8_t devfn;
    uint32_t is_extfn;
    uint32_t is_virtfn;
    struct {
        uint8_t bus;
        uint8_t devfn;
    } physfn;
} physdev_manage_pci_ext_t;
DEFINE_XEN_GUEST_HANDLE(physdev_manage_pci_ext_t);

/* physdev_op_compat(*op). */
typedef struct physdev_op {
    uint32_t cmd;
    union {
        physdev_irq_status_query_t irq_status_query;
        physdev_set_iopl_t set_iopl;
        physdev_set_iobitmap_t set_iobitmap;
        physdev_apic_t apic_op;
        physdev_irq_t irq_op;
    } u;
} physdev_op_t;
DEFINE_XEN_GUEST_HANDLE(physdev_op_t);

typedef struct physdev_setup_gsi {
    int gsi;
    uint8_t triggering;         /* 0 edge, 1 level */
    uint8_t polarity;           /* 0 active high, 1 low */
} physdev_setup_gsi_t;
DEFINE_XEN_GUEST_HANDLE(physdev_setup_gsi_t);

typedef struct physdev_get_free_pirq {
    int type;
    uint32_t pirq;
} physdev_get_free_pirq_t;
DEFINE_XEN_GUEST_HANDLE(physdev_get_free_pirq_t);

typedef struct physdev_pci_mmcfg_reserved {
    uint64_t address;
    uint16_t segment;
    uint8_t start_bus;
    uint8_t end_bus;
    uint32_t flags;             /* XEN_PCI_MMCFG_RESERVED */
} physdev_pci_mmcfg_reserved_t;
DEFINE_XEN_GUEST_HANDLE(physdev_pci_mmcfg_reserved_t);

typedef struct physdev_pci_device_add {
    uint16_t seg;
    uint8_t bus;
    uint8_t devfn;
    uint32_t flags;             /* XEN_PCI_DEV_* */
    struct {
        uint8_t bus;
        uint8_t devfn;
    } physfn;
    uint32_t optarr[XEN_FLEX_ARRAY_DIM];
} physdev_pci_device_add_t;
DEFINE_XEN_GUEST_HANDLE(physdev_pci_device_add_t);

typedef struct physdev_pci_device {
    uint16_t seg;
    uint8_t bus;
    uint8_t devfn;
} physdev_pci_device_t;
DEFINE_XEN_GUEST_HANDLE(physdev_pci_device_t);

typedef struct physdev_dbgp_op {
    uint8_t op;
    uint8_t bus;
    union {
        physdev_pci_device_t pci;
    } u;
} physdev_dbgp_op_t;
DEFINE_XEN_GUEST_HANDLE(physdev_dbgp_op_t);

#endif
#endif
