# SPDX-License-Identifier: GPL-2.0-only
"""The hypervisor's interface as its public headers declare it and docs/hypercalls.md describes it, for those who hold
the one against the other, or the tests against both."""

import re

from paths import ROOT

DOCS, XEN = ROOT / "docs", ROOT / "xen"
PUBLIC = XEN / "include" / "public"

# Section of hypercalls.md: header, names of operations, files that carry them out, answer to all others.
FAMILIES = {
    "mmu_update": ("xen.h", r"MMU_(?:NORMAL_PT|MACHPHYS|PT)_UPDATE\w*", ["arch/x86/mm/mmu_update.c"], "works"),
    "mmuext_op": ("xen.h", r"MMUEXT_\w+", ["arch/x86/mm/mmuext.c"], "-ENOSYS"),
    "memory_op": ("memory.h", r"XENMEM_(?!RDM|resource|paging_op_|access_op_|sharing_op_)\w+",
                  ["common/control/memory.c", "arch/x86/mm/memory.c"], "-ENOSYS"),
    "event_channel_op": ("event_channel.h", r"EVTCHNOP_\w+", ["common/event/op.c"], "-ENOSYS"),
    "grant_table_op": ("grant_table.h", r"GNTTABOP_\w+", ["common/grant/table.c"], "-ENOSYS"),
    "sched_op": ("sched.h", r"SCHEDOP_\w+", ["common/sched/sched_op.c"], "-ENOSYS"),
    "vcpu_op": ("vcpu.h", r"VCPUOP_\w+", ["common/sched/sched_op.c"], "-ENOSYS"),
    "callback_op": ("callback.h", r"CALLBACK(?:OP|TYPE)_\w+", ["arch/x86/pv/callbacks.c"], "-ENOSYS"),
    "nmi_op": ("nmi.h", r"XENNMI_\w+", ["arch/x86/pv/callbacks.c"], "-ENOSYS"),
    "set_segment_base": ("arch-x86/xen-x86_64.h", r"SEGBASE_\w+", ["arch/x86/pv/state.c"], "-EINVAL"),
    "vm_assist": ("xen.h", r"VMASST_(?:CMD|TYPE)_\w+", ["arch/x86/pv/state.c"], "-EINVAL"),
    "xen_version": ("version.h", r"XENVER_\w+", ["common/control/version.c"], "-ENOSYS"),
    "console_io": ("xen.h", r"CONSOLEIO_\w+", ["drivers/char/console_io.c"], "-ENOSYS"),
    "physdev_op": ("physdev.h", r"PHYSDEVOP_(?!DBGP)\w+", ["arch/x86/irq/physdev.c", "arch/x86/irq/physdev_pci.c"],
                   "-ENOSYS"),
    "domctl": ("domctl.h", r"XEN_DOMCTL_(?!vmtrace_(?!op))[a-z]\w+",
               ["common/control/domctl.c", "arch/x86/pv/domctl.c"], "-ENOSYS"),
    "shadow_op": ("domctl.h", r"XEN_DOMCTL_SHADOW_OP_\w+", ["arch/x86/mm/dirty.c"], "-EINVAL"),
    "sysctl": ("sysctl.h", r"XEN_SYSCTL_(?!pm_op_|cpu_featureset_|cpu_policy_)[a-z]\w+",
               ["common/control/sysctl.c", "arch/x86/pv/sysctl.c"], "-ENOSYS"),
    "platform_op": ("platform.h", r"XENPF_[a-z]\w+", ["common/control/platform.c"], "-ENOSYS"),
    "mca": ("arch-x86/xen-mca.h", r"XEN_MC_(?:fetch|notifydomain|physcpuinfo|\w*inject\w*)",
            ["arch/x86/cpu/mca.c"], "-EINVAL"),
}
OURS_ALONE = {"domctl": "why.h"}            # operations that the reference doesn't have


def text(path):
    """A file's contents."""
    return path.read_text(encoding="utf-8")


def code(path):
    """C without its comments."""
    return re.sub(r"/\*.*?\*/", " ", text(path), flags=re.S)


def table(document, heading=None):
    """The rows of the tables in a document or below one of its headings, each a list of cells."""
    if heading:
        match = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", document, re.M | re.S)
        document = match[1] if match else ""
    lines = [line for line in document.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))] for line in lines]
    return [row for row in rows if row[0].startswith("`")]


def named(rows):
    """{each name in the first cell: row}"""
    return {name: row for row in rows for name in re.findall(r"`([^`]+)`", row[0])}


def prose(document, heading):
    """What a section says before its table."""
    match = re.search(rf"^#+ {re.escape(heading)}\n([^|#]*)", document, re.M)
    return match[1] if match else ""


def numbers(header, pattern):
    """{name: number} of the macros in a public header whose names match."""
    found = re.findall(rf"^#\s*define\s+({pattern})\s+\(?(0x[0-9a-fA-F]+|\d+)\)?\s*(?:/\*.*)?$",
                       text(PUBLIC / header), re.M)
    return {name: int(value, 0) for name, value in found}


def operations_of(section):
    """{name: number} of what a section of hypercalls.md has to describe."""
    header, pattern, _, _ = FAMILIES[section]
    return numbers(header, pattern) | (numbers(OURS_ALONE[section], pattern) if section in OURS_ALONE else {})
