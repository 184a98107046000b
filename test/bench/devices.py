# SPDX-License-Identifier: GPL-2.0-only
"""Disk and network of a guest through Linux's split drivers: guests/io.c in the guest, domain 0's blkback on a loop device
whose file is in memory, netback on a bridge and guests/peer.c at the other end.

Counted are all instructions executed on the machine, one CPU, from a program's first call to the last one's return, and
divided by how many there were (test/lib/marks.py): the guest's, domain 0's and the hypervisor's.
"""

import re

import image
import marks
import packages
from kernels import unpacked
from paths import WORK

SYSTEMS = ("debian", "ours")
BURST = 32              # packets, as in guests/io.h
LARGE_KIB = {"read_1m": 1024, "write_1m": 1024, "tcp": 32768}
CONFIG = ('name = "guest"\nmemory = 256\nkernel = "/guest/vmlinuz"\nramdisk = "/guest/initrd"\n'
          'extra = "console=hvc0 loglevel=4 net=10.0.0.2/24"\n'
          'disk = [ "phy:/dev/loop0,xvda,w" ]\nvif = [ "mac=00:16:3e:00:00:02,bridge=xenbr0" ]\n')
PREPARE = ["dd if=/dev/zero of=/tmp/disk bs=1M count=64 2>/dev/null", "losetup /dev/loop0 /tmp/disk",
           "brctl addbr xenbr0", "ip addr add 10.0.0.1/24 dev xenbr0", "ip link set xenbr0 up", "peer"]


def title(name, times):
    """A row's name, and what its count is to be divided by."""
    for prefix, kib in LARGE_KIB.items():
        if name.startswith(prefix):
            return f"io: {name}, per KiB", times * kib
    if name.startswith("udp") and not name.endswith("round_trip"):
        return f"io: {name}, per packet", times * BURST
    return f"io: {name}", times


ROWS = tuple(title(name, 1)[0] for name in
             re.findall(r'\{ "(\w+)", \w+, \d', (marks.SOURCES / "io.c").read_text(encoding="ascii")))


def rows(stops):
    """Figures from labels and counts."""
    figures, begin = {}, 0
    for label, count in stops:
        words = label.split()
        if words[0] == "begin":
            row, divisor = title(words[1], int(words[2]))
            begin = count
        elif words[0] == "end":
            figures[row] = round((count - begin) / divisor)
    return figures


def guest_initrd(system, kernel, program):
    """A guest's usual initramfs whose script runs the program."""
    name = f"io-guest-{system}"
    return image.guest_image(kernel, [marks.tree(name, {"usr/bin/io": program})], marks.script(name, ["io"]),
                             WORK / "bench" / f"{name}.cpio")


def measure(system, quick=False):
    """All of it also when it is to be quick: starting the machine takes most of the time."""
    del quick
    kernel, tool = packages.kernel(), marks.TOOL[system]
    program, peer = marks.program("io", 0), marks.compiled(marks.SOURCES / "peer.c")
    files = {"guest/vmlinuz": unpacked(kernel), "guest/initrd": guest_initrd(system, kernel, program.path),
             "etc/xen/guest.cfg": CONFIG, "usr/bin/peer": peer}
    commands = [*PREPARE, f"{tool} create -q /etc/xen/guest.cfg", marks.await_end(tool, "guest")]
    initrd = marks.domain0("io", system, files, commands)
    with marks.Marked(f"bench-io-{system}", system, unpacked(kernel), initrd, programs=[program], memory=2048,
                      xen_options="dom0_mem=1024M", timeout=600) as m:
        return rows(m.stops("all done"))
