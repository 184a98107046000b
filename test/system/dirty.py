#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 500
"""Log-dirty mode: what guests of both widths write is in their log, and nothing else; test kernels notice nothing; a
Linux guest under load does not notice that it is logged, again and again; nothing is left of a guest that was destroyed
meanwhile."""

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
from paths import BUILD, ROOT, WORK, fresh   # noqa: E402 # pylint: disable=wrong-import-position
from verdicts import report, run_program   # noqa: E402 # pylint: disable=wrong-import-position

WIDTHS = {"guest": 0xffffffff80000000, "guest32": 0xc0000000}      # folder of the kernel, where its page 0 is
PAGES_KEPT = 8              # the hypervisor's heap may keep its peak's pages, partly used
# Test kernels that must find on shadows just what they find without.
LOGGED = {"guest": ["grants", "linear", "memory", "mmu", "multicall", "tables", "traps", "user_mode"],
          "guest32": ["linear", "mmu", "pae", "ring1", "tables", "traps"]}
PAGES = 40                  # test/guest/dirty: NR_PAGES
LINUX = """name = "linux"
kernel = "/guest/vmlinuz"
ramdisk = "/guest/initrd"
memory = 160
vcpus = 2
extra = "console=hvc0 loglevel=4"
"""
# Many short-lived processes, and memory whose contents they check.
LOAD = """#!/bin/sh
round() {
    head -c 3000000 /dev/urandom >/tmp/$1; want=$(md5sum </tmp/$1); n=0
    while [ $n -lt 10000 ]; do
        n=$((n + 1))
        cp /tmp/$1 /tmp/$1.copy
        [ "$(md5sum </tmp/$1.copy)" = "$want" ] && [ "$(sh -c 'cat /tmp/'$1' | cat' | md5sum)" = "$want" ] || echo CORRUPT
        [ $((n % 5)) = 0 ] && echo "$1: round $n"
    done
}
round a & round b & round c &
"""


def overlay(kernel):
    folder = WORK / "dirty-overlay"
    program = fresh(folder / "usr/bin/dirty")
    include = [f"-I{ROOT / path}" for path in ("xen/include", "tools/libxc/include")]
    subprocess.run(["gcc", "-std=gnu11", "-D_GNU_SOURCE", "-O1", "-Wall", "-Wextra", "-Werror", "-static", *include,
                    str(HERE / "dirty/dirty.c"), f"-L{BUILD / 'tools/lib'}", "-lxc", "-lpthread", "-o", str(program)],
                   check=True)
    subprocess.run(["make", "-s", "-C", str(ROOT / "test/guest")], check=True)
    for width in WIDTHS:
        for name in ["dirty"] + LOGGED[width]:
            fresh(folder / f"guest/{width}-{name}").write_bytes((BUILD / f"test/{width}/{name}/kernel").read_bytes())
    fresh(folder / "guest/linux.cfg").write_text(LINUX, encoding="ascii")
    load = fresh(WORK / "dirty-load")
    load.write_text(LOAD, encoding="ascii")
    fresh(folder / "guest/initrd").write_bytes(Path(image.guest_image(kernel, rc=load,
                                                                      output=WORK / "guest-dirty.cpio")).read_bytes())
    return folder


def page_of(width, symbol):
    text = subprocess.run(["nm", BUILD / f"test/{width}/dirty/kernel"], check=True, capture_output=True, text=True).stdout
    return (int(re.search(rf"^(\w+) \w {symbol}$", text, re.M)[1], 16) - WIDTHS[width]) >> 12


def domid(m, name):
    return int(m.check(f"xm domid {name}").split()[-1])


def free_pages(m):
    return int(m.check("dirty free 0").splitlines()[0])


def check_kernel(m, width):
    m.check(f"xm create -q name={width} kernel=/guest/{width}-dirty memory=32 extra=write=1", 60)
    m.until(f"grep -q ^writing /var/log/xen/console/guest-{width}.log", 60)
    number = domid(m, width)
    _, text = m.run(f"dirty check {number} {page_of(width, 'written')} {page_of(width, 'untouched')} {PAGES}", 90)
    print(text, flush=True)
    m.check(f"xm list {width}")
    m.check(f"xm destroy {width}")
    return report(f"dirty_{width}_log_is_exact", text.rstrip().endswith("ok"), text[-400:])


def verdicts(m, name, kernel, logged):
    """What a test kernel says that is logged from its first instruction on, or not; None when it doesn't end."""
    log = f"/var/log/xen/console/guest-{name}.log"
    m.check(f"rm -f {log}; xm create -p -q name={name} kernel=/guest/{kernel} memory=64 vcpus=2", 60)
    m.check((f"dirty on {domid(m, name)} && " if logged else "") + f"xm unpause {name}", 30)
    m.until(f"grep -q ^END {log} || ! xm list {name} >/dev/null 2>&1", 60)
    said = m.check(f"cat {log}").replace("\r", "")
    m.run(f"xm destroy {name}", 30)     # most have left by themselves
    return re.findall(r"^TEST (\S+): (ok|FAIL.*|SKIP.*)", said, re.M) if "END" in said else None


def check_logged(m, width, kernel):
    """A test kernel finds on shadows just what it finds without, be it that it misses domain 0's rights."""
    name = f"{width}-{kernel}"
    plain, logged = (verdicts(m, f"{name}-{int(on)}", name, on) for on in (False, True))
    good = plain == logged and ("ok" in [verdict for _, verdict in plain or []])
    return report(f"dirty_{width}_{kernel}", good, f"without the log: {plain}, with it: {logged}")


def rounds(m):
    """How many rounds the load in the Linux guest says it has done, and whether its memory was as it should be."""
    log = m.check("cat /var/log/xen/console/guest-linux.log")
    return len(re.findall(r"^\w: round \d+", log, re.M)), "CORRUPT" in log or "segfault" in log or "BUG" in log


def check_linux(m, seconds):
    m.check("xm create -q /guest/linux.cfg", 60)
    m.until("grep -q 'round 5' /var/log/xen/console/guest-linux.log", 120)
    number = domid(m, "linux")
    before, _ = rounds(m)
    _, text = m.run(f"dirty cycle {number} {seconds}", seconds + 90)
    print(text, flush=True)
    after, corrupt = rounds(m)
    print(f"  rounds of the load: {before} before, {after} after", flush=True)
    good = report("dirty_linux_cycles", text.rstrip().endswith("ok"), text[-400:])
    good &= report("dirty_linux_memory_is_whole", not corrupt, m.check("tail -n 30 /var/log/xen/console/guest-linux.log"))
    m.until(f"test $(grep -c round /var/log/xen/console/guest-linux.log) -gt {after}", 120)
    m.check(f"dirty on {number}; sleep 1; xm debug-keys A", 60)
    said = re.findall(r"Audit: .*", m.check("xm dmesg"))
    good &= report("dirty_audit", said and said[-1].endswith(", 0 errors"), said[-1] if said else "it says nothing")
    m.check("xm destroy linux", 60)
    return good


def test(m, seconds):
    m.wait_for("user space is up", 120)
    m.check("dmesg -n 1; /etc/init.d/xencommons start", 90)
    for width in WIDTHS:
        m.check(f"xm create -q name={width} kernel=/guest/{width}-dirty memory=32 extra=write=1 && xm destroy {width}", 60)
    before = free_pages(m)
    good = True
    for width in WIDTHS:
        good &= check_kernel(m, width)
        for kernel in LOGGED[width]:
            good &= check_logged(m, width, kernel)
    good &= check_linux(m, seconds)
    m.until("test $(xm list | tail -n +2 | wc -l) = 1", 30)
    after = free_pages(m)
    good &= report("dirty_leaves_nothing", abs(before - after) <= PAGES_KEPT, f"{before} pages free before, {after} after")
    m.power_off()
    return good


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--hypervisor", default="ours")
    p.add_argument("--seconds", type=int, default=60)
    p.add_argument("--cpus", type=int, default=2)
    p.add_argument("--xen", default="")
    o = p.parse_args()
    kernel = packages.kernel()
    initrd = image.dom0(kernel, "ours", [overlay(kernel)], output=WORK / "dom0-dirty.cpio")
    with machine.Machine("system-dirty", o.hypervisor, kernel.image, initrd, memory=1400, cpus=o.cpus,
                         xen_options=f"dom0_mem=700M {o.xen}", timeout=480) as m:
        return 0 if test(m, o.seconds) else 1


if __name__ == "__main__":
    run_program("dirty", main)
