/* SPDX-License-Identifier: GPL-2.0-only */
/* Port and memory-mapped I/O. */
#ifndef ASM_IO_H
#define ASM_IO_H

#include <xen/types.h>

#define PORT_IO(sfx, type)                                                                          \
static always_inline type in##sfx(uint16_t port)                                                    \
{ type v; __asm__ volatile ("in" #sfx " %1, %0" : "=a" (v) : "Nd" (port)); return v; }              \
static always_inline void out##sfx(type v, uint16_t port)                                           \
{ __asm__ volatile ("out" #sfx " %0, %1" :: "a" (v), "Nd" (port)); }
PORT_IO(b, uint8_t) PORT_IO(w, uint16_t) PORT_IO(l, uint32_t)
#undef PORT_IO

static always_inline uint32_t readl(const volatile void *a) { return *(const volatile uint32_t *)a; }
static always_inline void writel(uint32_t v, volatile void *a) { *(volatile uint32_t *)a = v; }
static always_inline uint64_t readq(const volatile void *a) { return *(const volatile uint64_t *)a; }
static always_inline void writeq(uint64_t v, volatile void *a) { *(volatile uint64_t *)a = v; }
static always_inline uint8_t readb(const volatile void *a) { return *(const volatile uint8_t *)a; }
static always_inline void writeb(uint8_t v, volatile void *a) { *(volatile uint8_t *)a = v; }

#endif
