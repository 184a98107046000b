/* SPDX-License-Identifier: GPL-2.0-only */
/* The boot order. What each step needs of those before it: asm/init.h. */
#include <xen/console.h>
#include <xen/lib.h>
#include <xen/param.h>
#include <xen/sched.h>
#include <xen/smp.h>
#include <xen/softirq.h>
#include <xen/timer.h>
#include <xen/version.h>
#include <asm/boot.h>
#include <asm/init.h>
#include <asm/mm.h>

static init_text void print_banner(void)
{
    printk("Xen %u.%u%s (compatible), compiled by %s\n", XEN_VERSION, XEN_SUBVERSION, XEN_EXTRAVERSION, XEN_COMPILER);
    printk("Bootloader: %s\n", boot_info.loader[0] ? boot_info.loader : "unknown");
    printk("Command line: %s\n", saved_cmdline);
    printk("Image at [%#lx, %#lx]\n", (unsigned long)xen_phys_start, (unsigned long)xen_phys_end - 1);
    for (unsigned i = 0; i < boot_info.nr_modules; i++)
        printk("Module %u at [%#lx, %#lx]: %s\n", i, (unsigned long)boot_info.module[i].start,
               (unsigned long)(boot_info.module[i].start + boot_info.module[i].size - 1), boot_info.module[i].cmdline);
    e820_print();
}

/* On the first stack; the idle loop takes it over. */
void start_xen(uint32_t magic, uint32_t info)
{
    multiboot_parse(magic, info);
    cmdline_parse(boot_info.cmdline);
    console_early_init();
    print_banner();
    platform_early_init();
    mm_boot_init();
    softirq_init();
    timer_init();
    platform_init();
    special_domains_init();
    sched_init();
    platform_late_init();
    smp_init();
    do_initcalls();
    if (boot_info.nr_modules == 0)
        panic("no kernel for domain 0: it is the first module the loader brings");
    console_endboot();
    arch_startup_cpu_idle_loop();
}
