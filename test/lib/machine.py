# SPDX-License-Identifier: GPL-2.0-only
"""A machine in QEMU: boots a hypervisor with domain 0, or a kernel alone, and talks to its serial console.

    with Machine("name", "ours", kernel.image, initrd) as m:
        m.wait_for("user space is up")
        status, text = m.run("xm list")
        assert m.power_off() == "shutdown"

The process dies with its owner, whatever happens to that. All that the console said is kept in
build/test-logs/NAME.log.
"""

import ctypes
import gzip
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import time
import tty
from functools import lru_cache
from pathlib import Path

import packages
from paths import BUILD, DIST, LOGS, WORK, fresh

QEMU = "qemu-system-x86_64"
EFI_FIRMWARE = Path("/usr/share/ovmf/OVMF.fd")
PR_SET_PDEATHSIG = 1


ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
MESSAGES = r"(?:\(XEN\) .*\n)*"          # the hypervisor's lines, which come in the midst of whatever else is written
UNDEFINED = re.compile("UBSAN: .*\n")     # what a hypervisor made with ubsan=y complains of
PIECE = 48      # letters typed at once


class Failure(Exception):
    """The machine didn't do what was expected; the text says what, with the end of its console."""


def _interrupted(text):
    """A pattern for a text that the console says, whatever the hypervisor says meanwhile."""
    return MESSAGES.join(map(re.escape, text))


def _printable(text):
    """Text without what terminals and line editors put between its letters."""
    return re.sub(r"[\x00-\x20]", "", ESCAPES.sub("", text))


def _die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


@lru_cache(maxsize=None)
def kvm_works():
    """Whether a guest really starts under KVM, and fast: Debian's kernel must say its first word within
    seconds (/dev/kvm alone is no proof). The answer is kept until the next boot of this machine."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    answer = fresh(BUILD / f"kvm-{boot}")
    if not answer.exists():
        options = "console=ttyS0 earlyprintk=serial,ttyS0 panic=-1"
        command = [QEMU, "-accel", "kvm", "-cpu", "host", "-m", "256", "-display", "none", "-nodefaults",
                   "-no-reboot", "-serial", "stdio", "-kernel", str(packages.kernel().image), "-append", options]
        try:
            said = subprocess.run(command, timeout=12, capture_output=True, check=False,
                                  stdin=subprocess.DEVNULL, preexec_fn=_die_with_parent).stdout
        except subprocess.TimeoutExpired as e:
            said = e.stdout or b""
        answer.write_text("yes" if b"Linux version" in said else "no", encoding="ascii")
    return answer.read_text(encoding="ascii") == "yes"


def hypervisor_image(which):
    """The hypervisor's file as installed, compressed or not."""
    if which == "debian":
        return packages.oracle() / "boot" / "xen-4.17-amd64.gz"
    if which == "ours":
        return DIST / "boot" / "xen.gz"
    return Path(which)


def _plain(path):
    """An uncompressed copy: QEMU's own multiboot loader doesn't unpack. Its path is passed to the hypervisor, which takes more
    instructions for a longer one: it always has the same length."""
    data = path.read_bytes()
    if data[:2] != b"\x1f\x8b":
        return path
    digest = f"{path.stat().st_mtime_ns:x}-{os.getpid():07}"
    plain = fresh(WORK / f"{path.name.removesuffix('.gz')}-{digest}")
    plain.write_bytes(gzip.decompress(data))
    return plain


def grub_iso(image, xen_options, kernel, kernel_options, initrd, output, protocol=2, efi=False):
    """An ISO that GRUB boots by itself, by Multiboot 2 or 1, on a machine with a BIOS or with EFI firmware."""
    tree = Path(tempfile.mkdtemp(prefix="iso-", dir=fresh(WORK / "x").parent))
    boot, module = ("multiboot2", "module2") if protocol == 2 else ("multiboot", "module")
    try:
        (tree / "boot/grub").mkdir(parents=True)
        shutil.copy(kernel, tree / "boot/vmlinuz")
        lines = ["set timeout=0", "serial --unit=0 --speed=115200", "terminal_output console serial",
                 "menuentry domain0 {"]
        if image:
            shutil.copy(image, tree / "boot/xen.gz")
            lines += [f"{boot} /boot/xen.gz {'placeholder ' if protocol == 1 else ''}{xen_options}",
                      f"{module} /boot/vmlinuz {'placeholder ' if protocol == 1 else ''}{kernel_options}"]
        else:
            lines += [f"linux /boot/vmlinuz {kernel_options}"]
        if initrd:
            shutil.copy(initrd, tree / "boot/initrd")
            lines += [f"{module if image else 'initrd'} /boot/initrd"]
        (tree / "boot/grub/grub.cfg").write_text("\n".join(lines + ["}", ""]))
        subprocess.run(["grub-mkrescue", "-d", f"/usr/lib/grub/{'x86_64-efi' if efi else 'i386-pc'}", "-o", str(fresh(Path(output))),
                        str(tree)], check=True, capture_output=True)
    finally:
        shutil.rmtree(tree)
    return Path(output)


class Machine:
    """One run of one machine. hypervisor: ours, debian, none, or a file. kernel: None to see what a hypervisor
    says without one."""

    def __init__(self, name, hypervisor, kernel, initrd=None, *, cpus=1, memory=1024, options="",
                 xen_options="", icount=False, disks=(), grub=False, multiboot=2, efi=False, timeout=300, echo=False,
                 accel=None, cpu=None, extra=(), reboot=False):
        self.name, self.hypervisor, self.kernel, self.initrd = name, hypervisor, kernel and Path(kernel), initrd
        self.cpus, self.memory, self.icount, self.disks = cpus, memory, icount, disks
        self.grub, self.multiboot, self.echo, self.cpu, self.extra = grub, multiboot, echo, cpu, extra
        self.efi, self.reboot = efi, reboot
        self.accel = accel or ("tcg" if icount or not kvm_works() else "kvm")
        self.deadline = time.monotonic() + timeout
        native = hypervisor == "none"
        self.options = f"console={'ttyS0' if native else 'hvc0'} loglevel=4 panic=1 {options}".strip()
        self.xen_options = f"com1=115200,8n1 console=com1 {xen_options}".strip()
        self.log = fresh(LOGS / f"{name}.log")
        self.text = ""      # all that the console said
        self.seen = 0       # how much of it waits have consumed
        self.process = self.qmp = self.temporary = None
        self.exit_reason = None
        self.serial = self.requests = 0

    # ---- life

    def command(self):
        """QEMU's command line but for where the console goes."""
        cpu = self.cpu or ("host" if self.accel == "kvm" else "max,-smap")
        if self.icount:     # the same instructions in every run: no random numbers from the host
            cpu += ",-rdrand,-rdseed"
        # Emulated CPUs take turns on one thread: on threads of their own, QEMU 7.2 makes programs in domain 0
        # crash now and then while guests start, whatever the hypervisor.
        accel = "tcg,thread=single" if self.accel == "tcg" and not self.icount else self.accel
        clock = "vm" if self.icount else "host"     # what is read from it must not depend on how fast the emulator is
        line = [QEMU, "-accel", accel, "-cpu", cpu, "-smp", str(self.cpus), "-m", str(self.memory),
                "-display", "none", "-nodefaults", "-vga", "std", "-rtc", f"base=2024-01-01T00:00:00,clock={clock}"]
        if not self.reboot:
            line += ["-no-reboot"]
        if self.icount:
            line += ["-icount", "shift=0,sleep=off"]
        for disk in self.disks:
            line += ["-drive", f"file={disk},format=raw,if=virtio"]
        return line + self._boot() + list(self.extra)

    def _boot(self):
        image = None if self.hypervisor == "none" else hypervisor_image(self.hypervisor)
        if image and not image.exists():
            raise Failure(f"{image} is not built: run `make world` first")
        if self.grub:
            iso = grub_iso(image, self.xen_options, self.kernel, self.options, self.initrd,
                           WORK / f"{self.name}.iso", self.multiboot, self.efi)
            return ["-cdrom", str(iso), "-boot", "d"] + (["-bios", str(EFI_FIRMWARE)] if self.efi else [])
        if not image:
            return ["-kernel", str(self.kernel), "-append", self.options] + \
                (["-initrd", str(self.initrd)] if self.initrd else [])
        self.temporary = _plain(image)
        line = ["-kernel", str(self.temporary), "-append", self.xen_options]
        if not self.kernel:
            return line
        modules = f"{self.kernel} {self.options}".replace(",", ",,")
        if self.initrd:
            modules += f",{self.initrd}"
        return line + ["-initrd", modules]

    def __enter__(self):
        folder = tempfile.mkdtemp(prefix="qemu-")
        path = f"{folder}/qmp"
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen(1)
        listener.settimeout(30)
        line = self.command() + ["-serial", "stdio", "-chardev", f"socket,id=q,path={path}",
                                 "-mon", "chardev=q,mode=control"]
        self.errors = tempfile.TemporaryFile()
        # pylint: disable=consider-using-with # ended by __exit__
        self.logfile = open(self.log, "wb")
        self.process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.errors, preexec_fn=_die_with_parent)
        try:
            self.qmp = listener.accept()[0]
            self.qmp_buffer = b""
            self.qmp.settimeout(0)
            self.qmp.sendall(b'{"execute": "qmp_capabilities"}\n')
        except (TimeoutError, socket.timeout):
            self.__exit__()
            raise Failure(f"QEMU did not start: {self._error_text()}") from None
        finally:
            listener.close()
            shutil.rmtree(folder)
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._pump(0)
        if not self.echo:       # a failure of whatever test this was
            print("".join(UNDEFINED.findall(self.text)), end="", flush=True)
        for closing in (self.process.stdin, self.process.stdout, self.qmp, self.logfile):
            try:
                if closing:
                    closing.close()
            except OSError:
                pass
        if self.temporary and self.temporary.parent == WORK:
            self.temporary.unlink(missing_ok=True)

    # ---- the console

    def _error_text(self):
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace").strip()

    def tail(self, lines=40):
        """The end of what the console said."""
        return "\n".join(self.text.splitlines()[-lines:])

    def _fail(self, what):
        errors = self._error_text()
        raise Failure(f"{what}\n--- end of {self.log}\n{self.tail()}" + (f"\n--- QEMU: {errors}" if errors else ""))

    def _pump(self, wait):
        """Take in what the console says for at most `wait` seconds; False when it will say no more."""
        fd = self.process.stdout.fileno()
        if not select.select([fd], [], [], wait)[0]:
            return True
        data = os.read(fd, 65536)
        if not data:
            return False
        self.logfile.write(data)
        self.logfile.flush()
        if self.echo:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        self.text += data.decode(errors="replace").replace("\r", "")
        return True

    def wait_for(self, pattern, timeout=None, fail=None):
        """Wait until the console says something (a regular expression) after what earlier waits matched, and
        return the match. fail: an expression that must not come first."""
        end = min(self.deadline, time.monotonic() + timeout) if timeout else self.deadline
        alive = True
        while True:
            match = re.compile(pattern, re.M).search(self.text, self.seen)
            if match:
                self.seen = match.end()
                return match
            if fail and re.compile(fail, re.M).search(self.text, self.seen):
                self._fail(f"console said {fail!r} while waiting for {pattern!r}")
            if not alive:
                self._fail(f"machine ended ({self._shutdown_reason()}) while waiting for {pattern!r}")
            if time.monotonic() > end:
                self._fail(f"timed out waiting for {pattern!r}")
            alive = self._pump(0.2)

    def send(self, text):
        """Type at the console, no faster than it echoes: what hypervisor and kernel buffer is little, and the
        rest would be lost. Where nothing echoes a piece, the next one follows after a while."""
        for start in range(0, len(text), PIECE):
            piece = text[start:start + PIECE]
            sent = len(self.text)
            try:
                self.process.stdin.write(piece.encode())
                self.process.stdin.flush()
            except OSError:
                self._fail(f"machine ended before {text!r} could be sent")
            patience = min(self.deadline, time.monotonic() + 3)
            while _printable(piece) not in _printable(self.text[sent:]) and time.monotonic() < patience:
                if not self._pump(0.1):
                    break

    def run(self, command, timeout=60, wait=True):
        """Run a command line at the shell on the console: its exit status and what it printed."""
        if not wait:
            self.send(command + "\n")
            return None, ""
        self.serial += 1
        # One line, so that its echo ends before its output begins; the marks are split in the middle so that
        # the echo is not taken for them.
        self.send(f"echo '[begin' '{self.serial}]'; {command}; status=$?; echo; "
                  f"echo '[end' '{self.serial}' $status]\n")
        self.wait_for(_interrupted(f"[begin {self.serial}]\n"), timeout)
        start = self.seen
        match = self.wait_for(_interrupted(f"[end {self.serial} ") + rf"{MESSAGES}(\d+){MESSAGES}\]", timeout)
        return int(match[1]), ESCAPES.sub("", self.text[start:match.start()]).rstrip("\n")

    def check(self, command, timeout=60):
        """run() for a command that must succeed: what it printed."""
        status, text = self.run(command, timeout)
        if status:
            self._fail(f"{command!r} gave status {status}: {text}")
        return text

    def until(self, command, seconds=30):
        """Wait until a command succeeds at the shell on the console, tried twice a second."""
        tries = seconds * 2
        status, text = self.run(f"n=0; until {command}; do test $((n += 1)) -gt {tries} && break; sleep 0.5; done; "
                                f"test $n -le {tries}", seconds * 2 + 30)
        if status:
            self._fail(f"`{command}` not within {seconds} s: {text[-200:]}")

    def wait_exit(self, timeout=None):
        """Wait until the machine is off; why it went: shutdown (by itself), reset, panic ..."""
        end = min(self.deadline, time.monotonic() + timeout) if timeout else self.deadline
        while self._pump(0.2):
            if time.monotonic() > end:
                self._fail("timed out waiting for the machine to power off")
        return self._shutdown_reason()

    def power_off(self, timeout=60):
        """Have domain 0 switch the machine off, and wait until it is; why it went."""
        self.run("poweroff -f", wait=False)
        return self.wait_exit(timeout)

    def _shutdown_reason(self):
        if self.exit_reason is None:
            self.process.wait()
            self._read_qmp()
            reasons = re.findall(r'"SHUTDOWN".*?"reason": "([^"]+)"', self.qmp_buffer.decode())
            self.exit_reason = reasons[-1].removeprefix("guest-") if reasons else \
                f"QEMU's status {self.process.returncode}, {self._error_text().splitlines()[-1:]}"
        return self.exit_reason

    def _read_qmp(self):
        try:
            while data := self.qmp.recv(65536):
                self.qmp_buffer += data
        except OSError:
            pass

    def qmp_command(self, name, timeout=10, **arguments):
        """A command of QEMU's machine protocol; what it returned."""
        self.requests += 1
        request = {"execute": name, "arguments": arguments, "id": self.requests}
        self.qmp.sendall(json.dumps(request).encode() + b"\n")
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            self._read_qmp()
            for line in self.qmp_buffer.splitlines(keepends=True):
                answer = json.loads(line) if line.endswith(b"\n") else {}
                if answer.get("id") == self.requests:
                    return answer["return"]
            select.select([self.qmp], [], [], 0.05)
        self._fail(f"no answer to QEMU's command {name!r}")
        return None

    def monitor(self, command):
        """A command of QEMU's human monitor, for instance "system_reset"; what it answered."""
        return self.qmp_command("human-monitor-command", **{"command-line": command})

    def drain(self):
        """Keep the console's log until the machine is off; for a thread beside somebody who doesn't read it."""
        while self._pump(1):
            pass

    def interact(self):
        """Connect the terminal to the console until the machine is off or Ctrl-\\ is typed; Ctrl-] is xm console's."""
        keyboard = sys.stdin.fileno()
        saved = termios.tcgetattr(keyboard)
        console = self.process.stdout.fileno()
        try:
            tty.setraw(keyboard)
            while True:
                ready = select.select([keyboard, console], [], [])[0]
                if console in ready:
                    data = os.read(console, 65536)
                    if not data:
                        return
                    self.logfile.write(data)
                    os.write(sys.stdout.fileno(), data)
                if keyboard in ready:
                    typed = os.read(keyboard, 1024)
                    if b"\x1c" in typed:
                        return
                    self.process.stdin.write(typed)
                    self.process.stdin.flush()
        except OSError:
            return
        finally:
            termios.tcsetattr(keyboard, termios.TCSADRAIN, saved)
