# SPDX-License-Identifier: GPL-2.0-only
"""Domains, by each system's own tools and daemons: create to the guest's first instruction and to its user space,
destroy, the 1st to the 100th guest, and what idle guests cost.

Counted are all instructions executed on the machine, one CPU, from where the tool is started (test/lib/marks.py). "All of
it" and "destroy" end a second after the tool has, so that daemons and whatever it left in the background are included.
"""

import re

import image
import kernels
import marks
import packages
from machine import Failure
from paths import DIST, ROOT, WORK

SYSTEMS = ("debian", "ours")
GUESTS, QUICK_GUESTS = 100, 10
SHOWN = (1, 10, 50, 100)
NTH = {1: "1st", 10: "10th", 50: "50th", 100: "100th"}
IDLE_SECONDS = 10
MINI_MIB = 16
MINI_OS = DIST / "usr/lib/xen/boot/mini-os-64"
FREE_PAGES = ROOT / "test/system/many/figures.c"      # prints how many pages the hypervisor has left
CONFIGS = {
    "etc/xen/linux.cfg": 'name = "linux"\nmemory = 128\nkernel = "/guest/vmlinuz"\nramdisk = "/guest/initrd"\n'
                         'extra = "console=hvc0 loglevel=4"\n',
    "etc/xen/mini.cfg": f'name = "mini"\nmemory = {MINI_MIB}\nkernel = "/guest/mini-os"\nextra = "stay=1"\n',
}
KEPT = ("memory per idle guest, hypervisor", "memory per idle guest, domain 0")
LINUX_UP = "linux runs"
MINI_UP = "mini runs"


def guest_initrd(system, first):
    """A guest's initramfs with its first process and nothing else."""
    archive = image.Archive()
    for name in ("dev", "proc", "sys"):
        archive.folder(name)
    archive.node("dev/console", 5, 1)
    archive.copy(first.path, "init")
    return archive.write(WORK / "bench" / f"first-{system}.cpio")


def memory_figures(when):
    """Commands that print how much memory there is."""
    return ["echo 3 >/proc/sys/vm/drop_caches", f"figures | sed 's/^/{when} /'",
            f"sed -n 's/MemAvailable: *\\([0-9]*\\) kB/{when} available \\1/p' /proc/meminfo"]


def script(tool, guests):
    """What domain 0 does, line by line."""
    lines = []
    for turn in ("first", "next"):
        lines += [f"step linux-{turn} {tool} create /etc/xen/linux.cfg", "sleep 10",
                  f"step linux-{turn}-destroy {tool} destroy linux"]
    lines += ["step idle-0 sleep 10", *memory_figures("before")]
    for number in range(1, guests + 1):
        create = f"{tool} create -q /etc/xen/mini.cfg 'name=\"mini{number}\"'"
        lines += [f"step mini-{number} {create}" if number in SHOWN else create]
    lines += [*memory_figures("after"), f"step idle-{guests} sleep {IDLE_SECONDS}"]
    lines += [f"step mini-{number}-destroy {tool} destroy mini{number}" for number in SHOWN if number <= guests]
    return lines


def kept(text, guests):
    """Memory per idle guest, from what the script's lines printed."""
    def lost(what):
        before, after = (int(re.search(rf"^{when} {what} (\d+)$", text, re.M)[1]) for when in ("before", "after"))
        return before - after
    taken = (4 * lost("free_pages") / guests - MINI_MIB * 1024, lost("available") / guests)
    return {f"domains: {what}, KiB": round(kib, 1) for what, kib in zip(KEPT, taken)}


def spans(guests):
    """Rows: name, the labels that they lie between, and what their count is to be divided by."""
    for turn in ("first", "next"):
        begin = f"linux-{turn} begin"
        yield f"domains: Linux, {turn}: to its first instruction", begin, f"linux-{turn} {LINUX_UP}", 1
        yield f"domains: Linux, {turn}: to user space", begin, f"linux-{turn} user space", 1
    yield "domains: Linux, next: destroy", "linux-next-destroy begin", "linux-next-destroy settled", 1
    for number in (n for n in SHOWN if n <= guests):
        name, step = f"domains: mini-os, {NTH[number]}", f"mini-{number}"
        yield f"{name}: to its first instruction", f"{step} begin", f"{step} {MINI_UP}", 1
        yield f"{name}: create, all of it", f"{step} begin", f"{step} settled", 1
        yield f"{name}: destroy", f"{step}-destroy begin", f"{step}-destroy settled", 1
    for number in (0, guests):
        yield f"domains: {number} idle guests, each second", f"idle-{number} begin", f"idle-{number} end", IDLE_SECONDS


def rows(counts, guests):
    """Figures from the counts by label."""
    figures = {}
    for name, first, last, divisor in spans(guests):
        if first not in counts or last not in counts:
            raise Failure(f"{first} or {last} was not reached")
        figures[name] = (counts[last] - counts[first]) // divisor
    return figures


ROWS = (*(name for guests in (QUICK_GUESTS, GUESTS) for name, *_ in spans(guests)),
        *(f"domains: {what}, KiB" for what in KEPT))


def collect(stops):
    """Counts by label; what a guest reaches is named after the step that it is created in."""
    counts, step = {}, None
    for label, count in stops:
        if label.endswith(" begin"):
            step = label.removesuffix(" begin")
        own = label in (LINUX_UP, MINI_UP, "user space")
        counts.setdefault(f"{step} {label}" if own else label, count)
    return counts


def measure(system, quick=False):
    kernel, guests = packages.kernel(), QUICK_GUESTS if quick else GUESTS
    step, first = marks.program("step", 0), marks.program("first", 1)
    files = {"usr/bin/step": step.path, "usr/bin/figures": marks.compiled(FREE_PAGES, control=True),
             "guest/vmlinuz": kernel.image, "guest/initrd": guest_initrd(system, first), "guest/mini-os": MINI_OS} | CONFIGS
    initrd = marks.domain0("domains", system, files, script(marks.TOOL[system], guests))
    entries = {LINUX_UP: kernels.xen_entry(kernel), MINI_UP: kernels.entry_note(MINI_OS)}
    last = max(number for number in SHOWN if number <= guests)
    with marks.Marked(f"bench-domains-{system}", system, kernels.unpacked(kernel), initrd, programs=[step, first],
                      memory=1536 + 24 * guests, xen_options="dom0_mem=1024M", timeout=1500) as m:
        counts = collect(m.stops(f"mini-{last}-destroy settled", entries))
        return rows(counts, guests) | kept(m.said(), guests)
