# SPDX-License-Identifier: GPL-2.0-only
"""Boot: instructions from the hypervisor's entry (the kernel's, where there is no hypervisor) to domain 0's first
instruction, to its first program and to power-off; one CPU, 2 GiB, 1 GiB of it for domain 0. The files' sizes."""

import gzip
import struct
import subprocess

import image
import kernels
import packages
from icount import Counted
from machine import Failure, hypervisor_image
from paths import BUILD

ROWS = ("boot: to domain 0's construction", "boot: to domain 0's first instruction", "boot: to the first program",
        "boot: to power-off", "boot: hypervisor's file, bytes")
LINUX_ENTRY = 0x100000                      # its 32-bit entry, where boot loaders put it
IMAGE_BASE = 0xffff82d040000000             # Debian's Xen: virtual less physical address, as its panics show
BUILDING = b"*** Building a PV Dom%d ***"   # what it prints before that


def elf32(data):
    """Entry and loaded segments (offset, physical address, size) of what Multiboot loads."""
    entry, first = struct.unpack_from("<II", data, 24)
    size, count = struct.unpack_from("<HH", data, 42)
    headers = [struct.unpack_from("<IIIII", data, first + i * size) for i in range(count)]
    return entry, [(offset, physical, length) for kind, offset, _, physical, length in headers if kind == 1]


def physical_address(data, what):
    """Where bytes of the file, the only ones like them, will be in memory."""
    at = data.index(what)
    return next(physical + at - offset for offset, physical, size in elf32(data)[1] if offset <= at < offset + size)


def symbol(name):
    """Address of one of our hypervisor's functions."""
    listing = subprocess.run(["nm", BUILD / "xen" / "xen-syms"], capture_output=True, text=True, check=True).stdout
    return next(int(line.split()[0], 16) for line in listing.splitlines() if line.split()[2] == name)


def run_to_user(m, begin):
    """The last two rows, the same for all systems."""
    program = struct.unpack_from("<Q", image.BUSYBOX.read_bytes(), 24)[0]
    return {"boot: to the first program": m.run_to(program, privilege=3) - begin,
            "boot: to power-off": m.run_to_power_off() - begin}


def run_to_domain0(m, system, data):
    """The count at the hypervisor's entry, and the rows until domain 0 runs."""
    begin = m.run_to(elf32(data)[0])
    if system == "debian":
        building = m.run_to_read(IMAGE_BASE + physical_address(data, BUILDING))
    else:
        building = m.run_to(symbol("construct_dom0"))
    entry = m.run_to(kernels.xen_entry(packages.kernel()), privilege=3)
    return begin, {"boot: to domain 0's construction": building - begin,
                   "boot: to domain 0's first instruction": entry - begin}


def measure(system, quick=False):
    kernel, initrd = packages.kernel(), image.boot_image()
    with Counted(f"bench-boot-{system}", system, kernel.image, initrd, memory=2048, xen_options="dom0_mem=1024M",
                 timeout=600) as m:
        if system == "none":
            return run_to_user(m, m.run_to(LINUX_ENTRY))
        packed = hypervisor_image(system).read_bytes()
        data = gzip.decompress(packed)
        begin, figures = run_to_domain0(m, system, data)
        figures |= run_to_user(m, begin)
        if "user space is up" not in m.text:
            raise Failure("domain 0 did not come up")
        return figures | {"boot: hypervisor's file, bytes": len(packed)}
