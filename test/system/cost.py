#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 120
"""Single operations take no more instructions than they may, for guests of both widths: test/guest/cost."""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "test/bench"), str(ROOT / "test/lib")]
import hypervisor                   # noqa: E402 # pylint: disable=wrong-import-position
from machine import Failure         # noqa: E402 # pylint: disable=wrong-import-position

# What Debian's Xen 4.17 takes, counted in the same way.
DEBIAN = {
    "null_hypercall": 336, "stack_switch": 302, "yield": 2084, "set_timer": 565,
    "event_send": 458, "event_send_upcall_iret": 983, "event_alloc_close": 1131, "event_send_other_domain": 498,
    "int3_bounce_iret": 849, "emulated_cpuid": 455,
    "mmu_update_1": 986, "update_va_mapping_invlpg": 1026, "new_baseptr_same": 666,
    "tlb_flush_local": 558, "invlpg_local": 544, "store_into_table": 1841, "pin_unpin_tree_512": 287690,
    "grant_map_unmap": 2796, "grant_copy_4096": 2163,
}
# Promised to be well below that: kernels batch so that a call costs little, and fault and make tables all the time.
PROMISED = {
    "multicall_8": 8 * 80 + DEBIAN["null_hypercall"], "multicall_32": 32 * 80,
    "mmu_update_32": 32 * 250, "mmu_update_128": 128 * 250,
    "pin_unpin_empty_l1": 10000, "page_fault_bounce_iret": 600,
    # About half of what they take there: two switches between virtual CPUs are in each of the last five.
    "timer_set_to_fire": 2550, "switch_to_vcpu_and_back": 3050, "wake_vcpu_and_block": 5600,
    "event_ping_pong_vcpus": 6100, "event_ping_pong_domains": 6100, "ipi_to_vcpu_and_back": 3950,
}
BOUNDS = {
    64: DEBIAN | PROMISED,
    32: DEBIAN | PROMISED | {"store_into_table": 2 * DEBIAN["store_into_table"]},       # an entry is two stores
}


def too_high(width):
    """What is wrong with the figures of a width."""
    figures = hypervisor.costs(hypervisor.run("ours", hypervisor.MEMORY[0], width), "cost")
    for name, bound in BOUNDS[width].items():
        figure = figures.pop(f"cost: {name}", None)
        if figure is None:
            yield f"{name} was not measured"
        elif figure > bound:
            yield f"{name} takes {figure}, may take {bound}"
    yield from (f"{name} has no bound" for name in figures)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--hypervisor", default="ours")
    if p.parse_args().hypervisor != "ours":
        print("SKIP cost: the bounds are ours")
        return 0
    bad = 0
    for width in BOUNDS:
        try:
            wrong = list(too_high(width))
        except Failure as e:
            wrong = [str(e).splitlines()[0]]
        print(f"FAIL cost_{width}: {', '.join(wrong)}" if wrong else f"ok cost_{width}")
        bad += bool(wrong)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
