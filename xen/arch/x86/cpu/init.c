/* SPDX-License-Identifier: GPL-2.0-only */
/* This CPU's control registers, descriptor tables and MSRs. */
#include <xen/acpi.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/percpu.h>
#include <xen/smp.h>
#include <asm/boot.h>
#include <asm/desc.h>
#include <asm/entry.h>
#include <asm/page.h>
#include <asm/init.h>
#include <asm/machine_check.h>
#include <asm/processor.h>

#define NR_IDT_ENTRIES 256
#define GDT_ENTRY(sel) (((sel) - FIRST_RESERVED_GDT_BYTE) / 8)
#define DESC(hi, lo)   { lo, hi }
#define CR0_HYPERVISOR (X86_CR0_PE | X86_CR0_MP | X86_CR0_ET | X86_CR0_NE | X86_CR0_WP | X86_CR0_AM | \
                        X86_CR0_PG)
/* PAT of the ABI: WB, WT, UC-, UC, WC, WP, UC, UC for indices 0 to 7 */
#define HYPERVISOR_PAT 0x050100070406UL

DEFINE_PER_CPU(desc_t *, gdt_page);
DEFINE_PER_CPU(desc_t *, gdt_page_32);
DEFINE_PER_CPU(struct tss64, tss) aligned_to(128);
DEFINE_PER_CPU(idt_gate_t *, idt);

unsigned long mmu_cr4_features = X86_CR4_PAE | X86_CR4_PGE;

static desc_t boot_gdt_pages[2][512] aligned_to(4096);
static idt_gate_t boot_idt[NR_IDT_ENTRIES] aligned_to(4096);

/* Page 14 of the GDT of 64-bit guests, and of 32-bit ones: the public selectors, then ours. */
static const desc_t gdt64[] = {
    [GDT_ENTRY(HYPERVISOR_CS64)] = DESC(0x00af9b00, 0x0000ffff),
    [GDT_ENTRY(HYPERVISOR_DS)]   = DESC(0x00cf9300, 0x0000ffff),
    [GDT_ENTRY(0xe018)]          = DESC(0, 0),
    [GDT_ENTRY(0xe020)]          = DESC(0x00cffb00, 0x0000ffff),   /* ring 3 code, 32-bit */
    [GDT_ENTRY(0xe028)]          = DESC(0x00cff300, 0x0000ffff),   /* ring 3 data */
    [GDT_ENTRY(0xe030)]          = DESC(0x00affb00, 0x0000ffff),   /* ring 3 code, 64-bit */
};
static const desc_t gdt32[] = {
    [GDT_ENTRY(HYPERVISOR_CS64)] = DESC(0x00af9b00, 0x0000ffff),
    [GDT_ENTRY(HYPERVISOR_DS)]   = DESC(0x00cf9300, 0x0000ffff),
    [GDT_ENTRY(0xe018)]          = DESC(0x00cfbb00, 0x0000ffff),   /* ring 1 code */
    [GDT_ENTRY(0xe020)]          = DESC(0x00cfb300, 0x0000ffff),   /* ring 1 data */
    [GDT_ENTRY(0xe028)]          = DESC(0x00cffb00, 0x0000ffff),   /* ring 3 code */
    [GDT_ENTRY(0xe030)]          = DESC(0x00cff300, 0x0000ffff),   /* ring 3 data */
};

struct table_ptr { uint16_t limit; uint64_t base; } packed_struct;

static void fill_gdt(desc_t *gdt, const desc_t *from, size_t size, unsigned cpu)
{
    unsigned long tss = (unsigned long)&per_cpu(tss, cpu);

    memcpy(gdt, from, size);
    gdt[GDT_ENTRY(TSS_SELECTOR)] = (desc_t) { (tss << 16) | (sizeof(struct tss64) - 1),
                                              (tss & 0xff000000u) | 0x8900 | ((tss >> 16) & 0xff) };
    gdt[GDT_ENTRY(TSS_SELECTOR) + 1] = (desc_t) { tss >> 32, 0 };
    gdt[GDT_ENTRY(PER_CPU_SELECTOR)] = (desc_t) { cpu, 0x0040f100 };  /* LSL tells the CPU's number */
}

static void fill_idt(idt_gate_t *idt)
{
    for (unsigned i = 0; i < NR_IDT_ENTRIES; i++) {
        uint64_t to = entry_stub(i);

        idt[i].a = (to & 0xffff) | ((uint64_t)HYPERVISOR_CS64 << 16) | ((uint64_t)entry_gate_ist(i) << 32) |
                   (0x8eUL << 40) | ((uint64_t)entry_gate_dpl(i) << 45) | ((to & 0xffff0000u) << 32);
        idt[i].b = to >> 32;
    }
}

/*
 * Memory for the tables of a CPU that is about to start. False: none. Kept if it goes offline. TSS: stacks of
 * the CPU.
 */
bool cpu_alloc_tables(unsigned cpu)
{
    desc_t *gdt = alloc_xenheap_pages(1);
    idt_gate_t *idt = alloc_xenheap_page();

    if (!gdt || !idt) {
        if (gdt)
            free_xenheap_pages(gdt, 1);
        if (idt)
            free_xenheap_page(idt);
        return false;
    }
    memset(gdt, 0, 2 * PAGE_SIZE);
    per_cpu(gdt_page, cpu) = gdt;
    per_cpu(gdt_page_32, cpu) = gdt + 512;
    per_cpu(idt, cpu) = idt;
    return true;
}

static void load_tss(unsigned long stack_top)
{
    struct tss64 *tss = &this_cpu(tss);

    tss->rsp[0] = entry_rsp0(stack_top);
    for (unsigned i = IST_DF; i <= IST_DB; i++)
        tss->ist[i - 1] = entry_ist_top(stack_top, i);
    tss->iomap = sizeof(*tss);
    __asm__ volatile ("ltr %w0" :: "r" (TSS_SELECTOR));
}

static void load_tables(void)
{
    unsigned cpu = smp_processor_id();
    struct table_ptr gdtr = { FIRST_RESERVED_GDT_BYTE + PAGE_SIZE - 1,
                              (unsigned long)this_cpu(gdt_page) - FIRST_RESERVED_GDT_BYTE };
    struct table_ptr idtr = { NR_IDT_ENTRIES * sizeof(idt_gate_t) - 1, (unsigned long)this_cpu(idt) };

    fill_gdt(this_cpu(gdt_page), gdt64, sizeof(gdt64), cpu);
    fill_gdt(this_cpu(gdt_page_32), gdt32, sizeof(gdt32), cpu);
    fill_idt(this_cpu(idt));
    __asm__ volatile ("lgdt %0" :: "m" (gdtr));
    __asm__ volatile ("pushq %0; leaq 1f(%%rip), %%rax; pushq %%rax; lretq; 1:"
                      :: "i" (HYPERVISOR_CS64) : "rax", "memory");
    __asm__ volatile ("mov %0, %%ds; mov %0, %%es; mov %0, %%fs; mov %0, %%gs; mov %1, %%ss"
                      :: "r" (0), "r" (HYPERVISOR_DS));
    __asm__ volatile ("lidt %0" :: "m" (idtr));
    __asm__ volatile ("lldt %w0" :: "r" (0));
    load_tss(((unsigned long)get_cpu_info() | (STACK_SIZE - 1)) + 1);
}

static init_text void choose_cr4(void)
{
    mmu_cr4_features |= X86_CR4_DE | X86_CR4_MCE | X86_CR4_OSFXSR | X86_CR4_OSXMMEXCPT;
    if (boot_cpu.xsave)
        mmu_cr4_features |= X86_CR4_OSXSAVE;
    if (boot_cpu.fsgsbase)
        mmu_cr4_features |= X86_CR4_FSGSBASE;
    if (boot_cpu.smep)
        mmu_cr4_features |= X86_CR4_SMEP;
    if (boot_cpu.smap)
        mmu_cr4_features |= X86_CR4_SMAP;
}

static void load_pat(void)
{
    wrmsr(MSR_PAT, HYPERVISOR_PAT);
}

void cpu_init(void)
{
    load_tables();
    write_cr0(CR0_HYPERVISOR);
    write_cr4_hw(mmu_cr4_features);
    get_cpu_info()->cr4 = mmu_cr4_features;
    wrmsr(MSR_EFER, (rdmsr(MSR_EFER) & (EFER_LME | EFER_LMA)) | EFER_SCE | EFER_NX);
    load_pat();
    wrmsr(MSR_FS_BASE, 0);
    wrmsr(MSR_GS_BASE, 0);
    wrmsr(MSR_SHADOW_GS_BASE, 0);
    if (boot_cpu.rdtscp)
        wrmsr(MSR_TSC_AUX, 0);
    __asm__ volatile ("mov %0, %%dr7" :: "r" (0x400UL));
    __asm__ volatile ("mov %0, %%dr6" :: "r" (0xffff0ff0UL));
    syscall_entry_init();
    machine_check_init();
}

/* The boot CPU: tables from the image, exceptions first so that everything after can report. */
init_text void platform_early_init(void)
{
    struct cpu_info *info = get_cpu_info();

    info->processor_id = 0;
    info->per_cpu_offset = 0;
    cpumask_set(0, &cpu_online_map);
    cpumask_set(0, &cpu_present_map);
    this_cpu(gdt_page) = boot_gdt_pages[0];
    this_cpu(gdt_page_32) = boot_gdt_pages[1];
    this_cpu(idt) = boot_idt;
    exception_table_init();
    load_tables();
    cpu_features_init();
    choose_cr4();
    cpu_init();
    image_protect();
    mtrr_init();
    acpi_init();
}
