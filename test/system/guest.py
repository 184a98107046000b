#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 900
"""One guest, Debian's kernel with two virtual CPUs, through all of its life: console, disk, network, memory and
CPUs that come and go, devices that come and go, reboot, shutdown, crash. Afterwards nothing of it is left."""

import argparse
import re
import sys
import time
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lib"))
import image      # noqa: E402 # pylint: disable=wrong-import-position
import machine    # noqa: E402 # pylint: disable=wrong-import-position
import packages   # noqa: E402 # pylint: disable=wrong-import-position
from paths import WORK, fresh   # noqa: E402 # pylint: disable=wrong-import-position
from verdicts import expect, note, run_program, verdict   # noqa: E402 # pylint: disable=wrong-import-position

CONFIG = """\
name = "web"
memory = 256
vcpus = 2
kernel = "/guest/vmlinuz"
ramdisk = "/guest/initrd"
extra = "console=hvc0 loglevel=4 net=10.0.0.2/24 sysctl.kernel.sysrq=1"
disk = [ "file:/var/lib/xen/web.img,xvda,w" ]
vif = [ "mac=00:16:3e:00:00:02,bridge=xenbr0" ]
on_crash = "destroy"
"""
CREATE = "xm create -c /etc/xen/web.cfg"
ONE_CPU = "/sys/devices/system/cpu/cpu1/online"


def checksum(text):
    found = re.search(r"\b[0-9a-f]{32}\b", text)
    expect(found, f"no checksum in {text!r}")
    return found[0]


def start(m, arguments=""):
    """Create a guest and wait on its console until its shell is there."""
    m.send(f"{CREATE} {arguments}\n")
    m.wait_for("guest: user space is up", 180, fail="^xm: |Kernel panic|rcu.*stall")
    leave(m)


def leave(m):
    m.send("\x1d")
    time.sleep(0.5)
    m.check("hostname | grep -q dom0")


@contextmanager
def console(m, name="web"):
    """In this context, commands run at the guest's shell."""
    m.send(f"xm console {name}\n")
    time.sleep(1)
    m.send("\n")
    m.check("hostname | grep -q guest")
    yield
    leave(m)


def fields(m, name="web"):
    """What xm list says: number, MiB, virtual CPUs, state, seconds."""
    words = m.check(f"xm list {name} | tail -n 1").split()
    return int(words[1]), int(words[2]), int(words[3]), words[4], float(words[5])


def free_memory(m):
    return int(m.check("xm info free_memory"))


def guest_total(m):
    return int(re.search(r"MemTotal: +(\d+)", m.check("grep MemTotal /proc/meminfo"))[1]) // 1024


# ---- the tests, in the order of the guest's life


def boots(m):
    m.check("dd if=/dev/urandom of=/var/lib/xen/web.img bs=1M count=8 2>/dev/null")
    start(m)
    domid, mib, vcpus, *_ = fields(m)
    note(f"domain {domid}: {mib} MiB, {vcpus} CPUs")
    expect(mib in (255, 256) and vcpus == 2, f"{mib} MiB, {vcpus} CPUs")
    expect(m.check("ls /run/xen/kernels | wc -l").strip() == "1", "its kernel isn't kept unpacked")
    # The supervisor's log bears the name: it was asked for on a connection of the store that nobody else used.
    m.check("grep -q 'watching domain' /var/log/xen/xm-web.log")
    with console(m):
        expect(m.check("nproc").split()[-1] == "2", "the guest sees other than 2 CPUs")


def disk(m):
    before = checksum(m.check("md5sum /var/lib/xen/web.img"))
    with console(m):
        read = checksum(m.check("md5sum /dev/xvda", 120))
        written = checksum(m.check("head -c 4194304 /dev/urandom >/tmp/data; dd if=/tmp/data of=/dev/xvda bs=64k "
                                   "2>/dev/null; sync; md5sum /tmp/data", 120))
    expect(read == before, "the guest read other data than domain 0 wrote")
    after = checksum(m.check("head -c 4194304 /var/lib/xen/web.img | md5sum"))
    expect(after == written, "domain 0's file holds other data than the guest wrote")


def network(m):
    text = m.check("ping -c 3 10.0.0.2")
    expect(" 0% packet loss" in text, text[-200:])
    note(text.splitlines()[-1])
    m.check("mkdir -p /tmp/www; head -c 8388608 /dev/urandom >/tmp/www/down; pidof httpd || httpd -h /tmp/www")
    down = checksum(m.check("md5sum /tmp/www/down"))
    with console(m):
        got = m.check("time wget -q -O /tmp/got http://10.0.0.1/down; md5sum /tmp/got", 180)
        up = checksum(m.check("httpd -h /tmp; md5sum /tmp/data"))
    note(f"8 MiB into the guest in {re.search(r'real.*', got)[0].split(None, 1)[1]}")
    expect(checksum(got) == down, "the guest received other data than domain 0 sent")
    got = checksum(m.check("wget -q -O - http://10.0.0.2/data | md5sum", 180))
    expect(got == up, "domain 0 received other data than the guest sent")


def balloon(m):
    with console(m):
        most = guest_total(m)
    free = free_memory(m)
    for target in (128, 256):
        m.check(f"xm mem-set -w web {target}", 90)
        with console(m):
            total = guest_total(m)
        mib, now = fields(m)[1], free_memory(m)
        note(f"target {target}: xm list {mib}, guest's total {total}, free {now} MiB")
        expect(abs(mib - target) <= 1, f"the hypervisor gives it {mib} MiB, not {target}")
        expect(abs(total - (most - 256 + target)) <= 2, f"the guest sees {total} MiB after {most}, asked for {target}")
        expect(abs(now - (free + 256 - target)) <= 2, f"{now} MiB free, not {free + 256 - target}")


def cpus(m):
    m.check("xm vcpu-set web 1")
    with console(m):
        m.until("test $(nproc) = 1")
    expect(fields(m)[2] == 1, "xm list still shows two CPUs")
    m.check("xm vcpu-set web 2")
    with console(m):
        # Linux leaves it to user space to start a CPU that came.
        m.until(f"test -e {ONE_CPU}")
        m.check(f"echo 1 >{ONE_CPU}")
        m.until("test $(nproc) = 2")
        m.check("taskset 2 md5sum /init")
    expect(fields(m)[2] == 2, "xm list shows one CPU")


def pause(m):
    m.check("xm pause web")
    *_, state, begin = fields(m)
    status = m.run("ping -c 1 -W 2 10.0.0.2")[0]
    end = fields(m)[4]
    m.check("xm unpause web")
    expect("p" in state, f"state is {state}")
    expect(status and begin == end, "it answers and uses CPU time while paused")
    m.check("ping -c 1 -W 5 10.0.0.2")
    expect("p" not in fields(m)[3], "still paused")


def hot_disk(m):
    m.check("dd if=/dev/urandom of=/var/lib/xen/more.img bs=1M count=4 2>/dev/null")
    there = checksum(m.check("md5sum /var/lib/xen/more.img"))
    for _ in range(2):
        m.check("xm block-attach web file:/var/lib/xen/more.img,xvdb,w")
        m.check("xm block-list web | grep -q xvdb")
        with console(m):
            m.until("test -e /dev/xvdb")
            expect(checksum(m.check("md5sum /dev/xvdb", 60)) == there, "other data than in the file")
        m.check("xm block-detach web xvdb")
        with console(m):
            m.until("test ! -e /dev/xvdb")
        expect(m.run("xm block-list web | grep -q xvdb")[0], "xm block-list still shows it")
    expect(m.run("losetup -a | grep more.img")[0], "a loop device is left behind")


def hot_network(m):
    for _ in range(2):
        m.check("xm network-attach web mac=00:16:3e:00:00:03,bridge=xenbr0")
        m.check("xm network-list web | grep -q 00:16:3e:00:00:03")
        with console(m):
            m.until("test -e /sys/class/net/eth1")
            m.check("ip addr flush dev eth0; ip addr add 10.0.0.2/24 dev eth1 && ip link set eth1 up")
            m.check("ping -c 2 10.0.0.1")
            m.check("ip addr add 10.0.0.2/24 dev eth0")
        m.check("xm network-detach web 00:16:3e:00:00:03")
        with console(m):
            m.until("test ! -e /sys/class/net/eth1")
    expect(m.run("xm network-list web | grep -q 00:16:3e:00:00:03")[0], "xm network-list still shows it")
    m.check("ip neigh flush dev xenbr0; ping -c 2 10.0.0.2")


def rename(m):
    domid = fields(m)[0]
    m.check("xm rename web shop")
    expect(m.check("xm domid shop").strip() == str(domid), "the new name is not found")
    expect(m.run("xm domid web")[0], "the old name is still found")
    expect(m.run("xm rename shop Domain-0")[0], "a name in use was given again")
    m.check("xm rename shop web")


def reboot(m):
    shown = "xm list -l web | tail -n +3"
    domid, mib, vcpus, *_ = fields(m)
    before = m.check(shown)
    m.check("xm reboot web")
    m.until(f"test $(xm domid web 2>/dev/null || echo {domid}) != {domid}", 90)
    m.until("ping -c 1 -W 1 10.0.0.2 >/dev/null", 120)
    now = fields(m)
    note(f"domain {domid} came back as {now[0]}")
    expect(now[1:3] == (mib, vcpus), f"came back with {now[1]} MiB, {now[2]} CPUs")
    after = m.check(shown)
    expect(before == after, f"configuration was:\n{before}\nis:\n{after}")
    with console(m):
        m.check("test $(nproc) = 2 && test -e /dev/xvda")


def shutdown(m):
    domid = fields(m)[0]
    m.check("xm shutdown -w web", 120)
    expect(m.run("xm domid web")[0], "the domain is still there after -w")
    expect(m.run(f"xenstore-exists /local/domain/{domid} || xenstore-exists /libxl/{domid}")[0], "its nodes are still there")


def crash_preserve(m):
    start(m, "on_crash=preserve")
    m.send("xm console web\n")
    time.sleep(1)
    m.send("echo c >/proc/sysrq-trigger\n")
    m.wait_for("Kernel panic", 60)
    time.sleep(1)
    m.send("\x1d")
    time.sleep(1)
    m.until("xm list web | tail -n 1 | grep -q ' [-r][-b][-p][-s]c[-d] '")
    m.check("xm destroy web", 90)
    expect(m.run("xm domid web")[0], "still there after xm destroy")


def crash_destroy(m):
    start(m, "on_crash=destroy")
    m.check("xm sysrq web c")
    m.until("! xm domid web >/dev/null 2>&1", 60)


TESTS = [boots, disk, network, balloon, cpus, pause, hot_disk, hot_network, rename, reboot, shutdown,
         crash_preserve, crash_destroy]


# ---- around them


def figures(m):
    """What must be as before when all guests are gone."""
    return {"free MiB": free_memory(m), "domains": int(m.check("xm list | wc -l")) - 1,
            # The first guest's empty parents (/vm and the like) stay; many.py counts them too.
            "store values": int(m.check("xenstore-ls | grep -vc '= \"\"$'")),
            "loop devices": int(m.check("losetup -a | wc -l")),
            "interfaces": int(m.check("ls /sys/class/net | wc -l"))}


def clear_the_stage(m):
    """After a failure, for the next test: first leave in the log what it may come from."""
    m.send("\x1d")
    time.sleep(1)
    for command in ("ps", "xm list", "xenstore-ls -f /local", "tail -n 20 /var/log/xen/*.log", "xm destroy web"):
        print(m.run(command)[1], flush=True)


def nothing_left(m, before):
    m.run("xm destroy web 2>/dev/null; sleep 2")
    after = figures(m)
    note(f"before {before}")
    note(f"after  {after}")
    wrong = [key for key in before if abs(before[key] - after[key]) > (1 if key == "free MiB" else 0)]
    expect(not wrong, f"{', '.join(wrong)} other than before")


def test(m, words):
    m.wait_for("user space is up", 240)
    m.check("dmesg -n 1")     # kernel messages must not fall into what commands print
    m.check("sed -i 's/^XEN_BRIDGE=.*/XEN_BRIDGE=xenbr0/' /etc/default/xen; /etc/init.d/xencommons start", 90)
    m.check("ip addr add 10.0.0.1/24 dev xenbr0 && ip link set xenbr0 up")
    before = figures(m)
    good = True
    for run in TESTS:
        if not words or run is boots or run.__name__ in words:
            good &= verdict(f"guest_{run.__name__}", run, m, clean_up=lambda: clear_the_stage(m))
    good &= verdict("guest_nothing_left", nothing_left, m, before)
    m.power_off()
    return good


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--hypervisor", default="ours")
    p.add_argument("--cpus", type=int, default=2)
    p.add_argument("words", nargs="*", help="of the tests only these, and boots")
    o = p.parse_args()
    kernel = packages.kernel()
    config = fresh(WORK / "guest-overlay/etc/xen/web.cfg")
    config.write_text(CONFIG, encoding="ascii")
    initrd = image.dom0(kernel, "ours", [WORK / "guest-overlay"], output=WORK / "dom0-guest.cpio")
    with machine.Machine("system-guest", o.hypervisor, kernel.image, initrd, cpus=o.cpus, memory=2048,
                         xen_options="dom0_mem=1024M", timeout=880) as m:
        return 0 if test(m, o.words) else 1


if __name__ == "__main__":
    run_program("guest", main)
