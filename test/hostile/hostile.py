#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 900
"""Guests that crash, spin, flood and pass rubbish to every hypercall, one after the other: domain 0's commands go on
answering, so does another guest, and once a hostile guest is destroyed nothing of it is left."""

import argparse
import re
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
import image      # noqa: E402 # pylint: disable=wrong-import-position
import machine    # noqa: E402 # pylint: disable=wrong-import-position
import packages   # noqa: E402 # pylint: disable=wrong-import-position
from paths import BUILD, WORK, fresh   # noqa: E402 # pylint: disable=wrong-import-position

KERNELS = ["crash", "spin", "flood_console", "flood_store", "flood_events", "fuzz"]
PATIENCE = 20           # seconds that a command in domain 0 may take, on an emulated machine under load
MEMORY_SLACK = 1        # MiB: what domain 0's own bookkeeping may come to
GOOD = """name = "good"
kernel = "/guest/vmlinuz"
ramdisk = "/guest/initrd"
memory = 160
extra = "console=hvc0 loglevel=4"
"""


@dataclass
class Attack:
    """A hostile guest: the kernel, one of its tests, how long to watch it, whether it must end by itself."""
    kernel: str
    only: str
    seconds: int
    options: str = ""
    ends: bool = False

    @property
    def name(self):
        return f"{self.kernel}.{self.only}" if self.only else self.kernel


def ways(kernel):
    """The names of a kernel's tests, from its source."""
    source = (HERE.parent / "guest" / kernel / f"{kernel}.c").read_text("utf-8")
    return re.findall(rf'{{ "{kernel}\.(\w+)", \w+ }}', source)


def attacks(o):
    plan = [Attack("crash", way, 20, ends=True) for way in ways("crash")]
    plan += [Attack("spin", way, o.seconds) for way in ways("spin")]
    for kernel in ("flood_console", "flood_store", "flood_events"):
        plan += [Attack(kernel, way, o.seconds * 2 + 20, f"time={o.seconds}", True) for way in ways(kernel)]
    plan += [Attack("fuzz", "", o.fuzz, f"seed={seed} time={o.fuzz + 60}") for seed in o.seed]
    return [a for a in plan if not o.words or any(word in a.name for word in o.words)]


def overlay():
    """What the test adds to domain 0's image."""
    folder = WORK / "hostile-overlay"
    shutil.rmtree(folder, ignore_errors=True)
    fresh(folder / "hostile/good.cfg").write_text(GOOD, "ascii")
    for kernel in KERNELS:
        shutil.copy(BUILD / "test/guest" / kernel / "kernel", folder / "hostile" / kernel)
        (folder / f"hostile/{kernel}.cfg").write_text(
            f'name = "{kernel}"\nkernel = "/hostile/{kernel}"\nmemory = 32\nvcpus = 2\n'
            'on_poweroff = "preserve"\non_crash = "preserve"\non_watchdog = "preserve"\n', "ascii")
    shutil.copytree(HERE / "hostile", folder / "usr/bin")
    return folder


class Session:
    """Domain 0 with its daemons and the well-behaved guest."""

    def __init__(self, m):
        self.m = m
        self.asked = 0
        self.slowest = 0.0
        self.memory = 0
        self.running = set()

    def command(self, line):
        """What a command in domain 0 prints; it must succeed within PATIENCE."""
        begin = time.monotonic()
        text = self.m.check(line, PATIENCE)
        self.slowest = max(self.slowest, time.monotonic() - begin)
        return text

    def start(self):
        self.m.wait_for("user space is up")
        self.command("/etc/init.d/xencommons start")
        self.command("xm create -q /hostile/good.cfg")
        for _ in range(60):
            if self.m.run("grep 'user space is up' /var/log/xen/console/guest-good.log")[0] == 0:
                break
            time.sleep(1)
        self.running = {"good"}
        self.all_is_well()
        self.memory = self.free_memory()

    def states(self):
        """Domain name to state, from xm list. What the hypervisor says meanwhile may be anywhere between."""
        for _ in range(3):
            text = self.command("xm list")
            found = dict(re.findall(r"^(\S+) +\d+ +\d+ +\d+ +([-rbpscd]{6}) +\d+\.\d$", text, re.M))
            if found.pop("Domain-0", None) and "(XEN)" not in text:
                break
        return found

    def free_memory(self):
        return int(re.search(r"^\d+$", self.command("xm info free_memory"), re.M)[0])

    def all_is_well(self):
        """Domain 0's tools answer and tell the truth, the store works, the good guest answers."""
        names = set(self.states())
        if names != self.running:
            raise machine.Failure(f"xm list shows {sorted(names)} and not {sorted(self.running)}")
        self.asked += 1
        self.command(f"ask good {self.asked}")
        self.command(f"xenstore-write /test/alive {self.asked} && xenstore-read /test/alive")
        self.command("xm vcpu-list >/dev/null && xm info >/dev/null")

    def watch(self, attack):
        """While the hostile guest is at it: the state it ends in."""
        end = time.monotonic() + attack.seconds
        while time.monotonic() < end:
            self.all_is_well()
            state = self.states()[attack.kernel]
            if "s" in state:
                return state
        return self.states()[attack.kernel]

    def end(self, attack):
        """Destroy it; it is to vanish with all that it had."""
        self.command(f"xm destroy {attack.kernel}")
        end = time.monotonic() + PATIENCE
        while attack.kernel in self.states():
            if time.monotonic() > end:
                raise machine.Failure(f"{attack.kernel} is still there after xm destroy")
        self.running.discard(attack.kernel)
        while abs(self.free_memory() - self.memory) > MEMORY_SLACK:
            if time.monotonic() > end:
                raise machine.Failure(f"{self.free_memory()} MiB free, {self.memory} before")
        if self.command("xenstore-list /local/domain | wc -l | grep -x 2").split()[-1] != "2":
            raise machine.Failure(f"the store still has nodes of {attack.kernel}")

    def verdicts(self, attack):
        """What the guest itself found wrong; its log is gone afterwards."""
        _, text = self.m.run(f"verdicts {attack.kernel}")
        failures = re.findall(r"^TEST \S+: FAIL .*", text, re.M)
        return failures, text

    def run(self, attack):
        """One hostile guest from its creation to its end: why it is a failure, or nothing."""
        only = f"only={attack.only} " if attack.only else ""
        self.command(f"xm create -q /hostile/{attack.kernel}.cfg 'extra=\"{only}{attack.options}\"'")
        self.running.add(attack.kernel)
        state = self.watch(attack)
        self.end(attack)
        self.all_is_well()
        failures, text = self.verdicts(attack)
        if attack.kernel == "fuzz":
            print(text, flush=True)
        if failures:
            return "; ".join(failures)
        if attack.ends and "s" not in state:
            return f"still running: {state}"
        return ""


def report(name, why, more=""):
    print(f"FAIL {name}: {why}" if why else f"ok {name}{more}", flush=True)
    return not why


def test(session, o):
    session.start()
    good = report("hostile.begin", "")
    for attack in attacks(o):
        session.slowest = 0.0
        try:
            why = session.run(attack)
        except KeyError:
            why = "the domain vanished from xm list by itself"
        good &= report(f"hostile.{attack.name}", why)
        print(f"     slowest command {session.slowest:.1f} s", flush=True)
    panic = re.search(r"^.*(Panic on CPU|FATAL TRAP|Assertion .* failed).*$", session.m.text, re.M)
    good &= report("hostile.hypervisor_lives", panic[0] if panic else "")
    session.m.run("poweroff -f", wait=False)
    session.m.wait_exit(60)
    return good


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("words", nargs="*", help="only guests whose name contains one of these: crash, spin.loop ...")
    p.add_argument("--hypervisor", default="ours")
    p.add_argument("--seconds", type=int, default=3, help="for each way to spin and to flood (%(default)s)")
    p.add_argument("--fuzz", type=int, default=20, help="seconds of random hypercalls for each seed (%(default)s)")
    p.add_argument("--seed", type=int, nargs="*", default=[1], help="of the random hypercalls (%(default)s)")
    p.add_argument("--cpus", type=int, default=2)
    o = p.parse_args()
    kernel = packages.kernel()
    initrd = image.dom0(kernel, "ours", [overlay()], output=WORK / "dom0-hostile.cpio")
    with machine.Machine("system-hostile", o.hypervisor, kernel.image, initrd, cpus=o.cpus, memory=1024,
                         xen_options="dom0_mem=512M", timeout=880 + o.fuzz * len(o.seed)) as m:
        session = Session(m)
        try:
            return 0 if test(session, o) else 1
        except machine.Failure as e:
            report("hostile", str(e))
            return 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except machine.Failure as e:
        print(f"FAIL hostile: {e}")
        sys.exit(1)
