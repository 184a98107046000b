/* SPDX-License-Identifier: MIT */
/* Saved state of translated guests: only what other headers refer to. */
#ifndef __XEN_PUBLIC_HVM_SAVE_H__
#define __XEN_PUBLIC_HVM_SAVE_H__

#include "../xen.h"

#ifndef __ASSEMBLY__

/* Stands before each record. */
struct hvm_save_descriptor {
    uint16_t typecode;
    uint16_t instance;
    uint32_t length;
};

/* A vcpu's virtual machine check registers; also in XEN_DOMCTL_set_ext_vcpucontext. */
struct hvm_vmce_vcpu {
    uint64_t caps;
    uint64_t mci_ctl2_bank0;
    uint64_t mci_ctl2_bank1;
    uint64_t mcg_ext_ctl;
};

#endif
#endif
