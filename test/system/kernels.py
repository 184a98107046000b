#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 900
"""Linux of other ages than the one that all else is tested with: each series as domain 0, with that one as its guest on
disk and network, and as a guest with two virtual CPUs, disk and network under it. A series that the package source
doesn't have is skipped."""

import argparse
import re
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lib"))
import image      # noqa: E402 # pylint: disable=wrong-import-position
import kernels    # noqa: E402 # pylint: disable=wrong-import-position
import machine    # noqa: E402 # pylint: disable=wrong-import-position
import packages   # noqa: E402 # pylint: disable=wrong-import-position
from paths import WORK, fresh   # noqa: E402 # pylint: disable=wrong-import-position
from verdicts import Unoffered, expect, note, run_program, verdict   # noqa: E402 # pylint: disable=wrong-import-position

USUAL = "6.1"
OTHERS = ["5.10", "6.12"]
DISK = "/var/lib/xen/guest.img"
CONFIG = """\
name = "guest"
memory = 256
vcpus = 2
kernel = "/kernels/{series}/vmlinuz"
ramdisk = "/kernels/{series}/initrd"
extra = "console=hvc0 loglevel=4 net=10.0.0.2/24"
disk = [ "file:/var/lib/xen/guest.img,xvda,w" ]
vif = [ "mac=00:16:3e:00:00:02,bridge=xenbr0" ]
"""
BAD = "^xm: |Kernel panic|rcu.*stall|^BUG: |Call Trace"


def checksum(text):
    found = re.search(r"\b[0-9a-f]{32}\b", text)
    expect(found, f"no checksum in {text!r}")
    return found[0]


def overlay(series):
    """Files for domain 0: a guest of each series, as (series, kernel), and its configuration."""
    folder = WORK / f"kernels-{'-'.join(name for name, _ in series)}"
    for name, kernel in series:
        fresh(folder / f"kernels/{name}/vmlinuz").write_bytes(kernels.unpacked(kernel).read_bytes())
        fresh(folder / f"kernels/{name}/initrd").write_bytes(image.guest_image(kernel).read_bytes())
        fresh(folder / f"etc/xen/{name}.cfg").write_text(CONFIG.format(series=name), encoding="ascii")
    return folder


def boot(series, hypervisor, guests):
    """A machine with that domain 0 and with those guests' files, not yet started."""
    kernel = packages.kernel(series)
    initrd = image.dom0(kernel, "ours", [overlay([(name, packages.kernel(name)) for name in guests])], guest=False,
                        output=WORK / f"dom0-kernels-{series}.cpio")
    return machine.Machine(f"system-kernels-{series}", hypervisor, kernels.unpacked(kernel), initrd, cpus=2,
                           memory=2048, xen_options="dom0_mem=1024M", timeout=400)


def start_tools(m, series):
    m.wait_for("user space is up", 240, fail=BAD)
    m.check("dmesg -n 1")     # kernel messages must not fall into what commands print
    release = m.check("uname -r")
    expect(release.startswith(f"{series}."), f"domain 0 is Linux {release}")
    expect(m.check("nproc").split()[-1] == "2", "domain 0 sees other than 2 CPUs")
    note(f"domain 0: Linux {release}")
    m.check("sed -i 's/^XEN_BRIDGE=.*/XEN_BRIDGE=xenbr0/' /etc/default/xen; /etc/init.d/xencommons start", 90)
    m.check("ip addr add 10.0.0.1/24 dev xenbr0 && ip link set xenbr0 up")


def leave(m):
    """Back from the guest's console."""
    m.send("\x1d")
    time.sleep(0.5)
    m.check("hostname | grep -q dom0")


def as_guest(m, series):
    """To its shell; it uses both CPUs, reads and writes its disk, and answers on its network."""
    m.check(f"dd if=/dev/urandom of={DISK} bs=1M count=4 2>/dev/null")
    there = checksum(m.check(f"md5sum {DISK}"))
    m.send(f"xm create -c /etc/xen/{series}.cfg\n")
    m.wait_for("guest: user space is up", 180, fail=BAD)
    release = m.check("uname -r")
    cpus = m.check("nproc").split()[-1]
    read = checksum(m.check("md5sum /dev/xvda", 120))
    written = checksum(m.check("head -c 65536 /bin/busybox | tee /dev/xvda | md5sum; sync", 60))
    leave(m)
    note(f"guest: Linux {release}")
    expect(release.startswith(f"{series}.") and cpus == "2", f"Linux {release} with {cpus} CPUs")
    expect(read == there, "it read other data than its disk's file holds")
    expect(checksum(m.check(f"head -c 65536 {DISK} | md5sum")) == written, "its disk's file holds other data than it wrote")
    expect(" 0% packet loss" in m.check("ping -c 3 10.0.0.2"), "it doesn't answer on the network")
    m.check("xm shutdown -w guest", 120)
    m.check("! xm domid guest 2>/dev/null")


def clean_up(m):
    m.send("\x1d")
    m.run("xm destroy guest 2>/dev/null")


def offered(series):
    """The kernel of a series; Unoffered: there is none to test."""
    try:
        return packages.kernel(series)
    except packages.NotOffered as e:
        raise Unoffered(str(e)) from e


def as_domain_0(series, hypervisor):
    offered(series)
    with boot(series, hypervisor, [USUAL]) as m:
        start_tools(m, series)
        as_guest(m, USUAL)
        expect(m.power_off() == "shutdown", "the machine wasn't powered off")


def guests(hypervisor):
    """All of the others, one after the other, under the usual domain 0."""
    have = []
    for series in OTHERS:
        try:
            packages.kernel(series)
            have.append(series)
        except packages.NotOffered as e:
            print(f"SKIP kernels_guest_{series}: {e}", flush=True)
    if not have:
        return True
    good = True
    with boot(USUAL, hypervisor, have) as m:
        start_tools(m, USUAL)
        for series in have:
            good &= verdict(f"kernels_guest_{series}", as_guest, m, series, clean_up=lambda: clean_up(m))
        m.power_off()
    return good


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--hypervisor", default="ours")
    o = p.parse_args()
    good = True
    for series in OTHERS:
        good &= verdict(f"kernels_dom0_{series}", as_domain_0, series, o.hypervisor)
    return 0 if guests(o.hypervisor) and good else 1


if __name__ == "__main__":
    run_program("kernels", main)
