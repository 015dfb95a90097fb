"""Toy networks whose answers can be worked by hand, and the real network, loaded once.

The arithmetic beside them is numpy's, in double precision, so that no test checks torch with torch.
"""

from __future__ import annotations

import os

from tests.helpers import SHAPE, WEIGHTS, Colours, Linear

os.environ.setdefault("TRICKCORE_DEVICE", "cpu")  # the comparisons below are made on the CPU

import numpy as np
import pytest
import torch
from torch import Tensor

from trickcore import Classifier, engine, load


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
