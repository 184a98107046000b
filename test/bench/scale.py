# SPDX-License-Identifier: GPL-2.0-only
"""The same work in domain 0 by 1, 2, 4 and 8 virtual CPUs, each on an emulated CPU of its own: processes that fork, pairs of
processes on two CPUs that wake each other. Rows are what an operation takes, and, of ours, which counts that, how often a lock
of the hypervisor had to be waited for in all.

The emulated CPUs take turns on one thread and `-icount` counts the instructions of all of them as time, so what is more than
with one CPU is what working together costs: waiting for locks, flushes, interrupts between CPUs. It says nothing about caches.
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
KINDS = re.findall(r'measure\(xc, "(\w+)"', (marks.SOURCES / "scale.c").read_text(encoding="ascii"))


def title(name, cpus, waits=False):
    return f"scale: {name}, {cpus} CPU{'s' if cpus > 1 else ''}{', lock waits' if waits else ''}"


ROWS = tuple(title(name, cpus, waits) for cpus in CPUS for waits in (False, True) for name in KINDS)


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
    figures = {}
    for cpus in CPUS[:2] if quick else CPUS:
        took, waits = run(system, cpus)
        figures |= {title(name, cpus): count for name, count in took.items()}
        figures |= {title(name, cpus, True): count for name, count in waits.items()}
    return figures
