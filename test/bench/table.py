# SPDX-License-Identifier: GPL-2.0-only
"""Figures of several systems, side by side.

A row is a dictionary: its group, its unit, and for each system measured a figure, or a text that says why there is
none. All figures are costs: the smaller, the better.
"""

from statistics import geometric_mean

SYSTEMS = {"none": "native", "debian": "Debian's Xen", "ours": "ours"}
SIZES = ("bytes", "KiB", "MiB")     # of files and memory
COUNTS = ("lock waits",)
CLOCKS = ("us", "ms", "s")          # of the host's clock; what is none of these repeats exactly
CLOCK_TOLERANCE = 0.25              # they are noise up to that


def unit(name, otherwise):
    """A row's unit: it ends the name, after a comma, where it isn't the one of the group."""
    last = name.rpartition(", ")[2]
    return last if last in SIZES + COUNTS + CLOCKS else otherwise


def figure(row, system):
    """A number, or None if there is none."""
    value = row.get(system)
    return None if isinstance(value, str) else value


def ratio(row):
    """Ours in parts of the peer's; None when either wasn't measured."""
    ours, peer = figure(row, "ours"), figure(row, "debian")
    return ours / peer if ours is not None and peer else None


def rows(measured):
    """Turn (group, its unit, system, figures by name) of all that was measured into rows by name."""
    table = {}
    for group, units, system, figures in measured:
        for name, value in figures.items():
            table.setdefault(name, {"group": group, "unit": unit(name, units)})[system] = value
    return table


def worst_first(table):
    """Rows in the order of their ratios, those without one last."""
    return dict(sorted(table.items(), key=lambda item: -(ratio(item[1]) or -1)))


def cell(row, system):
    value = row.get(system, "-")
    return value if isinstance(value, str) else f"{value:,}"


def text(table):
    """The table as people read it."""
    head = [""] + list(SYSTEMS.values()) + ["ours/Xen"]
    lines = [head]
    for name, row in table.items():
        share = ratio(row)
        lines.append([name] + [cell(row, system) for system in SYSTEMS] + ["-" if share is None else f"{share:.3f}"])
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    return "\n".join("  ".join(word.rjust(width) if i else word.ljust(width)
                               for i, (word, width) in enumerate(zip(line, widths))).rstrip() for line in lines)


def ratios(table):
    """By the names of the rows that have one."""
    return {name: share for name, row in table.items() if (share := ratio(row)) is not None}


def means(table):
    """Geometric means of the ratios, by "GROUP: geometric mean"."""
    groups = {}
    for name, share in ratios(table).items():
        groups.setdefault(table[name]["group"], []).append(share)
    return {f"{group}: geometric mean": geometric_mean(shares) for group, shares in groups.items() if all(shares)}
