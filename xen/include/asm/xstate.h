/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * FPU and extended state of vcpus. It is saved and loaded at every context switch (nothing of another vcpu's
 * stays readable in registers); CR0.TS is the guest's own. arch/x86/cpu/xstate.c
 */
#ifndef ASM_XSTATE_H
#define ASM_XSTATE_H

#include <xen/types.h>

struct vcpu;

#define XSTATE_X87 1UL
#define XSTATE_SSE 2UL
#define XSTATE_AVX 4UL

int xstate_create(struct vcpu *v);          /* area in its initial state; -ENOMEM */
void xstate_destroy(struct vcpu *v);
void xstate_reset(struct vcpu *v);          /* not running: initial state */
void xstate_save(struct vcpu *v);           /* current's registers into its area */
void xstate_load(struct vcpu *v);           /* the reverse, with XCR0 and TS */
bool xstate_valid_xcr0(uint64_t xcr0);
/* XSETBV by the current vcpu. False: #GP */
bool xstate_set_xcr0(struct vcpu *v, uint32_t index, uint64_t value);
/* The legacy 512 bytes (FXSAVE) of a vcpu that does not run. */
void xstate_get_legacy(const struct vcpu *v, void *fxsave);
void xstate_set_legacy(struct vcpu *v, const void *fxsave);
/* XEN_DOMCTL_get/setvcpuextstate: the standard-format image, xstate_image_size() bytes. 0 or -errno */
unsigned xstate_image_size(uint64_t xcr0);
int xstate_set_image(struct vcpu *v, const void *image, unsigned size);

#endif
