#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 300
"""Booting takes no more instructions than under Debian's Xen: to domain 0's first one, to its first program, to
power-off."""

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--hypervisor", default="ours")
    if p.parse_args().hypervisor != "ours":
        print("SKIP bench_boot: there is nothing to compare")
        return 0
    command = [ROOT / "test/bench/run", "--systems", "debian,ours", "--json", ROOT / "build/bench/test.json", "boot"]
    good = subprocess.run(command, check=False).returncode == 0
    print("ok bench_boot" if good else "FAIL bench_boot: see the table")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
