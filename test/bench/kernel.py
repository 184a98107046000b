# SPDX-License-Identifier: GPL-2.0-only
"""Operations of the kernel in domain 0, done by a small static program as its first process: programs/operations.c."""

import re
import subprocess

import image
import packages
from machine import Machine
from paths import ROOT, WORK, fresh

SOURCE = ROOT / "test" / "bench" / "programs" / "operations.c"


def initramfs(system):
    """One with the program and nothing else."""
    program = fresh(WORK / f"operations-{system}")
    subprocess.run(["gcc", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-static", "-o", program, SOURCE],
                   check=True)
    archive = image.Archive()
    archive.folder("dev")
    archive.node("dev/console", 5, 1)
    archive.copy(program, "init")
    return archive.write(WORK / f"operations-{system}.cpio")


def measure(system, quick=False):
    with Machine(f"bench-kernel-{system}", system, packages.kernel().image, initramfs(system), memory=2048, icount=True,
                 xen_options="dom0_mem=1024M", options="norandmaps nokaslr", timeout=600) as m:
        m.wait_for("^END$", fail="^FAIL|Kernel panic")
        return {f"kernel: {name}": int(ticks) for name, ticks in re.findall(r"^COST (\S+) (\d+)$", m.text, re.M)}
