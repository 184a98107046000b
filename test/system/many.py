#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 900
"""Many guests, one after the other and at once: small test kernels with a disk and a network interface. None
leaves anything behind: memory, event ports, grants, store nodes, processes, devices."""

import argparse
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
import image      # noqa: E402 # pylint: disable=wrong-import-position
import machine    # noqa: E402 # pylint: disable=wrong-import-position
import packages   # noqa: E402 # pylint: disable=wrong-import-position
from paths import BUILD, ROOT, WORK, fresh   # noqa: E402 # pylint: disable=wrong-import-position
from verdicts import report, run_program   # noqa: E402 # pylint: disable=wrong-import-position

CYCLES = 50
GUESTS = 20
PORTS_PER_GUEST = 8     # domain 0's end of store, console, disk and network, and some to spare
CONFIG = """\
name = "tiny"
memory = 16
kernel = "/guest/hello"
extra = "stay=1"
disk = [ "file:/var/lib/xen/tiny.img,xvda,r" ]
vif = [ "bridge=xenbr0" ]
"""
# Name and the command that prints it, beside what the program figures prints.
COUNTS = {
    "domains": "xm list | tail -n +2 | wc -l",
    "store_nodes": "xenstore-ls | wc -l",
    "processes": "ps >/tmp/ps; grep -vc ']$' /tmp/ps",
    "backend_threads": "grep -c '\\[vif\\|\\.xvd' /tmp/ps",
    "mappings": "cat /proc/$(pidof xenstored)/maps /proc/$(pidof xenconsoled)/maps | grep -c /dev/xen",
    "files": "ls /proc/$(pidof xenstored)/fd /proc/$(pidof xenconsoled)/fd | wc -l",
    "loop_devices": "losetup -a | wc -l",
    "interfaces": "ls /sys/class/net | wc -l",
    "kept_configs": "ls /var/lib/xen | wc -l",
}


def overlay():
    """The program figures, the test kernels and their configuration, as a tree for domain 0."""
    folder = WORK / "many-overlay"
    program = fresh(folder / "usr/bin/figures")
    include = [f"-I{ROOT / path}" for path in ("xen/include", "tools/libxc/include")]
    subprocess.run(["gcc", "-std=gnu11", "-D_GNU_SOURCE", "-O1", "-Wall", "-Wextra", "-Werror", "-static", *include,
                    str(HERE / "many/figures.c"), f"-L{BUILD / 'tools/lib'}", "-lxc", "-lpthread", "-o",
                    str(program)], check=True)
    subprocess.run(["make", "-s", "-C", str(ROOT / "test/guest")], check=True)
    for name in ("hello", "tsc"):
        fresh(folder / "guest" / name).write_bytes((BUILD / "test/guest" / name / "kernel").read_bytes())
    fresh(folder / "etc/xen/tiny.cfg").write_text(CONFIG, encoding="ascii")
    return folder


def figures(m):
    commands = "; ".join(f"echo {name} $({command})" for name, command in COUNTS.items())
    text = m.check(f"figures; {commands}", 90)
    return {line.split()[0]: int(line.split()[1]) for line in text.splitlines() if len(line.split()) == 2}


def settled(m, before, seconds=30):
    """The figures once they are as before, or after a while: backends part from their domains on their own time."""
    end = time.monotonic() + seconds
    while True:
        after = figures(m)
        if after == before or time.monotonic() > end:
            return after
        time.sleep(1)


def compare(name, before, after):
    for key, value in before.items():
        print(f"  {key:<16} {value:>9} {after[key]:>9}", flush=True)
    wrong = [f"{key} {value} -> {after[key]}" for key, value in before.items() if value != after[key]]
    return report(name, not wrong, ", ".join(wrong))


def cycles(m, count):
    m.check(f"for i in $(seq {count}); do xm create -q /etc/xen/tiny.cfg && xm destroy tiny || break; done; "
            f"test $i = {count} && ! xm domid tiny 2>/dev/null", 30 + 12 * count)


def one_after_the_other(m, count):
    first = figures(m)
    cycles(m, 1)
    # The first guest may make structures grow that stay.
    before = settled(m, first, 5)
    begin = time.monotonic()
    cycles(m, count)
    print(f"  {count} cycles in {time.monotonic() - begin:.0f} s", flush=True)
    good = compare("many_cycles_leave_nothing", before, settled(m, before))
    good &= report("many_first_cycle_costs_little", first["free_pages"] - before["free_pages"] <= 4,
                   f"{first['free_pages'] - before['free_pages']} pages")
    return good


def at_once(m, count):
    m.check(f"figures {PORTS_PER_GUEST * count}")
    before = figures(m)
    begin = time.monotonic()
    m.check(f"for i in $(seq {count}); do xm create -q /etc/xen/tiny.cfg name=tiny$i || break; done; test $i = {count}",
            30 + 12 * count)
    print(f"  {count} guests in {time.monotonic() - begin:.0f} s", flush=True)
    listed = m.check("xm list")
    up = [line.split() for line in listed.splitlines() if line.startswith("tiny")]
    print(f"  {up[-1] if up else listed}", flush=True)
    good = report("many_at_once", len(up) == count, listed)
    good &= report("many_all_blocked", all(words[4] == "-b----" for words in up), listed)
    said = m.check("cat /var/log/xen/console/* | grep -c 'TEST hello.hypercall_answers: ok'")
    good &= report("many_consoles_logged", int(said) >= count, f"{said} of {count}")
    m.check(f"for i in $(seq {count}); do xm destroy tiny$i || break; done; test $i = {count}", 30 + 6 * count)
    return good & compare("many_at_once_leave_nothing", before, settled(m, before))


def emulated_tsc(m):
    """A guest of its own prints what it finds."""
    m.check("xm create -q name=tsc kernel=/guest/tsc memory=16 tsc_mode=always_emulate on_poweroff=destroy", 60)
    m.until("grep -q ^END /var/log/xen/console/guest-tsc.log")
    said = m.check("cat /var/log/xen/console/guest-tsc.log; xm destroy tsc 2>/dev/null; true", 60)
    return report("many_emulated_tsc", said.count(": ok") == 4 and "FAIL" not in said, said)


def test(m, count, guests):
    m.wait_for("user space is up", 240)
    m.check("dmesg -n 1")     # kernel messages must not fall into what commands print
    m.check("sed -i 's/^XEN_BRIDGE=.*/XEN_BRIDGE=xenbr0/' /etc/default/xen; /etc/init.d/xencommons start", 90)
    m.check("ip link set xenbr0 up; dd if=/dev/zero of=/var/lib/xen/tiny.img bs=1M count=1 2>/dev/null")
    good = emulated_tsc(m)
    good &= one_after_the_other(m, count)
    good &= at_once(m, guests)
    m.power_off()
    return good


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--hypervisor", default="ours")
    p.add_argument("--cycles", type=int, default=CYCLES)
    p.add_argument("--guests", type=int, default=GUESTS)
    o = p.parse_args()
    kernel = packages.kernel()
    initrd = image.dom0(kernel, "ours", [overlay()], guest=False, output=WORK / "dom0-many.cpio")
    with machine.Machine("system-many", o.hypervisor, kernel.image, initrd, cpus=2, memory=4096,
                         xen_options="dom0_mem=1024M", timeout=880) as m:
        return 0 if test(m, o.cycles, o.guests) else 1


if __name__ == "__main__":
    run_program("many", main)
