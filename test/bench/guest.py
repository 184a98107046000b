# SPDX-License-Identifier: GPL-2.0-only
"""Operations of the kernel in a guest: what kernel.py does in domain 0, by the same program as the first process of a guest
that each system's own tools have created. Domain 0 sleeps meanwhile, but for its console daemon taking the rows."""

import re

import kernel as in_domain0
import marks
import packages
from kernels import unpacked
from machine import Machine

SYSTEMS = ("debian", "ours")
ROWS = tuple(row.replace("kernel: ", "guest: ") for row in in_domain0.ROWS)
CONFIG = ('name = "guest"\nmemory = 512\nkernel = "/guest/vmlinuz"\nramdisk = "/guest/initrd"\ntsc_mode = "native"\n'
          'extra = "console=hvc0 loglevel=4 norandmaps nokaslr"\n')


def measure(system, quick=False):
    """All operations also when it is to be quick: starting the machine takes most of the time."""
    del quick
    kernel, tool = packages.kernel(), marks.TOOL[system]
    files = {"guest/vmlinuz": unpacked(kernel), "guest/initrd": in_domain0.initramfs(f"guest-{system}"), "etc/xen/guest.cfg": CONFIG}
    commands = [f"{tool} create -q /etc/xen/guest.cfg", marks.await_end(tool, "guest")]
    initrd = marks.domain0("guest", system, files, commands)
    with Machine(f"bench-guest-{system}", system, unpacked(kernel), initrd, memory=2048, icount=True,
                 xen_options="dom0_mem=1024M", timeout=600) as m:
        m.wait_for("^END$", fail="^FAIL|Kernel panic|reboot: Power down")
        return {f"guest: {name}": int(ticks) for name, ticks in re.findall(r"^COST (\S+) (\d+)$", m.text, re.M)}
