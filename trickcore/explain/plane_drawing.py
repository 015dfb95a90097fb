"""Plane drawings: what is drawn of a network with two inputs, as lines and points in a view's own picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trickcore.explain.plane_views import Place, View
from trickcore.explain.point_sets import Points, Values
from trickcore.explain.two_pixels import PlaneNetwork, Push, arrow, box, grid_lines


@dataclass(frozen=True, slots=True, eq=False)
class PushDrawing:
    """A push: every line and point from -1 to 1."""

    steps: Values  # (steps + 1, 2)
    labels: NDArray[np.int64]  # (steps + 1,): what each is taken for
    box: Values  # (M, 2): the outline of what epsilon allows
    arrow: Values  # (M, 2): along the slope of the score


@dataclass(frozen=True, slots=True, eq=False)
class PlaneDrawing:
    """The plane as a stage has it: every line and point from -1 to 1."""

    grid: tuple[Values, ...]  # lines that are straight in the plane of pixels, each (M, 2)
    sides: tuple[NDArray[np.bool_], ...]  # where each is taken for class 1, (M,)
    border: tuple[Values, ...]  # where the score is 0
    points: Values  # (N, 2)
    labels: NDArray[np.int64]  # (N,): what they are
    push: PushDrawing | None = None
    line: Values | None = None  # (2, 2): the straight line of the last layer, where that is looked at


def drawing(
    place: Place, network: PlaneNetwork, points: Points, border: Sequence[Values], push: Push | None = None
) -> PlaneDrawing:
    """All that is drawn of a stage, put where `place` has it. `border` is in pixels on [0, 1]."""
    grid = grid_lines()
    scores = network.score(np.concatenate(grid)).reshape(len(grid), -1)
    pushed = None
    if push is not None:
        around, ahead = place(box(push.pixels[0], push.eps)), place(arrow(push))
        pushed = PushDrawing(place(push.pixels), push.labels, around, ahead)
    return PlaneDrawing(
        tuple(place(line) for line in grid),
        tuple(row > 0 for row in scores),
        tuple(place(line) for line in border),
        place(points.pixels),
        points.labels,
        pushed,
        place.line() if isinstance(place, View) else None,
    )
