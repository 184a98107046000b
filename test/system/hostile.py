#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 900
"""Guests that crash, spin, flood and pass rubbish to every hypercall, several at once: domain 0's commands go on
answering, so does another guest, and once the hostile guests are destroyed nothing of them is left."""

import argparse
import itertools
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
import image      # noqa: E402 # pylint: disable=wrong-import-position
import machine    # noqa: E402 # pylint: disable=wrong-import-position
import many       # noqa: E402 # pylint: disable=wrong-import-position
import packages   # noqa: E402 # pylint: disable=wrong-import-position
from paths import BUILD, ROOT, WORK, fresh   # noqa: E402 # pylint: disable=wrong-import-position
from verdicts import report, run_program   # noqa: E402 # pylint: disable=wrong-import-position

KERNELS = ["crash", "spin", "flood_console", "flood_store", "flood_events", "fuzz"]
PATIENCE = 30           # seconds that a command in domain 0 may take, on an emulated machine under load
PAGES_KEPT = 8          # the hypervisor's heap may keep its peak's pages, partly used
LOG_LIMIT = (16 << 10) + 64     # KiB of a log file: xenconsoled turns it when it has 16 MiB, after whole writes
GOOD = """name = "good"
kernel = "/guest/vmlinuz"
ramdisk = "/guest/initrd"
memory = 160
extra = "console=hvc0 loglevel=4"
"""


@dataclass
class Attack:
    """A hostile guest: the kernel, which of its tests, options; whether it must end by itself or must not."""
    name: str
    kernel: str
    options: str = ""
    ends: bool = False

    @property
    def restarts(self):
        """A fuzzer that its own calls have ended goes on in a new domain. Meanwhile there may be none of its name."""
        return self.kernel == "fuzz"

    def command(self):
        crash = "restart" if self.restarts else "preserve"
        return f"xm create -q /hostile/{self.kernel}.cfg name={self.name} 'extra=\"{self.options}\"' " \
               f"'on_crash=\"{crash}\"'"


def ways(kernel):
    """The names of a kernel's tests, from its source."""
    source = (HERE.parent / "guest" / kernel / f"{kernel}.c").read_text("utf-8")
    found = re.findall(rf'{{ "{kernel}\.(\w+)", \w+ }}', source)
    if not found:
        raise machine.Failure(f"no tests in {kernel}.c")
    return found


def batches(o):
    """What runs at once, and for how many seconds."""
    crashes = [Attack(f"crash.{way}", "crash", f"only={way}", True) for way in ways("crash")]
    plan = [(crashes[i:i + 5], 20) for i in range(0, len(crashes), 5)]
    plan += [([Attack(f"spin.{way}", "spin", f"only={way}") for way in ways("spin")], o.seconds * 2)]
    plan += [([Attack(kernel, kernel, f"time={o.seconds}", True)
               for kernel in ("flood_console", "flood_store", "flood_events")], 300)]
    yield from plan
    end = time.monotonic() + o.minutes * 60
    for first in itertools.count(0, len(o.seed)):
        if first and time.monotonic() >= end:
            return
        yield [Attack(f"fuzz.{seed + first}", "fuzz", f"seed={seed + first} time={o.fuzz}", True)
               for seed in o.seed], o.fuzz + 120


def overlay(vcpus):
    """What the test adds to domain 0's image: the kernels with their configurations, and programs."""
    subprocess.run(["make", "-s", "-C", str(ROOT / "test/guest")], check=True)
    folder = WORK / "hostile-overlay"
    shutil.rmtree(folder, ignore_errors=True)
    fresh(folder / "hostile/good.cfg").write_text(GOOD, "ascii")
    for kernel in KERNELS:
        shutil.copy(BUILD / "test/guest" / kernel / "kernel", folder / "hostile" / kernel)
        (folder / f"hostile/{kernel}.cfg").write_text(
            f'name = "{kernel}"\nkernel = "/hostile/{kernel}"\nmemory = 32\nvcpus = {vcpus}\n'
            'on_poweroff = "preserve"\non_watchdog = "preserve"\n', "ascii")
    shutil.copytree(HERE / "hostile", folder / "usr/bin")
    return folder


class Session:
    """Domain 0 with its daemons and the well-behaved guest."""

    def __init__(self, m):
        self.m = m
        self.asked = 0
        self.slowest = 0.0
        self.before = {}
        self.running = set()        # names that xm list must show
        self.restarting = set()     # and those that it may

    def command(self, line):
        """What a command in domain 0 prints; it must succeed within PATIENCE."""
        begin = time.monotonic()
        text = self.m.check(line, PATIENCE)
        self.slowest = max(self.slowest, time.monotonic() - begin)
        return text

    def start(self):
        self.m.wait_for("user space is up")
        self.m.check("dmesg -n 1; /etc/init.d/xencommons start", 90)
        self.command("xm create -q /hostile/good.cfg")
        self.m.until("grep -q 'user space is up' /var/log/xen/console/guest-good.log", 120)
        self.running = {"good"}
        self.all_is_well()
        # What the first one makes grow, stays.
        if fault := self.run([Attack("crash.says_so", "crash", "only=says_so", True)], 20)["crash.says_so"]:
            raise machine.Failure(fault)
        self.before = many.settled(self.m, many.figures(self.m), 5)
        self.command("xenstore-ls -f >/tmp/nodes")

    def states(self):
        """Domain name to state, from xm list."""
        text = self.command("xm list")
        found = dict(re.findall(r"^(\S+) +\d+ +\d+ +\d+ +([-rbpscd]{6}) +\d+\.\d$", text, re.M))
        found.pop("Domain-0", None)
        return found

    def all_is_well(self):
        """Domain 0's tools answer and tell the truth, the store works, the good guest answers."""
        states = self.states()
        more = self.restarting | {"(null)"} if self.restarting else set()
        if not self.running <= set(states) <= self.running | more:
            raise machine.Failure(f"xm list shows {sorted(states)} and not {sorted(self.running | self.restarting)}")
        self.asked += 1
        self.command(f"ask good {self.asked}")
        self.command(f"xenstore-write /test/alive {self.asked} && xenstore-read /test/alive")
        self.command("xm vcpu-list >/dev/null && xm info >/dev/null")
        return states

    def watch(self, attacks, seconds):
        """While the hostile guests are at it: the states they end in."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            states = self.all_is_well()
            if all("s" in states.get(a.name, "") for a in attacks):
                break
        return self.states()

    def await_end(self):
        """Fuzzers map each other's pages: one that was destroyed is gone when the last of them is."""
        end = time.monotonic() + PATIENCE
        while set(self.states()) != self.running and time.monotonic() < end:
            time.sleep(1)

    def log_sizes(self):
        """KiB of the greatest log."""
        return int(self.command("du -k /var/log/xen/console/* /var/log/xen/*.log | sort -n | tail -n 1").split()[0])

    def destroy(self, attack):
        if attack.restarts:
            self.m.until(f"xm destroy {attack.name}", PATIENCE)
        else:
            self.command(f"xm destroy {attack.name}")
        self.running.discard(attack.name)
        self.restarting.discard(attack.name)

    def fault(self, attack, state):
        """What is wrong with how a hostile guest went about it, or nothing."""
        text = self.command(f"verdicts {attack.name}")
        if attack.kernel == "fuzz":
            print("\n".join(re.findall(r"^fuzz: seed .* hypercalls$", text, re.M)), flush=True)
        if failures := re.findall(r"^TEST \S+: FAIL .*", text, re.M):
            return "; ".join(failures)
        begun = {"crash": f"crash: {attack.name.removeprefix('crash.')}", "spin": "spin: on 2 vcpus"}.get(attack.kernel)
        if begun and begun not in text.splitlines():
            return f"has not said {begun!r}: {text!r}"
        if not begun and "END" not in text.splitlines():
            return "did not come to its end"
        if attack.ends and "s" not in state:
            return f"still running: {state}"
        if not attack.ends and "s" in state:
            return f"ended by itself: {state}"
        return ""

    def run(self, attacks, seconds):
        """Some hostile guests from their creation to their end: the name and fault of each that has one."""
        for a in attacks:
            self.command(a.command())
            (self.restarting if a.restarts else self.running).add(a.name)
        states = self.watch(attacks, seconds)
        size = self.log_sizes()
        for a in attacks:
            self.destroy(a)
        self.await_end()
        self.all_is_well()
        faults = {a.name: self.fault(a, states.get(a.name, "none")) for a in attacks}
        if size > LOG_LIMIT:
            faults[attacks[0].name] += f" a log has {size} KiB"
        return faults

    def audit(self):
        """The hypervisor counts all references to frames anew."""
        self.command("xm debug-keys A")
        said = re.findall("Audit: .*", self.command("xm dmesg | tail -n 50"))
        print("\n".join(said), flush=True)
        return report("hostile.audit", said and said[-1].endswith(", 0 errors"), said[-1] if said else "it says nothing")

    def nothing_left(self):
        after = many.settled(self.m, self.before)
        print(self.m.run("xenstore-ls -f | diff /tmp/nodes - | grep '^[+-]/'")[1], flush=True)
        kept = self.before["free_pages"] - after["free_pages"]
        good = report("hostile.pages_given_back", kept <= PAGES_KEPT, f"{kept} pages are missing")
        good &= self.audit()
        return many.compare("hostile.nothing_left", self.before | {"free_pages": after["free_pages"]}, after) and good


def test(session, o):
    session.start()
    good = report("hostile.begin", True)
    for planned, seconds in batches(o):
        attacks = [a for a in planned if not o.words or any(word in a.name for word in o.words)]
        if not attacks:
            continue
        session.slowest = 0.0
        begin = time.monotonic()
        for name, fault in session.run(attacks, seconds).items():
            good &= report(f"hostile.{name}", not fault, fault)
        print(f"     {time.monotonic() - begin:.0f} s, slowest command {session.slowest:.1f} s", flush=True)
    good &= session.nothing_left()
    fault = re.search(r"^.*(Panic on CPU|FATAL TRAP|Assertion .* failed|UBSAN: ).*$", session.m.text, re.M)
    good &= report("hostile.hypervisor_is_well", not fault, fault and fault[0])
    session.m.power_off()
    return good


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("words", nargs="*", help="only guests whose name contains one of these: crash, spin.loop ...")
    p.add_argument("--hypervisor", default="ours")
    p.add_argument("--seconds", type=int, default=1, help="for each way to flood, half of all spinning (%(default)s)")
    p.add_argument("--fuzz", type=int, default=60, help="seconds of random hypercalls (%(default)s)")
    p.add_argument("--seed", type=int, nargs="*", default=[1, 2], help="of the random hypercalls (%(default)s)")
    p.add_argument("--minutes", type=int, default=0, help="go on with them and other seeds so long (%(default)s)")
    p.add_argument("--vcpus", type=int, default=2, help="of a hostile guest (%(default)s)")
    p.add_argument("--cpus", type=int, default=2)
    o = p.parse_args()
    kernel = packages.kernel()
    initrd = image.dom0(kernel, "ours", [many.overlay(), overlay(o.vcpus)], output=WORK / "dom0-hostile.cpio")
    with machine.Machine("system-hostile", o.hypervisor, kernel.image, initrd, cpus=o.cpus, memory=1536,
                         xen_options="dom0_mem=512M", timeout=1000 + o.fuzz + o.minutes * 60) as m:
        return 0 if test(Session(m), o) else 1


if __name__ == "__main__":
    run_program("hostile", main)
