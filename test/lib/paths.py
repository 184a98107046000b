# SPDX-License-Identifier: GPL-2.0-only
"""Where things are in the source tree and in the folder of built files."""

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
DIST = ROOT / "dist" / "install"
LOGS = BUILD / "test-logs"
WORK = BUILD / "test"
# Packages are large; several trees may share one folder of them by naming it in TEST_CACHE.
CACHE = Path(os.environ.get("TEST_CACHE") or BUILD / "cache")


def fresh(path):
    """The path itself, its folder made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


@contextmanager
def replaced(path):
    """An open file that takes the path's place, in one step, when it has been written."""
    path = fresh(Path(path))
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as out:
        try:
            yield out
            out.flush()
            os.chmod(out.name, 0o644)
            os.rename(out.name, path)
        except BaseException:
            os.unlink(out.name)
            raise
