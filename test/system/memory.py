#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 300
"""Domain 0 has all memory at first: `xm create` takes what a guest needs from it, and refuses what it can't spare."""

import argparse
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lib"))
import image      # noqa: E402 # pylint: disable=wrong-import-position
import machine    # noqa: E402 # pylint: disable=wrong-import-position
import packages   # noqa: E402 # pylint: disable=wrong-import-position
from paths import BUILD, WORK, fresh   # noqa: E402 # pylint: disable=wrong-import-position
from verdicts import report, run_program   # noqa: E402 # pylint: disable=wrong-import-position

CREATE = "xm create -q name=tiny kernel=/guest/hello memory={} extra=stay=1"


def overlay():
    folder = WORK / "memory-overlay"
    fresh(folder / "guest/hello").write_bytes((BUILD / "test/guest/hello/kernel").read_bytes())
    return folder


def domain_0(m):
    """What domain 0 has, and what is free, in MiB."""
    return int(m.check("xm list 0 | tail -n 1").split()[2]), int(m.check("xm info free_memory"))


def test(m):
    m.wait_for("user space is up", 120)
    m.check("dmesg -n 1")     # kernel messages must not fall into what commands print
    m.check("/etc/init.d/xencommons start", 90)
    had, free = domain_0(m)
    good = report("memory_domain_0_has_it", free < 100, f"{free} MiB are free at first")
    status, text = m.run(CREATE.format(100), 120)
    now, left = domain_0(m)
    print(f"  domain 0: {had} MiB, then {now} MiB; free: {free} MiB, then {left} MiB", flush=True)
    good &= report("memory_taken_from_domain_0", not status, text[-300:])
    good &= report("memory_no_more_than_needed", 100 - free <= had - now <= 100 - free + 8, f"{had} -> {now} MiB")
    status, text = m.run(CREATE.format(had).replace("tiny", "large"), 120)
    refusal = re.search(r"not enough memory.*needs \d+ MiB, \d+ MiB are free", text)
    good &= report("memory_refused_beyond", bool(status and refusal), text[-300:])
    good &= report("memory_refusal_takes_nothing", domain_0(m)[0] == now, f"domain 0 has {domain_0(m)[0]} MiB")
    m.check("xm destroy tiny")
    m.check(f"xm mem-set -w 0 {had}", 90)
    good &= report("memory_given_back", abs(domain_0(m)[0] - had) <= 1, f"domain 0 has {domain_0(m)[0]} MiB, not {had}")
    m.power_off()
    return good


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--hypervisor", default="ours")
    o = p.parse_args()
    kernel = packages.kernel()
    initrd = image.dom0(kernel, "ours", [overlay()], guest=False, output=WORK / "dom0-memory.cpio")
    with machine.Machine("system-memory", o.hypervisor, kernel.image, initrd, memory=1024, timeout=280) as m:
        return 0 if test(m) else 1


if __name__ == "__main__":
    run_program("memory", main)
