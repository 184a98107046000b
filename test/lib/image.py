# SPDX-License-Identifier: GPL-2.0-only
"""Initramfs archives for domain 0 and for guests. The same input gives the same bytes."""

import lzma
import os
import re
import stat
import subprocess
from pathlib import Path

import packages
from paths import DIST, WORK, replaced

HERE = Path(__file__).resolve().parent
BUSYBOX = Path("/bin/busybox")
LIBGCC = Path("/lib/x86_64-linux-gnu/libgcc_s.so.1")    # glibc loads it to cancel a thread

DOM0_MODULES = ["xen-privcmd", "xenfs", "xen-evtchn", "xen-gntdev", "xen-gntalloc", "xen-blkback",
                "xen-netback", "xen-blkfront", "xen-netfront", "bridge", "stp", "llc", "loop",
                "crc32c_generic", "ext4", "isofs", "ata_piix", "ahci", "sr_mod", "sd_mod", "e1000",
                "virtio_pci", "virtio_blk"]
GUEST_MODULES = ["xen-blkfront", "xen-netfront", "crc32c_generic", "ext4",
                 "xen-privcmd", "xenfs", "xen-evtchn", "xen-gntdev", "xen-gntalloc"]


class Archive:
    """A cpio archive in the making ("newc", what the kernel unpacks)."""

    def __init__(self):
        self.entries = {}

    def put(self, path, mode, data=b"", device=(0, 0)):
        """An entry of any kind, its parent folders made as needed; a later one replaces an earlier one."""
        path = str(path).strip("/")
        parent = os.path.dirname(path)
        if parent and parent not in self.entries:
            self.put(parent, stat.S_IFDIR | 0o755)
        self.entries[path] = (mode, data, device)

    def folder(self, path):
        self.put(path, stat.S_IFDIR | 0o755)

    def text(self, path, text, executable=False):
        self.put(path, stat.S_IFREG | (0o755 if executable else 0o644), text.encode())

    def link(self, path, target):
        self.put(path, stat.S_IFLNK | 0o777, target.encode())

    def node(self, path, major, minor):
        self.put(path, stat.S_IFCHR | 0o600, device=(major, minor))

    def copy(self, source, path):
        """A file, a symbolic link as such, or a folder with all that is in it."""
        source = Path(source)
        if source.is_symlink():
            self.link(path, os.readlink(source))
        elif source.is_dir():
            self.folder(path)
            for child in sorted(source.iterdir()):
                self.copy(child, f"{path}/{child.name}")
        else:
            executable = source.stat().st_mode & 0o111
            self.put(path, stat.S_IFREG | (0o755 if executable else 0o644), source.read_bytes())

    def program(self, source, path, library_root=None):
        """A program or library together with the shared libraries that it needs. Libraries found under
        library_root (an unpacked tree of packages) take the place they have there."""
        self.copy(Path(source).resolve(), path)
        environment = dict(os.environ)
        if library_root:
            environment["LD_LIBRARY_PATH"] = f"{library_root}/usr/lib/x86_64-linux-gnu"
        listing = subprocess.run(["ldd", str(source)], capture_output=True, text=True, check=False,
                                 env=environment).stdout
        missing = re.findall(r"(\S+) => not found", listing)
        if missing:
            raise FileNotFoundError(f"{source} needs {', '.join(missing)}")
        for library in re.findall(r"(/\S+) \(0x", listing):
            inside = library
            if library_root and library.startswith(str(library_root)):
                inside = library[len(str(library_root)):]
            self.copy(Path(library).resolve(), inside)

    def write(self, path):
        """Write the archive, uncompressed: what unpacks it may be an emulated machine. The file appears when it is
        complete: others may be reading an older one."""
        with replaced(path) as out:
            for inode, name in enumerate(sorted(self.entries), 1):
                out.write(_entry(name, inode, *self.entries[name]))
            out.write(_entry("TRAILER!!!", 0, 0, b"", (0, 0)))
        return Path(path)


def _entry(name, inode, mode, data, device):
    links = 2 if stat.S_ISDIR(mode) else 1
    fields = (inode, mode, 0, 0, links, 0, len(data), 0, 0, *device, len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
    return head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4)


def _module_files(kernel):
    """Name to file, for every module of a kernel package; '-' and '_' are the same letter in names."""
    files = {}
    for path in kernel.modules.glob("kernel/**/*.ko*"):
        files[path.name.split(".")[0].replace("-", "_")] = path
    return files


def _read_module(path):
    data = path.read_bytes()
    return lzma.decompress(data) if path.suffix == ".xz" else data


def add_modules(archive, kernel, names):
    """Modules with all that they depend on, and /etc/modules: the order to insert them in. A name that is
    built into the kernel needs no file."""
    files = _module_files(kernel)
    builtin = {Path(line).stem.replace("-", "_")
               for line in (kernel.modules / "modules.builtin").read_text().split()}
    order = []

    def visit(name):
        name = name.replace("-", "_")
        if name in order or name in builtin:
            return
        data = _read_module(files[name])
        depends = re.search(rb"\0depends=([^\0]*)\0", data)
        for other in filter(None, depends[1].decode().split(",") if depends else []):
            visit(other)
        archive.put(f"lib/modules/{name}.ko", stat.S_IFREG | 0o644, data)
        order.append(name)

    for name in names:
        visit(name)
    archive.text("etc/modules", "".join(f"{name}\n" for name in order))


def _base(kernel, init, modules):
    archive = Archive()
    for name in ("dev", "proc", "sys", "run", "tmp", "mnt", "root", "var/log", "var/run", "var/lib",
                 "bin", "sbin", "usr/bin", "usr/sbin", "etc"):
        archive.folder(name)
    archive.node("dev/console", 5, 1)
    archive.node("dev/null", 1, 3)
    archive.copy(BUSYBOX, "bin/busybox")
    applets = subprocess.run([BUSYBOX, "--list"], capture_output=True, text=True, check=True).stdout
    for applet in applets.split():
        if applet != "busybox":
            archive.link(f"bin/{applet}", "busybox")
    for name in ("poweroff", "reboot"):  # where the kernel looks when the toolstack asks for either
        archive.text(f"sbin/{name}", f"#!/bin/sh\nsync\nexec /bin/{name} -f\n", executable=True)
    archive.copy(HERE / init, "init")
    archive.text("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n")
    archive.text("etc/group", "root:x:0:\n")
    add_modules(archive, kernel, modules)
    return archive


def _add_installed(archive, root):
    """Our tools as `make install` lays them out; what only a developer or a reader needs stays out."""
    unwanted = re.compile(r"boot/|usr/include/|usr/share/(man|doc)/|.*\.(a|h)$")
    for source in sorted(root.rglob("*")):
        path = str(source.relative_to(root))
        if unwanted.match(path) or source.is_dir() and not source.is_symlink():
            continue
        if source.is_file() and not source.is_symlink() and source.read_bytes()[:4] == b"\x7fELF":
            archive.program(source, path)
        else:
            archive.copy(source, path)


def _add_oracle(archive, root):
    """Debian's tools, with the names people type made to point at them."""
    programs = ["xl", "xenstored", "oxenstored", "xenconsoled", "xenconsole", "xen-init-dom0", "xentop",
                "libxl-save-helper", "lsevtchn", "xentrace", "xenperf", "xen-ucode"]
    for name in programs:
        place = f"usr/lib/xen-4.17/bin/{name}"
        archive.program(root / place, place, library_root=root)
        archive.link(f"usr/sbin/{name}", f"/{place}")
    archive.program(root / "usr/sbin/gdbsx", "usr/sbin/gdbsx", library_root=root)
    archive.link("usr/sbin/xm", "/usr/lib/xen-4.17/bin/xl")
    for source in sorted((root / "usr/bin").glob("xenstore*")):
        if source.is_symlink():
            archive.copy(source, f"usr/bin/{source.name}")
        elif source.read_bytes()[:4] == b"\x7fELF":
            archive.program(source, f"usr/bin/{source.name}", library_root=root)
    archive.copy(root / "etc/xen", "etc/xen")
    # Debian's own scripts want more programs than the image has.
    archive.copy(HERE / "oracle-scripts", "etc/xen/scripts")
    archive.program(LIBGCC, "lib/x86_64-linux-gnu/libgcc_s.so.1")


def dom0(kernel, tools="ours", overlays=(), rc=None, guest=True, output=None, programs=()):
    """Domain 0's initramfs. tools: ours, debian or none; overlays: folders copied over it; rc: a script run
    before the shell; guest: put a guest's kernel and initramfs into /guest; programs: more of this machine's, to be
    at the same place."""
    archive = _base(kernel, "dom0-init", DOM0_MODULES)
    if tools == "ours" and DIST.exists():
        _add_installed(archive, DIST)
    elif tools == "debian":
        _add_oracle(archive, packages.oracle())
    if guest:
        archive.copy(kernel.image, "guest/vmlinuz")
        archive.copy(guest_image(kernel), "guest/initrd")
    for program in programs:
        archive.program(program, program)
    for overlay in overlays:
        for child in sorted(Path(overlay).iterdir()):
            archive.copy(child, child.name)
    if rc:
        archive.text("etc/rc", Path(rc).read_text(), executable=True)
    return archive.write(output or WORK / f"dom0-{kernel.release}-{tools}.cpio")


def boot_image():
    """The least that tells that a kernel has come up: busybox, and an init that ends the machine at once."""
    archive = Archive()
    for name in ("dev", "proc", "sys", "bin"):
        archive.folder(name)
    archive.node("dev/console", 5, 1)
    archive.node("dev/null", 1, 3)
    archive.copy(BUSYBOX, "bin/busybox")
    for applet in ("sh", "mount", "uname", "grep", "sed", "cat", "dmesg", "poweroff", "reboot"):
        archive.link(f"bin/{applet}", "busybox")
    archive.copy(HERE / "boot-init", "init")
    return archive.write(WORK / "boot.cpio")


def guest_image(kernel, overlays=(), rc=None, output=None):
    """A guest's initramfs: busybox, the front-end drivers and a shell on its console."""
    archive = _base(kernel, "guest-init", GUEST_MODULES)
    for overlay in overlays:
        for child in sorted(Path(overlay).iterdir()):
            archive.copy(child, child.name)
    if rc:
        archive.text("etc/rc", Path(rc).read_text(), executable=True)
    return archive.write(output or WORK / f"guest-{kernel.release}.cpio")
