"""Ten thousand broken and forged files, read in a process of their own: mutants.py makes and reads them."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.helpers import ROOT

COUNT = 10_000
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is Linux's")


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """What became of them, and what the process said besides."""
    command = [sys.executable, "-m", "tests.pictures.mutants", "--count", str(COUNT), "--seed", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout) | {"log": done.stderr}


def test_of_ten_thousand_broken_files_each_gives_pixels_or_a_sentence(told):
    assert told["wrong"] == []
    assert told["read"] + told["refused"] == COUNT
    assert min(told["read"], told["refused"]) > COUNT / 5, "all are read, or all refused: nothing is tried"


def test_none_keeps_a_core_busy_for_two_seconds(told):
    name, seconds = told["slowest"]
    assert seconds < 2, name


def test_none_takes_more_than_400_megabytes(told):
    name, megabytes = told["peak"]
    assert megabytes < 400, name


def test_nothing_is_written_into_the_servers_log(told):
    """Neither Pillow's warnings nor what the C libraries under it print."""
    assert told["log"] == ""
