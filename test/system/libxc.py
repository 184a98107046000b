#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 400
"""libxc and its domain builder without a toolstack: Debian's kernel boots as a guest, what can't be built is
refused with its reason, and afterwards the hypervisor has all of its memory back."""

import argparse
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
import image      # noqa: E402 # pylint: disable=wrong-import-position
import machine    # noqa: E402 # pylint: disable=wrong-import-position
import packages   # noqa: E402 # pylint: disable=wrong-import-position
from paths import BUILD, ROOT, WORK   # noqa: E402 # pylint: disable=wrong-import-position
from verdicts import report, run_program   # noqa: E402 # pylint: disable=wrong-import-position

LIBRARIES = "-lxc -lxenstore -lpthread -llzma -lz -lzstd -llz4 -lbz2".split()
# Name, kernel, ramdisk, MiB, what the refusal says.
REFUSALS = [
    ("missing_kernel", "/guest/none", "", 256, "No such file"),
    ("empty_kernel", "/tmp/empty", "", 256, "the file is empty"),
    ("truncated_kernel", "/tmp/truncated", "", 256, "beyond the end of the file (truncated?)"),
    ("damaged_kernel", "/tmp/damaged", "", 256, "damaged xz data"),
    ("not_a_kernel", "/init", "", 256, "neither ELF nor bzImage nor compressed"),
    ("kernel_without_notes", "/bin/busybox", "", 256, "no Xen notes"),
    ("missing_ramdisk", "/guest/vmlinuz", "/guest/none", 256, "No such file"),
    ("too_little_memory", "/guest/vmlinuz", "/guest/initrd", 64, "need more memory than the domain has"),
    ("too_much_memory", "/guest/vmlinuz", "", 100000, "could give only"),
]
BREAK_KERNELS = ("touch /tmp/empty; head -c 4000000 /guest/vmlinuz >/tmp/truncated; "
                 "cp /guest/vmlinuz /tmp/damaged; dd if=/bin/busybox of=/tmp/damaged bs=4096 seek=500 count=1 conv=notrunc 2>/dev/null")


def build_program():
    folder = WORK / "libxc-overlay"
    program = folder / "usr/bin/start"
    program.parent.mkdir(parents=True, exist_ok=True)
    include = [f"-I{ROOT / path}" for path in ("tools/include", "xen/include", "tools/libxc/include",
                                               "tools/libxenstore/include")]
    subprocess.run(["gcc", "-std=gnu11", "-D_GNU_SOURCE", "-O1", "-Wall", "-Wextra", "-Werror", "-static",
                    *include, str(HERE / "libxc/start.c"), f"-L{BUILD / 'tools/lib'}", *LIBRARIES, "-o", str(program)],
                   check=True)
    return folder


def start(m, kernel, ramdisk, mib, seconds=120, until="user space is up"):
    """Run the program; whether the guest came up, and all that was said."""
    command = f'start {kernel} "{ramdisk}" {mib} console=hvc0 {seconds} "{until}"'
    _, text = m.run(command, seconds + 60)
    return text.rstrip().endswith("started"), text


def free_pages(text):
    return int(re.search(r"free pages: \d+ before, (\d+) after", text)[1])


def test(m):
    m.wait_for("user space is up")
    m.check("pidof xenstored || { xenstored && sleep 1; }")
    up, text = start(m, "/guest/vmlinuz", "/guest/initrd", 256)
    good = report("libxc_boots_debian", up, text[-300:])
    up, text = start(m, "/guest/vmlinuz", "/guest/initrd", 256)
    before = free_pages(text)
    up, text = start(m, "/guest/vmlinuz", "/guest/initrd", "256:1024:2", until="Brought up 1 node, 2 CPUs")
    good &= report("libxc_boots_two_vcpus", up, text[-300:])
    memory = re.search(r"Memory: (\d+)K/(\d+)K available", text)
    # What the guest may grow to is known to it, and not there yet.
    good &= report("libxc_boots_below_maximum", memory and int(memory[2]) > 1000000 and int(memory[1]) < 256000,
                   memory and memory[0])
    m.check(BREAK_KERNELS)
    for name, kernel, ramdisk, mib, reason in REFUSALS:
        up, text = start(m, kernel, ramdisk, mib)
        good &= report(f"libxc_refuses_{name}", not up and reason in text, text[-300:])
    up, text = start(m, "/guest/vmlinuz", "/guest/initrd", 256)
    good &= report("libxc_boots_again", up, text[-300:])
    # A page may stay with domain 0: its event-channel and grant bookkeeping grows with use.
    good &= report("libxc_gives_memory_back", abs(free_pages(text) - before) <= 2,
                   f"{before} pages free before, {free_pages(text)} after")
    m.power_off()
    return good


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--hypervisor", default="ours")
    o = p.parse_args()
    kernel = packages.kernel()
    initrd = image.dom0(kernel, "ours", [build_program()], output=WORK / "dom0-libxc.cpio")
    with machine.Machine("system-libxc", o.hypervisor, kernel.image, initrd, memory=2048,
                         xen_options="dom0_mem=1024M", timeout=380) as m:
        return 0 if test(m) else 1


if __name__ == "__main__":
    run_program("libxc", main)
