"""Plane views: a stage of a network with two inputs as a flat picture, whatever its width."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from trickcore.explain.point_sets import Values
from trickcore.explain.two_pixels import PlaneNetwork, grid_lines

Place = Callable[[Values], Values]  # pixels (N, 2) on [0, 1] to a picture (N, 2) from -1 to 1
Kind = Literal["pixels", "units", "principal", "score"]
MARGIN = 1.06


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """Where a network has the plane at a stage, seen in two directions.

    With two units these are the units themselves. With more they are the two principal directions of where
    the points are (turned within their plane so that they lie as the pixels do, or the picture would jump
    from one moment to the next). At the last stage the first is that of the score, so that the straight
    line looks straight, and the second the principal direction at right angles to it.
    """

    network: PlaneNetwork
    stage: int
    kind: Kind
    middle: Values  # (D,)
    axes: Values  # (D, 2), each of length 1 and at right angles
    share: float  # of the points' spread (variance) that these two directions hold, 0 to 1
    centre: Values  # (2,): of the picture
    half: float  # its width, from the centre

    def __call__(self, pixels: Values) -> Values:
        flat = (self.network.through(pixels, self.stage) - self.middle) @ self.axes
        placed: Values = (flat - self.centre) / self.half
        return placed

    def line(self) -> Values | None:
        """The ends (2, 2) of the straight line that the last layer draws here, far outside of the picture;
        None before the last stage, and where no picture of the square's would be near it."""
        if self.stage < self.network.stages - 1:
            return None
        weight, bias = self.network.weights[-1]
        ahead = weight[0] @ self.axes * self.half
        offset = float(weight[0] @ (self.middle + self.axes @ self.centre) + bias[0])
        size = float(ahead @ ahead)
        if not size:
            return None
        nearest = -offset * ahead / size
        if float(np.abs(nearest).max()) > 2:
            return None
        along = np.array([-ahead[1], ahead[0]]) / np.sqrt(size)
        return np.stack([nearest - 4 * along, nearest + 4 * along])


def view(network: PlaneNetwork, stage: int, pixels: Values) -> View:
    """The view of a stage, as the points (N, 2) of the training spread there."""
    found = network.through(pixels, stage)
    middle = np.zeros(found.shape[1])
    axes, share, kind = np.eye(2), 1.0, "pixels" if stage == 0 else "units"
    if found.shape[1] > 2:
        middle = found.mean(axis=0)
        away = found - middle
        if stage == network.stages - 1:
            kind, axes = "score", _along_score(network, away)
        else:
            kind, axes = "principal", _turned(_principal(away)[:, :2], away, pixels)
        whole = float((away**2).sum())
        share = float(((away @ axes) ** 2).sum()) / whole if whole else 1.0
    everything = np.concatenate([*grid_lines(), pixels])
    flat = (network.through(everything, stage) - middle) @ axes
    low, high = flat.min(axis=0), flat.max(axis=0)
    half = MARGIN * float((high - low).max()) / 2 or 1.0
    return View(network, stage, kind, middle, axes, share, (low + high) / 2, half)  # type: ignore[arg-type]


def between(first: Place, second: Place, share: float) -> Place:
    """A picture on its way from one view to another, to show it move: no network is asked there."""
    return lambda pixels: (1 - share) * first(pixels) + share * second(pixels)


def _principal(away: Values) -> Values:
    """(D, D): directions of the largest spread first, as columns."""
    return np.linalg.svd(away, full_matrices=True)[2].T


def _along_score(network: PlaneNetwork, away: Values) -> Values:
    """(D, 2): the direction of the score, and the principal one of what is left."""
    weight = network.weights[-1][0][0]
    ahead = weight / max(float(np.linalg.norm(weight)), 1e-12)
    rest = away - np.outer(away @ ahead, ahead)
    second = _principal(rest)[:, 0]
    second = second - (second @ ahead) * ahead  # exactly, where hardly anything is left
    second = second / max(float(np.linalg.norm(second)), 1e-12)
    sign = 1.0 if second[np.abs(second).argmax()] > 0 else -1.0
    return np.stack([ahead, sign * second], axis=1)


def _turned(axes: Values, away: Values, pixels: Values) -> Values:
    """The same plane, turned or mirrored so that its picture is as near to the pixels' as can be
    (orthogonal Procrustes, Schoenemann 1966)."""
    left, _, right = np.linalg.svd((away @ axes).T @ (pixels - pixels.mean(axis=0)))
    turned: Values = axes @ (left @ right)
    return turned
