"""Point sets: two-pixel pictures of two classes, drawn by a seed, that a line can or cannot part.

Each point is a picture of two grey values on [0, 1], held to whole grey levels as a file would. The moons
and circles are after scikit-learn's `make_moons` and `make_circles`, the spirals after Lang and Witbrock
1988, "Learning to tell two spirals apart", with a turn less.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from trickcore.language import later

Values = NDArray[np.float64]
LEVELS = 255
CLASSES = (later("green"), later("pink"))  # names of the classes 0 and 1


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Pictures of two pixels, and what each is."""

    pixels: Values  # (N, 2), on [0, 1], in whole grey levels
    labels: NDArray[np.int64]  # (N,): 0 or 1


def moons(share: Values, label: NDArray[np.int64]) -> Values:
    """Two half circles that reach into each other: (N, 2) on a plane of their own."""
    angle = np.pi * share
    x = np.where(label == 0, np.cos(angle), 1 - np.cos(angle)) - 0.5
    y = np.where(label == 0, np.sin(angle), 0.5 - np.sin(angle)) - 0.25
    return np.stack([x, y], axis=1) / 1.9


def circles(share: Values, label: NDArray[np.int64]) -> Values:
    """A ring, and another inside of it."""
    angle, radius = 2 * np.pi * share, np.where(label == 0, 0.82, 0.36)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def spirals(share: Values, label: NDArray[np.int64]) -> Values:
    """Two arms, each the other turned by half a turn, that go round one and three quarter times."""
    far = np.sqrt(0.04 + 0.96 * share)  # as many points a length inside as outside
    angle = 3.5 * np.pi * far + np.pi * label
    return np.stack([0.85 * far * np.cos(angle), 0.85 * far * np.sin(angle)], axis=1)


SHAPES: dict[str, Callable[[Values, NDArray[np.int64]], Values]] = {
    later("Moons"): moons,
    later("Circles"): circles,
    later("Spirals"): spirals,
}
NOISE = {"Moons": 0.06, "Circles": 0.06, "Spirals": 0.03}  # standard deviation, where the plane is 2 wide


def points(name: str, count: int, seed: int, *, stream: int = 0) -> Points:
    """So many points of a set of SHAPES, half of each class. Raises ValueError for a set there is not.

    Another `stream` of the same seed gives other points, to judge by what was not learnt from.
    """
    if name not in SHAPES:
        raise ValueError(f"expected one of {', '.join(SHAPES)}, got {name!r}")
    rng: Generator = np.random.default_rng([seed, stream])
    labels = np.arange(count) % 2
    share = (np.arange(count) // 2 + rng.uniform(0, 1, count)) / max(1, (count + 1) // 2)  # spread evenly
    plane = SHAPES[name](share, labels) + rng.normal(0, NOISE[name], (count, 2))
    pixels = np.clip(np.rint((plane + 1) / 2 * LEVELS), 0, LEVELS) / LEVELS
    order = rng.permutation(count)
    return Points(pixels[order], labels[order])
