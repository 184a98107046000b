/* SPDX-License-Identifier: GPL-2.0-only */
/* Keys of the hypervisor's console: each is declared with debug_key() beside what it shows. */
#include <xen/atomic.h>
#include <xen/console.h>
#include <xen/debug.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <xen/smp.h>

extern const struct keyhandler __keyhandlers_start[], __keyhandlers_end[];

bool console_send_key(char key)
{
    for (const struct keyhandler *h = __keyhandlers_start; h < __keyhandlers_end; h++)
        if (h->key == key) {
            printk("'%c' pressed -> %s\n", key, h->help);
            h->fn(key);
            return true;
        }
    return false;
}

static void show_help(char key)
{
    for (unsigned c = '!'; c <= '~'; c++)
        for (const struct keyhandler *h = __keyhandlers_start; h < __keyhandlers_end; h++)
            if (h->key == (char)c)
                printk(" key '%c': %s\n", h->key, h->help);
}
debug_key('h', "show this help", show_help);

static void show_cpu(void *unused)
{
    printk("*** CPU%u:\n", smp_processor_id());
    if (!is_idle_vcpu(current))
        show_registers(guest_cpu_user_regs());
    dump_execution_state();
}

static void show_cpus(char key)
{
    unsigned cpu;

    for_each_online_cpu(cpu) {
        cpumask_t one = cpumask_of(cpu);

        on_selected_cpus(&one, show_cpu, NULL, true);
    }
}
debug_key('d', "show registers of all processors", show_cpus);

static void reboot(char key)
{
    machine_restart();
}
debug_key('R', "reboot the machine", reboot);

static void crash(char key)
{
    panic("crash requested by key");
}
debug_key('C', "crash the hypervisor", crash);
