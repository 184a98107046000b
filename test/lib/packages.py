# SPDX-License-Identifier: GPL-2.0-only
"""Debian packages fetched by apt and unpacked into the cache: never installed on the machine."""

import fcntl
import re
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from paths import CACHE

ORACLE = ["xen-hypervisor-4.17-amd64", "xen-utils-4.17", "xen-utils-common", "xenstore-utils",
          "libxenmisc4.17", "libxenstore4", "libxencall1", "libxendevicemodel1", "libxenevtchn1",
          "libxenforeignmemory1", "libxengnttab1", "libxenhypfs1", "libxentoolcore1",
          "libxentoollog1", "libyajl2"]

# Where Debian has kernels of other series than its release that the tests run on.
SUITES = {"5.10": "bullseye", "6.12": "trixie"}
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
NO_SANDBOX = ["-o", "APT::Sandbox::User=root"]      # the folders are ours alone


class NotOffered(Exception):
    """The configured package source doesn't have what was asked for."""


@dataclass(frozen=True)
class Kernel:
    """An unpacked kernel package."""
    root: Path
    release: str

    @property
    def image(self):
        return self.root / "boot" / f"vmlinuz-{self.release}"

    @property
    def modules(self):
        return self.root / "lib" / "modules" / self.release


@contextmanager
def locked():
    """Several tests may want the same package at once: one fetches it."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _other_suite(suite):
    """Options by which apt sees another suite of the configured archive of Debian, its lists kept in the cache."""
    folder = CACHE / "apt" / suite
    (folder / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    found = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages",
                            "Label: Debian", "Component: main"], capture_output=True, text=True, check=False)
    if not found.stdout:
        raise NotOffered("no archive of Debian is configured")
    signed = f"[signed-by={KEYRING}] " if KEYRING.exists() else ""
    (folder / "sources.list").write_text(f"deb {signed}{found.stdout.split()[0]} {suite} main\n", encoding="ascii")
    return ["-o", f"Dir::State::lists={folder}/lists", "-o", f"Dir::Etc::sourcelist={folder}/sources.list",
            "-o", "Dir::Etc::sourceparts=-", "-o", f"Dir::Cache={folder}", "-o", "Acquire::Languages=none"]


def _names(prefix, options=()):
    found = subprocess.run(["apt-cache", *options, "pkgnames", prefix], capture_output=True, text=True, check=False)
    return found.stdout.split()


def _update(options=()):
    """The lists of other suites are ours to write; those of the machine are not."""
    sudo = [] if options or subprocess.run(["id", "-u"], capture_output=True, text=True,
                                           check=True).stdout.strip() == "0" else ["sudo"]
    subprocess.run([*sudo, "apt-get", "update", "-q", *NO_SANDBOX, *options], stdout=subprocess.DEVNULL, check=False)


def _download(names, folder, options=()):
    command = ["apt-get", "download", "-q", *NO_SANDBOX, *options] + names
    for attempt in range(2):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return
        if attempt == 0:
            _update(options)
    raise NotOffered(f"apt-get download {' '.join(names)}: {done.stderr.strip()}")


def _unpack(names, target, options=()):
    """Fetch and unpack into target, which appears only when it is complete."""
    if target.exists():
        return
    partial = target.with_name(target.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    debs = partial / ".debs"
    debs.mkdir(parents=True)
    _download(names, debs, options)
    for deb in sorted(debs.glob("*.deb")):
        subprocess.run(["dpkg", "-x", str(deb), str(partial)], check=True)
    shutil.rmtree(debs)
    partial.rename(target)


def _newest(series, options):
    """The newest kernel package of a series, by the numbers in its name; the signed one, else the unsigned."""
    pattern = re.compile(rf"linux-image-({re.escape(series)}\.[^-]*(?:-\d+)?(?:\+[^-]*)?-amd64)(-unsigned)?")
    best = None
    for name in _names(f"linux-image-{series}.", options):
        match = pattern.fullmatch(name)
        if match:
            numbers = [int(n) for n in re.findall(r"\d+", match[1])]
            best = max(best or ([], False, "", ""), (numbers, not match[2], name, match[1]))
    return best and best[2:]


def _fetch_kernel(series, options=()):
    """Unpack the newest of a series, if apt with these options offers one."""
    found = _newest(series, options)
    if not found:
        _update(options)
        found = _newest(series, options)
    if not found:
        return None
    name, release = found
    _unpack([name], CACHE / f"linux-{release}", options)
    return Kernel(CACHE / f"linux-{release}", release)


def kernel(series="6.1"):
    """Debian's newest amd64 kernel of a series, of the suite that the machine is configured for or of the one that
    has this series; NotOffered if the package source has none."""
    with locked():
        have = sorted(CACHE.glob(f"linux-{series}.*-amd64"), key=lambda p: p.stat().st_mtime)
        if have:
            return Kernel(have[-1], have[-1].name.removeprefix("linux-"))
        suite = SUITES.get(series)
        found = _fetch_kernel(series) or (suite and _fetch_kernel(series, _other_suite(suite)))
        if not found:
            raise NotOffered(f"no linux-image-{series}.*-amd64 in the configured package source")
        return found


def oracle():
    """Debian's own hypervisor and tools, unpacked."""
    with locked():
        _unpack(ORACLE, CACHE / "oracle")
    return CACHE / "oracle"


def unpacked(name):
    """Any package, unpacked; NotOffered if the package source has none."""
    with locked():
        _unpack([name], CACHE / name)
    return CACHE / name
