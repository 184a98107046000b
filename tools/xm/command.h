/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XM_COMMAND_H
#define XM_COMMAND_H

#include "xm.h"

/* What a command must have open before it runs. */
enum needs { NEEDS_NOTHING = 0, NEEDS_XC = 1, NEEDS_STORE = 2, NEEDS_BOTH = 3 };

/*
 * All there is to know about a command, in one place: dispatch, `xm help`, usage errors and the completion of
 * the
 * shell come from this table. The handler gets the command's own name as argv[0] and returns the exit status.
 */
struct command {
    const char *name;
    const char *usage;          /* the arguments */
    const char *summary;        /* one line */
    const char *help;           /* more, for `xm help COMMAND`; NULL if the line says it all */
    int (*run)(struct xm *xm, int argc, char **argv);
    enum needs needs;
};

extern const struct command commands[];    /* ends with an entry without a name */
const struct command *command_find(const char *name);

/* Says how the command is used and returns the exit status for that, 2. */
int bad_usage(const char *command);

int cmd_block_attach(struct xm *xm, int argc, char **argv);
int cmd_block_detach(struct xm *xm, int argc, char **argv);
int cmd_block_list(struct xm *xm, int argc, char **argv);
int cmd_console(struct xm *xm, int argc, char **argv);
int cmd_create(struct xm *xm, int argc, char **argv);
int cmd_debug_keys(struct xm *xm, int argc, char **argv);
int cmd_destroy(struct xm *xm, int argc, char **argv);
int cmd_dmesg(struct xm *xm, int argc, char **argv);
int cmd_domid(struct xm *xm, int argc, char **argv);
int cmd_domname(struct xm *xm, int argc, char **argv);
int cmd_help(struct xm *xm, int argc, char **argv);
int cmd_info(struct xm *xm, int argc, char **argv);
int cmd_init(struct xm *xm, int argc, char **argv);
int cmd_list(struct xm *xm, int argc, char **argv);
int cmd_mem_max(struct xm *xm, int argc, char **argv);
int cmd_mem_set(struct xm *xm, int argc, char **argv);
int cmd_network_attach(struct xm *xm, int argc, char **argv);
int cmd_network_detach(struct xm *xm, int argc, char **argv);
int cmd_network_list(struct xm *xm, int argc, char **argv);
int cmd_pause(struct xm *xm, int argc, char **argv);
int cmd_reboot(struct xm *xm, int argc, char **argv);
int cmd_rename(struct xm *xm, int argc, char **argv);
int cmd_sched_credit(struct xm *xm, int argc, char **argv);
int cmd_shutdown(struct xm *xm, int argc, char **argv);
int cmd_supervise(struct xm *xm, int argc, char **argv);
int cmd_sysrq(struct xm *xm, int argc, char **argv);
int cmd_trigger(struct xm *xm, int argc, char **argv);
int cmd_unpause(struct xm *xm, int argc, char **argv);
int cmd_uptime(struct xm *xm, int argc, char **argv);
int cmd_vcpu_list(struct xm *xm, int argc, char **argv);
int cmd_vcpu_pin(struct xm *xm, int argc, char **argv);
int cmd_vcpu_set(struct xm *xm, int argc, char **argv);
int cmd_why(struct xm *xm, int argc, char **argv);

#endif
