# SPDX-License-Identifier: GPL-2.0-only
"""Single operations on a processor that leaks across the boundary to the kernel (Meltdown), with guests isolated from
the hypervisor and not."""

import hypervisor

SYSTEMS = ("debian", "ours")
OPTIONS = ("xpti=yes", "xpti=no")
ROWS = tuple(f"{option}: {name}" for option in OPTIONS for name in hypervisor.OPERATIONS)
LEAKING = "Nehalem"     # as QEMU models it: no RDCL_NO, and by default guests are isolated there


def measure(system, quick=False):
    figures = {}
    for option in OPTIONS[:1 if quick else None]:
        text = hypervisor.run(system, hypervisor.MEMORY[0], options=option, cpu=LEAKING)
        figures |= hypervisor.costs(text, option)
    return figures
