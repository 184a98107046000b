#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 200
"""On a processor with Meltdown, the page tables that are loaded while a guest runs show nothing of the hypervisor but
what an entry begins with; on others, and with xpti=no, they show all of it."""

import argparse
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lib"))
import image      # noqa: E402 # pylint: disable=wrong-import-position
import machine    # noqa: E402 # pylint: disable=wrong-import-position
import packages   # noqa: E402 # pylint: disable=wrong-import-position
from paths import BUILD   # noqa: E402 # pylint: disable=wrong-import-position
from verdicts import report, run_program   # noqa: E402 # pylint: disable=wrong-import-position

# asm/memmap.h: parts of the hypervisor's memory that hold others' secrets, or how to find them.
SECRETS = {"direct map": 0xffff830000200000, "frame table": 0xffff82e000001000, "writable machine-to-phys": 0xffff829000000000}
SEEN_BY_ABI = {"machine-to-phys table": 0xffff800000000000}
RING_3 = re.compile(r"CPL=3")
TRIES = 50


def readable(m, address):
    return "Cannot access" not in m.monitor(f"x /1gx {address:#x}")


def in_guest(m):
    """Stop the machine while a guest's code runs."""
    for _ in range(TRIES):
        m.monitor("stop")
        if RING_3.search(m.monitor("info registers")):
            return
        m.monitor("cont")
    raise machine.Failure("the guest was never seen running")


def shown(name, cpu, options, secrets_shown):
    """What a spinning test kernel's page tables show."""
    with machine.Machine(f"system-isolation_{name}", "ours", BUILD / "test/guest/spin/kernel", memory=256, cpu=cpu,
                         xen_options=options, timeout=60) as m:
        m.wait_for("Isolation .*", 30)
        m.wait_for("Freed .*", 30)
        in_guest(m)
        wrong = [what for what, address in SECRETS.items() if readable(m, address) != secrets_shown]
        wrong += [what for what, address in SEEN_BY_ABI.items() if not readable(m, address)]
        return report(f"isolation_{name}", not wrong, f"{'hidden' if secrets_shown else 'shown'}: {', '.join(wrong)}")


def works(hypervisor):
    """Domain 0 with two CPUs, isolated."""
    kernel = packages.kernel()
    with machine.Machine("system-isolation_works", hypervisor, kernel.image, image.boot_image(), cpus=2, memory=1024,
                         cpu="Nehalem", options="end=poweroff", timeout=120) as m:
        m.wait_for("^boot: user space is up$", 100)
        reason = m.wait_exit(30)
        return report("isolation_works", reason == "shutdown" and "domain 0 yes" in m.text, f"ended by {reason}")


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--hypervisor", default="ours")
    o = p.parse_args()
    good = shown("of_vulnerable", "Nehalem", "", False)
    good &= shown("of_others", "max,-smap", "", True)
    good &= shown("refused", "Nehalem", "xpti=no", True)
    good &= shown("asked_for", "max,-smap", "xpti=dom0=yes", False)
    good &= works(o.hypervisor)
    return 0 if good else 1


if __name__ == "__main__":
    run_program("isolation", main)
