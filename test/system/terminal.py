#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 120
"""test/qemu on a terminal: what is typed reaches domain 0's shell, Ctrl-] too, which is xm console's; Ctrl-\\ leaves."""

import argparse
import os
import pty
import re
import select
import sys
import time
from pathlib import Path

QEMU = Path(__file__).resolve().parent.parent / "qemu"


class Terminal:
    """A program with a terminal of its own."""

    def __init__(self, *command):
        self.text, self.seen = "", 0
        self.process, self.fd = pty.fork()
        if self.process == 0:
            os.execv(command[0], command)

    def wait_for(self, pattern, seconds):
        """Whether the program says this, or ends if pattern is None, in time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            match = pattern and re.compile(pattern, re.M).search(self.text, self.seen)
            if match:
                self.seen = match.end()
                return True
            if select.select([self.fd], [], [], 0.2)[0]:
                try:
                    data = os.read(self.fd, 65536)
                except OSError:
                    data = b""
                if not data:
                    return pattern is None
                self.text += data.decode(errors="replace").replace("\r", "")
        return False

    def type(self, text):
        os.write(self.fd, text.encode())


def report(name, good, why):
    print(f"ok terminal_{name}" if good else f"FAIL terminal_{name}: {why}", flush=True)
    return good


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--hypervisor", default="ours")
    o = p.parse_args()
    t = Terminal(str(QEMU), "--hypervisor", o.hypervisor, "--tools", "none", "--name", "system-terminal", "--timeout", "100")
    good = report("prompt", t.wait_for("^/ # ", 60), t.text[-300:])
    t.type("echo typed $((6 * 7))\n")
    good &= report("typed", t.wait_for("^typed 42$", 10), t.text[-300:])
    t.type("\x1d\x15echo still $((6 * 7))\n")
    good &= report("bracket_is_passed_on", t.wait_for("^still 42$", 10), t.text[-300:])
    t.type("\x1c")
    good &= report("backslash_leaves", t.wait_for(None, 10), t.text[-300:])
    os.waitpid(t.process, 0)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
