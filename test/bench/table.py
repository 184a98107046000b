# SPDX-License-Identifier: GPL-2.0-only
"""Figures of several systems, side by side."""

SYSTEMS = {"none": "native", "debian": "Debian's Xen", "ours": "ours"}


def ratio(row):
    """Ours in parts of the peer's; None when either wasn't measured."""
    ours, peer = row.get("ours"), row.get("debian")
    return ours / peer if ours is not None and peer else None


def rows(figures):
    """Turn figures by system and name into rows by name, the worst ratio first, those without one last."""
    names = dict.fromkeys(name for system in SYSTEMS for name in figures.get(system, {}))
    table = {name: {system: figures[system][name] for system in SYSTEMS if name in figures.get(system, {})}
             for name in names}
    return dict(sorted(table.items(), key=lambda item: -(ratio(item[1]) or -1)))


def text(table):
    """The table as people read it."""
    head = [""] + list(SYSTEMS.values()) + ["ours/Xen"]
    lines = [head]
    for name, row in table.items():
        share = ratio(row)
        lines.append([name] + [f"{row[system]:,}" if system in row else "-" for system in SYSTEMS] +
                     ["-" if share is None else f"{share:.3f}"])
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    return "\n".join("  ".join(word.rjust(width) if i else word.ljust(width)
                               for i, (word, width) in enumerate(zip(line, widths))).rstrip() for line in lines)


def too_high(table, bound):
    """Names of the rows whose ratio is above a bound."""
    return [name for name, row in table.items() if (ratio(row) or 0) > bound]
