/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <xc.h>
#include <public/why.h>

#include "command.h"
#include "domain.h"
#include "json.h"

#define NOTES_MAX 64

static const char *hypercall_name(unsigned int number)
{
    static const char *const names[] = {
        [__HYPERVISOR_set_trap_table] = "set_trap_table", [__HYPERVISOR_mmu_update] = "mmu_update",
        [__HYPERVISOR_set_gdt] = "set_gdt", [__HYPERVISOR_stack_switch] = "stack_switch",
        [__HYPERVISOR_set_callbacks] = "set_callbacks", [__HYPERVISOR_fpu_taskswitch] = "fpu_taskswitch",
        [__HYPERVISOR_platform_op] = "platform_op", [__HYPERVISOR_set_debugreg] = "set_debugreg",
        [__HYPERVISOR_get_debugreg] = "get_debugreg", [__HYPERVISOR_update_descriptor] = "update_descriptor",
        [__HYPERVISOR_memory_op] = "memory_op", [__HYPERVISOR_multicall] = "multicall",
        [__HYPERVISOR_update_va_mapping] = "update_va_mapping", [__HYPERVISOR_set_timer_op] = "set_timer_op",
        [__HYPERVISOR_xen_version] = "xen_version", [__HYPERVISOR_console_io] = "console_io",
        [__HYPERVISOR_grant_table_op] = "grant_table_op", [__HYPERVISOR_vm_assist] = "vm_assist",
        [__HYPERVISOR_iret] = "iret", [__HYPERVISOR_vcpu_op] = "vcpu_op",
        [__HYPERVISOR_set_segment_base] = "set_segment_base", [__HYPERVISOR_mmuext_op] = "mmuext_op",
        [__HYPERVISOR_sched_op] = "sched_op", [__HYPERVISOR_callback_op] = "callback_op",
        [__HYPERVISOR_event_channel_op] = "event_channel_op", [__HYPERVISOR_physdev_op] = "physdev_op",
        [__HYPERVISOR_sysctl] = "sysctl", [__HYPERVISOR_domctl] = "domctl",
        [__HYPERVISOR_arch_0] = "mca",
    };

    if (number == XEN_WHY_INSTRUCTION)
        return "(instruction)";
    return number < sizeof(names) / sizeof(*names) && names[number] ? names[number] : "?";
}

static void show_note(const struct xen_why_note *note, struct json *json)
{
    int reason_length = (int)strnlen(note->reason, sizeof(note->reason));

    if (!json) {
        printf("%12.6f  vcpu %-3u %-18s %-24s %.*s", (double)note->when / 1e9, note->vcpu,
               hypercall_name(note->hypercall), strerror(note->error < 0 ? -note->error : note->error),
               reason_length, note->reason);
        printf(note->times > 1 ? " (%" PRIu32 " times)\n" : "\n", note->times);
        return;
    }
    json_open(json, NULL, '{');
    json_number(json, "when_ns", (int64_t)note->when);
    json_number(json, "vcpu", note->vcpu);
    json_number(json, "hypercall", note->hypercall);
    json_string(json, "hypercall_name", hypercall_name(note->hypercall));
    json_number(json, "error", note->error);
    json_string(json, "reason", note->reason);
    json_number(json, "times", note->times);
    json_close(json, '}');
}

static void show(struct xm *xm, uint32_t domid, const struct xen_domctl_why *answer,
                 const struct xen_why_note *notes)
{
    struct json json = { .out = stdout };

    if (xm->json)
        json_open(&json, NULL, '[');
    /* The hypervisor gives the newest first; people read downwards. */
    for (uint32_t i = answer->nr; i-- > 0;)
        show_note(&notes[i], xm->json ? &json : NULL);
    if (xm->json)
        json_close(&json, ']');
    else if (!answer->ever)
        printf("nothing has been refused to domain %u\n", domid);
    else if (answer->ever > answer->nr)
        printf("(%" PRIu32 " more before these are forgotten)\n", answer->ever - answer->nr);
}

/* The command `why`. */
int cmd_why(struct xm *xm, int argc, char **argv)
{
    struct xen_domctl op = { .cmd = XEN_DOMCTL_why };
    struct xen_domctl_why *why = (struct xen_domctl_why *)&op.u;
    struct xen_why_note *notes;
    uint32_t domid;
    int err;

    if (argc != 2)
        return bad_usage(argv[0]);
    if (domain_find(xm, argv[1], &domid))
        return 1;
    notes = xc_buffer_alloc(xm->xc, NOTES_MAX * sizeof(*notes));
    if (!notes)
        return fail_xc(xm, -ENOMEM, "can't ask why");
    op.domain = (domid_t)domid;
    why->nr = NOTES_MAX;
    set_xen_guest_handle(why->notes, notes);
    err = xc_domctl(xm->xc, &op);
    if (!err)
        show(xm, domid, why, notes);
    xc_buffer_free(xm->xc, notes, NOTES_MAX * sizeof(*notes));
    if (err == -ENOSYS || err == -EOPNOTSUPP)
        return fail("this hypervisor doesn't record why it refuses requests");
    return err ? fail_xc(xm, err, "can't ask why") : 0;
}
