# SPDX-License-Identifier: GPL-2.0-only
"""The same work in domain 0 by 1, 2, 4 and 8 virtual CPUs, each on an emulated CPU of its own: processes that fork, pairs of
processes on two CPUs that wake each other. Rows are what it takes in percent of what one CPU takes, and, of ours, which
counts that, how often a lock of the hypervisor had to be waited for.

The emulated CPUs take turns on one thread and `-icount` counts the instructions of all of them as time, so a figure above 100
is what working together costs: waiting for locks, flushes, interrupts between CPUs. It says nothing about caches.
"""

import re

import image
import marks
import packages
from kernels import unpacked
from machine import Machine
from paths import WORK

SYSTEMS = ("debian", "ours")
CPUS = (1, 2, 4, 8)
TIME, WAITS = "% of 1 CPU's", "lock waits"      # what the rows are in

ROWS = tuple(f"scale: {name}, {cpus} CPUs, {what}" for cpus in CPUS for what in (TIME, WAITS) for name in
             re.findall(r'measure\(xc, "(\w+)"', (marks.SOURCES / "scale.c").read_text(encoding="ascii")))


def run(system, cpus):
    """What scale.c said: nanoseconds and waits by kind of work."""
    program = marks.compiled(marks.SOURCES / "scale.c", control=True)
    kernel, name = packages.kernel(), f"scale-{system}-{cpus}"
    initrd = image.dom0(kernel, "none", [marks.tree(name, {"usr/bin/scale": program})],
                        marks.script(name, [f"scale {cpus}"]), guest=False, output=WORK / "bench" / f"{name}.cpio")
    with Machine(f"bench-{name}", system, unpacked(kernel), initrd, cpus=cpus, memory=1024, icount=True,
                 xen_options="dom0_mem=512M", timeout=600) as m:
        m.wait_for("^END$", fail="^FAIL|Kernel panic")
        return [{name: int(figure) for name, figure in re.findall(rf"^{what} (\S+) (\d+)$", m.text, re.M)}
                for what in ("SCALE", "WAITS")]


def measure(system, quick=False):
    figures, one = {}, {}
    for cpus in CPUS[:2] if quick else CPUS:
        took, waits = run(system, cpus)
        one = one or took
        if cpus > 1:
            figures |= {f"scale: {name}, {cpus} CPUs, {TIME}": round(100 * ns / one[name], 1)
                        for name, ns in took.items()}
        figures |= {f"scale: {name}, {cpus} CPUs, {WAITS}": count for name, count in waits.items()}
    return figures
