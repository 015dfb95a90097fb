"""Toy networks whose answers can be worked by hand, and the real network, loaded once.

The arithmetic beside them is numpy's, in double precision, so that no test checks torch with torch.
"""

from __future__ import annotations

import os

os.environ.setdefault("TRICKCORE_DEVICE", "cpu")  # the comparisons below are made on the CPU

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from trickcore import Classifier, engine, load

SHAPE = (3, 2, 5)  # oblong, so that swapped sides show
CLASSES = 4
WEIGHTS = np.random.default_rng(3).normal(size=(CLASSES, 30))


class Linear(nn.Module):
    """Logits are weights (K, C*H*W) times the values; forward and backward passes are counted."""

    def __init__(self, weights: np.ndarray) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.tensor(weights, dtype=torch.float32), requires_grad=False)
        self.forwards = self.backwards = 0

    def forward(self, x: Tensor) -> Tensor:
        self.forwards += 1
        logits = x.flatten(1) @ self.weights.T
        if logits.requires_grad:
            logits.register_hook(self._count)
        return logits

    def _count(self, grad: Tensor) -> None:
        self.backwards += 1


class Colours(nn.Module):
    """Red, green or blue: ten times the mean of each channel are the logits."""

    def forward(self, x: Tensor) -> Tensor:
        return 10 * x.mean((2, 3))


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def gradient(weights: np.ndarray, x: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Of -log softmax(weights x)[label] in x, worked by hand: (p - onehot) weights. x is (N, D)."""
    return (softmax(x @ weights.T) - np.eye(len(weights))[labels]) @ weights


def flat(x: Tensor) -> np.ndarray:
    """(N, D), in double precision."""
    return x.flatten(1).double().numpy()


def plain(height: int, width: int, red: float, green: float, blue: float) -> Tensor:
    """A picture (3, H, W) of one colour."""
    return torch.tensor([red, green, blue]).view(3, 1, 1).expand(3, height, width).contiguous()


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
