#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 600
"""Guests as Debian ships them: GRUB for Xen, 64- and 32-bit, from its own package, which reads its menu, and in 64 bits
Debian's kernel, from an ext4 file system on the guest's disk; and Debian's installer up to its first question."""

import argparse
import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lib"))
import image      # noqa: E402 # pylint: disable=wrong-import-position
import machine    # noqa: E402 # pylint: disable=wrong-import-position
import packages   # noqa: E402 # pylint: disable=wrong-import-position
from paths import WORK, fresh   # noqa: E402 # pylint: disable=wrong-import-position
from verdicts import run_program, verdict   # noqa: E402 # pylint: disable=wrong-import-position

INSTALLER = "debian-installer-12-netboot-amd64"
FOLDER = "usr/lib/debian-installer/images/12/amd64/text/debian-installer/amd64"
MENU = """\
set timeout=-1
menuentry "Debian from the guest's disk" {
    linux /boot/vmlinuz console=hvc0 loglevel=4
    initrd /boot/initrd
}
menuentry "Another entry" {
    halt
}
"""
BAD = r"^xm: |Kernel panic"


def file_system(path, mib, files):
    """An ext4 image with these files: name in it to a path, or to a text."""
    tree = WORK / f"{path.stem}-tree"
    shutil.rmtree(tree, ignore_errors=True)
    for name, source in files.items():
        target = fresh(tree / name)
        if isinstance(source, str):
            target.write_text(source, encoding="ascii")
        else:
            target.write_bytes(Path(source).read_bytes())
    fresh(path).unlink(missing_ok=True)
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-d", str(tree), str(path), f"{mib}M"], check=True)
    return path


def disks(kernel):
    """Domain 0's disk with what guests are started from, and the guest's own."""
    grub = packages.unpacked("grub-xen-host")
    files = {"grub64": grub / "usr/lib/grub-xen/grub-x86_64-xen.bin", "grub32": grub / "usr/lib/grub-xen/grub-i386-xen.bin"}
    try:
        installer = packages.unpacked(INSTALLER) / FOLDER
        files |= {"installer": installer / "linux", "installer.gz": installer / "initrd.gz"}
    except packages.NotOffered as e:
        print(f"SKIP distro_installer: {e}", flush=True)
    guest = {"boot/grub/grub.cfg": MENU, "boot/vmlinuz": kernel.image, "boot/initrd": image.guest_image(kernel)}
    return (file_system(WORK / "distro.img", 128, files), file_system(WORK / "distro-guest.img", 96, guest)), files


def create(m, name, options):
    m.send(f"xm create -c name={name} on_poweroff=destroy {options}\n")


def leave(m, name):
    m.send("\x1d")
    m.wait_for("/ # ", 20)
    m.check(f"xm destroy {name}", 60)


def grub_menu(m, name, kernel):
    create(m, name, f"kernel=/mnt/{kernel} memory=256 'disk=[\"phy:/dev/vdb,xvda,r\"]'")
    m.wait_for("Debian from the guest's disk", 90, fail=BAD)


def grub64(m):
    grub_menu(m, "grub", "grub64")
    m.send("\r")
    m.wait_for("guest: user space is up", 150, fail=BAD)
    leave(m, "grub")


def grub32(m):
    grub_menu(m, "grub", "grub32")
    leave(m, "grub")


def installer(m):
    create(m, "installer", "kernel=/mnt/installer ramdisk=/mnt/installer.gz memory=1024 extra='console=hvc0 TERM=linux'")
    m.wait_for("Select a language|Choose the language|Choose language", 240, fail=BAD)
    leave(m, "installer")


def clean_up(m):
    m.send("\x1d")
    time.sleep(1)
    m.run("for d in grub installer; do xm destroy $d 2>/dev/null; done")


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--hypervisor", default="ours")
    p.add_argument("words", nargs="*", help="of the tests only these")
    o = p.parse_args()
    kernel = packages.kernel()
    try:
        files, names = disks(kernel)
    except packages.NotOffered as e:
        print(f"SKIP distro: {e}")
        return 0
    initrd = image.dom0(kernel, "ours", guest=False, output=WORK / "dom0-distro.cpio")
    tests = [test for test in (grub64, grub32, installer) if test is not installer or "installer" in names]
    with machine.Machine("system-distro", o.hypervisor, kernel.image, initrd, cpus=2, memory=3072, disks=files,
                         xen_options="dom0_mem=1024M", timeout=580) as m:
        m.wait_for("user space is up", 120)
        m.check("dmesg -n 1")     # kernel messages must not fall into what commands print
        m.check("/etc/init.d/xencommons start && mount -t ext4 -o ro /dev/vda /mnt", 90)
        results = [verdict(f"distro_{test.__name__}", test, m, clean_up=lambda: clean_up(m))
                   for test in tests if not o.words or test.__name__ in o.words]
        m.power_off()
    return 0 if all(results) else 1


if __name__ == "__main__":
    run_program("distro", main)
