"""Two pixels: a network of two inputs, small enough that all it does can be drawn.

Its inputs are the two grey values of a picture of two pixels, so the plane of all its pictures is a square,
and a file can hold no more than 256 x 256 of them. A hidden layer weighs and adds what it is given, which
stretches and turns that plane, and bends it (tanh) or folds it (ReLU); the last layer draws one straight
line. After Tiffany Souterre's drawing; how layers bend a plane is Olah 2014, "Neural Networks, Manifolds, and
Topology". Everything here is numpy on plain numbers; what learns and what tricks is in `plane_net`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from trickcore.explain.point_sets import LEVELS, SHAPES, Values
from trickcore.language import later

BENDS = ("tanh", "ReLU")
LAYERS, UNITS, EPOCHS = (0, 4), (2, 8), (1, 1000)  # least and most
SPREAD = 6.0  # how wide the square of pixels is for the network, which hides this and the middle
SIDE = LEVELS + 1  # grey levels of a pixel
COUNT = 200  # points to learn from, and as many to judge by
MOMENTS = 41  # shown of a training, first and last among them
STAGES = (
    later("the pixels"),
    later("layer 1, stretched"),
    later("layer 1, bent"),
    later("layer 2, stretched"),
    later("layer 2, bent"),
    later("layer 3, stretched"),
    later("layer 3, bent"),
    later("layer 4, stretched"),
    later("layer 4, bent"),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be learnt, and by which network. Raises ValueError for what there is not."""

    data: str = "Moons"
    layers: int = 1  # hidden ones
    units: int = 4  # of each
    bend: str = "tanh"
    epochs: int = 100
    seed: int = 0  # of the points, the first weights and the order of learning

    def __post_init__(self) -> None:
        for name, value, allowed in (("data", self.data, SHAPES), ("bend", self.bend, BENDS)):
            if value not in allowed:
                raise ValueError(f"expected {name} to be one of {', '.join(allowed)}, got {value!r}")
        for name, number, (least, most) in (
            ("layers", self.layers, LAYERS),
            ("units", self.units, UNITS),
            ("epochs", self.epochs, EPOCHS),
        ):
            if not least <= number <= most:
                raise ValueError(f"expected {name} from {least} to {most}, got {number}")


@dataclass(frozen=True, slots=True, eq=False)
class PlaneNetwork:
    """The weights of a network with two inputs and one score: below 0 is class 0, above it class 1."""

    weights: tuple[tuple[Values, Values], ...]  # each layer's (out, in) and (out,); the last has one out
    bend: str

    @property
    def stages(self) -> int:
        """How many ways there are to look at the plane: the pixels, then each layer stretched, and bent."""
        return 2 * len(self.weights) - 1

    def through(self, pixels: Values, stage: int | None = None) -> Values:
        """Where pixels (N, 2) on [0, 1] are at a stage: (N, D). Without one, at the last: what the
        straight line is drawn through."""
        stage = self.stages - 1 if stage is None else stage
        if not 0 <= stage < self.stages:
            raise ValueError(f"expected a stage from 0 to {self.stages - 1}, got {stage}")
        found = SPREAD * (np.asarray(pixels, np.float64) - 0.5)
        for layer in range((stage + 1) // 2):
            weight, bias = self.weights[layer]
            found = found @ weight.T + bias
            if stage >= 2 * (layer + 1):
                found = np.tanh(found) if self.bend == "tanh" else np.maximum(found, 0)
        return found

    def score(self, pixels: Values) -> Values:
        """(N,): how much more it takes pixels (N, 2) for class 1 than for class 0, in nats."""
        weight, bias = self.weights[-1]
        score: Values = self.through(pixels) @ weight[0] + bias[0]
        return score


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """One moment of a training."""

    epoch: int  # done
    loss: float  # nats, mean over the points it learns from
    right: float  # the share of these that it has right, 0 to 1
    fresh: float  # the same of as many points that it never learns from
    network: PlaneNetwork


@dataclass(frozen=True, slots=True, eq=False)
class Push:
    """A point on its way over the border: the steps of `trick`, each as a file holds it."""

    pixels: Values  # (steps + 1, 2), on [0, 1], in whole grey levels; the first is the point itself
    scores: Values  # (steps + 1,): the network's, of just these pixels
    slope: Values  # (2,): of the score at the point, in nats a grey level
    eps: float  # on [0, 1]

    @property
    def labels(self) -> NDArray[np.int64]:
        """(steps + 1,): what the network takes each for."""
        return (self.scores > 0).astype(np.int64)

    @property
    def crossed(self) -> int | None:
        """The first step that is taken for the other class; None where the last is not."""
        other = self.labels != self.labels[0]
        return int(other.argmax()) if other[-1] else None

    @property
    def moved(self) -> NDArray[np.int64]:
        """(steps + 1, 2): by how many grey levels each pixel has moved."""
        moved: NDArray[np.int64] = np.rint((self.pixels - self.pixels[0]) * LEVELS).astype(np.int64)
        return moved

    @property
    def promised(self) -> float:
        """How far the slope alone foretells the score to move, in nats, if both pixels move by eps."""
        return float(self.eps * LEVELS * np.abs(self.slope).sum())


def chance(score: float | Values, label: int = 1) -> Values:
    """The probability of a class, 0 to 1, from scores in nats."""
    towards = np.asarray(score, np.float64) * (1 if label == 1 else -1)
    chances: Values = 1 / (1 + np.exp(-np.clip(towards, -50, 50)))
    return chances


def shown_epochs(epochs: int, most: int = MOMENTS) -> list[int]:
    """The epochs whose end is shown: first and last, and more of the first, when most happens."""
    marks = epochs * np.linspace(0, 1, most) ** 1.5
    return sorted({round(mark) for mark in marks})


def all_scores(network: PlaneNetwork, every: int = 1) -> Values:
    """The score of each two-pixel picture that a file can hold: (256, 256), rows the second pixel, columns
    the first; or of every third or fifth, where a coarser look is enough. Raises ValueError where white
    would be left out."""
    if LEVELS % every:
        raise ValueError(f"expected a divisor of {LEVELS}, got {every}")
    levels = np.arange(0, SIDE, every) / LEVELS
    first, second = np.meshgrid(levels, levels)
    scores: Values = network.score(np.stack([first.ravel(), second.ravel()], axis=1))
    return scores.reshape(first.shape)


def smallest_move(scores: Values, pixels: Values) -> tuple[int, int, int] | None:
    """How many grey levels both pixels have to be free to move until the answer can be another, and the
    nearest such picture in grey levels, by asking about all of them (`all_scores`, each level); None where
    no picture has another answer. Exact: nothing is searched, everything is counted."""
    first, second = (int(level) for level in np.rint(np.asarray(pixels) * LEVELS))
    other = (scores > 0) != (scores[second, first] > 0)
    if not other.any():
        return None
    rows, columns = np.nonzero(other)
    far = np.maximum(np.abs(columns - first), np.abs(rows - second))
    near = int(far.argmin())
    return int(far[near]), int(columns[near]), int(rows[near])


def border(network: PlaneNetwork, scores: Values) -> list[Values]:
    """The lines on which the score is 0, each (M, 2) of pixels on [0, 1].

    Found between the grey levels of `scores` (from `all_scores`), then moved onto the score's own zero.
    """
    from skimage.measure import find_contours

    last = len(scores) - 1
    return [_settled(network, line[:, ::-1] / last) for line in find_contours(scores, 0.0)]


def _settled(network: PlaneNetwork, line: Values) -> Values:
    """Newton's method along the slope, by no more than half a grey level a step."""
    tiny, far = 1e-5, 0.5 / LEVELS
    for _ in range(3):
        score = network.score(line)
        slope = np.stack(
            [
                (network.score(line + step) - network.score(line - step)) / (2 * tiny)
                for step in tiny * np.eye(2)
            ],
            axis=1,
        )
        move = -score[:, None] * slope / np.maximum((slope**2).sum(axis=1, keepdims=True), 1e-12)
        line = np.clip(line + np.clip(move, -far, far), 0, 1)
    return line


def grid_lines(lines: int = 13, samples: int = 61) -> list[Values]:
    """Straight lines across the square of all pictures, each (samples, 2): upright, then level ones."""
    along, places = np.linspace(0, 1, samples), np.linspace(0, 1, lines)
    upright = [np.stack([np.full(samples, place), along], axis=1) for place in places]
    return upright + [line[:, ::-1] for line in upright]


def box(pixels: Values, eps: float, samples: int = 12) -> Values:
    """The outline of all pictures within eps (L-infinity) of a point (2,), as far as there are any."""
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)], np.float64)
    share = np.arange(samples)[:, None] / samples
    sides = [start + share * (end - start) for start, end in pairwise(corners)]
    return np.clip(np.asarray(pixels) + eps * np.concatenate([*sides, corners[-1:]]), 0, 1)


def arrow(push: Push, length: float = 56 / LEVELS, samples: int = 12) -> Values:
    """From the point along the slope, towards the other class: (samples, 2), on [0, 1] where it has room."""
    ahead = push.slope * (1 if push.labels[0] == 0 else -1)
    size = float(np.linalg.norm(ahead))
    way = ahead / size if size else ahead
    line: Values = push.pixels[0] + np.linspace(0, length, samples)[:, None] * way
    return line


def stage_names(layers: int) -> Sequence[str]:
    """The stages of a network of so many hidden layers, in words."""
    return STAGES[: 1 + 2 * layers]
