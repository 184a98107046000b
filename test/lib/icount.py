# SPDX-License-Identifier: GPL-2.0-only
"""A machine whose time counts instructions, stopped at chosen instructions to read the count.

    with Counted("name", "ours", kernel.image, initrd, memory=2048) as m:
        start = m.run_to(0x200000)
        entry = m.run_to(0xffffffff81000000)
        end = m.run_to_power_off()

Under `-icount shift=0` the emulator executes one instruction each nanosecond of the machine's time, and tells how many
they were so far whenever the machine stands still. Stopping it, by a breakpoint or a watchpoint of its debugger's port,
executes nothing and so costs nothing.
"""

import select
import shutil
import socket
import tempfile
import time

from machine import Machine

CS_OFFSET = 17 * 8 + 4      # in the debugger's block of registers: 16 general ones, rip, eflags


def packet(data):
    """A request as the debugger's protocol frames it."""
    return b"$%s#%02x" % (data, sum(data) & 0xff)


def first_packet(received):
    """Contents of the first complete packet in what was received, and what follows it; None if there is none."""
    start = received.find(b"$")
    end = received.find(b"#", start)
    if start < 0 or end < 0 or len(received) < end + 3:
        return None, received
    data = received[start + 1:end]
    if received[end + 1:end + 3].lower() != b"%02x" % (sum(data) & 0xff):
        raise ValueError(f"damaged packet from the debugger's port: {received[start:end + 3]!r}")
    return data, received[end + 3:]


class Counted(Machine):
    """A Machine that starts standing still. One CPU: counts of several are not defined."""

    def __init__(self, name, hypervisor, kernel, initrd=None, **settings):
        self.folder = tempfile.mkdtemp(prefix="gdb-")
        extra = ["-S", "-gdb", f"unix:{self.folder}/port,server=on,wait=off", "-no-shutdown"]
        super().__init__(name, hypervisor, kernel, initrd, icount=True, extra=extra, **settings)
        self.gdb, self.received = socket.socket(socket.AF_UNIX), b""

    def __enter__(self):
        super().__enter__()
        self.qmp_command("query-status")    # QEMU answers once it has opened all its ports
        self.gdb.connect(f"{self.folder}/port")
        return self

    def __exit__(self, *reason):
        super().__exit__(*reason)
        self.gdb.close()
        shutil.rmtree(self.folder)

    def count(self):
        """Instructions since the machine was switched on; exact when it stands still."""
        return self.qmp_command("query-replay")["icount"]

    # ---- the debugger's protocol

    def _answer(self):
        """The next packet from the debugger's port; the console is served meanwhile."""
        while True:
            data, self.received = first_packet(self.received)
            if data is not None:
                self.gdb.sendall(b"+")
                return data
            left = max(0, self.deadline - time.monotonic())
            ready = select.select([self.gdb, self.process.stdout], [], [], left)[0]
            if not ready:
                self._fail("timed out")
            if self.process.stdout in ready and not self._pump(0):
                self._fail(f"machine ended ({self._shutdown_reason()})")
            if self.gdb in ready:
                self.received += self.gdb.recv(65536)

    def ask(self, request):
        """What the debugger's port answers to a request."""
        self.gdb.sendall(packet(request))
        return self._answer()

    def privilege(self):
        """The processor's privilege level, 0 to 3."""
        registers = bytes.fromhex(self.ask(b"g").decode())
        return registers[CS_OFFSET] & 3

    # ---- running

    def _run_to(self, point, kind, privilege):
        while True:
            self.ask(b"Z%d,%x,1" % (kind, point))
            self.ask(b"c")
            if self.qmp_command("query-status")["status"] != "debug":
                self._fail(f"machine ended before it reached {point:#x}")
            self.ask(b"z%d,%x,1" % (kind, point))
            if privilege is None or self.privilege() == privilege:
                return self.count()
            self.ask(b"s")      # past the breakpoint, which would stop it at once again

    def run_to(self, address, privilege=None):
        """Run until the instruction at an address is to be executed (at that privilege level); the count."""
        return self._run_to(address, 1, privilege)

    def run_to_read(self, address):
        """Run until the byte at an address is read; the count."""
        return self._run_to(address, 3, None)

    def run_to_power_off(self):
        """Run until the machine is switched off; the count."""
        self.ask(b"c")
        if self.qmp_command("query-status")["status"] != "shutdown":
            self._fail("machine stopped before it was switched off")
        return self.count()
