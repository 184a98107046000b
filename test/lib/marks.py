# SPDX-License-Identifier: GPL-2.0-only
"""A machine whose programs say themselves where it is to be stopped and its instructions counted.

    step = marks.program("step", 0)
    initrd = marks.domain0("name", "ours", {"usr/bin/step": step.path}, ["step list xm list"])
    with marks.Marked("name", "ours", kernel.image, initrd, programs=[step]) as m:
        for label, count in m.stops("list settled"):
            print(label, count)

A program in test/bench/guests that calls mark(LABEL) of mark.h stops there, in domain 0 or in a guest. What is counted
are executed instructions of everything on the machine: the hypervisor's, domain 0's, the guests'. Time in which the
processor has nothing to do passes as well under `-icount`, but executes nothing and so isn't counted.

For the run to be the same each time nobody types at the console: domain 0 does everything by a script.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import image
import packages
from icount import Counted
from paths import BUILD, ROOT, WORK, fresh

SOURCES = ROOT / "test" / "bench" / "guests"
FIRST_BASE, BASE_STEP = 0x60000000, 0x1000000       # no other program is there
RDI, RIP = 5 * 8, 16 * 8                            # in the debugger's block of registers
LABEL_SIZE = 64

# How people create a domain with each system's tools, and how its daemons are started.
TOOL = {"ours": "xm", "debian": "xl"}
DAEMONS = "xenstored --pid-file /run/xen/xenstored.pid && {init} && xenconsoled --log=guest"
INIT = {"ours": "xm init", "debian": "xen-init-dom0"}


@dataclass(frozen=True)
class Program:
    """A static program with marks."""
    path: Path
    mark: int           # the address of its mark()


def compiled(source, *options, control=False):
    """The static program of a C file. control: it uses the control library. Several processes may want the same one."""
    path = fresh(WORK / "bench" / source.stem)
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    include = [f"-I{ROOT / folder}" for folder in ("xen/include", "tools/libxc/include")] if control else []
    libraries = [f"-L{BUILD / 'tools/lib'}", "-lxc", "-lpthread"] if control else []
    subprocess.run(["gcc", "-std=gnu11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror", "-static", *options,
                    *include, source, *libraries, "-o", partial], check=True)
    partial.rename(path)
    return path


def program(name, place):
    """The program guests/NAME.c, which has marks, at the place with that number; each on a machine has its own."""
    path = compiled(SOURCES / f"{name}.c", "-no-pie", f"-Wl,-Ttext-segment={FIRST_BASE + place * BASE_STEP:#x}")
    listing = subprocess.run(["nm", path], capture_output=True, text=True, check=True).stdout
    return Program(path, next(int(line.split()[0], 16) for line in listing.splitlines() if line.endswith(" mark")))


def await_end(tool, name):
    """A command that waits for a guest's end and prints what it said."""
    return f"while {tool} domid {name} >/dev/null 2>&1; do sleep 1; done; cat /var/log/xen/console/guest-{name}.log"


def tree(name, files):
    """A folder with files by path in it, each a file of the host or text."""
    folder = WORK / "bench" / f"{name}-tree"
    shutil.rmtree(folder, ignore_errors=True)
    for path, content in files.items():
        if isinstance(content, Path):
            shutil.copy(content, fresh(folder / path))
        else:
            fresh(folder / path).write_text(content, encoding="ascii")
    return folder


def script(name, commands):
    """A shell script that ends the machine after its last command, or after the first that fails."""
    path = fresh(WORK / "bench" / f"{name}.rc")
    path.write_text("\n".join(["#!/bin/sh", "set -e", "trap 'poweroff -f' EXIT", *commands, ""]), encoding="ascii")
    return path


def domain0(name, system, files, commands):
    """An initramfs of domain 0 with a system's tools, whose daemons it starts before the commands; files as for tree()."""
    name = f"{name}-{system}"
    return image.dom0(packages.kernel(), system, [tree(name, files)],
                      script(name, [DAEMONS.format(init=INIT[system]), *commands]), guest=False,
                      output=WORK / "bench" / f"{name}.cpio")


class Marked(Counted):
    """A Counted machine with such programs on it."""

    def __init__(self, *arguments, programs, **settings):
        super().__init__(*arguments, **settings)
        self.marks = {one.mark for one in programs}

    def _register(self, offset):
        registers = bytes.fromhex(self.ask(b"g").decode())
        return int.from_bytes(registers[offset:offset + 8], "little")

    def _label(self):
        """What the mark() that the machine stands at was given."""
        text = bytes.fromhex(self.ask(b"m%x,%x" % (self._register(RDI), LABEL_SIZE)).decode())
        return text.split(b"\0")[0].decode()

    def _place(self, point, there):
        self.ask(b"%c1,%x,1" % (b"Z" if there else b"z", point))

    def _pass(self, point):
        """Execute the instruction at a breakpoint, which would stop the machine at once again."""
        self._place(point, False)
        self.ask(b"s")
        self._place(point, True)

    def stops(self, last, others=None):
        """Run to the mark with the label `last`; yields the label and the count at each mark on the way. others: more
        addresses to stop at, by label; each may be reached more than once."""
        points = {address: label for label, address in (others or {}).items()} | dict.fromkeys(self.marks)
        for point in points:
            self._place(point, True)
        label = None
        while label != last:
            self.ask(b"c")
            if self.qmp_command("query-status")["status"] != "debug":
                self._fail(f"machine ended before it reached the mark {last!r}")
            at = self._register(RIP)
            label = points[at] or self._label()
            yield label, self.count()
            self._pass(at)
        for point in points:
            self._place(point, False)

    def said(self):
        """All that the console said until the machine was stopped."""
        seen = -1
        while seen != len(self.text):
            seen = len(self.text)
            self._pump(0.1)
        return self.text
