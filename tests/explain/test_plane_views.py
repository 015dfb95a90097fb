"""Views of a stage: two directions of however many, the score's own at the last, and what is drawn there."""

from __future__ import annotations

import numpy as np
import pytest

from tests.explain.test_two_pixels import FLAT, TOY
from trickcore.explain import plane_net
from trickcore.explain.plane_drawing import drawing
from trickcore.explain.plane_views import between, view
from trickcore.explain.point_sets import Points, points
from trickcore.explain.two_pixels import Plan, PlaneNetwork, all_scores, border, grid_lines

POINTS = points("Moons", 60, 0)
PAIR = PlaneNetwork(
    ((np.array([[2.0, 0.0], [0.5, 1.0]]), np.zeros(2)), (np.array([[1.0, -1.0]]), np.array([0.25]))), "tanh"
)


def test_the_pixels_are_seen_as_they_are_the_second_upwards():
    seen = view(TOY, 0, POINTS.pixels)
    assert seen.kind == "pixels"
    corners = seen(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
    reach = 1 / 1.06
    assert corners == pytest.approx(np.array([[-reach, -reach], [reach, -reach], [-reach, reach]]))


def test_two_units_are_the_two_directions():
    seen = view(PAIR, 2, POINTS.pixels)
    assert (seen.kind, seen.share) == ("units", 1.0)
    placed, found = seen(POINTS.pixels), PAIR.through(POINTS.pixels)
    for k in (0, 1):
        slope, offset = np.polyfit(found[:, k], placed[:, k], 1)
        assert placed[:, k] == pytest.approx(slope * found[:, k] + offset)
        assert slope == pytest.approx(1 / seen.half), "one scale for both"


def test_of_more_units_one_sees_the_two_in_which_the_points_spread_most():
    seen = view(TOY, 1, POINTS.pixels)
    assert seen.kind == "principal"
    away = TOY.through(POINTS.pixels, 1)
    spread = np.linalg.eigvalsh(np.cov(away.T))
    assert seen.share == pytest.approx(spread[-2:].sum() / spread.sum())
    assert seen.axes.T @ seen.axes == pytest.approx(np.eye(2), abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_two_principal_directions_lie_as_near_to_the_pixels_as_turning_and_mirroring_can_bring_them(seed):
    rng = np.random.default_rng(seed)
    layers = ((rng.normal(size=(5, 2)), rng.normal(size=5)), (rng.normal(size=(1, 5)), np.zeros(1)))
    network = PlaneNetwork(layers, "tanh")
    seen = view(network, 1, POINTS.pixels)
    flat = network.through(POINTS.pixels, 1) @ seen.axes
    flat, pixels = flat - flat.mean(axis=0), POINTS.pixels - POINTS.pixels.mean(axis=0)
    now = (flat * pixels).sum()
    for angle in np.linspace(0, 2 * np.pi, 73):
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        for way in (turn, turn @ np.diag([1, -1])):
            assert (flat @ way * pixels).sum() <= now + 1e-9


def test_at_the_last_stage_the_score_goes_across_so_that_the_border_is_straight():
    seen = view(TOY, 2, POINTS.pixels)
    assert seen.kind == "score"
    assert seen.axes.T @ seen.axes == pytest.approx(np.eye(2), abs=1e-9)
    across, score = seen(POINTS.pixels)[:, 0], TOY.score(POINTS.pixels)
    slope, offset = np.polyfit(score, across, 1)
    assert across == pytest.approx(slope * score + offset, abs=1e-9)
    assert slope > 0, "pink is on the right"
    assert 0 < seen.share <= 1


@pytest.mark.parametrize("network", [PAIR, TOY, FLAT], ids=["two units", "three units", "no layer"])
def test_the_border_is_one_straight_line_at_the_last_stage(network):
    seen = view(network, network.stages - 1, POINTS.pixels)
    found = np.concatenate([seen(line) for line in border(network, all_scores(network))])
    line = seen.line()
    assert line is not None
    begin, end = line
    normal = np.array([end[1] - begin[1], begin[0] - end[0]]) / np.linalg.norm(end - begin)
    assert len(found) > 20
    assert np.abs((found - begin) @ normal).max() < 1e-4
    assert view(TOY, 1, POINTS.pixels).line() is None, "before the last there is none"


def test_everything_is_in_the_picture_at_every_stage():
    for stage in range(3):
        seen = view(TOY, stage, POINTS.pixels)
        placed = seen(np.concatenate([*grid_lines(), POINTS.pixels]))
        assert np.abs(placed).max() <= 1
        assert np.abs(placed).max() > 0.9, "and fills it"


def test_a_view_does_not_jump_from_one_moment_of_a_training_to_the_next():
    found, before = points("Spirals", 200, 0), None
    for moment in list(plane_net.learn(Plan("Spirals", layers=1, units=8, epochs=60)))[-8:]:
        placed = view(moment.network, 1, found.pixels)(found.pixels)
        if before is not None:
            assert np.linalg.norm(placed - before, axis=1).mean() < 0.25
        before = placed


def test_between_two_views_a_point_is_on_its_way():
    first, second = (view(TOY, stage, POINTS.pixels) for stage in (0, 2))
    half = between(first, second, 0.5)(POINTS.pixels)
    assert half == pytest.approx((first(POINTS.pixels) + second(POINTS.pixels)) / 2)


def test_a_drawing_knows_on_which_side_each_place_of_the_grid_is():
    push = plane_net.push(FLAT, np.array([120, 50]) / 255, 16 / 255, 5)
    few = Points(POINTS.pixels[:3], POINTS.labels[:3])
    drawn = drawing(view(FLAT, 0, POINTS.pixels), FLAT, few, border(FLAT, all_scores(FLAT)), push)
    for line, ones in zip(drawn.grid, drawn.sides, strict=True):
        for (x, _), one in zip(line, ones, strict=True):
            assert one == (x > 1e-12)
    assert drawn.points.shape == (3, 2)
    assert drawn.push is not None
    assert drawn.push.steps[0, 0] < 0 < drawn.push.steps[-1, 0]
