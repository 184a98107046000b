/* SPDX-License-Identifier: GPL-2.0-only */
/* Restarting and halting the machine. */
#include <xen/acpi.h>
#include <xen/lib.h>
#include <xen/param.h>
#include <xen/serial.h>
#include <xen/smp.h>
#include <xen/time.h>
#include <asm/io.h>
#include <asm/processor.h>

#define KEYBOARD_STATUS 0x64
#define KEYBOARD_BUSY   0x02
#define KEYBOARD_RESET  0xfe
#define RESET_CONTROL   0xcf9

enum { REBOOT_ANY, REBOOT_ACPI, REBOOT_KBD, REBOOT_PCI, REBOOT_TRIPLE, REBOOT_NO };
static unsigned opt_reboot;

static init_text int parse_reboot(const char *s)
{
    static const char *const ways[] = {
        [REBOOT_ACPI] = "acpi", [REBOOT_KBD] = "kbd", [REBOOT_PCI] = "pci", [REBOOT_TRIPLE] = "triple",
        [REBOOT_NO] = "no",
    };

    for (unsigned i = REBOOT_ACPI; i < ARRAY_SIZE(ways); i++)
        if (strcmp(s, ways[i]) == 0) {
            opt_reboot = i;
            return 0;
        }
    return -EINVAL;
}
custom_param("reboot", parse_reboot);

void machine_halt(void)
{
    smp_send_stop();
    uart_flush();
    for (;;)
        __asm__ volatile ("cli; hlt");
}

static void reset_keyboard(void)
{
    for (unsigned i = 0; i < 1000 && (inb(KEYBOARD_STATUS) & KEYBOARD_BUSY); i++)
        udelay(10);
    outb(KEYBOARD_RESET, KEYBOARD_STATUS);
    udelay(50000);
}

static void reset_cf9(void)
{
    uint8_t v = inb(RESET_CONTROL) & ~0x0f;

    outb(v | 2, RESET_CONTROL);
    udelay(50);
    outb(v | 6, RESET_CONTROL);
    udelay(50000);
}

/* An exception without a table of handlers shuts the processor down, which resets a PC. */
static void noreturn triple_fault(void)
{
    struct { uint16_t limit; uint64_t base; } packed_struct none = { 0, 0 };

    for (;;)
        __asm__ volatile ("lidt %0; int3" :: "m" (none));
}

/* reboot=acpi|kbd|pci|triple|no chooses; else all are tried in this order. */
void machine_restart(void)
{
    bool any = opt_reboot == REBOOT_ANY;

    smp_send_stop();
    uart_flush();
    if (opt_reboot == REBOOT_NO)
        machine_halt();
    if ((any || opt_reboot == REBOOT_ACPI) && acpi_reset())
        udelay(50000);
    if (any || opt_reboot == REBOOT_KBD)
        reset_keyboard();
    if (any || opt_reboot == REBOOT_PCI)
        reset_cf9();
    triple_fault();
}
