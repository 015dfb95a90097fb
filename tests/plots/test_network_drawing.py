"""The drawing of a network: what is drawn is what was computed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from trickcore import engine
from trickcore.explain.forward_pass import forward_pass
from trickcore.explain.records import ForwardPass
from trickcore.networks.dense.two_layer_net import dense
from trickcore.pictures.drawing import drawn_png
from trickcore.plots.bars import added_bars
from trickcore.plots.digits.network_drawing import (
    Chosen,
    colour_scale,
    network_drawing,
    pixel_picture,
    unit_picture,
)
from trickcore.plots.style import palette, translucent

LABELS = tuple("0123456789")


@pytest.fixture(scope="module")
def found() -> ForwardPass:
    return engine.call(forward_pass, engine.call(dense), drawn_png("5"))


def chosen(unit: int = 0, answer: int = 5, *, back: bool = False) -> Chosen:
    return Chosen(range(16), unit, answer, back)


def paths(figure: Any, unit: int) -> dict[int, Any]:
    """A unit's lines to answers, by the answer: from past its picture to one end."""
    traces = [trace for trace in figure.data if trace.meta and trace.meta["unit"] == unit]
    return {trace.meta["paths"][0]: trace for trace in traces if len(trace.x) == 2}


def test_lines_are_as_wide_as_what_goes_along_them_and_their_colour_says_the_sign(found):
    theme = palette(False)
    figure = network_drawing(found, LABELS, chosen())
    widest = np.abs(found.added).max()
    for unit in range(16):
        for k, line in paths(figure, unit).items():
            added = found.added[k, unit]
            assert line.line.width == pytest.approx(max(0.8, 6 * abs(added) / widest))
            assert line.line.color == translucent(
                theme.target.line if added > 0 else theme.original.line, line.meta["seen"]
            )
            assert (line.line.dash == "solid") == (added > 0), "not by colour alone"
    off = [unit for unit in range(16) if found.sums[unit] <= 0]
    assert off
    assert not any(paths(figure, unit) for unit in off), "nothing goes along"


def test_the_unit_that_is_looked_at_has_all_its_lines_and_weak_ones_elsewhere_are_hidden(found):
    figure = network_drawing(found, LABELS, chosen(unit=2))
    assert {line.meta["seen"] for line in paths(figure, 2).values()} == {1.0}
    assert len(paths(figure, 2)) == 10
    other = {line.meta["seen"] for unit in range(16) if unit != 2 for line in paths(figure, unit).values()}
    assert 0.0 in other
    assert 1.0 not in other


def test_backwards_lines_go_to_the_answer_alone_and_are_its_weights(found):
    figure = network_drawing(found, LABELS, chosen(answer=3, back=True))
    widest = np.abs(found.pull(3)).max()
    for unit in range(16):
        lines = paths(figure, unit)
        assert set(lines) == ({3} if found.pull(3)[unit] else set())
        for line in lines.values():
            assert line.line.width == pytest.approx(max(0.8, 6 * abs(found.pull(3)[unit]) / widest))


def test_rays_begin_at_the_pixels_that_add_most(found):
    figure = network_drawing(found, LABELS, chosen(unit=0))
    rays = [t for t in figure.data if t.meta and t.meta["unit"] == 0 and len(t.x) > 2]
    begins = {(t.x[i], t.y[i]) for t in rays for i in range(0, len(t.x), 3)}
    terms = np.abs(found.terms(0))
    rows, columns = np.unravel_index(terms.ravel().argsort()[::-1][:8], terms.shape)
    box = figure.layout.images[0]
    expected = {
        (box.x + (c + 0.5) / 28 * box.sizex, box.y + (r + 0.5) / 28 * box.sizey)
        for r, c in zip(rows, columns, strict=True)
    }
    assert {(round(x, 6), round(y, 6)) for x, y in begins} == {
        (round(x, 6), round(y, 6)) for x, y in expected
    }


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("dark", [False, True])
def test_everything_lies_inside_the_drawing_and_no_two_units_cover_each_other(found, narrow, dark):
    figure = network_drawing(found, LABELS, chosen(), narrow=narrow, dark=dark)
    (left, right), (bottom, top) = figure.layout.xaxis.range, figure.layout.yaxis.range
    for image in figure.layout.images:
        assert left <= image.x <= image.x + image.sizex <= right
        assert top <= image.y <= image.y + image.sizey <= bottom
    units = figure.layout.images[1:]
    for i, one in enumerate(units):
        for other in units[i + 1 :]:
            apart = max(abs(one.x - other.x), abs(one.y - other.y))
            assert apart >= one.sizex
    for trace in figure.data:
        assert all(left <= x <= right for x in trace.x if x is not None)
        assert all(top <= y <= bottom for y in trace.y if y is not None)


def test_hovering_and_choosing_go_by_the_points_names(found):
    figure = network_drawing(found, LABELS, Chosen([1, 4, 9], 4, 5))
    named = {trace.name: trace for trace in figure.data if trace.name}
    assert list(named["units"].customdata) == ["unit 1", "unit 4", "unit 9"]
    assert list(named["answers"].customdata) == [f"answer {k}" for k in range(10)]
    assert f"passes on {found.active[4]:.2f}" in named["units"].text[1]


def test_the_large_picture_is_the_digit_and_backwards_the_gradient(found):
    assert (pixel_picture(found, chosen()) == found.pixels).all()
    back = pixel_picture(found, chosen(back=True))
    assert back.shape == (28, 28, 3)
    off = int(np.flatnonzero(found.sums <= 0)[0])
    assert len(np.unique(unit_picture(found, chosen(back=True), off).reshape(-1, 3), axis=0)) == 1, "grey"


def test_the_scale_is_that_of_what_is_not_zero():
    assert colour_scale(np.array([0.0, 0.0, 2.0, -2.0])) == 2
    assert colour_scale(np.zeros(4)) == 1


def test_bars_have_the_sign_and_the_size_of_what_a_unit_adds(found):
    figure = added_bars(found.added[:, 0], LABELS, 5)
    assert list(figure.data[0].y) == pytest.approx(list(found.added[:, 0]))
    notes = [note.text for note in figure.layout.annotations]
    assert notes[5] == f"+{found.added[5, 0]:.1f}"
    assert notes[4].startswith("−")
