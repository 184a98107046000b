/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ports. A guest's access is allowed by its virtual IOPL or I/O bitmap (else #GP in the guest), and reaches
 * the machine where the domain owns the ports (else reads give all ones and writes are lost). PCI's
 * configuration address register is kept per domain, since several may be in the middle of an access.
 */
#include <xen/guest.h>
#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/sched.h>
#include <asm/io.h>
#include <asm/processor.h>
#include <asm/pv.h>

#define PCI_ADDRESS 0xcf8
#define PCI_DATA    0xcfc
#define PCI_ENABLE  0x80000000u

/*
 * Virtual IOPL: the guest's kernel counts as ring 1. The bitmap is the guest's user mode's; one bit a port, 0
 * allows.
 */
bool guest_port_allowed(struct vcpu *v, unsigned port, unsigned bytes)
{
    uint8_t map[2] = { 0xff, 0xff };
    bool user = !v->arch.kernel_mode && !v->domain->arch.is_32bit_pv;
    unsigned bits;

    if (v->arch.iopl >= (in_guest_kernel(v, guest_cpu_user_regs()) ? 1 : 3))
        return true;
    if (port + bytes > v->arch.iobmp_limit || !v->arch.iobmp)
        return false;
    /* The bitmap is in the guest kernel's memory, which its user mode's page tables need not map. */
    if (user)
        toggle_guest_mode(v);
    raw_copy_from_guest(map, v->arch.iobmp + port / 8, sizeof(map));
    if (user)
        toggle_guest_mode(v);
    bits = map[0] | map[1] << 8;
    return !((bits >> (port & 7)) & ((1u << bytes) - 1));
}

static bool owns_ports(const struct vcpu *v, unsigned port, unsigned bytes)
{
    return rangeset_contains(v->domain->arch.ioport_caps, port, port + bytes - 1);
}

static uint32_t port_in(unsigned port, unsigned bytes)
{
    return bytes == 1 ? inb(port) : bytes == 2 ? inw(port) : inl(port);
}

static void port_out(unsigned port, unsigned bytes, uint32_t value)
{
    if (bytes == 1)
        outb(value, port);
    else if (bytes == 2)
        outw(value, port);
    else
        outl(value, port);
}

static bool is_pci_address(unsigned port, unsigned bytes)
{
    return port == PCI_ADDRESS && bytes == 4;
}

static bool is_pci_data(unsigned port, unsigned bytes)
{
    return port >= PCI_DATA && port + bytes <= PCI_DATA + 4;
}

uint32_t guest_port_read(struct vcpu *v, unsigned port, unsigned bytes)
{
    struct domain *d = v->domain;

    if (is_pci_address(port, bytes) && is_privileged(d))
        return d->arch.pci_cf8;
    if (is_pci_data(port, bytes) && is_privileged(d)) {
        if (!(d->arch.pci_cf8 & PCI_ENABLE))
            return ~0u;
        return pci_port_read(d->arch.pci_cf8, port - PCI_DATA, bytes);
    }
    return owns_ports(v, port, bytes) ? port_in(port, bytes) : ~0u;
}

void guest_port_write(struct vcpu *v, unsigned port, unsigned bytes, uint32_t value)
{
    struct domain *d = v->domain;

    if (is_pci_address(port, bytes) && is_privileged(d)) {
        d->arch.pci_cf8 = value;
        return;
    }
    if (is_pci_data(port, bytes) && is_privileged(d)) {
        if (!(d->arch.pci_cf8 & PCI_ENABLE))
            return;
        pci_port_write(d->arch.pci_cf8, port - PCI_DATA, bytes, value);
        return;
    }
    if (owns_ports(v, port, bytes))
        port_out(port, bytes, value);
}
