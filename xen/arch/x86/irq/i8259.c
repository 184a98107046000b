/* SPDX-License-Identifier: GPL-2.0-only */
/* The two 8259 interrupt controllers of a PC: moved out of the exceptions' way, and off. */
#include <asm/io.h>
#include <asm/irq.h>

#define MASTER 0x20
#define SLAVE  0xa0
#define ICW1_INIT_ICW4 0x11
#define ICW4_8086      0x01
#define SLAVE_IRQ      2

void i8259_init(void)
{
    outb(0xff, MASTER + 1);
    outb(0xff, SLAVE + 1);
    outb(ICW1_INIT_ICW4, MASTER);
    outb(LEGACY_VECTOR, MASTER + 1);
    outb(1 << SLAVE_IRQ, MASTER + 1);
    outb(ICW4_8086, MASTER + 1);
    outb(ICW1_INIT_ICW4, SLAVE);
    outb(LEGACY_VECTOR + 8, SLAVE + 1);
    outb(SLAVE_IRQ, SLAVE + 1);
    outb(ICW4_8086, SLAVE + 1);
    outb(0xff, MASTER + 1);
    outb(0xff, SLAVE + 1);
}
