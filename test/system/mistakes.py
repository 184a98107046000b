#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 600
"""What an operator may get wrong: each command fails with a status other than 0 and a message that names the cause,
and leaves no domain, store node, loop device or memory behind."""

import argparse
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lib"))
import image      # noqa: E402 # pylint: disable=wrong-import-position
import machine    # noqa: E402 # pylint: disable=wrong-import-position
import packages   # noqa: E402 # pylint: disable=wrong-import-position
from paths import BUILD, WORK, fresh   # noqa: E402 # pylint: disable=wrong-import-position
from verdicts import report   # noqa: E402 # pylint: disable=wrong-import-position

GOOD = """\
name = "good"
memory = 16
kernel = "/guest/hello"
extra = "stay=1"
disk = [ "file:/guest/hello,xvda,r" ]
vif = [ "bridge=xenbr0" ]
"""
FILES = {
    "good.cfg": GOOD,
    "syntax.cfg": GOOD.replace("memory = 16", "memory = = 16"),
    "open.cfg": GOOD + 'extra = "never ends\n',
    "type.cfg": GOOD.replace("memory = 16", 'memory = "much"'),
    "range.cfg": GOOD.replace("memory = 16", "memory = 16\nvcpus = 100000"),
    "nameless.cfg": GOOD.replace('name = "good"\n', ""),
    "kernelless.cfg": GOOD.replace('kernel = "/guest/hello"\n', ""),
}
# Name, command, what the message must say.
MISTAKES = [
    ("missing_config", "xm create /etc/none.cfg", r"/etc/none\.cfg.*No such file"),
    ("malformed_config", "xm create /etc/xen/syntax.cfg", r"syntax\.cfg:2"),
    ("unfinished_text", "xm create /etc/xen/open.cfg", r"open\.cfg:7"),
    ("wrong_type", "xm create /etc/xen/type.cfg", r"type\.cfg:2.*memory"),
    ("wrong_range", "xm create /etc/xen/range.cfg", r"range\.cfg:3.*vcpus"),
    ("no_name", "xm create /etc/xen/nameless.cfg", r"name"),
    ("no_kernel", "xm create /etc/xen/kernelless.cfg", r"kernel"),
    ("missing_kernel", "xm create good.cfg kernel=/guest/none", r"/guest/none.*No such file"),
    ("truncated_kernel", "xm create good.cfg kernel=/tmp/truncated memory=256", r"truncated"),
    ("not_a_kernel", "xm create good.cfg kernel=/init", r"/init"),
    ("kernel_without_notes", "xm create good.cfg kernel=/bin/busybox memory=64", r"notes"),
    ("missing_ramdisk", "xm create good.cfg ramdisk=/guest/none", r"/guest/none.*No such file"),
    ("too_much_memory", "xm create good.cfg memory=100000", r"100000.*memory|memory"),
    ("missing_disk", "xm create good.cfg 'disk=[\"file:/tmp/none,xvda,w\"]'", r"/tmp/none"),
    ("malformed_disk", "xm create good.cfg 'disk=[\"file:/tmp/none\"]'", r"disk"),
    ("missing_bridge", "xm create good.cfg 'vif=[\"bridge=none\"]'", r"none"),
    ("unknown_domain", "xm destroy nobody", r"no domain.*nobody"),
    ("unknown_number", "xm pause 999", r"999"),
    ("console_of_nobody", "xm console nobody", r"no domain.*nobody"),
    ("domain0_destroyed", "xm destroy 0", r"0"),
    ("unknown_command", "xm frobnicate", r"frobnicate"),
    ("missing_argument", "xm rename", r"usage|xm rename"),
    ("wrong_number", "xm mem-set Domain-0 much", r"much"),
    ("little_for_domain0", "xm mem-set 0 127", r"128 MiB"),
    ("unprintable_name", "xm rename 0 \"$(printf 'a\\nb')\"", r"control characters"),
]
# In every state of the machine that lacks something: command, message.
NO_STORE = [("xm create good.cfg", "xenstored"), ("xenstore-ls", "xenstore")]
NO_HYPERVISOR = [("xm list", "hypervisor"), ("xm info", "hypervisor"), ("xm create /etc/xen/good.cfg", "hypervisor"),
                 ("/etc/init.d/xencommons start", "hypervisor"), ("xenconsoled -i", "hypervisor|xenstored|privcmd")]
FIGURES = ("echo $(xm list | wc -l) domains, $(xenstore-ls -f | grep -c '/[1-9]\\|/vm/') nodes of guests, "
           "$(losetup -a | wc -l) loops, $(ls /sys/class/net | wc -l) interfaces, $(ls /var/lib/xen | wc -l) files")


def refused(m, command, says):
    """Why the command didn't fail as it should, or None."""
    status, text = m.run(command, 90)
    if status == 0:
        return f"`{command}` succeeded\n{text}"
    if status > 125:
        return f"`{command}` ended with status {status}\n{text}"
    if not re.search(says, text):
        return f"`{command}` doesn't say {says!r}\n{text}"
    return None


def settled(m, wanted=None):
    """The figures once they have stopped to change, or are as wanted."""
    last = None
    for _ in range(20):
        now = m.check(FIGURES, 60)
        if now == wanted or wanted is None and now == last:
            break
        last = now
        m.check("sleep 0.5")
    return now


def with_everything(m):
    """The table, then names taken twice; figures and memory before and after."""
    m.check("sed -i 's/^XEN_BRIDGE=.*/XEN_BRIDGE=xenbr0/' /etc/default/xen; /etc/init.d/xencommons start", 90)
    m.check("head -c 4000000 /guest/vmlinuz >/tmp/truncated; mkdir -p /var/lib/xen; cd /etc/xen")
    before, memory = settled(m), int(m.check("xm info free_memory"))
    for name, command, says in MISTAKES:
        why = refused(m, command, says)
        if not why and (after := settled(m, before)) != before:
            why = f"left behind: {after}; before: {before}\n{m.check('xm list; xenstore-ls', 60)}"
        report(f"mistakes.{name}", not why, why)
        if why and "left behind" in why:
            before = after
    m.check("xm create good.cfg", 60)
    up = settled(m)
    why = refused(m, "xm create good.cfg", "good")
    if not why and settled(m, up) != up:
        why = f"the refused guest changed {up} to {settled(m)}"
    m.check("xm destroy good", 60)
    report("mistakes.duplicate_name", not why, why)
    after, now = settled(m, before), 0
    for _ in range(20):
        now = int(m.check("xm info free_memory"))
        if now >= memory:
            break
        m.check("sleep 0.5")
    report("mistakes.memory_kept", now >= memory, f"free memory was {memory} MiB, is {now} MiB")
    report("mistakes.nothing_left", after == before, f"{after}; before: {before}")


def daemons_end(m):
    """A restart leaves a console daemon, a new one; one that loses the store ends as failed, so that it is started again."""
    pid = "cat /run/xen/xenconsoled.pid"
    before = m.check(pid)
    m.check("/etc/init.d/xencommons restart && /etc/init.d/xencommons status", 60)
    report("mistakes.restart", m.check(pid) != before, f"process {before} is still there")
    m.check("/etc/init.d/xencommons stop")
    m.check("{ xenconsoled -i >/dev/null 2>&1; echo $? >/tmp/ended; } & true")
    m.until(f"kill -0 $({pid}) 2>/dev/null")
    m.check("kill -9 $(cat /run/xen/xenstored.pid)")
    m.until("[ -s /tmp/ended ]")
    status = m.check("cat /tmp/ended").strip()
    report("mistakes.store_lost", status == "1", f"xenconsoled ended with status {status}")


def in_machine(kernel, initrd, name, hypervisor, body):
    """Boot to domain 0's shell (or the bare kernel's) and call body."""
    with machine.Machine(f"mistakes-{name}", hypervisor, kernel.image, initrd, cpus=1, memory=1024,
                         xen_options="dom0_mem=640M", timeout=400) as m:
        m.wait_for("dom0: user space is up", 200, fail="Kernel panic|Panic on CPU")
        body(m)


def lacking(name, commands):
    """A test's body: each of the commands fails and says why."""
    def body(m):
        m.check("cd /etc/xen")
        reasons = [refused(m, command, says) for command, says in commands]
        why = next(filter(None, reasons), None)
        report(f"mistakes.{name}", not why, why)
    return body


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hypervisor", default="ours")
    o = parser.parse_args()
    overlay = WORK / "mistakes-overlay"
    for name, text in FILES.items():
        fresh(overlay / "etc/xen" / name).write_text(text)
    hello = fresh(overlay / "guest/hello")
    hello.write_bytes((BUILD / "test/guest/hello/kernel").read_bytes())
    kernel = packages.kernel()
    initrd = image.dom0(kernel, "ours", [overlay], output=WORK / "dom0-mistakes.cpio")

    def whole(m):
        lacking("daemon_not_running", NO_STORE)(m)
        with_everything(m)
        daemons_end(m)

    for name, hypervisor, body in (("xen", o.hypervisor, whole),
                                   ("native", "none", lacking("hypervisor_absent", NO_HYPERVISOR))):
        try:
            in_machine(kernel, initrd, name, hypervisor, body)
        except machine.Failure as e:
            report(f"mistakes.{name}", False, e)


if __name__ == "__main__":
    main()
