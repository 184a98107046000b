#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Turn the description of structures that 32-bit guests lay out differently (its head says how it is written) into

    layouts.py tables FILE      the tables that the converters of arch/x86/hypercall/width.c walk
    layouts.py header FILE      the list that finds a type's table
    layouts.py check32 FILE     a C file that, compiled for i386, compares the description with the public headers
"""

import re
import sys

SCALARS = {"u8": 1, "u16": 2, "u32": 4, "u64": 8, "long": 4}
I386_MAX_ALIGN = 4


class Structure:
    """Where the members lie for a 32-bit guest: (member, offset, type, count); member None is padding."""

    def __init__(self, name):
        self.name, self.members, self.size, self.align = name, [], 0, 1

    def add(self, member, kind, count, known):
        if kind in SCALARS:
            size, align = SCALARS[kind], min(SCALARS[kind], I386_MAX_ALIGN)
        else:
            size, align = known[kind].total(), known[kind].align
        at = round_up(self.size, align)
        self.members.append((None if member == "-" else member, at, kind, count))
        self.size, self.align = at + size * count, max(self.align, align)

    def total(self):
        return round_up(self.size, self.align)


def round_up(value, to):
    return -(-value // to) * to


def parse(path):
    known = {}
    with open(path, encoding="ascii") as file:
        for number, line in enumerate(file, 1):
            words = line.split("#")[0].split()
            if not words:
                continue
            try:
                if not line[0].isspace():
                    current = known[words[0]] = Structure(*words)
                else:
                    current.add(words[0], words[1], int(words[2]) if len(words) > 2 else 1, known)
            except (KeyError, IndexError, TypeError, ValueError, UnboundLocalError):
                sys.exit(f"{path}:{number}: what is '{line.strip()}'?")
    return known.values()


def tables(structures):
    yield "#include <xen/guest.h>\n#include <xen/lib.h>\n"
    for s in structures:
        yield f"static const struct width_member {s.name}_members[] = {{"
        for member, at, kind, count in s.members:
            if member is None:
                continue
            element = f"((struct {s.name} *)0)->{member}" + ("[0]" if count > 1 else "")
            of = f"&width_{kind}" if kind not in SCALARS else "NULL"
            size32 = SCALARS.get(kind) or next(t.total() for t in structures if t.name == kind)
            yield f"    {{ offsetof(struct {s.name}, {member}), {at}, sizeof({element}), {size32}, {count}, {of} }},"
        yield "};"
        yield f"const struct width_layout width_{s.name} = {{"
        yield f"    sizeof(struct {s.name}), {s.total()}, ARRAY_SIZE({s.name}_members), {s.name}_members }};\n"


def header(structures):
    for s in structures:
        yield f"extern const struct width_layout width_{s.name};"
    yield "#define WIDTH_LAYOUTS \\"
    lines = [f"    struct {s.name} *: &width_{s.name}, const struct {s.name} *: &width_{s.name}" for s in structures]
    yield ", \\\n".join(lines)


def check32(structures):
    """Handles are bare pointers to an i386 compiler, registers lack their r."""
    for name in ("xen", "memory", "grant_table", "vcpu", "sched", "nmi", "physdev", "platform",
                 "version", "arch-x86/xen-mca"):
        yield f"#include <public/{name}.h>"
    for s in structures:
        for member, at, _, _ in s.members:
            if member is None:
                continue
            if s.name == "cpu_user_regs":
                member = re.sub("^r", "e", member)
            member = member.removesuffix(".p")
            yield f'_Static_assert(__builtin_offsetof(struct {s.name}, {member}) == {at}, "{s.name}.{member}");'
        yield f'_Static_assert(sizeof(struct {s.name}) == {s.total()}, "{s.name}");'


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("tables", "header", "check32"):
        sys.exit(__doc__)
    print(f"/* Made by layouts.py from {sys.argv[2]}. */")
    for line in {"tables": tables, "header": header, "check32": check32}[sys.argv[1]](parse(sys.argv[2])):
        print(line)


if __name__ == "__main__":
    main()
