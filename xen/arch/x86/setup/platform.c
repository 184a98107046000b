/* SPDX-License-Identifier: GPL-2.0-only */
/* The steps of the boot order that belong to the platform as a whole, and what domain 0 is not given. */
#include <xen/acpi.h>
#include <xen/console.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <xen/serial.h>
#include <asm/apic.h>
#include <asm/boot.h>
#include <asm/init.h>
#include <asm/irq.h>
#include <asm/time.h>

/* The heap works. */
init_text void platform_init(void)
{
    irq_init();
    ipi_init();
    local_apic_boot_init();
    time_init();
}

/* Softirqs, timers and the idle vcpu are there. */
init_text void platform_late_init(void)
{
    time_start();
    local_irq_enable();
    console_init_irq();
}

static int deny_ports(struct domain *d, unsigned first, unsigned last)
{
    return rangeset_remove(d->arch.ioport_caps, first, last);
}

static int deny_page(struct domain *d, paddr_t at)
{
    return rangeset_remove(d->iomem_caps, PFN_DOWN(at), PFN_DOWN(at));
}

int platform_hide_from_dom0(struct domain *d)
{
    static const struct { uint16_t first, last; } ports[] = {
        { 0x20, 0x21 }, { 0xa0, 0xa1 },            /* interrupt controllers */
        { 0x40, 0x43 },                            /* interval timer */
        { 0xcf8, 0xcfb },                          /* PCI address: emulated, apart from ours */
    };
    int err = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(ports); i++)
        err |= deny_ports(d, ports[i].first, ports[i].last);
    if (acpi.pm_timer_port)
        err |= deny_ports(d, acpi.pm_timer_port, acpi.pm_timer_port + 3);
    uart_deny(d);
    err |= deny_page(d, acpi.lapic_base);
    for (unsigned i = 0; i < acpi.nr_ioapics; i++)
        err |= deny_page(d, acpi.ioapic[i].base);
    return err ? -ENOMEM : 0;
}
