/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bringing up the other processors. Intel SDM vol. 3, 9.4.4: INIT, then two start-up IPIs naming the
 * trampoline's page; one processor at a time. secondary_state is the conversation: the boot CPU writes
 * CALLED, the new one CALLING, then ONLINE.
 */
#include <xen/acpi.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/param.h>
#include <xen/sched.h>
#include <xen/smp.h>
#include <xen/time.h>
#include <asm/apic.h>
#include <asm/boot.h>
#include <asm/desc.h>
#include <asm/init.h>
#include <asm/platform.h>
#include <asm/speculation.h>
#include <asm/time.h>

enum { SECONDARY_NONE, SECONDARY_CALLING, SECONDARY_ONLINE };

unsigned long secondary_stack, secondary_cr3;  /* for the trampoline */
static unsigned secondary_state;
static uint32_t cpu_to_acpiid[NR_CPUS];

static init_data unsigned opt_maxcpus = NR_CPUS;
integer_param("maxcpus", opt_maxcpus);
static init_data bool opt_nosmp;
boolean_param("nosmp", opt_nosmp);

extern const char trampoline_start[], trampoline_end[], trampoline_gdt_base[], trampoline_jump[], trampoline_cr3[];
extern pte_t boot_l4[PT_ENTRIES];

uint32_t cpu_apic_id(unsigned cpu) { return cpu_to_apicid[cpu]; }
uint32_t cpu_acpi_id(unsigned cpu) { return cpu_to_acpiid[cpu]; }

/* ---- the new CPU's side ---- */

void start_secondary(void)
{
    unsigned cpu = smp_processor_id();

    cpu_init();
    speculation_init_cpu();
    local_apic_init();
    WRITE_ONCE(secondary_state, SECONDARY_CALLING);
    time_init_secondary();
    cpumask_set(cpu, &cpu_online_map);
    WRITE_ONCE(secondary_state, SECONDARY_ONLINE);
    local_irq_enable();
    arch_startup_cpu_idle_loop();
}

/* ---- the boot CPU's side ---- */

static init_text paddr_t install_trampoline(void)
{
    paddr_t page = e820_take_low_page();
    char *to = __va(page);

    if (!page)
        return 0;
    memcpy(to, trampoline_start, trampoline_end - trampoline_start);
    *(uint32_t *)(to + (trampoline_gdt_base - trampoline_start)) += page;
    *(uint32_t *)(to + (trampoline_jump - trampoline_start)) += page;
    *(uint32_t *)(to + (trampoline_cr3 - trampoline_start)) = virt_to_maddr(boot_l4);
    secondary_cr3 = virt_to_maddr(idle_pg_table);
    return page;
}

static init_text bool prepare(unsigned cpu, uint32_t apic_id)
{
    char *stack = percpu_init_cpu(cpu) && cpu_alloc_tables(cpu) ? alloc_xenheap_pages(STACK_ORDER) : NULL;
    struct cpu_info *info;

    if (!stack)
        return false;
    memset(stack, 0, STACK_SIZE);
    info = cpu_info_at(stack + STACK_SIZE);
    info->processor_id = cpu;
    info->per_cpu_offset = per_cpu_offset[cpu];
    sched_init_cpu(cpu);
    info->current_vcpu = idle_vcpu[cpu];
    if (!xpti_init_cpu(cpu, stack))
        return false;
    cpu_to_apicid[cpu] = apic_id;
    secondary_stack = (unsigned long)info & ~15UL;
    return true;
}

static init_text bool wait_for(unsigned state, unsigned ms)
{
    for (unsigned i = 0; i < ms * 20; i++) {
        if (READ_ONCE(secondary_state) >= state)
            return true;
        udelay(50);
    }
    return false;
}

/* The second start-up IPI only if the first did not work. */
static init_text bool start(uint32_t apic_id, paddr_t trampoline)
{
    secondary_state = SECONDARY_NONE;
    apic_icr_write(APIC_DM_INIT | APIC_INT_LEVEL | APIC_INT_ASSERT, apic_id);
    udelay(boot_cpu.family == 6 || boot_cpu.family >= 0x17 ? 20 : 10000);
    for (unsigned i = 0; i < 2; i++) {
        apic_icr_write(APIC_DM_STARTUP | (trampoline >> PAGE_SHIFT), apic_id);
        if (wait_for(SECONDARY_CALLING, i ? 1000 : 10)) {
            tsc_sync_check(true);
            return wait_for(SECONDARY_ONLINE, 5000);
        }
    }
    return false;
}

static init_text void start_cpu(unsigned cpu, unsigned nr, paddr_t trampoline)
{
    cpumask_set(cpu, &cpu_present_map);
    nr_cpu_ids = cpu + 1;
    cpu_to_acpiid[cpu] = acpi.cpu[nr].acpi_id;
    if (!prepare(cpu, acpi.cpu[nr].apic_id))
        panic("no memory for CPU %u", cpu);
    if (!start(acpi.cpu[nr].apic_id, trampoline))
        printk(LOG_ERR "CPU%u (APIC id %u) does not respond\n", cpu, acpi.cpu[nr].apic_id);
}

init_text void smp_init(void)
{
    paddr_t trampoline;
    unsigned cpu = 1, boot_id = this_apic_id();

    for (unsigned i = 0; i < acpi.nr_cpus; i++)
        if (acpi.cpu[i].apic_id == boot_id)
            cpu_to_acpiid[0] = acpi.cpu[i].acpi_id;
    if (opt_nosmp || opt_maxcpus <= 1 || acpi.nr_cpus <= 1)
        return;
    trampoline = install_trampoline();
    if (!trampoline) {
        printk(LOG_ERR "No memory below 1 MiB to start other processors\n");
        return;
    }
    for (unsigned i = 0; i < acpi.nr_cpus && cpu < min(opt_maxcpus, (unsigned)NR_CPUS); i++)
        if (acpi.cpu[i].apic_id != boot_id && (x2apic_mode || acpi.cpu[i].apic_id < 255))
            start_cpu(cpu++, i, trampoline);
    printk(LOG_INFO "Brought up %u CPUs\n", num_online_cpus());
}
