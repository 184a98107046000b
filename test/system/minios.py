#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 300
"""mini-os in both widths: as domain 0, and as a guest with disk and network that is asked to shut down."""

import argparse
import random
import re
import subprocess
import sys
import zlib
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
import image      # noqa: E402 # pylint: disable=wrong-import-position
import machine    # noqa: E402 # pylint: disable=wrong-import-position
import packages   # noqa: E402 # pylint: disable=wrong-import-position
from paths import DIST, WORK, fresh   # noqa: E402 # pylint: disable=wrong-import-position
from verdicts import Unoffered, expect, run_program, verdict   # noqa: E402 # pylint: disable=wrong-import-position

FIRST_LINE_MOST = 30_000_000        # instructions
TESTS = ("traps", "memory", "heap", "events", "time", "threads", "grants")
WITH_TOOLS = ("store", "disks")     # what domain 0 doesn't have
FIRST_LINE = r"mini-os: (\d+)-bit kernel of domain (\w) on .* after (\d+)\.(\d+) us$"
CONFIG = """\
name = "mini{width}"
memory = 16
kernel = "/usr/lib/xen/boot/mini-os-{width}"
extra = "stay=1 test=all disk=write net=10.0.0.{width}/24"
disk = [ "file:/var/lib/xen/mini{width}.img,xvda,w" ]
vif = [ "mac=00:16:3e:00:00:{width},bridge=xenbr0" ]
on_crash = "destroy"
"""
DISK = random.Random(1).randbytes(1 << 20)
SHOWN = 128 * 512           # bytes whose checksum is printed
WRITTEN = 8 * 512           # bytes at the end that are written
PATTERN = bytes((i * 7 + i // 256) & 255 for i in range(WRITTEN))


def expect_tests(said, names):
    """mini-os's own tests have passed."""
    for name in names:
        expect(re.search(rf"^TEST mini-os.{name}: ok$", said, re.M), f"its test {name} failed: {said[-900:]}")


def as_domain_0(width, hypervisor):
    """Under -icount, where the time that the first line tells counts instructions."""
    kernel = DIST / f"usr/lib/xen/boot/mini-os-{width}"
    with machine.Machine(f"system-minios-dom0-{width}", hypervisor, kernel, memory=128, options="test=all",
                         icount=True, timeout=60) as m:
        refusal = "32-bit kernels are not supported|CONFIG_PV32 missing"
        first = m.wait_for(f"{FIRST_LINE}|(?P<why>.*(?:{refusal}).*)")
        if first["why"] and hypervisor != "ours":
            raise Unoffered(first["why"].strip())
        expect(not first["why"], first["why"])
        reason = m.wait_exit(60)
    expect(first[1] == str(width) and first[2] == "0", first[0])
    count = int(first[3]) * 1000 + int(first[4])
    print(f"  {count} instructions to its first line", flush=True)
    expect(count < FIRST_LINE_MOST, f"{count} instructions to the first line")
    expect_tests(m.text, TESTS)
    expect(reason == "reset", f"the machine ended by {reason}")


def overlay():
    """The program echo, the disk and the configurations, as a tree for domain 0."""
    folder = WORK / "minios-overlay"
    program = fresh(folder / "usr/bin/echo-udp")
    subprocess.run(["gcc", "-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-static",
                    str(HERE / "minios/echo.c"), "-o", str(program)], check=True)
    for width in (64, 32):
        fresh(folder / f"var/lib/xen/mini{width}.img").write_bytes(DISK)
        fresh(folder / f"etc/xen/mini{width}.cfg").write_text(CONFIG.format(width=width), encoding="ascii")
    return folder


def as_guest(width, m, hypervisor):
    name, address = f"mini{width}", f"10.0.0.{width}"
    log = f"/var/log/xen/console/guest-{name}.log"
    status, text = m.run(f"xm create -q /etc/xen/{name}.cfg 2>&1", 60)
    if status and width == 32 and hypervisor != "ours" and re.search(r"32-bit|64-bit guests only", text):
        raise Unoffered(text.strip().splitlines()[-1])
    expect(not status, f"xm create: {text}")
    last = f"mini-os.{WITH_TOOLS[-1]}"
    m.until(f"grep -q {last} {log}")
    said = m.check(f"cat {log}")
    first = re.search(FIRST_LINE, said, re.M)
    expect(first and first[1] == str(width) and first[2] == "U", f"the first line: {said}")
    expect_tests(said, TESTS + WITH_TOOLS)
    disk(m, name, said)
    network(m, address, said)
    monitor(m, name)
    m.check(f"xm shutdown -w {name}", 60)
    expect("shutdown: asked for poweroff" in m.check(f"cat {log}"), "it wasn't asked to shut down")
    m.check(f"! xm domid {name} 2>/dev/null")
    crash(m, name)


def disk(m, name, said):
    expect(f"disk: device/vbd/51712, {len(DISK) // 512} sectors, writable" in said, f"the disk: {said}")
    checksum = f"CRC-32 of the first 128 sectors: {zlib.crc32(DISK[:SHOWN]):08x}"
    expect(checksum in said, f"not {checksum}: {said}")
    expect("wrote the last 8 sectors, read the same back" in said, f"writing: {said}")
    m.check(f"tail -c {WRITTEN} /var/lib/xen/{name}.img >/tmp/written")
    text = m.check("md5sum /tmp/written; md5sum /guest/pattern")
    sums = re.findall(r"\b[0-9a-f]{32}\b", text)
    expect(len(sums) == 2 and sums[0] == sums[1], f"the disk's file holds other data than written: {text}")


def network(m, address, said):
    expect("net: device/vif/0, address 00:16:3e:00:00:" in said, f"the interface: {said}")
    text = m.check(f"ping -c 3 {address}")
    expect(" 0% packet loss" in text, text[-200:])
    m.check(f"ping -c 1 -s 1400 {address}")
    m.check(f"echo-udp {address}", 30)


def monitor(m, name):
    """Its console takes input."""
    m.send(f"xm console {name}\n")
    m.wait_for("^> ", 30)
    m.send("threads\n")
    m.wait_for("^monitor +runs$", 30)
    m.send("\x1d")
    m.wait_for("/ # ", 30)      # domain 0's shell


def crash(m, name):
    """An exception that nobody expected says where, and ends the domain."""
    m.send(f"xm create -q -c /etc/xen/{name}.cfg\n")
    m.wait_for("^> ", 60)
    m.send("crash\n")
    m.wait_for(r"^panic: page fault \(vector 14, error \d+\) in thread monitor$", 30)
    m.wait_for("/ # ", 30)
    m.check(f"! xm domid {name} 2>/dev/null")


def everybody(m):
    """A guest that took away the node by which it is asked doesn't keep `shutdown --all --wait` from waiting for the others."""
    for name in ("mute", "mini64"):
        m.check(f"xm create -q /etc/xen/mini64.cfg name={name} disk=[] vif=[]", 60)
        m.until(f"grep -q mini-os.{WITH_TOOLS[0]} /var/log/xen/console/guest-{name}.log")
    m.check("xenstore-rm /local/domain/$(xm domid mute)/control/shutdown")
    status, text = m.run("xm shutdown --all --wait 2>&1", 60)
    expect(status == 1 and "it can't be asked" in text, f"status {status}: {text}")
    m.check("! xm domid mini64 2>/dev/null")
    m.check("xm domid mute && xm destroy mute")


def guests(m, hypervisor):
    m.wait_for("user space is up", 240)
    m.check("dmesg -n 1")     # kernel messages must not fall into what commands print
    m.check("sed -i 's/^XEN_BRIDGE=.*/XEN_BRIDGE=xenbr0/' /etc/default/xen; /etc/init.d/xencommons start", 90)
    m.check("ip addr add 10.0.0.1/24 dev xenbr0 && ip link set xenbr0 up")
    good = True
    for width in (64, 32):
        good &= verdict(f"minios_guest_{width}", as_guest, width, m, hypervisor)
    good &= verdict("minios_shutdown_all", everybody, m)
    m.power_off()
    return good


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--hypervisor", default="ours")
    o = p.parse_args()
    good = True
    for width in (64, 32):
        good &= verdict(f"minios_dom0_{width}", as_domain_0, width, o.hypervisor)
    folder = overlay()
    fresh(folder / "guest/pattern").write_bytes(PATTERN)
    kernel = packages.kernel()
    initrd = image.dom0(kernel, "ours", [folder], guest=False, output=WORK / "dom0-minios.cpio")
    with machine.Machine("system-minios", o.hypervisor, kernel.image, initrd, cpus=1, memory=1024,
                         xen_options="dom0_mem=512M", timeout=240) as m:
        return 0 if guests(m, o.hypervisor) and good else 1


if __name__ == "__main__":
    run_program("minios", main)
