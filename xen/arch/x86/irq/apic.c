/* SPDX-License-Identifier: GPL-2.0-only */
/* Local APIC: mode, set-up of each CPU's, inter-processor interrupts. */
#include <xen/acpi.h>
#include <xen/lib.h>
#include <xen/param.h>
#include <xen/percpu.h>
#include <xen/perfc.h>
#include <xen/smp.h>
#include <asm/apic.h>
#include <asm/irq.h>
#include <asm/init.h>

bool x2apic_mode read_mostly;
uint32_t cpu_to_apicid[NR_CPUS];

static bool opt_x2apic, opt_no_x2apic;
static init_text int parse_x2apic(const char *s)
{
    int b = *s ? parse_bool(s) : 1;

    opt_x2apic = b == 1;
    opt_no_x2apic = b == 0;
    return b < 0 ? -EINVAL : 0;
}
custom_param("x2apic", parse_x2apic);

uint32_t this_apic_id(void)
{
    uint32_t id = apic_read(APIC_ID);

    return x2apic_mode ? id : id >> 24;
}

void apic_icr_write(uint32_t low, uint32_t dest)
{
    if (x2apic_mode) {
        /* The MSR write waits for no store (SDM vol. 3, 11.12.3). */
        __asm__ volatile ("mfence; lfence" ::: "memory");
        wrmsr(MSR_X2APIC(APIC_ICR), low | ((uint64_t)dest << 32));
    } else {
        unsigned long flags = local_irq_save_();

        while (apic_read(APIC_ICR) & APIC_ICR_BUSY)
            cpu_relax();
        apic_write(APIC_ICR2, dest << 24);
        apic_write(APIC_ICR, low);
        local_irq_restore(flags);
    }
}

void send_ipi(unsigned cpu, uint8_t vector)
{
    perfc_incr(ipis);
    apic_icr_write(APIC_DM_FIXED | vector, cpu_to_apicid[cpu]);
}

static void spurious_interrupt(void)
{
}

static void error_interrupt(void)
{
    uint32_t esr;

    apic_write(APIC_ESR, 0);
    esr = apic_read(APIC_ESR);
    printk(LOG_DEBUG "Local APIC error on CPU%u: %#x\n", smp_processor_id(), esr);
}

/* Interrupts that were in service when a previous kernel gave up would block all of lower priority. */
static void clear_in_service(void)
{
    for (unsigned i = 0; i < 8; i++) {
        uint32_t isr = apic_read(APIC_ISR + i * 0x10);

        for (; isr; isr &= isr - 1)
            ack_apic_irq();
    }
}

static void enter_mode(void)
{
    uint64_t base = rdmsr(MSR_APIC_BASE);

    if (!(base & APIC_BASE_ENABLE))
        wrmsr(MSR_APIC_BASE, base |= APIC_BASE_ENABLE);
    if (x2apic_mode && !(base & APIC_BASE_X2APIC))
        wrmsr(MSR_APIC_BASE, base | APIC_BASE_X2APIC);
}

void local_apic_init(void)
{
    enter_mode();
    apic_write(APIC_SPIV, SPURIOUS_APIC_VECTOR);      /* off while it is set up */
    apic_write(APIC_TPR, 0);
    clear_in_service();
    apic_write(APIC_LVTT, APIC_LVT_MASKED | LOCAL_TIMER_VECTOR);
    apic_write(APIC_LVTPC, APIC_LVT_MASKED);
    apic_write(APIC_LVT0, APIC_LVT_MASKED | APIC_DM_EXTINT);
    apic_write(APIC_LVT1, smp_processor_id() == 0 ? APIC_DM_NMI : APIC_DM_NMI | APIC_LVT_MASKED);
    apic_write(APIC_SPIV, APIC_SPIV_ENABLE | SPURIOUS_APIC_VECTOR);
    apic_write(APIC_ESR, 0);
    apic_write(APIC_LVTERR, ERROR_APIC_VECTOR);
    cpu_to_apicid[smp_processor_id()] = this_apic_id();
}

/* x2APIC where the firmware has chosen it, whatever was asked for; where an id needs it; or on request. */
static init_text bool choose_x2apic(void)
{
    bool needed = false;

    if (rdmsr(MSR_APIC_BASE) & APIC_BASE_X2APIC) {
        if (opt_no_x2apic)
            printk(LOG_WARN "x2apic=no: the firmware has chosen that mode, it stays\n");
        return true;
    }
    for (unsigned i = 0; i < acpi.nr_cpus; i++)
        needed |= acpi.cpu[i].apic_id >= 255;
    return boot_cpu.x2apic && !opt_no_x2apic && (needed || opt_x2apic);
}

init_text void local_apic_boot_init(void)
{
    paddr_t base = rdmsr(MSR_APIC_BASE) & PADDR_MASK & PAGE_MASK;

    x2apic_mode = choose_x2apic();
    if (!x2apic_mode)
        set_fixmap(FIX_APIC, base, PAGE_HYPERVISOR_UC);
    set_direct_vector(SPURIOUS_APIC_VECTOR, spurious_interrupt);
    set_direct_vector(ERROR_APIC_VECTOR, error_interrupt);
    local_apic_init();
    printk(LOG_INFO "Local APIC: %s, version %#x, boot processor's id %u\n", x2apic_mode ? "x2APIC" : "xAPIC",
           apic_read(APIC_VERSION) & 0xff, this_apic_id());
}
