#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 240
"""A guarded domain that writes a page-table entry which L1TF makes a leak is crashed, in whatever way it writes it, with a
message that says which; where domain 0 isn't guarded it may; and Linux runs guarded."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lib"))
import image      # noqa: E402 # pylint: disable=wrong-import-position
import machine    # noqa: E402 # pylint: disable=wrong-import-position
import packages   # noqa: E402 # pylint: disable=wrong-import-position
from paths import BUILD   # noqa: E402 # pylint: disable=wrong-import-position
from verdicts import report, run_program   # noqa: E402 # pylint: disable=wrong-import-position

# Levels of tables by how the entry gets into them, in 32 and 64 bits.
WAYS = {"update_va_mapping": {32: [1], 64: [1]}, "mmu_update": {32: [1], 64: [1]}, "store": {32: [1], 64: [1]},
        "pin": {32: [1, 2, 3], 64: [1, 2, 3, 4]}, "upper": {32: [2, 3], 64: [2, 3, 4]}}


def written(width, way, level, options):
    """What the console says when the test kernel has written such an entry."""
    folder = "guest" if width == 64 else "guest32"
    with machine.Machine(f"system-l1tf_{way}_{level}_{width}", "ours", BUILD / "test" / folder / "l1tf/kernel", memory=128,
                         cpu="Nehalem", xen_options=options, options=f"only=vulnerable write={way} level={level}",
                         timeout=30) as m:
        m.wait_exit(30)
        return m.text


def crashes(width, way):
    wrong = []
    for level in WAYS[way][width]:
        text = written(width, way, level, "pv-l1tf=dom0=yes")
        if f"of level {level} is not present but names memory at" not in text or "Domain 0 crashed" not in text:
            wrong.append(str(level))
    return report(f"l1tf_{way}_{width}", not wrong, f"not ended by one of level {', '.join(wrong)}")


def unguarded():
    text = written(64, "mmu_update", 1, "")
    return report("l1tf_domain_0_by_default", "still there: 0" in text and "domain 0 no, other guests yes" in text,
                  "refused")


def linux():
    """Domain 0 with two CPUs, guarded."""
    kernel = packages.kernel()
    with machine.Machine("system-l1tf_linux", "ours", kernel.image, image.boot_image(), cpus=2, memory=1024,
                         cpu="Nehalem", options="end=poweroff", xen_options="pv-l1tf=yes", timeout=120) as m:
        m.wait_for("^boot: user space is up$", 100)
        reason = m.wait_exit(30)
        return report("l1tf_linux", reason == "shutdown" and "domain 0 yes" in m.text, f"ended by {reason}")


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--hypervisor", default="ours")
    p.parse_args()
    good = [crashes(width, way) for width in (64, 32) for way in WAYS]
    good += [unguarded(), linux()]
    return 0 if all(good) else 1


if __name__ == "__main__":
    run_program("l1tf", main)
