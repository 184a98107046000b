/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Boot options: one line beside the variable, collected by the linker; described in docs/boot-options.md.
 * Unknown options are warned about. "no-x", "x=off|no|0|false" negate booleans.
 */
#ifndef XEN_PARAM_H
#define XEN_PARAM_H

#include <xen/types.h>

struct boot_param {
    const char *name;
    enum { PARAM_BOOL, PARAM_UINT, PARAM_SIZE, PARAM_STRING, PARAM_CUSTOM } kind;
    void *var;                  /* bool, unsigned, uint64_t (bytes), char[len] */
    size_t len;
    int (*parse)(const char *value);   /* custom: 0, or -EINVAL to have it reported */
    unsigned least, most;       /* of an unsigned: what else is reported, and has no effect */
};

#define PARAM_(n, k, v, l, p, id, least, most) \
    static const struct boot_param param_##id used_in(".init.params") = { n, k, v, l, p, least, most }
#define boolean_param(name, var) PARAM_(name, PARAM_BOOL, &(var), sizeof(var), 0, var, 0, 0)
#define bounded_param(name, var, least, most) PARAM_(name, PARAM_UINT, &(var), sizeof(var), 0, var, least, most)
#define integer_param(name, var) bounded_param(name, var, 0, UINT32_MAX)
#define size_param(name, var)    PARAM_(name, PARAM_SIZE, &(var), sizeof(var), 0, var, 0, 0)
#define string_param(name, var)  PARAM_(name, PARAM_STRING, (var), sizeof(var), 0, var, 0, 0)
#define custom_param(name, fn)   PARAM_(name, PARAM_CUSTOM, 0, 0, fn, fn, 0, 0)

void cmdline_parse(const char *cmdline);
extern char saved_cmdline[1024];

/* Functions run once in boot order position "late": drivers and policies register themselves here. */
typedef int (*initcall_t)(void);
#define initcall(fn) static const initcall_t initcall_##fn used_in(".init.calls") = fn
void do_initcalls(void);

#endif
