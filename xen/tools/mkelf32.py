#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""mkelf32.py IN OUT: the loadable image. A 32-bit ELF with the physical segments of the 64-bit one, without symbols,
which is what Multiboot loaders and QEMU's -kernel take. Each segment reaches to the next one: GRUB puts modules into
gaps, and all of the image's range is the hypervisor's."""
import struct
import sys

PT_LOAD = 1
PAGE = 4096


def segments(elf):
    assert elf[:5] == b"\x7fELF\x02", "not a 64-bit ELF"
    entry, phoff = struct.unpack_from("<QQ", elf, 24)
    phentsize, phnum = struct.unpack_from("<HH", elf, 54)
    found = []
    for i in range(phnum):
        kind, flags, offset, _, paddr, filesz, memsz, _ = struct.unpack_from("<IIQQQQQQ", elf, phoff + i * phentsize)
        if kind == PT_LOAD and memsz:
            found.append([paddr, elf[offset:offset + filesz].rstrip(b"\0"), memsz, flags])
    for segment, following in zip(found, found[1:]):
        segment[2] = following[0] - segment[0]
    return entry, found


def main():
    entry, found = segments(open(sys.argv[1], "rb").read())
    headers = 52 + 32 * len(found)
    offset = PAGE
    program, body = b"", b""
    for paddr, data, memsz, flags in found:
        program += struct.pack("<8I", PT_LOAD, offset, paddr, paddr, len(data), memsz, flags, PAGE)
        body += data.ljust(-(-len(data) // PAGE) * PAGE, b"\0")
        offset = PAGE + len(body)
    header = b"\x7fELF\x01\x01\x01" + bytes(9)
    header += struct.pack("<HHIIIIIHHHHHH", 2, 3, 1, entry, 52, 0, 0, 52, 32, len(found), 40, 0, 0)
    assert headers <= PAGE
    with open(sys.argv[2], "wb") as out:
        out.write((header + program).ljust(PAGE, b"\0") + body)


main()
