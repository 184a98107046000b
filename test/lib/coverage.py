#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Which hypercalls and operations the test kernels have made, in both widths, from what they printed.

Each operation that works needs a test that makes it with success (happy), one that sees it refused (hostile), and one
that makes it with success and leaves domain 0 and the machine as they were (leak); each that is refused, a test that
sees exactly the documented error; each hypercall with operations, one that sees an unknown operation refused. The
operations are those of docs/hypercalls.md, which test/unit/docs holds against the headers; where an operation's row or
its section says "in 32 bits `-ERROR`", that is the answer there. What can't be tested so stands with its reason in
test/coverage.txt. A call that ends its domain is one that was refused. The whole table goes to
build/test-logs/coverage.md.

    test/lib/coverage.py [OUTPUT...]       what kernels printed: build/test-logs/guest*.out
"""

import re
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from interface import DOCS, FAMILIES, PUBLIC, named, numbers, operations_of, prose, table, text
from paths import LOGS, ROOT, fresh

WIDTHS = ("64", "32")
CALLS = re.compile(r"^CALLS (?P<test>\S+) (?P<leak>leak|no):(?P<words>(?: [\d.:-]+)+)$", re.M)
WORD = re.compile(r"(?P<number>\d+)(?:(?P<kind>[.:])(?P<operation>\d+))?(?:-(?P<error>\d+))?$")
EXCEPTION = re.compile(r"(?P<name>\S+)(?: (?P<width>64|32))? (?P<column>[a-z]+): (?P<why>.+)$")
NUMBERS = {"mca": "__HYPERVISOR_arch_0"}    # hypercalls whose section isn't called like them
IN_32_BITS = re.compile(r"\bin 32 bits `(-E\w+)`")
UNKNOWN = "unknown"


@dataclass
class Row:
    """An operation, or a hypercall that has none."""
    section: str
    name: str
    call: tuple                 # (hypercall, ".", ":" or "", operation)
    errors: dict                # {width: the error that it is always refused with there, or ""}
    cells: dict = field(default_factory=dict)   # {(width, column): text}

    def columns(self, width):
        return ("absent",) if self.errors[width] else ("happy", "hostile", "leak")

    def title(self):
        """The name, and what it is refused with."""
        told = set(self.errors.values())
        errors = told if len(told) == 1 else [f"{w}: {error}" for w, error in self.errors.items() if error]
        return " ".join([f"`{self.name}`", *errors]).strip()


def kind_of(name):
    """How kernels print an operation: callbacks and assists have commands and types."""
    return ":" if re.match(r"CALLBACKTYPE|VMASST_TYPE", name) else "."


def errors_of(answer, *notes):
    """{width: error} of an operation with that answer; the first note that has one for 32 bits counts."""
    narrow = [match[1] for match in map(IN_32_BITS.search, notes) if match]
    error = "" if answer.strip("`") == "works" else answer.strip("`")
    return {"64": error, "32": narrow[0] if narrow else error}


def rows():
    """All that docs/hypercalls.md describes."""
    document = text(DOCS / "hypercalls.md")
    hypercalls = numbers("xen.h", r"__HYPERVISOR_\w+")
    sections = {NUMBERS.get(name, f"__HYPERVISOR_{name}"): name for name in FAMILIES}
    for name, row in named(table(document, "Hypercalls")).items():
        if name not in sections:
            yield Row("hypercalls", name, (hypercalls[name], "", 0), errors_of(*row[2:]))
            continue
        section = sections[name]
        about = prose(document, section)
        for operation, cells in named(table(document, section)).items():
            call = (hypercalls[name], kind_of(operation), operations_of(section)[operation])
            yield Row(section, operation, call, errors_of(*cells[2:], about))
        if FAMILIES[section][3] != "works":
            yield Row(section, UNKNOWN, (hypercalls[name], UNKNOWN, 0), errors_of(FAMILIES[section][3], about))


class Seen:
    """What the kernels of one width have seen."""

    def __init__(self):
        self.tests = defaultdict(set)           # {(call, error or 0): tests}
        self.tidy = defaultdict(set)            # {call: tests without a leak}

    def add(self, output):
        for match in CALLS.finditer(output):
            for word in match["words"].split():
                w = WORD.match(word)
                call = (int(w["number"]), w["kind"] or "", int(w["operation"] or 0))
                self.tests[call, int(w["error"] or 0)].add(match["test"])
                if match["leak"] == "leak" and not w["error"]:
                    self.tidy[call].add(match["test"])

    def unknown(self, number, error, known):
        """Tests that saw an operation refused that isn't known."""
        return {test for (call, why), tests in self.tests.items() for test in tests
                if call[0] == number and call[1] and call not in known and why == error}

    def cell(self, row, column, error, known):
        """The tests that a cell asks for; error: the number of the one that absence is told by."""
        if row.call[1] == UNKNOWN:
            return self.unknown(row.call[0], error, known)
        if column == "absent":
            return self.tests.get((row.call, error), set())
        if column == "happy":
            return self.tests.get((row.call, 0), set())
        if column == "leak":
            return self.tidy.get(row.call, set())
        return {test for (call, why), tests in self.tests.items() for test in tests if call == row.call and why}


def gather(outputs):
    """{width: what was seen}, from the files of that width."""
    seen = {width: Seen() for width in WIDTHS}
    for path in outputs:
        width = "32" if path.name.startswith("guest32-") else "64"
        seen[width].add(path.read_text(encoding="utf-8", errors="replace").replace("\r", ""))
    return seen


def exceptions():
    """{(name, width, column): why} from test/coverage.txt."""
    found = {}
    for line in text(ROOT / "test" / "coverage.txt").splitlines():
        if not line or line.startswith("#"):
            continue
        match = EXCEPTION.match(line)
        if not match:
            sys.exit(f"FAIL coverage.exceptions: {line!r}: not NAME [WIDTH] COLUMN: REASON")
        for width in [match["width"]] if match["width"] else WIDTHS:
            found[match["name"], width, match["column"]] = match["why"]
    return found


def named_tests(why):
    """Complaints about tests that a reason names and that don't exist."""
    return [f"there is no test {name}" for name in re.findall(r"\b(?:guest|system|unit)/\w+", why)
            if not any((ROOT / "test" / f"{name}{end}").exists() for end in ("", ".py"))]


def judge(all_rows, seen):
    """Fill in the rows' cells; {section: complaints}."""
    errors = {f"-{name}": int(value) for name, value in
              re.findall(r"^XEN_ERRNO\((\w+),\s*(\d+)\)", text(PUBLIC / "errno.h"), re.M)}
    known = {row.call for row in all_rows}
    excused, wrong = exceptions(), {row.section: [] for row in all_rows}
    wrong["exceptions"] = [w for why in set(excused.values()) for w in named_tests(why)]
    for row in all_rows:
        name = row.name if row.name != UNKNOWN else f"{row.section}.{UNKNOWN}"
        for width in WIDTHS:
            error = row.errors[width]
            if error and row.call[1] != UNKNOWN and (row.call, 0) in seen[width].tests:
                wrong[row.section].append(f"{row.name}: works in {width} bits, but is documented as refused")
            for column in row.columns(width):
                tests = seen[width].cell(row, column, errors.get(error), known)
                why = excused.pop((name, width, column), None)
                if tests and why:
                    wrong["exceptions"].append(f"{name} {width} {column}: {min(tests)} does it")
                elif not tests and not why:
                    wrong[row.section].append(f"{name}: no {width}-bit test of it: {column} {error}".rstrip())
                row.cells[width, column] = summary(tests) if tests else why or "MISSING"
    wrong["exceptions"] += [f"{' '.join(key)}: there is no such cell" for key in excused]
    return wrong


def summary(tests):
    return min(tests) + (f" and {len(tests) - 1} more" if len(tests) > 1 else "")


def page(all_rows):
    """The table."""
    yield "# Hypercalls and their tests\n\nMade by test/run from what the test kernels printed.\n"
    columns = [(width, column) for width in WIDTHS for column in ("happy", "hostile", "leak")]
    section = None
    for row in all_rows:
        if row.section != section:
            section = row.section
            yield f"\n## {section}\n\n| operation | " + " | ".join(" ".join(c) for c in columns) + " |"
            yield "|" + "---|" * (len(columns) + 1)
        cells = [row.cells.get((width, "absent" if row.errors[width] and column == "hostile" else column), "")
                 for width, column in columns]
        yield f"| {row.title()} | " + " | ".join(cells) + " |"


def main():
    outputs = [Path(name) for name in sys.argv[1:]] or sorted(LOGS.glob("guest*-*.out"))
    all_rows = list(rows())
    wrong = judge(all_rows, gather(outputs))
    fresh(LOGS / "coverage.md").write_text("\n".join(page(all_rows)) + "\n", encoding="utf-8")
    for section, complaints in wrong.items():
        for complaint in complaints:
            print(f"FAIL coverage.{section}: {complaint}")
        if not complaints:
            print(f"ok coverage.{section}")
    return int(any(wrong.values()))


if __name__ == "__main__":
    sys.exit(main())
