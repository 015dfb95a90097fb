"""What the tests of several methods need: nets that count or refuse, and real pictures."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from tests.helpers import CLASSES, SHAPE, WEIGHTS, Linear
from trickcore import Classifier, load
from trickcore.pictures.drawing import drawn_png
from trickcore.pictures.samples import sample

HALF = torch.zeros(1, SHAPE[1], SHAPE[2])
HALF[:, :, :2] = 1  # the first two columns may move


class Closed(nn.Module):
    """Answers, but gives no gradient; counts the pictures it was asked about."""

    def __init__(self, net: Any) -> None:
        super().__init__()
        self.net, self.asked = net, 0

    def forward(self, x: Tensor) -> Tensor:
        if torch.is_grad_enabled() or x.requires_grad:
            raise AssertionError("asked for a gradient, which it gives to nobody")
        self.asked += len(x)
        out: Tensor = self.net(x)
        return out


def toy(net: Any) -> Any:
    """A classifier of the oblong pictures."""
    return Classifier("toy", net, tuple("abcd"[:CLASSES]), SHAPE[1:], SHAPE[0], resize=None)


def linear(scale: float = 1.0) -> Linear:
    return Linear(scale * WEIGHTS)


def oblong(seed: int = 5) -> Tensor:
    """A picture of whole grey levels that is neither black nor white anywhere."""
    levels = np.random.default_rng(seed).integers(60, 196, SHAPE)
    return torch.from_numpy((levels / 255).astype(np.float32))


def said(classifier: Classifier, x: Tensor) -> int:
    with torch.no_grad():
        return int(classifier.net(x.unsqueeze(0)).argmax())


@lru_cache
def digit(name: str = "5") -> tuple[Classifier, Tensor]:
    classifier = load("digits-standard")
    return classifier, classifier.read(drawn_png(name))


@lru_cache
def cat() -> tuple[Classifier, Tensor]:
    classifier = load()
    return classifier, classifier.read(sample("cat"))
