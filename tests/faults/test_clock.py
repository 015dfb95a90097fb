"""The clock jumps: durations come from one that does not, and what a clock is asked for is only shown."""

from __future__ import annotations

import ast

from tests.helpers import ROOT

# Who may ask what time of day it is, and why.
ALLOWED = {
    "trickcore/classroom/lessons.py": "a class and its hand-ins, whose order is that of the database",
    "trickcore/cli/result.py": "the date on a report",
    "ui/pages/stories/sum_up.py": "the date on a sum-up",
    "ui/widgets/downloads.py": "the date on a report",
}
CLOCKS = {
    ("time", "time"),
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("date", "today"),
    ("time", "time_ns"),
}


def clocks(source: str) -> list[int]:
    """The lines in which a module names a clock that can be put forward and back."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr) in CLOCKS
    ]


def test_no_duration_is_taken_from_a_clock_that_jumps():
    assert clocks("import time\nbegan = time.time()") == [2]
    found = {
        path.relative_to(ROOT).as_posix()
        for folder in ("trickcore", "ui")
        for path in (ROOT / folder).rglob("*.py")
        if clocks(path.read_text("utf-8"))
    }
    assert found == set(ALLOWED), "for a duration there is time.monotonic or time.perf_counter"
