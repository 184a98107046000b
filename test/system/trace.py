#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 120
"""Debian's xentrace and xenperf on this hypervisor: what they write and print is there, in the form that they know."""

import argparse
import base64
import gzip
import re
import struct
import sys
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
import image      # noqa: E402 # pylint: disable=wrong-import-position
import machine    # noqa: E402 # pylint: disable=wrong-import-position
import packages   # noqa: E402 # pylint: disable=wrong-import-position
from verdicts import expect, note, verdict   # noqa: E402 # pylint: disable=wrong-import-position

ALL_CLASSES = 0x0ffff000
# Event, words beside the time: what a machine does that runs one idle Linux, as Debian's Xen 4.17 records it.
EXPECTED = {
    (0x0021011, 1): "running to runnable", (0x0021021, 1): "running to blocked", (0x0021101, 1): "runnable to running",
    (0x0028004, 2): "wake", (0x0028006, 2): "block", (0x002800a, 4): "switch", (0x002800e, 3): "switch: previous",
    (0x002800f, 4): "switch: next", (0x020100d, 2): "hypercall with one argument", (0x0201104, 5): "page fault",
}


def records(data):
    """How many of each (event, words beside the time); the reader's own records of a change of CPU included."""
    found, at = Counter(), 0
    while at < len(data):
        head, = struct.unpack_from("<I", data, at)
        words, timed = head >> 28 & 7, head >> 31
        found[head & 0x0fffffff, words] += 1
        at += 4 * (1 + words + 2 * timed)
    expect(at == len(data), "the trace ends within a record")
    return found


def test_xentrace(m):
    m.check(f"(sleep 3; kill -INT $(pidof xentrace)) & xentrace -D -S 64 -e {ALL_CLASSES:#x} /tmp/trace", 60)
    text = m.check("gzip -c /tmp/trace | base64", 60)
    found = records(gzip.decompress(base64.b64decode(re.sub(r"\s", "", text))))
    note(f"{sum(found.values())} records of {len(found)} kinds")
    for kind, what in EXPECTED.items():
        expect(found[kind] > 0, f"no record of {what}: {kind[0]:#x} with {kind[1]} words")


def counter(text, name):
    match = re.search(rf"^{name}\s+T=\s*(\d+)", text, re.M)
    expect(match, f"xenperf doesn't print {name}")
    return int(match[1])


def test_xenperf(m):
    before = counter(m.check("xenperf", 60), "hypercalls")
    m.check("xenperf -r", 60)
    after = counter(m.check("xenperf", 60), "hypercalls")
    note(f"{before} hypercalls before the reset, {after} after it")
    expect(before > 10000 and after < before / 2, f"{before} hypercalls before the reset, {after} after it")


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--hypervisor", default="ours")
    o = p.parse_args()
    kernel = packages.kernel()
    initrd = image.dom0(kernel, "debian", guest=False)
    good = True
    with machine.Machine("trace", o.hypervisor, kernel.image, initrd, memory=1024, timeout=110) as m:
        m.wait_for("user space is up")
        for name, test in (("trace_xentrace", test_xentrace), ("trace_xenperf", test_xenperf)):
            good &= verdict(name, test, m)
        m.power_off()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
