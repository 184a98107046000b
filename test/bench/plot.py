# SPDX-License-Identifier: GPL-2.0-only
"""A table as a picture: a bar for each ratio of ours to Debian's Xen, group by group, with a line where both are equal
and a mark for the same kernel without a hypervisor."""

from html import escape

import table

LINE, GAP, TOP, BOTTOM = 15, 26, 64, 14     # heights, in pixels
NAMES, BARS, RIGHT = 300, 420, 60           # widths
FULL = 1.2                                  # the ratio at the right end; longer bars are cut there
GOOD, CLOSE, BAD = "#3b7dab", "#d9a23b", "#c4463a"
CLOSE_FROM = 0.9
STYLE = "text{font:11px sans-serif;fill:#222}.title{font-size:15px;font-weight:bold}.group{font-weight:bold}" \
        ".small{fill:#666}"
LEGEND = "shorter is better; amber: above 0.9, red: above 1; black mark: the same kernel without a hypervisor"


def x_of(ratio):
    return NAMES + BARS * min(ratio, FULL) / FULL


def text(x, y, what, kind="", anchor="start"):
    return f'<text x="{x:.0f}" y="{y}" class="{kind}" text-anchor="{anchor}">{escape(what)}</text>'


def box(x, y, width, height, fill):
    return f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{height}" fill="{fill}"/>'


def colour(ratio):
    return BAD if ratio > 1 else CLOSE if ratio > CLOSE_FROM else GOOD


def bar(name, row, y):
    """One row: its name, the bar, the ratio, and what the kernel alone takes."""
    ratio, native, peer = table.ratio(row), table.figure(row, "none"), table.figure(row, "debian")
    yield text(NAMES - 8, y + 10, name.removeprefix(f"{row['group']}: "), anchor="end")
    yield box(NAMES, y + 1, x_of(ratio) - NAMES, LINE - 4, colour(ratio))
    if native is not None:
        yield box(x_of(native / peer) - 1, y - 1, 2, LINE, "#222")
    yield text(NAMES + BARS + 8, y + 10, f"{ratio:.2f}")


def scale(bottom):
    """Lines at round ratios, the one at 1 the strongest."""
    for tenth in range(0, round(FULL * 10) + 1, 2):
        x, even = x_of(tenth / 10), tenth == 10
        yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 6}" y2="{bottom}" stroke="{"#222" if even else "#ddd"}"/>'
        yield text(x, TOP - 10, f"{tenth / 10:.1f}", "" if even else "small", "middle")


def svg(rows):
    """The picture of rows that are in the order wanted, as text."""
    shown = {name: row for name, row in rows.items() if table.ratio(row) is not None}
    parts, y = [], TOP
    for group in dict.fromkeys(row["group"] for row in shown.values()):
        parts.append(text(8, y + 16, group, "group"))
        y += GAP
        for name, row in shown.items():
            if row["group"] == group:
                parts += bar(name, row, y)
                y += LINE
    width, height = NAMES + BARS + RIGHT, y + BOTTOM
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    head = [f'<svg xmlns="http://www.w3.org/2000/svg" {size}>', f"<style>{STYLE}</style>", box(0, 0, width, height, "white"),
            text(8, 20, "Costs in parts of those under Debian's Xen", "title"), text(8, 37, LEGEND, "small")]
    return "\n".join(head + list(scale(y)) + parts + ["</svg>", ""])
