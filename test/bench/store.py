# SPDX-License-Identifier: GPL-2.0-only
"""Requests to the store daemon with 1, 100 and 1,000 domains' worth of nodes, ours and Debian's two. Each is domain 0's on
our hypervisor, with the same client, programs/store.c. Two machines for each daemon: in one valgrind counts the daemon's
user instructions; the other's time counts all that a request costs."""

import re
import subprocess
from pathlib import Path

import image
import packages
from machine import Failure, Machine
from paths import ROOT, WORK, fresh

SOURCE = ROOT / "test" / "bench" / "programs" / "store.c"
VALGRIND = Path("/usr/libexec/valgrind")
VALGRINDS = ("/usr/bin/valgrind.bin", "/usr/bin/vgdb", VALGRIND / "callgrind-amd64-linux",
             VALGRIND / "vgpreload_core-amd64-linux.so", VALGRIND / "default.supp")
COUNTING = "valgrind.bin --tool=callgrind --instr-atstart=no --callgrind-out-file=/run/store.callgrind"
# oxenstored insists on as many files as the kernel would allow anybody, of which valgrind keeps some for itself.
FEW_FILES = "echo 1024 >/run/nr_open; mount --bind /run/nr_open /proc/sys/fs/nr_open"
DOMAINS = (1, 100, 1000)
QUICK = (1, 100)

OPERATIONS = {"read": "read", "write": "write", "directory": "directory", "domains": "list of all domains",
              "watch": "write and watch event", "transaction_1": "transaction of 1 write",
              "transaction_20": "transaction of 20 writes", "create": "create a domain's 20 keys",
              "memory": "memory, KiB"}

DAEMONS = {"debian": {"": "xenstored", " (OCaml)": "oxenstored"}, "ours": {"": "xenstored"}}


def initramfs(tools):
    """Domain 0's, with the client and with what of valgrind counts."""
    overlay = WORK / "store"
    client = fresh(overlay / "usr" / "bin" / "store")
    subprocess.run(["gcc", "-std=gnu11", "-O2", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-static",
                    f"-I{ROOT / 'xen' / 'include'}", "-o", client, SOURCE], check=True)
    missing = [str(part) for part in VALGRINDS if not Path(part).exists()]
    if missing:
        raise Failure(f"{missing[0]} is missing: test/setup test installs valgrind")
    return image.dom0(packages.kernel(), tools, overlays=[overlay], guest=False, programs=VALGRINDS,
                      output=WORK / f"store-{tools}.cpio")


def run(system, daemon, counter, domains):
    """What the client printed: figures by operation and number of domains."""
    tools = system
    with Machine(f"bench-store-{system}-{daemon}-{counter}", "ours", packages.kernel().image, initramfs(tools),
                 memory=2048, icount=True, xen_options="dom0_mem=1024M", options="norandmaps nokaslr", timeout=3000) as m:
        m.wait_for("user space is up")
        m.check(FEW_FILES)
        m.check(f"{COUNTING if counter == 'daemon' else ''} /usr/sbin/{daemon} --no-fork >/run/daemon.log 2>&1 & true")
        m.until("test -S /run/xenstored/socket")
        text = m.check(f"store $! {counter} {' '.join(map(str, domains))}", timeout=2000)
    return [(name, int(count), int(figure)) for name, count, figure in re.findall(r"^COST (\S+)/(\d+) (\d+)$", text, re.M)]


def measure(system, quick=False):
    figures = {}
    for suffix, daemon in DAEMONS.get(system, {}).items():
        for counter, what in (("daemon", ""), ("tsc", ", whole machine")):
            for name, count, figure in run(system, daemon, counter, QUICK if quick else DOMAINS):
                what_of = "" if name == "memory" else what
                figures[f"store: {OPERATIONS[name]}, {count:,} domains{what_of}{suffix}"] = figure
    return figures
