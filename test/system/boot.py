#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 600
"""Domain 0 comes up, whatever the machine: CPUs, memory, dom0_mem=, loader and kernel series; it powers the machine
off and reboots it; and what can't boot says why. Every pair of CPUs and memory is tried once, each with one choice of
the rest; --full tries all combinations, words choose cases by name."""

import argparse
import gzip
import itertools
import re
import struct
import sys
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
import image      # noqa: E402 # pylint: disable=wrong-import-position
import kernels    # noqa: E402 # pylint: disable=wrong-import-position
import machine    # noqa: E402 # pylint: disable=wrong-import-position
import packages   # noqa: E402 # pylint: disable=wrong-import-position
from paths import BUILD, WORK, fresh   # noqa: E402 # pylint: disable=wrong-import-position

CRASHES = r"Kernel panic|Panic on CPU|^\(XEN\) (Panic|PANIC|\**\n)|Hardware Dom0 crashed"
MACHINE_OVERHEAD = 160      # MiB at most that domain 0 doesn't get without dom0_mem=,
FRAME_TABLE_SHARE = 128     # and this part of the machine's memory, the hypervisor's own frame table
KERNEL_OVERHEAD = 130       # MiB at most that its kernel keeps for itself,
KERNEL_SHARE = 40           # and this part of the machine's memory, for all of which it has a frame table

PLACES = struct.Struct("<2H5I")                     # Multiboot 2's header tag of where the image may lie
ANYWHERE = (10, 1, 24, 2 << 20, (1 << 30) - 1, 2 << 20, 1)
MOVED_TO = 48 << 20


@dataclass(frozen=True)
class Case:
    """One boot. dom0_mem: MiB or None; grub: Multiboot version or None; packed: as Debian ships the kernel."""
    cpus: int
    memory: int
    dom0_mem: int = None
    end: str = "poweroff"
    grub: int = None
    efi: bool = False
    moved: bool = False         # the loader is told to put the image elsewhere
    series: str = "6.1"
    packed: bool = False
    xen_options: str = ""
    says: str = None            # what the hypervisor must have printed

    @property
    def name(self):
        words = ["boot", f"{self.cpus}cpus", f"{self.memory}M", f"dom0_{self.dom0_mem}M" if self.dom0_mem else "dom0_all"]
        words += [f"multiboot{self.grub}"] if self.grub else []
        words += ["efi"] if self.efi else []
        words += ["moved"] if self.moved else []
        words += [self.series] if self.series != "6.1" else []
        words += ["packed"] if self.packed else []
        return "_".join(words + [self.end])


CHOSEN = [
    Case(1, 1024, packed=True),
    Case(2, 1024, 512, "reboot"),
    Case(4, 1024, grub=1, packed=True),
    Case(1, 4096, 1024, xen_options="frobnicate=1", says="frobnicate"),
    Case(2, 4096, series="6.12", packed=True),
    Case(4, 4096, 512, "reboot"),
    Case(1, 8192, end="reboot", grub=2, packed=True),
    Case(2, 8192, 1024),
    Case(4, 8192),
    Case(2, 1024, 512, grub=2, efi=True, packed=True, says=r"EFI 2\.\d: \d+ configuration tables"),
    Case(2, 1024, 512, grub=2, efi=True, moved=True, says=rf"Image at \[{MOVED_TO:#x}, "),
    Case(2, 1024, grub=2, moved=True, says=rf"Image at \[{MOVED_TO:#x}, "),
]
FULL = [Case(*which, end, series=series) for series, which, end in itertools.product(
    ("6.1", "6.12"), itertools.product((1, 2, 4), (1024, 4096, 8192), (None, 512)), ("poweroff", "reboot"))] + \
    [Case(cpus, 2048, 1024, grub=grub, packed=True, series=series)
     for cpus, grub, series in itertools.product((1, 4), (1, 2), ("6.1", "6.12"))]


def expect(condition, what):
    if not condition:
        raise machine.Failure(what)


def check_memory(case, kib):
    """Domain 0 has what it was given, or nearly all that there is, less what its kernel keeps."""
    given = case.dom0_mem or case.memory - MACHINE_OVERHEAD - case.memory // FRAME_TABLE_SHARE
    least = given - KERNEL_OVERHEAD - case.memory // KERNEL_SHARE
    most = case.dom0_mem or case.memory
    expect(least <= kib >> 10 <= most, f"domain 0 has {kib >> 10} MiB, not {least} to {most}")


def moved_image(hypervisor):
    """A copy of the image that allows no place below MOVED_TO, as if all there were taken."""
    image = gzip.decompress(machine.hypervisor_image(hypervisor).read_bytes())
    tag = PLACES.pack(*ANYWHERE)
    expect(image.count(tag) == 1, "the image doesn't say where it may lie")
    moved = fresh(WORK / "xen-moved.gz")
    moved.write_bytes(gzip.compress(image.replace(tag, PLACES.pack(*ANYWHERE[:3], MOVED_TO, *ANYWHERE[4:]))))
    return str(moved)


def boot(case, hypervisor, kernel, initrd):
    """Boot, and see that all is as the case wants it."""
    if case.moved:
        hypervisor = moved_image(hypervisor)
    options = f"dom0_mem={case.dom0_mem}M " if case.dom0_mem else ""
    file = kernel.image if case.packed else kernels.unpacked(kernel)
    with machine.Machine(f"system-{case.name}", hypervisor, file, initrd, cpus=case.cpus, memory=case.memory,
                         xen_options=options + case.xen_options, options=f"end={case.end}", grub=bool(case.grub),
                         multiboot=case.grub or 2, efi=case.efi, timeout=150) as m:
        found = m.wait_for(r"^boot: (\S+), (\d+) CPUs, (\d+) kB$", fail=CRASHES)
        expect(found[1] == kernel.release, f"kernel {found[1]} runs, not {kernel.release}")
        expect(int(found[2]) == case.cpus, f"domain 0 has {found[2]} CPUs, not {case.cpus}")
        check_memory(case, int(found[3]))
        m.wait_for("^boot: xen$")
        m.wait_for("^boot: user space is up$", fail="^boot: bad: ")
        reason = m.wait_exit(60)
        expect(reason == {"poweroff": "shutdown", "reboot": "reset"}[case.end],
               f"the machine ended by {reason} after {case.end}")
        expect(not case.says or re.search(rf"\(XEN\) .*{case.says}", m.text.replace("Command line:", "")),
               f"the hypervisor didn't say {case.says!r}")
        return f"{int(found[3]) >> 10} MiB"


def boot_twice(hypervisor, kernel, initrd):
    """A reboot comes back: domain 0's second boot follows its first on the same machine."""
    with machine.Machine("system-boot_twice", hypervisor, kernels.unpacked(kernel), initrd, memory=512,
                         options="end=reboot", reboot=True, timeout=150) as m:
        m.wait_for("^boot: user space is up$", fail=CRASHES)
        m.wait_for("^boot: user space is up$", fail=CRASHES)


def boot_big(hypervisor, cpus, gib):
    """A machine larger than any host that tests run on, with a test kernel as domain 0: only memory that somebody
    writes to is the host's, so nobody may write to all of it."""
    with machine.Machine("system-boot_big", hypervisor, BUILD / "test/guest/version/kernel", cpus=cpus, memory=gib << 10,
                         xen_options="dom0_mem=128M", cpu="max,-smap,phys-bits=46", timeout=150, extra=[
                             "-machine", "memory-backend=ram",
                             "-object", f"memory-backend-ram,id=ram,size={gib}G,reserve=off"]) as m:
        free = int(m.wait_for(r"Memory: (\d+) MiB free", 60, fail=CRASHES)[1])
        m.wait_for(f"Brought up {cpus} CPUs", 60, fail=CRASHES)
        m.wait_for("^END$", 60, fail=f"{CRASHES}|: FAIL")
        expect(free >= gib * 1024 * 63 // 64, f"the hypervisor keeps {gib * 1024 - free} MiB")
        return f"{free} MiB free"


def refuse(name, hypervisor, kernel, options, says):
    """What can't boot ends with a panic that names the reason."""
    with machine.Machine(f"system-{name}", hypervisor, kernel, None, xen_options=options, memory=512,
                         timeout=60) as m:
        m.wait_for(r"[Pp]anic", fail="Linux version")
        m.wait_for(says, 5)


def attempt(name, function, *arguments):
    """Run one test, print its verdict; whether it was good."""
    begin = time.monotonic()
    try:
        note = function(*arguments)
    except packages.NotOffered as e:
        print(f"SKIP {name}: {e}", flush=True)
        return True
    except machine.Failure as e:
        print(f"FAIL {name}: {e}", flush=True)
        return False
    print(f"ok {name} {note + ', ' if note else ''}{time.monotonic() - begin:.0f} s", flush=True)
    return True


def tests(o):
    """Name and function with its arguments, of every test that is asked for."""
    initrd = image.boot_image()
    kernel = packages.kernel()
    for case in FULL if o.full else CHOSEN:
        if o.hypervisor == "ours" or not case.says:
            yield case.name, lambda c=case: boot(c, o.hypervisor, packages.kernel(c.series), initrd)
    yield "boot_twice", lambda: boot_twice(o.hypervisor, kernel, initrd)
    if o.hypervisor == "ours":      # the texts are our own
        yield "boot_64cpus_256G", lambda: boot_big("ours", 64, 256)
        yield "boot_without_module", lambda: refuse("boot_without_module", "ours", None, "", "passed no module")
        yield "boot_impossible_dom0_mem", lambda: refuse("boot_impossible_dom0_mem", "ours", kernels.unpacked(kernel),
                                                         "dom0_mem=100G", r"dom0_mem=100G: impossible, \d+ MiB")
        yield "boot_minimum_too_large", lambda: refuse("boot_minimum_too_large", "ours", kernels.unpacked(kernel),
                                                       "dom0_mem=min:64G,256M", r"dom0_mem=min:64G.*impossible")
        yield "boot_dom0_mem_too_small", lambda: refuse("boot_dom0_mem_too_small", "ours", kernels.unpacked(kernel),
                                                        "dom0_mem=16M", r"Domain 0: .*16 MiB")
        yield "boot_not_a_kernel", lambda: refuse("boot_not_a_kernel", "ours", initrd, "", "Domain 0's kernel: ")


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("words", nargs="*", help="only the tests whose name contains one of these")
    p.add_argument("--hypervisor", default="ours")
    p.add_argument("--full", action="store_true", help="all combinations: ten minutes")
    o = p.parse_args()
    results = [attempt(name, function) for name, function in tests(o)
               if not o.words or any(word in name for word in o.words)]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
