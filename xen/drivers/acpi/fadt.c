/* SPDX-License-Identifier: GPL-2.0-only */
/* The fixed description table: PM timer, sleep and reset registers. ACPI 6.4, 5.2.9. */
#include <xen/acpi.h>
#include <xen/atomic.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/reason.h>
#include <asm/io.h>
#include <asm/processor.h>
#include <public/platform.h>

struct fadt {
    struct acpi_header h;
    uint32_t facs, dsdt;
    uint8_t reserved1, profile;
    uint16_t sci;
    uint32_t smi_cmd;
    uint8_t acpi_enable, acpi_disable, s4bios, pstate;
    uint32_t pm1a_evt, pm1b_evt, pm1a_cnt, pm1b_cnt, pm2_cnt, pm_tmr, gpe0, gpe1;
    uint8_t pm1_evt_len, pm1_cnt_len, pm2_cnt_len, pm_tmr_len, gpe0_len, gpe1_len, gpe1_base, cst;
    uint16_t c2_latency, c3_latency, flush_size, flush_stride;
    uint8_t duty_offset, duty_width, day_alarm, month_alarm, century;
    uint16_t boot_flags;
    uint8_t reserved2;
    uint32_t flags;
    struct acpi_gas reset_reg;
    uint8_t reset_value;
    uint16_t arm_flags;
    uint8_t minor;
    uint64_t x_facs, x_dsdt;
    struct acpi_gas x_pm1a_evt, x_pm1b_evt, x_pm1a_cnt, x_pm1b_cnt, x_pm2_cnt, x_pm_tmr, x_gpe0, x_gpe1,
                    sleep_control, sleep_status;
} packed_struct;
#define HAS(f, len, field) ((len) >= offsetof(struct fadt, field) + sizeof((f)->field))

#define FADT_TIMER_32BIT (1u << 8)
#define FADT_RESET       (1u << 10)
#define FADT_HW_REDUCED  (1u << 20)
#define BOOT_NO_CMOS     (1u << 5)

#define SLP_TYP_MASK     (7u << 10)
#define SLP_EN           (1u << 13)
#define WAK_STS          (1u << 15)

static init_text struct acpi_gas io_register(uint16_t port)
{
    return (struct acpi_gas) { .space = ACPI_SPACE_IO, .bits = 16, .address = port };
}

init_text void acpi_parse_fadt(const struct acpi_header *h)
{
    const struct fadt *f = (const void *)h;

    if (!HAS(f, h->length, flags))
        return;
    acpi.sci = f->sci;
    acpi.century = f->century;
    acpi.boot_flags = h->revision > 1 ? f->boot_flags : 0;
    acpi.has_cmos = !(acpi.boot_flags & BOOT_NO_CMOS);
    acpi.pm_timer_port = f->pm_tmr_len == 4 ? f->pm_tmr : 0;
    acpi.pm_timer_32bit = f->flags & FADT_TIMER_32BIT;
    acpi.pm1a_status = f->pm1a_evt;
    acpi.pm1b_status = f->pm1b_evt;
    acpi.pm1a_control = io_register(f->pm1a_cnt);
    acpi.pm1b_control = io_register(f->pm1b_cnt);
    acpi.hw_reduced = f->flags & FADT_HW_REDUCED;
    if (HAS(f, h->length, reset_value)) {
        acpi.has_reset = f->flags & FADT_RESET;
        acpi.reset_reg = f->reset_reg;
        acpi.reset_value = f->reset_value;
    }
    if (HAS(f, h->length, x_pm1b_cnt)) {
        if (f->x_pm1a_cnt.address)
            acpi.pm1a_control = f->x_pm1a_cnt;
        if (f->x_pm1b_cnt.address)
            acpi.pm1b_control = f->x_pm1b_cnt;
    }
    if (HAS(f, h->length, sleep_status)) {
        acpi.sleep_control = f->sleep_control;
        acpi.sleep_status = f->sleep_status;
    }
}

/* ---- registers ---- */

void acpi_gas_write(const struct acpi_gas *reg, uint32_t value, unsigned bytes)
{
    void *va;

    if (reg->space == ACPI_SPACE_IO) {
        if (bytes == 1)
            outb(value, reg->address);
        else if (bytes == 2)
            outw(value, reg->address);
        else
            outl(value, reg->address);
    } else if (reg->space == ACPI_SPACE_MEMORY && (va = ioremap(reg->address, bytes)) != NULL) {
        if (bytes == 1)
            writeb(value, va);
        else if (bytes == 2)
            *(volatile uint16_t *)va = value;
        else
            writel(value, va);
        iounmap(va, bytes);
    }
}

uint32_t acpi_gas_read(const struct acpi_gas *reg, unsigned bytes)
{
    uint32_t v = 0;
    void *va;

    if (reg->space == ACPI_SPACE_IO) {
        v = bytes == 1 ? inb(reg->address) : bytes == 2 ? inw(reg->address) : inl(reg->address);
    } else if (reg->space == ACPI_SPACE_MEMORY && (va = ioremap(reg->address, bytes)) != NULL) {
        v = bytes == 1 ? readb(va) : bytes == 2 ? *(volatile uint16_t *)va : readl(va);
        iounmap(va, bytes);
    }
    return v;
}

bool acpi_reset(void)
{
    if (!acpi.has_reset || !acpi.reset_reg.address)
        return false;
    if (acpi.reset_reg.space == ACPI_SPACE_IO)
        outb(acpi.reset_value, acpi.reset_reg.address);
    else if (acpi.reset_reg.space == ACPI_SPACE_MEMORY)
        acpi_gas_write(&acpi.reset_reg, acpi.reset_value, 1);
    return true;
}

/* ---- sleep ---- */

/*
 * With the extended flag the values are the sleep types of the hardware-reduced registers, else those of PM1
 * control.
 */
static int write_extended(const struct xenpf_enter_acpi_sleep *sleep)
{
    if (!acpi.sleep_control.address || !acpi.sleep_status.address)
        return refuse(-ENODEV, "enter_acpi_sleep: no sleep control register");
    acpi_gas_write(&acpi.sleep_status, 0x80, 1);
    acpi_gas_write(&acpi.sleep_control, ((sleep->val_a & 7) << 2) | 0x20, 1);
    return 0;
}

static int write_pm1(const struct xenpf_enter_acpi_sleep *sleep)
{
    if (!acpi.pm1a_control.address)
        return refuse(-ENODEV, "enter_acpi_sleep: no PM1 control register");
    if (acpi.pm1a_status)
        outw(WAK_STS, acpi.pm1a_status);
    if (acpi.pm1b_status)
        outw(WAK_STS, acpi.pm1b_status);
    wbinvd();
    acpi_gas_write(&acpi.pm1a_control, sleep->val_a & ~SLP_EN, 2);
    if (acpi.pm1b_control.address)
        acpi_gas_write(&acpi.pm1b_control, sleep->val_b & ~SLP_EN, 2);
    acpi_gas_write(&acpi.pm1a_control, sleep->val_a | SLP_EN, 2);
    if (acpi.pm1b_control.address)
        acpi_gas_write(&acpi.pm1b_control, sleep->val_b | SLP_EN, 2);
    return 0;
}

/*
 * Only soft-off (S5): suspending the machine would need the processors' state to be saved. -EOPNOTSUPP for
 * others. Does not return if the machine really goes off.
 */
int acpi_enter_sleep(const struct xenpf_enter_acpi_sleep *sleep)
{
    int err;

    if (sleep->flags & ~XENPF_ACPI_SLEEP_EXTENDED)
        return refuse(-EINVAL, "enter_acpi_sleep: unknown flag");
    if (sleep->sleep_state != 5)
        return refuse(-EOPNOTSUPP, "enter_acpi_sleep: soft-off (S5) only");
    printk(LOG_INFO "Entering ACPI sleep state S%u\n", sleep->sleep_state);
    err = sleep->flags & XENPF_ACPI_SLEEP_EXTENDED ? write_extended(sleep) : write_pm1(sleep);
    for (unsigned i = 0; !err && i < 1000; i++)
        for (unsigned j = 0; j < 1000; j++)
            cpu_relax();
    return err;
}
