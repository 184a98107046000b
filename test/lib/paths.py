# SPDX-License-Identifier: GPL-2.0-only
"""Where things are in the source tree and in the folder of built files."""

import os
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
