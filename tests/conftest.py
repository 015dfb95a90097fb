"""Toy networks whose answers can be worked by hand, and the real network, loaded once.

The arithmetic beside them is numpy's, in double precision, so that no test checks torch with torch.
"""

from __future__ import annotations

import os
import tempfile
from functools import cache
from types import CodeType
from typing import Any

from tests.helpers import ROOT, SHAPE, WEIGHTS, Colours, Linear

os.environ.setdefault("TRICKCORE_DEVICE", "cpu")  # the comparisons below are made on the CPU
os.environ.setdefault("TRICK_PACE", "0")  # nobody watches
os.environ["TRICK_SWEEPS"] = tempfile.mkdtemp(prefix="sweeps-")  # none of the user's own
os.environ.setdefault("TRICK_WORKERS", "0")  # a page without a browser computes in the test's own process

import numpy as np
import pytest
import torch
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import local_script_runner
from torch import Tensor

from trickcore import Classifier, engine, load

# Every run of a page without a browser would read again which of all installed packages bring components.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)

_stopped = local_script_runner.require_widgets_deltas


def _joined(runner: local_script_runner.LocalScriptRunner, timeout: float = 3) -> None:
    """Streamlit asks a thousand times a second whether a page has run, which takes the page's own time."""
    if runner._script_thread is not None:
        runner._script_thread.join(timeout)
    _stopped(runner, 1)


local_script_runner.require_widgets_deltas = _joined

FOLDERS = {
    "browser": "browser",
    "ui": "page",
    "cli": "network",
    "packaging": "slow",
    "deploy": "slow",
    "test_benchmarks.py": "slow",
    "training/test_live.py": "slow",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Markers by folder; and `network` where a test, its fixtures or its helpers name `load`."""
    for item in items:
        path = item.path.relative_to(ROOT / "tests")
        folder = path.as_posix() if path.as_posix() in FOLDERS else path.parts[0]
        if folder in FOLDERS:
            item.add_marker(FOLDERS[folder])
        elif isinstance(item, pytest.Function):
            fixtures = item._fixtureinfo.name2fixturedefs.values()
            functions = [item.function, *(one.func for defined in fixtures for one in defined)]
            if any(_names_load(function, set()) for function in functions):
                item.add_marker("network")
    # The longest first, so that no core is left with a browser when the others are done.
    longest = ("browser", "page", "slow")
    items.sort(key=lambda item: [item.get_closest_marker(name) is None for name in longest])


def _names_load(function: Any, seen: set[Any]) -> bool:
    """Whether a function of ours, or one that it names, names `trickcore.load`: it loads a real network."""
    if function is load:
        return True
    code = getattr(function, "__code__", None)
    if code is None or code in seen or not str(function.__module__).startswith("tests"):
        return False
    seen.add(code)
    found = function.__globals__
    codes, names = [code], set[str]()
    while codes:  # functions and generators inside of it
        part = codes.pop()
        names.update(part.co_names)
        codes += [constant for constant in part.co_consts if isinstance(constant, CodeType)]
    return any(_names_load(found[name], seen) for name in names if name in found)


@pytest.fixture
def net() -> Linear:
    return Linear(WEIGHTS)


@pytest.fixture
def toy(net: Linear) -> Classifier:
    return Classifier("toy", net, ("ash", "birch", "cedar", "date"), SHAPE[1:])


@pytest.fixture
def colours() -> Classifier:
    return Classifier("colours", Colours(), ("red", "green", "blue"), (8, 12))


@pytest.fixture
def x() -> Tensor:
    """Three oblong pictures; some of their values lie at the walls 0 and 1."""
    pixels = np.random.default_rng(5).uniform(0, 1, (3, *SHAPE)).astype(np.float32)
    pixels[:, 0, 0, :2] = 0
    pixels[:, 1, 1, 3:] = 1
    return torch.from_numpy(pixels)


@pytest.fixture(scope="session")
def lite0() -> Classifier:
    """EfficientNet-Lite0 with its real weights, loaded where everything torch is done."""
    return engine.call(load)
