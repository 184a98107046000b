/* SPDX-License-Identifier: MIT */
/* nmi_op(cmd, *arg): any guest, on vcpu 0. 0, -EINVAL, -EFAULT, -ENOSYS. */
#ifndef __XEN_PUBLIC_NMI_H__
#define __XEN_PUBLIC_NMI_H__

#include "xen.h"

/* Bits of arch_shared_info.nmi_reason. */
#define _XEN_NMIREASON_io_error     0
#define XEN_NMIREASON_io_error      (1UL << _XEN_NMIREASON_io_error)
#define _XEN_NMIREASON_pci_serr     1
#define XEN_NMIREASON_pci_serr      (1UL << _XEN_NMIREASON_pci_serr)
#if __XEN_INTERFACE_VERSION__ < 0x00040300
#define _XEN_NMIREASON_parity_error 1
#define XEN_NMIREASON_parity_error  (1UL << _XEN_NMIREASON_parity_error)
#endif
#define _XEN_NMIREASON_unknown      2
#define XEN_NMIREASON_unknown       (1UL << _XEN_NMIREASON_unknown)

#define XENNMI_register_callback   0    /* IN: xennmi_callback */
#define XENNMI_unregister_callback 1    /* no argument */

#ifndef __ASSEMBLY__
typedef struct xennmi_callback {
    unsigned long handler_address;
    unsigned long pad;
} xennmi_callback_t;
DEFINE_XEN_GUEST_HANDLE(xennmi_callback_t);
#endif

#endif
