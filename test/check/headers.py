# SPDX-License-Identifier: GPL-2.0-only
"""Each header alone: the public ones and the libraries' in the dialects of those who include them, the others as
the folder that owns them compiles."""

import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count

from paths import BUILD, ROOT

WORK = BUILD / "check" / "headers"
DIALECTS = [("c", "c90"), ("c", "gnu90"), ("c", "c99"), ("c", "gnu11"), ("c++", "c++98"), ("c++", "gnu++17")]
LIBRARY_DIALECTS = [("c", "c99"), ("c", "gnu11"), ("c++", "c++98"), ("c++", "gnu++17")]
# Who includes the public headers, and how they say so. -pedantic is not asked for: the interface has anonymous unions.
USERS = {"guest-old": ["-D__XEN_INTERFACE_VERSION__=0"], "guest-new": ["-D__XEN_INTERFACE_VERSION__=0x00040e00"],
         "tools": ["-D__XEN_TOOLS__"], "xen": ["-D__XEN__"]}
TOOLS_ONLY = {"domctl.h", "sysctl.h", "why.h"}      # refuse to be included by guests
WIDTH_ONLY = {"arch-x86/xen-x86_32.h": 32, "arch-x86/xen-x86_64.h": 64}
# Exceptions: files that aren't C on their own.
NOT_ALONE = {"test/guest/fuzz/ops.h",            # the rows of a table, for its initializer
             "xen/include/asm/asm-macros.h"}     # for assembly


def compile_alone(command, language, header):
    """The compiler's complaint about a file that includes nothing but this header, "" if it has none."""
    result = subprocess.run([*command, "-fsyntax-only", "-x", language, "-"], input=f"#include <{header}>\n", cwd=ROOT,
                            capture_output=True, text=True, check=False)
    if result.returncode == 0:
        return ""
    return "\n".join(result.stderr.splitlines()[:8]) or f"status {result.returncode}"


def compiler(language, standard, width, include):
    """The command line of somebody who knows nothing but where headers are installed."""
    return ["gcc" if language == "c" else "g++", f"-m{width}", f"-std={standard}", "-Wall", "-Wextra", "-Werror",
            f"-I{include}"]


def public_jobs(include):
    """Public headers: every user, width and dialect."""
    headers = sorted(str(path.relative_to(include / "xen")) for path in (include / "xen").rglob("*.h"))
    for user, options in USERS.items():
        for width in (64, 32) if user != "xen" else (64,):
            for header in headers:
                if WIDTH_ONLY.get(header, width) != width or header in TOOLS_ONLY and user.startswith("guest"):
                    continue
                for language, standard in DIALECTS if user != "xen" else [("c", "gnu11")]:
                    command = compiler(language, standard, width, include) + ["-ffreestanding", *options]
                    yield f"{header} for {user}-{width} in {standard}", command, language, f"xen/{header}"


def library_jobs(include):
    """Headers of the tools' libraries."""
    for path in sorted(include.glob("*.h")):
        for language, standard in LIBRARY_DIALECTS:
            for width in (64, 32):
                yield (f"{path.name} in {standard}, {width} bits", compiler(language, standard, width, include),
                       language, path.name)


def make(folder, target):
    """Ask a makefile; what it prints."""
    settings = [f"BUILD={WORK}", f"DESTDIR={WORK}", "prefix="]
    return subprocess.run(["make", "-s", "-C", str(ROOT / folder), target, *settings], text=True,
                          stdout=subprocess.PIPE, check=True).stdout


def flags(folder):
    """How the makefile of a folder compiles, and the path its sources are compiled in."""
    made = make(folder, "flags").split()
    return [f"-I{ROOT / folder / re.sub('^-I', '', word)}" if re.match("-I[^/]", word) else word for word in made
            if word not in ("-MMD", "-MP")]


def internal_jobs():
    """All other headers."""
    for folder in ["xen", *(str(path.parent.relative_to(ROOT)) for path in sorted(ROOT.glob("tools/*/Makefile"))),
                   "extras/mini-os", "test/guest"]:
        headers = [path for path in sorted((ROOT / folder).rglob("*.h"))
                   if "public" not in path.parts and str(path.relative_to(ROOT)) not in NOT_ALONE
                   and not (folder.startswith("tools") and path.parent.name == "include")]
        if headers:
            # A header's inline functions are for those who call them.
            command = ["gcc", *flags(folder), "-Wno-unused-function"]
            for path in headers:
                yield str(path.relative_to(ROOT)), command, "c", str(path)


def run():
    """Yields (name of a verdict, how much was looked at, list of complaints)."""
    make("xen", "generated")
    include = WORK / "include"
    shutil.rmtree(include, ignore_errors=True)
    make("tools", "install-headers")
    for name, jobs in (("public", public_jobs(include)), ("libraries", library_jobs(include)),
                       ("internal", internal_jobs())):
        jobs = list(jobs)
        with ThreadPoolExecutor(cpu_count()) as pool:
            results = pool.map(lambda job: (job[0], compile_alone(*job[1:])), jobs)
            wrong = [f"{what}:\n{complaint}" for what, complaint in results if complaint]
        yield f"headers/{name}", f"{len(jobs)} compilations", wrong
