# SPDX-License-Identifier: GPL-2.0-only
"""Single operations of the hypervisor, asked for by a tiny kernel as domain 0: test/guest/cost, in both widths where
the hypervisor has both. And the memory that is neither free nor domain 0's, in machines of several sizes."""

import re

from machine import Failure, Machine
from paths import BUILD, ROOT

SYSTEMS = ("debian", "ours")
MEMORY = (256, 1024, 4096)      # MiB
OPERATIONS = [name for path in sorted((ROOT / "test" / "guest" / "cost").glob("*.c"))
              for name in re.findall(r'\bcost\w*\("(\w+)"', path.read_text(encoding="ascii"))]
ROWS = tuple(f"{kind}: {name}" for kind in ("operation", "32-bit") for name in OPERATIONS) + \
    tuple(f"memory: kept of {memory} MiB, KiB" for memory in MEMORY)


def run(system, memory, width=64, options="", cpu=None):
    """What the kernel of that width printed on a machine with that many MiB."""
    folder = "guest32" if width == 32 else "guest"
    kernel = BUILD / "test" / folder / "cost" / "kernel"
    name = f"bench-{folder}-{system}-{memory}{options.replace('=', '-')}"
    with Machine(name, system, kernel, memory=memory, icount=True, cpu=cpu, timeout=300,
                 xen_options=f"dom0_mem=128M dom0_max_vcpus=2 {options}") as m:
        m.wait_exit()
    if "FAIL" in m.text or not re.search("^END$", m.text, re.M):
        raise Failure(f"{kernel} failed: {m.tail()}")
    return m.text


def costs(text, kind="operation"):
    """Instructions by operation."""
    return {f"{kind}: {name}": int(ticks) for name, ticks in re.findall(r"^COST (\S+) (\d+)$", text, re.M)}


def kept(text, memory):
    """KiB that are the hypervisor's own."""
    free, own = re.search(r"^MEMORY (\d+) (\d+)$", text, re.M).groups()
    return (memory << 10) - 4 * (int(free) + int(own))


def measure(system, quick=False):
    texts = {memory: run(system, memory) for memory in MEMORY[:1 if quick else None]}
    wide = costs(texts[MEMORY[0]])
    if system == "ours":
        narrow = costs(run(system, MEMORY[0], 32), "32-bit")
    else:
        narrow = {name.replace("operation", "32-bit"): "no 32-bit guests" for name in wide}
    return wide | narrow | {f"memory: kept of {memory} MiB, KiB": kept(text, memory)
                            for memory, text in texts.items()}
