#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Turn the description of structures that 32-bit guests lay out differently (its head says how it is written) into

    layouts.py header FILE      those structures, struct NAME_32, and the list that finds a type's converters
    layouts.py converters FILE  the converters, assignments from member to member
    layouts.py check32 FILE     a C file that, compiled for i386, compares the structures with the public headers
"""

import re
import sys
from collections import namedtuple

SCALARS = {"u8": "uint8_t", "u16": "uint16_t", "u32": "uint32_t", "u64": "width_u64", "long": "uint32_t"}
UNROLLED = 8        # arrays of so many elements at most are converted without a loop

Member = namedtuple("Member", "name kind count")
Structure = namedtuple("Structure", "name members")


def parse(path):
    known = {}
    with open(path, encoding="ascii") as file:
        for number, line in enumerate(file, 1):
            words = line.split("#")[0].split()
            try:
                if words and not line[0].isspace():
                    current = known[words[0]] = Structure(*words, [])
                elif words:
                    name, kind, count = words + ["1"] * (3 - len(words))
                    if kind not in SCALARS and kind not in known:
                        raise ValueError
                    current.members.append(Member(name, kind, int(count)))
            except (TypeError, ValueError, UnboundLocalError):
                sys.exit(f"{path}:{number}: what is '{line.strip()}'?")
    return known.values()


def name32(member):
    return member.name.replace(".", "_").replace("-", "unread")


def header(structures):
    """A 64-bit number is aligned to 4 bytes, which is all that an i386 compiler does differently."""
    yield "typedef uint64_t __attribute__((aligned(4))) width_u64;"
    for s in structures:
        yield f"struct {s.name}_32 {{"
        for number, m in enumerate(s.members):
            name = name32(m) + (str(number) if m.name == "-" else "") + (f"[{m.count}]" if m.count > 1 else "")
            yield f"    {SCALARS.get(m.kind) or f'struct {m.kind}_32'} {name};"
        yield "};"
        yield f"extern const struct width_layout width_{s.name};"
    for macro, value in ("WIDTH_LAYOUTS", "&width_{0}"), ("WIDTH_TYPES", "(struct {0}_32 *)0"):
        yield f"#define {macro} \\"
        yield ", \\\n".join(f"    struct {s.name} *: {value}, const struct {s.name} *: {value}".format(s.name)
                             for s in structures)


def assign(m, way):
    """Statements that convert one member."""
    native, narrow = f"n->{m.name}", f"g->{name32(m)}"
    to, source = (native, narrow) if way == "widen" else (narrow, native)
    if m.kind not in SCALARS:
        address = "" if m.count > 1 else "&"
        yield f"        {m.kind}_{way}({address}{to}, {address}{source}, {m.count});"
    elif m.count == 1:
        yield f"        CONVERT({to}, {source});"
    elif m.count > UNROLLED and m.kind != "long":
        yield f"        memcpy({to}, {source}, sizeof({to}));"
    elif m.count > UNROLLED:
        yield f"        for (unsigned i = 0; i < {m.count}; i++)\n            CONVERT({to}[i], {source}[i]);"
    else:
        yield from (f"        CONVERT({to}[{i}], {source}[{i}]);" for i in range(m.count))


def converters(structures):
    yield "#include <xen/guest.h>\n#include <xen/lib.h>\n"
    yield "#define CONVERT(to, from) ((to) = (__typeof__(to))(unsigned long)(from))\n"      # pointers, too
    for s in structures:
        native, narrow = f"struct {s.name} *n", f"struct {s.name}_32 *g"
        for way, to, source in ("widen", native, narrow), ("narrow", narrow, native):
            yield f"static void {s.name}_{way}(void *restrict to, const void *restrict from, size_t count)\n{{"
            yield f"    {to} = to;\n    const {source} = from;\n"
            yield "    for (; count; count--, n++, g++) {"
            yield f"        memset({to[-1]}, 0, sizeof(*{to[-1]}));"
            for m in s.members:
                if m.name != "-":
                    yield from assign(m, way)
            yield "    }\n}\n"
        yield f"const struct width_layout width_{s.name} = {{"
        yield f"    sizeof(struct {s.name}), sizeof(struct {s.name}_32), WIDTH_CHUNK / sizeof(struct {s.name}_32),"
        yield f"    {s.name}_widen, {s.name}_narrow }};\n"


def check32(structures):
    """Handles are bare pointers to an i386 compiler, registers lack their r."""
    for name in ("xen", "memory", "grant_table", "vcpu", "sched", "nmi", "physdev", "platform",
                 "version", "arch-x86/xen-mca"):
        yield f"#include <public/{name}.h>"
    yield from header(structures)
    for s in structures:
        for m in s.members:
            if m.name == "-":
                continue
            member = re.sub("^r", "e", m.name) if s.name == "cpu_user_regs" else m.name.removesuffix(".p")
            for what in "__builtin_offsetof(struct {0}, {1})", "sizeof(((struct {0} *)0)->{1})":
                ours, theirs = what.format(f"{s.name}_32", name32(m)), what.format(s.name, member)
                yield f'_Static_assert({ours} == {theirs}, "{s.name}.{member}");'
        yield f'_Static_assert(sizeof(struct {s.name}_32) == sizeof(struct {s.name}), "{s.name}");'


def main():
    makers = {"header": header, "converters": converters, "check32": check32}
    if len(sys.argv) != 3 or sys.argv[1] not in makers:
        sys.exit(__doc__)
    print(f"/* Made by layouts.py from {sys.argv[2]}. */")
    for line in makers[sys.argv[1]](parse(sys.argv[2])):
        print(line)


if __name__ == "__main__":
    main()
