#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 400
"""The scheduler keeps its promises: guests that only spin get CPU time by weight and no more than their cap; with
--full also equal parts of several CPUs. Domain 0 stays on CPU 0, the guests on the others; what is measured is the time that the
hypervisor says their vcpus ran."""

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

LIBRARIES = "-lxc -lpthread -llzma -lz -lzstd -llz4 -lbz2".split()
SECONDS = 15
# One thread runs all CPUs in turn, 16 ns an instruction: what a CPU gets doesn't depend on what else the host does.
COUNTED = ["-icount", "shift=4,sleep=off"]


def build():
    """A folder with the program and the kernel, to be put over domain 0's image."""
    folder = WORK / "sched-overlay"
    (folder / "usr/bin").mkdir(parents=True, exist_ok=True)
    include = [f"-I{ROOT / path}" for path in ("tools/include", "xen/include", "tools/libxc/include")]
    subprocess.run(["gcc", "-std=gnu11", "-D_GNU_SOURCE", "-O1", "-Wall", "-Wextra", "-Werror", "-static", *include,
                    str(HERE / "sched/share.c"), f"-L{BUILD / 'tools/lib'}", *LIBRARIES,
                    "-o", str(folder / "usr/bin/share")], check=True)
    subprocess.run(["gcc", "-nostdlib", "-static", "-Wl,-z,max-page-size=4096,--build-id=none,--no-warn-rwx-segments",
                    f"-I{ROOT / 'xen/include'}", f"-T{ROOT / 'test/guest/lib/kernel.lds'}",
                    str(HERE / "sched/spin.S"), "-o", str(folder / "spin")], check=True)
    return folder


def shares(m, cpus, *guests):
    """Percentages of a CPU that the guests got."""
    text = m.check(f"share /spin {SECONDS} {cpus} {' '.join(guests)}", 180)
    found = [float(part) for part in re.findall(r"^share \S+ ([\d.]+)$", text, re.M)]
    if len(found) != len(guests):
        raise machine.Failure(f"share said {text!r}")
    return found


def report(name, good, figures):
    text = ", ".join(f"{figure:.1f}%" for figure in figures)
    print(f"ok {name} {text}" if good else f"FAIL {name}: {text}", flush=True)
    return good


def near(figure, wanted, tolerance):
    return abs(figure / wanted - 1) <= tolerance


def test(m, full):
    m.wait_for("user space is up")
    got = shares(m, "2", "256:0", "512:0")
    good = report("sched_weights_1_to_2", near(got[1] / got[0], 2, 0.05) and sum(got) > 95, got)
    got = shares(m, "2", "256:50")
    good &= report("sched_cap_half_a_cpu", near(got[0], 50, 0.05), got)
    if full:
        got = shares(m, "1e", *["256:0"] * 8)
        good &= report("sched_8_on_4_cpus", all(near(part, 50, 0.10) for part in got), got)
    m.run("poweroff -f", wait=False)
    m.wait_exit(60)
    return good


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--hypervisor", default="ours")
    p.add_argument("--full", action="store_true", help="several CPUs too")
    o = p.parse_args()
    kernel = packages.kernel()
    initrd = image.dom0(kernel, "none", [build()], guest=False, output=WORK / "dom0-sched.cpio")
    with machine.Machine("system-sched", o.hypervisor, kernels.unpacked(kernel), initrd, cpus=5, memory=1024,
                         xen_options="sched=credit dom0_mem=512M dom0_max_vcpus=1 dom0_vcpus_pin",
                         accel="tcg", extra=COUNTED, timeout=380) as m:
        return 0 if test(m, o.full) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except machine.Failure as e:
        print(f"FAIL sched: {e}")
        sys.exit(1)
