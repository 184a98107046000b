#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Name what moved by more than 1% from one result of make bench to another, which rows are gone and which are new.
Figures by the host's clock may move by a quarter. Exit status 1 when a figure of ours grew by more than that or is gone,
2 when the files can't be compared."""

import argparse
import json
import sys
from pathlib import Path

import table

TOLERANCE = 0.01


def figures(rows):
    """Figure and unit by name and system."""
    return {(name, system): (row[system], row["unit"]) for name, row in rows.items() for system in table.SYSTEMS
            if table.figure(row, system) is not None}


def share(old, new):
    """By which part of the old figure the new one is larger."""
    return (new - old) / old if old else float("inf") if new else 0.0


def moved(old, new):
    """(name, system, old, new, share) of each figure in both that moved, what grew most first."""
    before, after = figures(old), figures(new)
    moves = []
    for key in before.keys() & after.keys():
        (was, unit), (now, _) = before[key], after[key]
        part = share(was, now)
        if abs(part) > (table.CLOCK_TOLERANCE if unit in table.CLOCKS else TOLERANCE):
            moves.append((*key, was, now, part))
    return sorted(moves, key=lambda move: (-move[4], move[:2]))


def only_in(one, other):
    """(name, system) of the figures that the other doesn't have."""
    return sorted(figures(one).keys() - figures(other).keys())


def changes(old, new):
    """What to print, line by line, and whether ours got worse."""
    moves, gone = moved(old, new), only_in(old, new)
    lines = [f"{name}, {table.SYSTEMS[system]}: {was:,} -> {now:,} ({part:+.1%})"
             for name, system, was, now, part in moves]
    lines += [f"{name}, {table.SYSTEMS[system]}: gone" for name, system in gone]
    lines += [f"{name}, {table.SYSTEMS[system]}: new" for name, system in only_in(new, old)]
    worse = any(system == "ours" and part > 0 for _, system, _, _, part in moves)
    return lines, worse or any(system == "ours" for _, system in gone)


def conditions(old, new):
    """What else differs between two results, as far as figures depend on it."""
    return [f"measured with another {what}: {old.get(what)} -> {new.get(what)}"
            for what in ("qemu", "kernel", "compiler") if old.get(what) != new.get(what)]


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("old", type=Path)
    p.add_argument("new", type=Path)
    o = p.parse_args()
    try:
        old, new = (json.loads(path.read_text(encoding="utf-8")) for path in (o.old, o.new))
        lines, worse = changes(old["rows"], new["rows"])
    except (OSError, ValueError, KeyError) as e:
        print(f"compare.py: not two results of make bench: {e!r}", file=sys.stderr)
        return 2
    print("\n".join(conditions(old, new) + (lines or ["nothing moved by more than 1%"])))
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
