/* SPDX-License-Identifier: GPL-2.0-only */
/* The test's port. */
#ifndef SHIM_IO_H
#define SHIM_IO_H
#include <stdint.h>
uint8_t inb(uint16_t port);
void outb(uint8_t value, uint16_t port);
#endif
