# SPDX-License-Identifier: GPL-2.0-only
"""Kernel images in other wrappings than Debian ships them in, and what their notes say."""

import lzma
import struct

from paths import WORK, fresh

SETUP_SECTORS, HEADER_MAGIC, PAYLOAD_OFFSET = 0x1f1, 0x202, 0x248    # Linux x86 boot protocol
PT_NOTE, XEN_ELFNOTE_ENTRY = 4, 1
XZ_MAGIC = b"\xfd7zXZ\0"


def unpacked(kernel):
    """The ELF file inside a kernel's bzImage: boots like it, without the seconds that emulated unpacking takes. A
    kernel packed by other means than xz stays as it is."""
    target = WORK / f"vmlinux-{kernel.release}"
    if target.exists() and target.stat().st_mtime > kernel.image.stat().st_mtime:
        return target
    data = kernel.image.read_bytes()
    if data[HEADER_MAGIC:HEADER_MAGIC + 4] != b"HdrS":
        return kernel.image
    offset, length = struct.unpack_from("<II", data, PAYLOAD_OFFSET)
    start = ((data[SETUP_SECTORS] or 4) + 1) * 512 + offset
    payload = data[start:start + length]
    if not payload.startswith(XZ_MAGIC):
        return kernel.image
    partial = fresh(target.with_suffix(".partial"))
    partial.write_bytes(lzma.LZMADecompressor().decompress(payload))
    partial.rename(target)
    return target


def elf_notes(data):
    """Contents by owner and type of the notes of a 64-bit ELF file."""
    first, = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    notes = {}
    for header in range(first, first + size * count, size):
        kind, = struct.unpack_from("<I", data, header)
        at, length = struct.unpack_from("<Q", data, header + 8)[0], struct.unpack_from("<Q", data, header + 32)[0]
        end = at + length if kind == PT_NOTE else at
        while at < end:
            name_size, value_size, type_ = struct.unpack_from("<III", data, at)
            name, value = at + 12, at + 12 + (name_size + 3 & ~3)
            notes[data[name:name + name_size].rstrip(b"\0").decode(), type_] = data[value:value + value_size]
            at = value + (value_size + 3 & ~3)
    return notes


def entry_note(path):
    """Virtual address where a hypervisor enters the kernel in a 64-bit ELF file."""
    return int.from_bytes(elf_notes(path.read_bytes())["Xen", XEN_ELFNOTE_ENTRY], "little")


def xen_entry(kernel):
    """Virtual address where a hypervisor enters a kernel."""
    return entry_note(unpacked(kernel))
