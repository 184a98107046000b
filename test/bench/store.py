# SPDX-License-Identifier: GPL-2.0-only
"""Requests to the store daemon with 1, 100 and 1,000 domains' worth of nodes: ours and Debian's, which are two. Each is
domain 0's on our hypervisor and has the same client, guests/store.c. Two machines for each: in one valgrind counts the
daemon's user instructions, the other's time counts all that is executed for a request."""

import re
from pathlib import Path

import image
import marks
import packages
from machine import Failure, Machine
from paths import ROOT, WORK

VALGRIND = [Path("/usr/bin/valgrind.bin"), Path("/usr/bin/vgdb")] + \
    [Path("/usr/libexec/valgrind", name)
     for name in ("callgrind-amd64-linux", "vgpreload_core-amd64-linux.so", "default.supp")]
CALLGRIND = "valgrind.bin --tool=callgrind --instr-atstart=no --callgrind-out-file=/run/store.callgrind "
# Domain 0's first process runs it. Nobody types at the console: when letters come is chance, on which the kernel's
# random numbers depend and on these the shape of our daemon's trees. oxenstored insists on as many files as the kernel
# would allow anybody, of which valgrind keeps some for itself.
SCRIPT = """#!/bin/sh
echo 1024 >/run/nr_open
mount --bind /run/nr_open /proc/sys/fs/nr_open
{counting}/usr/sbin/{daemon} --no-fork >/run/daemon.log 2>&1 &
daemon=$!
until test -S /run/xenstored/socket; do sleep 0.1; kill -0 $daemon || break; done
store $daemon {counter} {domains} || cat /run/daemon.log
poweroff -f
"""
SYSTEMS = ("debian", "ours")
DOMAINS = (1, 100, 1000)

# The daemons of each system by what follows the names of their rows.
DAEMONS = {"debian": {"": "xenstored", " (OCaml)": "oxenstored"}, "ours": {"": "xenstored"}}
OPERATIONS = {
    "read": "read",
    "write": "write",
    "directory": "directory of a device",
    "domains": "directory of all domains",
    "watch": "write, watch event",
    "transaction_1": "transaction of 1 write",
    "transaction_20": "transaction of 20 writes",
    "create": "create a domain's 20 keys",
    "memory": "memory",
}


def row(operation, domains, counter, suffix):
    """Its name."""
    what = ", KiB" if operation == "memory" else ", whole machine" if counter == "tsc" else ""
    return f"store: {OPERATIONS[operation]}{suffix}, {domains:,} domain{'s' if domains > 1 else ''}{what}"


ROWS = tuple(row(operation, domains, counter, suffix) for operation in OPERATIONS for domains in DOMAINS
             for counter in ("daemon", "tsc") for suffix in ("", " (OCaml)"))


def client():
    return marks.compiled(marks.SOURCES / "store.c", f"-I{ROOT / 'xen' / 'include'}")


def initramfs(name, system, script):
    """Domain 0's with the system's tools, the client, that of valgrind which counts, and what is to be done. name: of its
    files, which others don't make at the same time."""
    missing = [str(part) for part in VALGRIND if not part.exists()]
    if missing:
        raise Failure(f"no {missing[0]}: `test/setup test` installs it")
    overlay = marks.tree(name, {"usr/bin/store": client()})
    rc = WORK / f"{name}-rc"
    rc.write_text(script, "ascii")
    return image.dom0(packages.kernel(), system, overlays=[overlay], rc=rc, guest=False, programs=VALGRIND,
                      output=WORK / f"{name}.cpio")


def run(system, daemon, counter, domains):
    """What the client printed: operation, domains present, figure. counter: daemon or tsc."""
    name = f"bench-store-{system}-{daemon}-{counter}"
    script = SCRIPT.format(daemon=daemon, counter=counter, counting=CALLGRIND if counter == "daemon" else "",
                           domains=" ".join(map(str, domains)))
    with Machine(name, "ours", packages.kernel().image, initramfs(name, system, script), memory=2048, icount=True,
                 xen_options="dom0_mem=1024M", options="norandmaps nokaslr", timeout=4 * 3600) as m:
        m.wait_for("^END$", fail="^FAIL|Kernel panic|user space is up")
    return [(operation, int(number), int(figure))
            for operation, number, figure in re.findall(r"^COST (\w+)/(\d+) (\d+)$", m.text, re.M)]


def measure(system, quick=False):
    """Quick: what the C daemons themselves take, with few domains."""
    figures = {}
    for suffix, daemon in DAEMONS[system].items():
        for counter in ("daemon", "tsc"):
            if quick and (suffix or counter == "tsc"):
                continue
            for name, number, figure in run(system, daemon, counter, DOMAINS[:2] if quick else DOMAINS):
                figures[row(name, number, counter, suffix)] = figure
    return figures
