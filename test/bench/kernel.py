# SPDX-License-Identifier: GPL-2.0-only
"""Operations of the kernel in domain 0, done by a small static program as its first process: programs/. It also runs a
shell script and a compiler, which are in workloads/."""

import re
import subprocess

import image
import packages
from machine import Machine
from paths import ROOT, WORK, fresh

BENCH = ROOT / "test" / "bench"
SOURCES = sorted((BENCH / "programs").glob("*.c"))
ROWS = tuple(f"kernel: {name}" for path in SOURCES
             for name in re.findall(r'\bcost\w*\("(\w+)"', path.read_text(encoding="ascii")))
APPLETS = ("sh", "basename", "cat", "mkdir", "rm", "sed", "sort", "tr", "uniq", "wc")


def build(output):
    options = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-static"]
    subprocess.run(["gcc", *options, "-o", fresh(output), *SOURCES], check=True)
    return output


def initramfs(name):
    """One with the program and what it runs; name: of the file, which others don't make at the same time."""
    archive = image.Archive()
    archive.node("dev/console", 5, 1)
    archive.node("dev/null", 1, 3)
    archive.copy(build(WORK / f"operations-{name}"), "init")
    archive.copy(image.BUSYBOX, "bin/busybox")
    for applet in APPLETS:
        archive.link(f"bin/{applet}", "busybox")
    archive.program(packages.unpacked("tcc") / "usr/bin/tcc", "usr/bin/tcc")
    archive.copy(BENCH / "workloads", "bench")
    return archive.write(WORK / f"operations-{name}.cpio")


def measure(system, quick=False):
    with Machine(f"bench-kernel-{system}", system, packages.kernel().image, initramfs(system), memory=2048, icount=True,
                 xen_options="dom0_mem=1024M", options="norandmaps nokaslr", timeout=600) as m:
        m.wait_for("^END$", fail="^FAIL|Kernel panic")
        return {f"kernel: {name}": int(ticks) for name, ticks in re.findall(r"^COST (\S+) (\d+)$", m.text, re.M)}
