/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the boot loader to domain 0's first instruction: the boot order. What each step needs of those before
 * it: asm/init.h.
 */
#include <xen/console.h>
#include <xen/lib.h>
#include <xen/param.h>
#include <xen/sched.h>
#include <xen/smp.h>
#include <xen/softirq.h>
#include <xen/timer.h>
#include <xen/version.h>
#include <asm/boot.h>
#include <asm/dom0.h>
#include <asm/init.h>
#include <asm/processor.h>
#include <asm/sections.h>
#include <asm/speculation.h>

static init_text void print_banner(void)
{
    printk("Xen %u.%u%s (compatible), compiled by %s\n", XEN_VERSION, XEN_SUBVERSION, XEN_EXTRAVERSION,
           XEN_COMPILER);
    printk("Bootloader: %s\n", boot_info.loader[0] ? boot_info.loader : "unknown");
    printk("Command line: %s\n", saved_cmdline);
    printk("Image at [%#lx, %#lx]\n", (unsigned long)xen_phys_start, (unsigned long)xen_phys_end - 1);
    for (unsigned i = 0; i < boot_info.nr_modules; i++)
        printk("Module %u at [%#lx, %#lx]: %s\n", i, (unsigned long)boot_info.module[i].start,
               (unsigned long)(boot_info.module[i].start + boot_info.module[i].size - 1),
               boot_info.module[i].cmdline);
    e820_print();
    if (!e820_all_ram(xen_phys_start, xen_phys_end))
        printk(LOG_WARN "The image lies on memory that the firmware keeps: some of its services may not work\n");
}

/* Everything the first C code can do without memory to give out. */
static init_text void early(uint32_t magic, uint32_t info)
{
    multiboot_parse(magic, info);
    cmdline_parse(boot_info.cmdline);
    console_early_init();
    print_banner();
    platform_early_init();
}

/* Memory, the machine's devices, then what runs on them. */
static init_text void bring_up(void)
{
    mm_boot_init();
    softirq_init();
    timer_init();
    platform_init();
    special_domains_init();
    sched_init();
    platform_late_init();
    speculation_init(xpti_init());
    l1tf_init();
    smp_init();
    do_initcalls();
}

/* Give back what only boot needed. Not part of the init text itself. */
static void noreturn finish_boot(void)
{
    free_init_memory();
    domain_unpause_by_controller(dom0);
    arch_startup_cpu_idle_loop();
}

init_text void start_xen(uint32_t magic, uint32_t info)
{
    early(magic, info);
    bring_up();
    dom0_create();
    console_endboot();
    reset_stack_and_jump(finish_boot);
}

/* Part of the image becomes free memory: unmapped first, so that late use of it faults. Returns its size. */
static unsigned long release(const char *from, const char *to)
{
    unsigned long size = to - from;
    paddr_t start = virt_to_maddr(from);

    unmap_pages((unsigned long)from, size >> PAGE_SHIFT);
    boot_pages_add(start, start + size);
    return size;
}

/*
 * What only boot needed, and what lies unused between the parts of the image. What follows the text stays: it is in
 * the same large page, and memory that others fill must not be executable anywhere.
 */
void free_init_memory(void)
{
    unsigned long size = release(__init_begin, _srodata);

    size += release((const char *)ROUND_UP((unsigned long)_erodata, PAGE_SIZE), _sdata);
    printk("Freed %lu KiB of boot-time memory\n", size >> 10);
}
