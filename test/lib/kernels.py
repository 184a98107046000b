# SPDX-License-Identifier: GPL-2.0-only
"""Kernel images in other wrappings than Debian ships them in."""

import lzma
import struct

from paths import WORK, fresh

SETUP_SECTORS, HEADER_MAGIC, PAYLOAD_OFFSET = 0x1f1, 0x202, 0x248    # Linux x86 boot protocol
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
