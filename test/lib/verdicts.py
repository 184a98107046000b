# SPDX-License-Identifier: GPL-2.0-only
"""The verdicts of system tests, as test/run reads them: one line a test, and what explains it indented below."""

import sys
import time

from machine import Failure


class Wrong(Exception):
    """What a test found to be other than it should be."""


class Unoffered(Exception):
    """What a test needs isn't there by intention; the text says why."""


def expect(condition, what):
    """For a test run by verdict()."""
    if not condition:
        raise Wrong(what)


def note(text):
    print(f"  {text}", flush=True)


def report(name, good, why=""):
    """Print the verdict; whether it is a good one."""
    first, *rest = str(why).strip().splitlines() or [""]
    print(f"ok {name}" if good else f"FAIL {name}: {first}", flush=True)
    if not good:
        for line in rest:
            note(line)
    return bool(good)


def run_program(name, main):
    """Leave with the status that main() returns; a machine that failed outside of any test is a verdict as well."""
    try:
        sys.exit(main())
    except Failure as e:
        report(name, False, e)
        sys.exit(1)


def verdict(name, run, *arguments, clean_up=None):
    """Run a test that raises what is wrong, and print its verdict. clean_up is called when the machine didn't do what
    was expected, so that the next test finds it as it should be."""
    begin = time.monotonic()
    try:
        run(*arguments)
    except Unoffered as e:
        print(f"SKIP {name}: {e}", flush=True)
        return True
    except Wrong as e:
        return report(name, False, e)
    except Failure as e:
        report(name, False, e)
        if clean_up:
            clean_up()
        return False
    report(name, True)
    note(f"{time.monotonic() - begin:.0f} s")
    return True
