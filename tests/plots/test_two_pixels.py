"""Charts and GIFs of the network with two inputs, read back: what is drawn is what was measured."""

from __future__ import annotations

import io
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image, ImageSequence

from tests.explain.test_two_pixels import TOY
from trickcore.explain import plane_net
from trickcore.explain.plane_drawing import PlaneDrawing, drawing
from trickcore.explain.plane_views import MARGIN, view
from trickcore.explain.point_sets import points
from trickcore.explain.two_pixels import Moment, Plan, all_scores, border, chance
from trickcore.plots.style import DARK, LIGHT
from trickcore.plots.two_pixels import moving, planes

POINTS = points("Moons", 60, 0)
START = np.array([100, 130]) / 255


def drawn(stage: int) -> PlaneDrawing:
    push = plane_net.push(TOY, START, 32 / 255, 6)
    lines = border(TOY, all_scores(TOY, 5))
    return drawing(view(TOY, stage, POINTS.pixels), TOY, POINTS, lines, push)


def levels(x) -> np.ndarray:
    """From the drawing's own measure to grey levels."""
    return np.rint((np.asarray(x, float) * MARGIN + 1) / 2 * 255)


def of_colour(figure, colour: str, mode: str):
    return [t for t in figure.data if t.type == "scatter" and t.mode == mode and t.marker.color == colour]


@pytest.mark.parametrize("dark", [False, True])
def test_the_square_has_the_answers_colours_the_points_and_the_push(dark):
    theme = DARK if dark else LIGHT
    scores = all_scores(TOY, 5)
    figure = planes.pixel_plane(drawn(0), chance(scores), dark=dark)
    field = figure.data[0]
    assert np.asarray(field.z) == pytest.approx(np.rint(200 / (1 + np.exp(-scores))))
    (green,), (pink,) = (
        of_colour(figure, colour.line, "markers") for colour in (theme.others[0], theme.others[1])
    )
    for trace, label in ((green, 0), (pink, 1)):
        shown = np.stack([levels(trace.x), levels(trace.y)], axis=1)
        assert shown == pytest.approx(POINTS.pixels[POINTS.labels == label] * 255)
    assert green.marker.symbol != pink.marker.symbol, "not by colour alone"
    (start,), (end,) = (
        of_colour(figure, colour.line, "markers") for colour in (theme.original, theme.target)
    )
    assert (levels(start.x)[0], levels(start.y)[0]) == (100, 130)
    push = plane_net.push(TOY, START, 32 / 255, 6)
    assert [levels(end.x)[0], levels(end.y)[0]] == np.rint(push.pixels[-1] * 255).tolist()
    (box,) = [t for t in figure.data if t.type == "scatter" and t.line.dash == "dot"]
    assert (levels(box.x).min(), levels(box.x).max()) == (68, 132)
    assert figure.layout.xaxis.ticktext == ("0", "64", "128", "192", "255")
    assert levels(figure.layout.xaxis.tickvals).tolist() == [0, 64, 128, 192, 255]


def test_a_click_finds_places_all_over_the_square_and_every_point():
    places = planes.click_places(POINTS.pixels)
    figure = planes.pixel_plane(drawn(0), chance(all_scores(TOY, 5)), clicks=places)
    targets = figure.data[-1]
    shown = np.stack([levels(targets.x), levels(targets.y)], axis=1)
    assert shown == pytest.approx(np.asarray(targets.customdata))
    assert shown == pytest.approx(np.rint(places * 255))
    assert set(map(tuple, np.rint(POINTS.pixels * 255))) <= set(map(tuple, shown))
    assert targets.marker.opacity == 0
    bent = planes.bent_plane(drawn(2), clicks=POINTS.pixels)
    assert np.asarray(bent.data[-1].customdata) == pytest.approx(np.rint(POINTS.pixels * 255))
    assert np.asarray(bent.data[-1].x) == pytest.approx(drawn(2).points[:, 0])


def test_the_bent_grid_has_the_colours_of_the_answers_and_no_hole_between_them():
    drawing, figure = drawn(2), planes.bent_plane(drawn(2))
    green, pink = (np.stack([t.x, t.y], axis=1) for t in figure.data[:2])
    for places, wanted in ((green, False), (pink, True)):
        sides = {
            tuple(np.round(place, 9)): bool(one)
            for line, ones in zip(drawing.grid, drawing.sides, strict=True)
            for place, one in zip(line, ones, strict=True)
        }
        shown = [sides[tuple(np.round(place, 9))] for place in places[np.isfinite(places[:, 0])]]
        assert np.mean([one == wanted for one in shown]) > 0.9, "but for the first place beyond the border"
    count = sum(len(line) for line in drawing.grid)
    changes = sum(int((ones[1:] != ones[:-1]).sum()) for ones in drawing.sides)
    assert changes > 5
    both = np.isfinite(green[:, 0]).sum() + np.isfinite(pink[:, 0]).sum()
    assert both == count + changes, "where the answer changes, both lines reach"


def test_the_button_moves_every_line_through_the_stages_with_as_many_places_at_each():
    way = [drawn(stage) for stage in range(3)]
    figure = planes.bent_plane(way[-1], way=way)
    assert [frame.name for frame in figure.frames] == ["0", "1", "2"]
    for frame, at in zip(figure.frames, way, strict=True):
        still = planes.bent_plane(at)
        assert [np.shape(t.x) for t in frame.data] == [np.shape(t.x) for t in still.data]
        for moved, drawn_there in zip(frame.data, still.data, strict=True):
            assert np.asarray(moved.x, float) == pytest.approx(np.asarray(drawn_there.x, float), nan_ok=True)
        assert [np.shape(t.x) for t in frame.data] == [np.shape(t.x) for t in figure.data]
    (menu,) = figure.layout.updatemenus
    assert list(menu.buttons[0].args[0]) == ["0", "1", "2"]
    assert not planes.bent_plane(way[0], way=way[:1]).frames, "the pixels alone do not move"


def frames_of(gif: bytes) -> list[np.ndarray]:
    found = []
    with Image.open(io.BytesIO(gif)) as image:
        for frame in ImageSequence.Iterator(image):
            found.append(np.asarray(frame.convert("RGB"), int))
    return found


def test_the_gif_of_a_training_has_a_frame_a_moment_and_the_fields_own_colours():
    moments: list[Moment] = list(plane_net.learn(Plan(epochs=6)))
    frames = frames_of(moving.training_gif(moments, POINTS))
    assert len(frames) == len(moments)
    assert frames[0].shape == (284, 528, 3)
    assert np.abs(frames[-1] - frames[0]).mean() > 2, "something was learnt"
    for top, bottom in ((60, 255 - 60),):
        colours = frames[-1][[top + 24, bottom + 24], 20]
        answers = moments[-1].network.score(np.array([[12, 255 - top], [12, 255 - bottom]]) / 255) > 0
        for colour, pink in zip(colours, answers, strict=True):
            assert (colour[0] > colour[1]) == pink
    with pytest.raises(ValueError, match="at least one moment"):
        moving.training_gif([], POINTS)


def test_the_gif_of_the_layers_goes_through_every_stage():
    frames = frames_of(moving.layers_gif(TOY, POINTS, dark=True))
    assert len(frames) == 1 + 2 * moving.MOVING
    stages = [frames[0], frames[moving.MOVING], frames[-1]]
    for one, other in pairwise(stages):
        assert np.abs(one - other).mean() > 1
    assert frames[0][40, 5].sum() < 120, "dark"
