"""Freed memory goes back to the system."""

from __future__ import annotations

import subprocess
import sys

import pytest

HOLES = """
from trickcore import engine

def resident():
    with open("/proc/self/statm") as numbers:
        return int(numbers.read().split()[1]) * 4096 / 1e6

blocks = [bytes(1000) for _ in range(100_000)]
last = blocks[-1]  # it keeps the C library from handing back what lies below it
full = resident()
del blocks
freed = resident()
engine.return_memory()
print(full, freed, resident())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="malloc_trim is the GNU C library's")
def test_memory_that_was_freed_below_what_is_still_used_is_given_back():
    done = subprocess.run([sys.executable, "-c", HOLES], capture_output=True, text=True, check=True)
    full, freed, returned = map(float, done.stdout.split())
    assert full - freed < 20, "by itself it stays"
    assert full - returned > 80
