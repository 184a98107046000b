# SPDX-License-Identifier: GPL-2.0-only
"""The types in an object file, read from its debugging information and described so that they can be compared."""

import re
import subprocess

ENTRY = re.compile(r"^ <(\d+)><([0-9a-f]+)>: Abbrev Number: \d+(?: \(DW_TAG_(\w+)\))?")
ATTRIBUTE = re.compile(r"^    <[0-9a-f]+>   DW_AT_(\w+)\s*: (?:\((?:data|udata|sdata|ref|implicit_const)\w*\) )?(.*)$")
AGGREGATES = {"structure_type": "struct", "union_type": "union", "enumeration_type": "enum"}


class Entry:
    """One node of the debugging information."""

    def __init__(self, tag):
        self.tag, self.attributes, self.children = tag, {}, []

    def number(self, name, default=0):
        """An attribute that is a number; readelf may print it in decimal or hexadecimal, with a remark after it."""
        text = self.attributes.get(name)
        return default if text is None else int(text.split()[0], 0)

    @property
    def name(self):
        """The name, without readelf's remark about where the string is kept."""
        text = self.attributes.get("name")
        return text and re.sub(r"^(\([^)]*\):? )*", "", text).strip()


class Types:
    """The types of one object file."""

    def __init__(self, path):
        text = subprocess.run(["readelf", "--wide", "--debug-dump=info", path], capture_output=True, text=True,
                              check=True).stdout
        self.entries, self.top = {}, []
        parents = {}
        entry = None
        for line in text.splitlines():
            if match := ENTRY.match(line):
                entry = None
                if match[3]:
                    level = int(match[1])
                    entry = self.entries[int(match[2], 16)] = parents[level] = Entry(match[3])
                    (parents[level - 1].children if level > 1 else self.top).append(entry)
            elif entry and (match := ATTRIBUTE.match(line)):
                entry.attributes.setdefault(match[1], match[2])

    def target(self, entry):
        """What an entry refers to by its type; None: void."""
        reference = entry.attributes.get("type")
        return reference and self.entries[int(re.match(r"<0x([0-9a-f]+)>", reference)[1], 16)]

    def size(self, entry):
        """Bytes; 0 for void, functions and open arrays."""
        if entry is None or entry.tag == "subroutine_type":
            return 0
        if "byte_size" in entry.attributes:
            return entry.number("byte_size")
        size = self.size(self.target(entry))
        for length in self.lengths(entry):
            size *= length
        return size

    @staticmethod
    def lengths(entry):
        """Dimensions of an array, none for other types."""
        found = []
        for child in entry.children if entry.tag == "array_type" else []:
            if "count" in child.attributes:
                found.append(child.number("count"))
            else:
                bound = child.number("upper_bound", -1)
                found.append(0 if bound >= 1 << 31 else bound + 1)
        return found

    def leaf(self, entry):
        """A type in one word: the kind of a scalar, the size of anything that has members of its own."""
        if entry is None:
            return "void"
        if entry.tag in ("typedef", "volatile_type"):
            return self.leaf(self.target(entry))
        if entry.tag == "const_type":
            return "const " + self.leaf(self.target(entry))
        if entry.tag == "pointer_type":
            return f"pointer to {self.pointee(self.target(entry))}"
        if entry.tag == "array_type":
            return "".join(f"[{length}]" for length in self.lengths(entry)) + " of " + self.leaf(self.target(entry))
        if entry.tag in AGGREGATES:
            return AGGREGATES[entry.tag]
        return entry.name or entry.tag

    def pointee(self, entry):
        """As leaf, but naming a structure instead of looking into it."""
        if entry is None or entry.tag not in ("typedef", "const_type", "volatile_type", *AGGREGATES):
            return self.leaf(entry)
        if entry.tag in AGGREGATES:
            return f"{AGGREGATES[entry.tag]} {entry.name or '(unnamed)'}"
        return ("const " if entry.tag == "const_type" else "") + self.pointee(self.target(entry))

    def describe(self, entry, path="", offset=0):
        """Lines (place, facts) for a type and all its members; members of anonymous ones appear as its own."""
        while entry is not None and entry.tag in ("typedef", "const_type", "volatile_type"):
            entry = self.target(entry)
        yield path, f"bit {offset}, {self.size(entry)} bytes, {self.leaf(entry)}"
        if entry is None:
            return
        if entry.tag == "array_type":
            yield from list(self.describe(self.target(entry), path + "[]", offset))[1:]
        elif entry.tag == "enumeration_type":
            for child in entry.children:
                yield f"{path}.{child.name}", str(child.number("const_value"))
        elif entry.tag in AGGREGATES:
            for child in entry.children:
                if child.tag == "member":
                    yield from self.member(child, path, offset)

    def member(self, member, path, offset):
        """Lines for one member of a structure or union."""
        offset += 8 * member.number("data_member_location") + member.number("data_bit_offset")
        if "bit_size" in member.attributes:
            yield f"{path}.{member.name}", f"bit {offset}, {member.number('bit_size')} bits"
        elif member.name is None:
            yield from list(self.describe(self.target(member), path, offset))[1:]
        else:
            yield from self.describe(self.target(member), f"{path}.{member.name}", offset)

    def named(self):
        """{name: {place: facts}} of all complete named types; a constant of an unnamed enum is a name too."""
        found = {}
        for entry in self.top:
            if "declaration" in entry.attributes:
                continue
            if entry.tag == "enumeration_type" and entry.name is None:
                found.update({f"enum constant {place[1:]}": {"": facts}
                              for place, facts in list(self.describe(entry))[1:]})
            elif entry.name and (entry.tag == "typedef" or entry.tag in AGGREGATES):
                found[f"{AGGREGATES.get(entry.tag, 'typedef')} {entry.name}"] = dict(self.describe(entry))
        return found
