# SPDX-License-Identifier: GPL-2.0-only
"""Single operations of the hypervisor, asked for by a tiny kernel as domain 0: test/guest/cost. And the memory that is
neither free nor domain 0's, in machines of several sizes."""

import re

from machine import Failure, Machine
from paths import BUILD

KERNEL = BUILD / "test" / "guest" / "cost" / "kernel"
MEMORY = (256, 1024, 4096)      # MiB


def run(system, memory):
    """What the kernel printed on a machine with that many MiB."""
    with Machine(f"bench-hypervisor-{system}-{memory}", system, KERNEL, memory=memory, icount=True,
                 xen_options="dom0_mem=128M", timeout=300) as m:
        m.wait_exit()
    if "FAIL" in m.text or not re.search("^END$", m.text, re.M):
        raise Failure(f"{KERNEL} failed: {m.tail()}")
    return m.text


def costs(text):
    """Instructions by operation."""
    return {f"operation: {name}": int(ticks) for name, ticks in re.findall(r"^COST (\S+) (\d+)$", text, re.M)}


def kept(text, memory):
    """KiB that are the hypervisor's own."""
    free, own = re.search(r"^MEMORY (\d+) (\d+)$", text, re.M).groups()
    return (memory << 10) - 4 * (int(free) + int(own))


def measure(system):
    if system == "none":
        return {}
    texts = {memory: run(system, memory) for memory in MEMORY}
    return costs(texts[MEMORY[0]]) | {f"memory: kept of {memory} MiB, KiB": kept(text, memory)
                                      for memory, text in texts.items()}
