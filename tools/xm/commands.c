/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "command.h"

/* In the order of the alphabet; `xm help` prints them so. */
const struct command commands[] = {
    { "block-attach", "DOMAIN DISK...", "give a domain another disk",
      "DISK is written as in disk= of a configuration, and may be spread over several arguments:\n"
      "    xm block-attach web phy:/dev/vg/data,xvdb,w\n"
      "    xm block-attach web vdev=xvdb access=r target=/srv/data.img",
      cmd_block_attach, NEEDS_BOTH },
    { "block-detach", "[-f] DOMAIN DISK", "take a disk away",
      "DISK is its name in the guest (xvdb) or number.\n"
      "    -f, --force   do not wait for the guest to let go of it",
      cmd_block_detach, NEEDS_BOTH },
    { "block-list", "[--json] DOMAIN...", "show domains' disks", NULL, cmd_block_list, NEEDS_BOTH },
    { "console", "DOMAIN", "connect to a domain's console; ^] leaves it",
      "Input that is no terminal is sent to the guest to its end; then its output is shown until the domain "
          "ends.",
      cmd_console, NEEDS_BOTH },
    { "create", "[-c] [-p] [-q] [-n] FILE [KEY=VALUE...]", "start a domain described by a configuration file",
      "    -c, --console   connect to its console\n"
      "    -p, --paused    leave it paused: xm unpause starts it\n"
      "    -n, --dryrun    read and check the configuration, print it, make nothing\n"
      "    -q, --quiet     say nothing when all is well\n"
      "    -f, --defconfig=FILE   another way to name the file\n"
      "KEY=VALUE replaces a setting of the file: xm create web.cfg memory=512 name=web2\n"
      "A name without / is looked for in /etc/xen too. on_poweroff=, on_reboot= and on_crash= are acted on "
          "by a\n"
      "process in the background (xm supervise), which logs to /var/log/xen/xm-NAME.log.",
      cmd_create, NEEDS_NOTHING },
    { "debug-keys", "KEYS", "let the hypervisor act on keys as if pressed on its console",
      "xm debug-keys h; xm dmesg shows which keys there are.", cmd_debug_keys, NEEDS_XC },
    { "destroy", "[-f] DOMAIN...", "end domains at once, as by pulling the plug",
      "    -f, --force   by its number, also what is left of a domain that is gone",
      cmd_destroy, NEEDS_BOTH },
    { "dmesg", "[-c]", "print the hypervisor's messages", "    -c, --clear   and forget them", cmd_dmesg,
      NEEDS_XC },
    { "domid", "NAME", "print a domain's number", NULL, cmd_domid, NEEDS_BOTH },
    { "domname", "DOMID", "print a domain's name", NULL, cmd_domname, NEEDS_BOTH },
    { "help", "[--long] [COMMAND]", "show what there is", "    -l, --long   of every command all there is to "
     "say",
      cmd_help, NEEDS_NOTHING },
    { "info", "[--json] [FIELD]", "describe the machine and its hypervisor",
      "With FIELD, its value alone: xm info free_memory", cmd_info, NEEDS_XC },
    { "init", "", "write domain 0's own nodes into a new store (xencommons does this)", NULL, cmd_init,
      NEEDS_BOTH },
    { "list", "[-l] [--json] [DOMAIN...]", "show domains",
      "    -l, --long   with their configurations\n"
      "State: r running, b blocked (waiting), p paused, s shut down, c crashed, d dying.",
      cmd_list, NEEDS_BOTH },
    { "mem-max", "DOMAIN SIZE", "set the most memory a domain may have",
      "SIZE is in MiB, or has a unit: 512m, 2g, 524288k.", cmd_mem_max, NEEDS_BOTH },
    { "mem-set", "[-w] DOMAIN SIZE", "ask a domain to use this much memory (balloon)",
      "    -w, --wait   until it has done so, at most a minute\n"
      "SIZE is in MiB, or has a unit: 512m, 2g, 524288k. Not above the maxmem= it was created with; domain 0\n"
      "keeps 128 MiB at least.",
      cmd_mem_set, NEEDS_BOTH },
    { "network-attach", "DOMAIN [VIF...]", "give a domain another network interface",
      "VIF is written as in vif= of a configuration: mac=00:16:3e:12:34:56 bridge=xenbr0", cmd_network_attach,
      NEEDS_BOTH },
    { "network-detach", "[-f] DOMAIN INTERFACE", "take a network interface away",
      "INTERFACE is its number (see network-list) or MAC address.\n"
      "    -f, --force   do not wait for the guest to let go of it",
      cmd_network_detach, NEEDS_BOTH },
    { "network-list", "[--json] DOMAIN...", "show domains' network interfaces", NULL, cmd_network_list,
      NEEDS_BOTH },
    { "pause", "DOMAIN...", "stop domains' CPUs", NULL, cmd_pause, NEEDS_BOTH },
    { "reboot", "[-w] [-a | DOMAIN...]", "ask domains to reboot",
      "    -a, --all    all guests\n    -w, --wait   until they have ended", cmd_reboot, NEEDS_BOTH },
    { "rename", "DOMAIN NAME", "give a domain another name", NULL, cmd_rename, NEEDS_BOTH },
    { "sched-credit", "[-d DOMAIN [-w WEIGHT] [-c CAP]] [-s [-t MS] [-r US]]",
      "show or set shares of the CPU (credit scheduler)",
      "    -d DOMAIN   of this one, not of all\n"
      "    -w WEIGHT   share relative to others' (256), 1 to 65535\n"
      "    -c CAP      at most so many percent of one CPU; 0: no limit\n"
      "    -s          the scheduler's own: -t time slice in ms, -r rate limit in us",
      cmd_sched_credit, NEEDS_BOTH },
    { "shutdown", "[-w] [-a | DOMAIN...]", "ask domains to shut down",
      "    -a, --all    all guests\n    -w, --wait   until they have ended", cmd_shutdown, NEEDS_BOTH },
    { "supervise", "DOMAIN", "act on a domain's end as its configuration says (create starts this)", NULL,
      cmd_supervise, NEEDS_BOTH },
    { "sysrq", "DOMAIN KEY", "press a \"magic SysRq\" key in a Linux guest", NULL, cmd_sysrq, NEEDS_BOTH },
    { "trigger", "DOMAIN nmi [VCPU]", "send a guest's CPU a non-maskable interrupt", NULL, cmd_trigger,
      NEEDS_BOTH },
    { "unpause", "DOMAIN...", "let paused domains run", NULL, cmd_unpause, NEEDS_BOTH },
    { "uptime", "[--json] [DOMAIN...]", "show how long domains have been running", NULL, cmd_uptime,
      NEEDS_BOTH },
    { "vcpu-list", "[--json] [DOMAIN...]", "show domains' CPUs, where they run and may run", NULL,
      cmd_vcpu_list,
      NEEDS_BOTH },
    { "vcpu-pin", "DOMAIN VCPU CPUS [SOFT]", "say on which CPUs a domain's CPU may run",
      "VCPU is a number or all; CPUS a set such as 0-3,^2 or all, - to leave it as it is. SOFT is where it\n"
      "preferably runs.",
      cmd_vcpu_pin, NEEDS_BOTH },
    { "vcpu-set", "DOMAIN COUNT", "ask a domain to use this many CPUs", NULL, cmd_vcpu_set, NEEDS_BOTH },
    { "why", "[--json] DOMAIN", "print why the hypervisor refused what a domain asked for", NULL, cmd_why,
      NEEDS_BOTH },
    { NULL, NULL, NULL, NULL, NULL, NEEDS_NOTHING },
};

/* NULL if there is none of that name. */
const struct command *command_find(const char *name)
{
    for (const struct command *command = commands; command->name; command++)
        if (!strcmp(command->name, name))
            return command;
    return NULL;
}
