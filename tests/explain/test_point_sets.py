"""Points to learn from: by a seed, in whole grey levels, and of the shapes they are called by."""

from __future__ import annotations

import numpy as np
import pytest

from trickcore.explain.point_sets import SHAPES, points

NAMES = list(SHAPES)


@pytest.mark.parametrize("name", NAMES)
def test_points_are_pictures_a_file_can_hold_half_of_each_class(name):
    found = points(name, 200, 0)
    levels = found.pixels * 255
    assert found.pixels.shape == (200, 2)
    assert np.abs(levels - np.rint(levels)).max() < 1e-9
    assert levels.min() >= 0
    assert levels.max() <= 255
    assert np.bincount(found.labels).tolist() == [100, 100]


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_points_and_another_seed_or_stream_others(name):
    first = points(name, 50, 3)
    assert np.array_equal(first.pixels, points(name, 50, 3).pixels)
    assert not np.array_equal(first.pixels, points(name, 50, 4).pixels)
    assert not np.array_equal(first.pixels, points(name, 50, 3, stream=1).pixels)


def test_circles_are_one_inside_the_other():
    found = points("Circles", 400, 0)
    far = np.linalg.norm(found.pixels - 0.5, axis=1)
    outer, inner = far[found.labels == 0], far[found.labels == 1]
    assert outer.min() > inner.max()
    assert outer.mean() == pytest.approx(0.41, abs=0.01)
    assert inner.mean() == pytest.approx(0.18, abs=0.01)


def test_spirals_are_each_the_other_turned_by_half_a_turn():
    share = np.linspace(0, 1, 20)
    one, other = (SHAPES["Spirals"](share, np.full(20, label)) for label in (0, 1))
    assert one == pytest.approx(-other)
    angle = np.unwrap(np.arctan2(one[:, 1], one[:, 0]))
    assert (angle[-1] - angle[0]) / (2 * np.pi) == pytest.approx(1.75 * 0.8, abs=0.01)


@pytest.mark.parametrize("name", NAMES)
def test_no_straight_line_parts_them(name):
    """The best of 180 directions and all thresholds, tried one by one."""
    found = points(name, 200, 0)
    best = 0.0
    for angle in np.linspace(0, np.pi, 180, endpoint=False):
        along = found.labels[(found.pixels @ [np.cos(angle), np.sin(angle)]).argsort()]
        pink = np.concatenate([[0], np.cumsum(along)])
        right = (np.arange(201) - pink + pink[-1] - pink) / 200  # green below, pink above
        best = max(best, right.max(), 1 - right.min())
    assert 0.5 < best < 0.93


def test_a_set_there_is_not_is_refused():
    with pytest.raises(ValueError, match="one of Moons, Circles, Spirals, got 'Stars'"):
        points("Stars", 10, 0)
