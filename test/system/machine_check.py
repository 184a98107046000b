#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 60
"""Machine checks, by QEMU's monitor: one after the other, at whatever instruction, while a fuzzer does all that a guest can
do, in both widths: errors that nobody has used are told of and change nothing. A guest that has used broken memory is
crashed. What else there is ends the hypervisor, which says what it was, also after the reboot."""

import argparse
import random
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lib"))
import machine      # noqa: E402 # pylint: disable=wrong-import-position
from paths import BUILD   # noqa: E402 # pylint: disable=wrong-import-position
from verdicts import note, report, run_program   # noqa: E402 # pylint: disable=wrong-import-position

# IA32_MCi_STATUS: valid, uncorrected, enabled, with address and misc
ERROR = 1 << 63 | 1 << 61 | 1 << 60 | 1 << 59 | 1 << 58
CORRECTED = ERROR ^ 1 << 61
STATE_CORRUPT, SIGNALLED, ACTION_REQUIRED = 1 << 57, 1 << 56, 1 << 55
BANKS = range(9)
ADDRESS = 0x12345000
AT_LEAST = 50           # machine checks in a fuzzer's life of several seconds
CALLS = 30000
TRIES = 1000            # looks at a CPU that is nearly always where it is wanted


def inject(m, cpu, bank, status, concerned=False):
    """The machine check exception, with what it reports; what was interrupted can go on (RIPV), and is perhaps what the error
    has to do with (EIPV)."""
    set_bank(m, cpu, bank, ERROR | status, 7 if concerned else 5)


def set_bank(m, cpu, bank, status, global_status):
    """Without the bit of uncorrected errors there is no exception."""
    said = m.monitor(f"mce {cpu} {bank} {status:#x} {global_status} {ADDRESS:#x} 0x8c")
    if said.strip():
        raise machine.Failure(f"QEMU: {said}")


def told(cpu, bank, status):
    """A pattern for what the hypervisor says of it."""
    return rf"Machine check on CPU {cpu}: bank {bank}: status {ERROR | status:x}, address {ADDRESS:x}, misc 8c\n"


def start(name, kernel, options="", **settings):
    return machine.Machine(f"system-machine_check-{name}", "ours", BUILD / "test" / kernel / "kernel", cpus=2, memory=256,
                           options=options, accel="tcg", timeout=60, **settings)


def harmless(width):
    """Patrol scrubbing finds errors while the fuzzer runs on one of two CPUs, wherever it and the idle one are."""
    place = random.Random(width)
    count = 0
    with start(f"harmless{width}", f"guest{'32' if width == 32 else ''}/fuzz", f"seed=1 calls={CALLS} cpus=1") as m:
        m.wait_for("^fuzz: seed 1 ")
        while "accepted calls of all" not in m.text:
            cpu, bank = place.randrange(2), place.choice(BANKS)
            inject(m, cpu, bank, SIGNALLED)
            m.wait_for(told(cpu, bank, SIGNALLED), 10)
            count += 1
        m.wait_for("^END$")
        note(f"{count} machine checks")
        fault = "" if re.search(r"^TEST fuzz: ok$", m.text, re.M) and re.search("Audit: .* 0 errors", m.text) else m.tail(5)
        fault = fault or ("" if count >= AT_LEAST else f"{count} machine checks only")
    return report(f"machine_check.harmless.{width}", not fault, fault)


def stop_at(m, cpu, level):
    """Stop the machine when the CPU executes at this privilege level: 0 the hypervisor, 3 a guest."""
    for _ in range(TRIES):
        m.monitor("stop")
        registers = re.split(r"CPU#\d+", m.monitor("info registers -a"))[1 + cpu]
        if f"CPL={level} " in registers:
            return
        m.monitor("cont")
    raise machine.Failure(f"CPU {cpu} was not found at level {level} in {TRIES} looks")


def not_concerned():
    """Another logical processor with the same banks has used broken memory: it tells of that, not this one's guest."""
    with start("sibling", "guest/spin", "only=loop") as m:
        m.wait_for("^spin: on 2 vcpus$")
        stop_at(m, 1, 3)
        set_bank(m, 1, 4, CORRECTED, 0)
        inject(m, 1, 3, SIGNALLED | ACTION_REQUIRED)
        m.monitor("cont")
        m.wait_for(f"bank 4: status {CORRECTED:x}", 10, fail="crashed|FATAL|bank 3")
        m.monitor("stop")
        set_bank(m, 1, 4, ERROR, 5)
        m.monitor("cont")
        m.wait_for(told(1, 4, 0), 10, fail="crashed|FATAL|bank 3")
    return report("machine_check.not_concerned", True)


def used(name, level, options=""):
    """What the hypervisor said of broken memory that the CPU 1 has used at that privilege level."""
    with start(name, "guest/spin", "only=loop", xen_options=options) as m:
        m.wait_for("^spin: on . vcpus$")
        stop_at(m, 1, level)
        inject(m, 1, 3, SIGNALLED | ACTION_REQUIRED, concerned=True)
        m.monitor("cont")
        return m.wait_for(rf"{told(1, 3, SIGNALLED | ACTION_REQUIRED)}.*broken memory|FATAL TRAP: .*\n.*RIP", 10)[0]


def used_by_a_guest():
    """Both virtual CPUs spin."""
    said = used("guest", 3)
    return report("machine_check.used_by_a_guest", re.search(r"Domain 0 crashed .*broken memory$", said), said)


def used_by_the_hypervisor():
    """CPU 1 is idle: it has nothing but the hypervisor."""
    said = used("hypervisor", 0, "dom0_max_vcpus=1")
    return report("machine_check.used_by_the_hypervisor", re.search(r"machine check; bank 3: .*\n.* hypervisor, RIP$", said), said)


def fatal():
    """A reset doesn't clear the banks, so the next boot tells of it once more."""
    with start("fatal", "guest/spin", "only=loop", reboot=True) as m:
        m.wait_for("^spin: on 2 vcpus$")
        inject(m, 0, 2, STATE_CORRUPT)
        what = rf"bank 2: status {ERROR | STATE_CORRUPT:x}, address {ADDRESS:x}, misc 8c"
        m.wait_for(rf"FATAL TRAP: machine check; {what}", 10)
        m.wait_for(rf"Machine check before the boot on CPU 0: {what}", 30)
        m.wait_for("^spin: on 2 vcpus$")
    return report("machine_check.fatal", True)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--hypervisor", default="ours", choices=["ours"], help="Debian's says other things")
    p.parse_args()
    good = harmless(64)
    good &= harmless(32)
    good &= not_concerned()
    good &= used_by_a_guest()
    good &= used_by_the_hypervisor()
    return 0 if fatal() and good else 1


if __name__ == "__main__":
    run_program("machine_check", main)
