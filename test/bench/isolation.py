# SPDX-License-Identifier: GPL-2.0-only
"""Single operations on a processor that leaks across the boundary to the kernel (Meltdown), with guests isolated from
the hypervisor and not."""

import hypervisor

LEAKING = "Nehalem"     # as QEMU models it: no RDCL_NO, and by default guests are isolated there


def measure(system):
    if system == "none":
        return {}
    figures = {}
    for option in ("xpti=yes", "xpti=no"):
        text = hypervisor.run(system, hypervisor.MEMORY[0], options=option, cpu=LEAKING)
        figures |= hypervisor.costs(text, option)
    return figures
