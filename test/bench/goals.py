# SPDX-License-Identifier: GPL-2.0-only
"""What the ratios of ours to Debian's are to be: goals.txt beside this, and at most 1 for all other rows."""

import re
from fnmatch import fnmatchcase
from pathlib import Path

import table

FILE = Path(__file__).with_name("goals.txt")
OTHERWISE = 1.0


def parse(text):
    """(ratio, pattern) of each line."""
    found = []
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        match = re.fullmatch(r"(\d\.\d+) (.*?)(?: -- (.+))?", line)
        if not match or float(match[1]) > OTHERWISE and not match[3]:
            raise ValueError(f"goals.txt: not a ratio, a pattern and, for one above 1, a reason: {line!r}")
        found.append((float(match[1]), match[2]))
    return found


def goal(goals, name):
    """The highest good ratio of a row."""
    return next((ratio for ratio, pattern in goals if fnmatchcase(name, pattern)), OTHERWISE)


def missed(goals, ratios, clocks=()):
    """Name, ratio and goal of those that are higher. clocks: rows by the host's clock, which is noise up to a part."""
    for name, ratio in ratios.items():
        allowed = goal(goals, name)
        if ratio > allowed * (1 + table.CLOCK_TOLERANCE if name in clocks else 1):
            yield name, ratio, allowed
