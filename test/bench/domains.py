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
    return {"domains: memory per idle guest, hypervisor, KiB": round(4 * lost("free_pages") / guests - MINI_MIB * 1024, 1),
            "domains: memory per idle guest, domain 0, KiB": round(lost("available") / guests, 1)}


def rows(counts, guests):
    """Figures from the counts by label."""
    def between(first, last):
        if first not in counts or last not in counts:
            raise Failure(f"{first} or {last} was not reached")
        return counts[last] - counts[first]
    figures = {}
    for turn in ("first", "next"):
        begin = f"linux-{turn} begin"
        figures[f"domains: Linux, {turn}: to its first instruction"] = between(begin, f"linux-{turn} {LINUX_UP}")
        figures[f"domains: Linux, {turn}: to user space"] = between(begin, f"linux-{turn} user space")
    figures["domains: Linux, next: destroy"] = between("linux-next-destroy begin", "linux-next-destroy settled")
    for number in (n for n in SHOWN if n <= guests):
        name, step = f"domains: mini-os, {NTH[number]}", f"mini-{number}"
        figures[f"{name}: to its first instruction"] = between(f"{step} begin", f"{step} {MINI_UP}")
        figures[f"{name}: create, all of it"] = between(f"{step} begin", f"{step} settled")
        figures[f"{name}: destroy"] = between(f"{step}-destroy begin", f"{step}-destroy settled")
    for number in (0, guests):
        figures[f"domains: {number} idle guests, each second"] = \
            between(f"idle-{number} begin", f"idle-{number} end") // IDLE_SECONDS
    return figures


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
    if system == "none":
        return {}
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
