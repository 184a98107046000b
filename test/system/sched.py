#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 600
"""The scheduler keeps its promises: guests that only spin get CPU time by weight, no more than their cap,
and equal parts of several CPUs; and one of them is destroyed in no time while the others spin. Domain 0 stays
on CPU 0, the guests on the others; what is measured is the time that the hypervisor says their vcpus ran."""

import argparse
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
import image      # noqa: E402 # pylint: disable=wrong-import-position
import kernels    # noqa: E402 # pylint: disable=wrong-import-position
import machine    # noqa: E402 # pylint: disable=wrong-import-position
import packages   # noqa: E402 # pylint: disable=wrong-import-position
from paths import BUILD, ROOT, WORK   # noqa: E402 # pylint: disable=wrong-import-position
from verdicts import note, report, run_program   # noqa: E402 # pylint: disable=wrong-import-position

LIBRARIES = "-lxc -lpthread -llzma -lz -lzstd -llz4 -lbz2".split()
SECONDS = 15
# For one busy CPU: 16 ns an instruction, so that what it gets doesn't depend on what else the host does. With
# several, QEMU's counting is of no use: a CPU that writes to its local APIC loses its turn until each of the others
# has run up to the next timer, and time runs away from it. Those are emulated in turn, in the host's time.
COUNTED = ["-icount", "shift=4,sleep=off"]
DESTROY = 5     # seconds a guest's destruction may take while the others have the CPUs
KERNEL_BASE = 0xffffffff80000000     # where 64-bit kernels are linked


def build():
    """A folder with the program and the kernel, to be put over domain 0's image."""
    folder = WORK / "sched-overlay"
    (folder / "usr/bin").mkdir(parents=True, exist_ok=True)
    include = [f"-I{ROOT / path}" for path in ("tools/include", "xen/include", "tools/libxc/include")]
    subprocess.run(["gcc", "-std=gnu11", "-D_GNU_SOURCE", "-O1", "-Wall", "-Wextra", "-Werror", "-static", *include,
                    str(HERE / "sched/share.c"), f"-L{BUILD / 'tools/lib'}", *LIBRARIES,
                    "-o", str(folder / "usr/bin/share")], check=True)
    subprocess.run(["gcc", "-nostdlib", "-static", "-Wl,-z,max-page-size=4096,--build-id=none,--no-warn-rwx-segments",
                    f"-Wl,--defsym=base={KERNEL_BASE:#x}",
                    f"-I{ROOT / 'xen/include'}", f"-T{ROOT / 'test/guest/lib/kernel.lds'}",
                    str(HERE / "sched/spin.S"), "-o", str(folder / "spin")], check=True)
    return folder


def shares(m, cpus, *guests):
    """Percentages of a CPU that the guests got, and the seconds that destroying the slowest took."""
    text = m.check(f"share /spin {SECONDS} {cpus} {' '.join(guests)}", 180)
    found = [float(part) for part in re.findall(r"^share \S+ ([\d.]+)$", text, re.M)]
    slowest = re.search(r"^destroyed ([\d.]+)$", text, re.M)
    if len(found) != len(guests) or not slowest:
        raise machine.Failure(f"share said {text!r}")
    return found, float(slowest[1])


def judge(name, good, figures, unit="%"):
    text = ", ".join(f"{figure:.1f}{unit}" for figure in figures)
    note(text)
    return report(name, good, text)


def near(figure, wanted, tolerance):
    return abs(figure / wanted - 1) <= tolerance


def test_one_cpu(m):
    got, _ = shares(m, "2", "256:0", "512:0")
    good = judge("sched_weights_1_to_2", near(got[1] / got[0], 2, 0.05) and sum(got) > 95, got)
    got, _ = shares(m, "2", "256:50")
    return judge("sched_cap_half_a_cpu", near(got[0], 50, 0.05), got) and good


def test_four_cpus(m):
    got, slowest = shares(m, "1e", *["256:0"] * 8)
    good = judge("sched_8_on_4_cpus", all(near(part, 50, 0.10) for part in got), got)
    return judge("sched_destroy_under_load", slowest <= DESTROY, [slowest], " s") and good


def run(test, name, cpus, kernel, initrd, hypervisor, extra=()):
    """A machine of its own for a test."""
    with machine.Machine(name, hypervisor, kernel, initrd, cpus=cpus, memory=1024,
                         xen_options="sched=credit dom0_mem=512M dom0_max_vcpus=1 dom0_vcpus_pin",
                         accel="tcg", extra=extra, timeout=290) as m:
        m.wait_for("user space is up")
        good = test(m)
        m.power_off()
        return good


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--hypervisor", default="ours")
    o = p.parse_args()
    packed = packages.kernel()
    kernel = kernels.unpacked(packed)
    initrd = image.dom0(packed, "none", [build()], guest=False, output=WORK / "dom0-sched.cpio")
    good = run(test_one_cpu, "system-sched-1", 2, kernel, initrd, o.hypervisor, COUNTED)
    good &= run(test_four_cpus, "system-sched-4", 5, kernel, initrd, o.hypervisor)
    return 0 if good else 1


if __name__ == "__main__":
    run_program("sched", main)
