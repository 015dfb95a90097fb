"""Charts, read back from their figures. Contrast is worked here by WCAG 2's own formula."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trickcore import Attack, Linf, towards, trick
from trickcore.plots import run as charts
from trickcore.text import percent

LABELS = (
    "tabby",
    "king penguin",
    "a lamp of uncommonly great length",
    "vulture",
    "pineapple",
    "mouse",
    "spoon",
)


@dataclass(frozen=True)
class Point:
    index: int
    probs: np.ndarray


def run(*rows: tuple[float, ...]) -> list[Point]:
    return [Point(i, np.array(row, np.float32)) for i, row in enumerate(rows)]


FLIPS = run(
    (0.72, 0.02, 0.10, 0.04, 0.04, 0.04, 0.04),
    (0.45, 0.15, 0.20, 0.05, 0.05, 0.05, 0.05),
    (0.30, 0.25, 0.35, 0.02, 0.03, 0.03, 0.02),
    (0.10, 0.75, 0.05, 0.02, 0.03, 0.03, 0.02),
    (0.02, 0.95, 0.00, 0.01, 0.01, 0.01, 0.00),
)
STAYS = run((0.7, 0.1, 0.2, 0, 0, 0, 0), (0.6, 0.3, 0.1, 0, 0, 0, 0))


def names(figure) -> list[Any]:
    """The annotations at the lines' ends, from the bottom up."""
    return sorted((n for n in figure.layout.annotations if n.yref != "paper"), key=lambda n: n.y)


def written(figure) -> str:
    return " ".join(n.text for n in figure.layout.annotations)


def test_the_first_line_is_the_first_watched_class_and_each_goes_through_its_probabilities():
    figure = charts.probability_chart(FLIPS, LABELS, [1, 0, 2], target=1, steps=10)
    assert [trace.name for trace in figure.data] == [
        "king penguin (1)", "tabby (0)", "a lamp of uncommonly great length (2)",
    ]  # fmt: skip
    for trace, k in zip(figure.data, [1, 0, 2], strict=True):
        assert list(trace.x) == [0, 1, 2, 3, 4]
        np.testing.assert_allclose(trace.y, [p.probs[k] for p in FLIPS])


@pytest.mark.parametrize("n", range(1, 6))
@pytest.mark.parametrize("growing", [False, True])
def test_the_axes_stand_still_while_the_run_grows(n, growing):
    figure = charts.probability_chart(FLIPS[:n], LABELS, [1, 0], target=1, steps=10, growing=growing)
    assert list(figure.layout.xaxis.range) == [0, 10]
    low, high = figure.layout.yaxis.range
    assert -0.05 <= low <= 0
    assert 1 <= high <= 1.05


def test_a_chart_can_be_drawn_before_the_run_begins():
    figure = charts.probability_chart([], LABELS, [1], target=1, steps=10)
    assert list(figure.data[0].y) == []
    assert list(figure.layout.xaxis.range) == [0, 10]
    assert charts.flip([], 1) is None
    assert charts.watchlist([], 1) == [1]


@pytest.mark.parametrize(
    ("points", "target", "step"),
    [
        (FLIPS, 1, 3),  # by way of the lamp, which is no target
        (FLIPS, None, 2),
        (FLIPS[:3], 1, None),
        (STAYS, 1, None),
        (STAYS, None, None),
        (FLIPS, 0, None),  # the target was the answer from the start
    ],
)
def test_the_flip_is_the_first_step_with_the_wanted_answer(points, target, step):
    assert charts.flip(points, target) == step
    figure = charts.probability_chart(points, LABELS, [1, 0], target=target, steps=10)
    assert [shape.x0 for shape in figure.layout.shapes if shape.xsizemode != "pixel"] == (
        [] if step is None else [step]
    )
    assert (f"flips at step {step}" in written(figure)) == (step is not None)


def test_the_step_that_is_looked_at_is_marked_too():
    figure = charts.probability_chart(STAYS, LABELS, [1, 0], target=1, steps=10, chosen=0)
    assert [(s.x0, s.x1) for s in figure.layout.shapes] == [(0, 0)]


def test_target_and_original_have_their_own_colours_and_the_thickest_lines():
    figure = charts.probability_chart(FLIPS, LABELS, [1, 0, 2, 3], target=1)
    target, original, *rest = figure.data
    assert target.line.color == charts.LIGHT.target.line
    assert original.line.color == charts.LIGHT.original.line
    assert len({trace.line.color for trace in figure.data}) == 4
    assert min(target.line.width, original.line.width) > max(trace.line.width for trace in rest)


def test_many_lines_differ_in_colour_or_in_dash():
    figure = charts.probability_chart(FLIPS, LABELS, range(7), target=1)
    assert len({(trace.line.color, trace.line.dash) for trace in figure.data}) == 7


@pytest.mark.parametrize("dark", [False, True])
def test_each_name_stands_at_its_lines_end_in_its_lines_ink(dark):
    figure = charts.probability_chart(FLIPS, LABELS, [1, 0, 2], target=1, steps=10, dark=dark)
    look = charts.palette(dark)
    inks = {ink.line: ink.text for ink in (look.target, look.original, *look.others)}
    assert all(note.x == FLIPS[-1].index for note in names(figure))
    for trace in figure.data:
        label = trace.name.partition(" (")[0]
        (note,) = [n for n in names(figure) if label[:10] in n.text]
        assert note.font.color == inks[trace.line.color]


BUNCHED = [
    run((0.7, 0.1, 0.2, 0, 0, 0, 0)),
    run((1 / 7,) * 7),
    run((0.02, 0.95, 0.005, 0.005, 0.01, 0.01, 0)),
    run((0, 1, 0, 0, 0, 0, 0)),
    run((0.5, 0.5, 0, 0, 0, 0, 0)),
]


@pytest.mark.parametrize("points", BUNCHED)
@pytest.mark.parametrize("narrow", [False, True])
def test_no_name_covers_another_and_none_leaves_the_figure(points, narrow):
    figure = charts.probability_chart(points, LABELS, range(7), target=1, narrow=narrow)
    low, high = figure.layout.yaxis.range
    margin = figure.layout.margin
    pixels = (figure.layout.height - margin.t - margin.b) / (high - low)  # a unit of probability
    notes = names(figure)
    lesser = set(range(7)) - {1, int(points[0].probs.argmax())}
    faint = sum(float(points[-1].probs[k]) < 0.02 for k in lesser)
    assert len(notes) == (7 if faint <= 2 else 8 - faint), "many at the bottom have one name together"
    for below, above in pairwise(notes):
        assert (above.y - below.y) * pixels >= 1.2 * max(below.font.size, above.font.size)
    assert (notes[-1].y - high) * pixels <= margin.t
    assert (low - notes[0].y) * pixels <= margin.b


@pytest.mark.parametrize("height", [140, 190, 256])
def test_many_lines_at_the_bottom_share_one_name_and_a_name_moved_from_its_line_is_led_back(height):
    points = run((0, 0, 0, 0, 0, 0, 0), (0.001, 0.99, 0, 0.002, 0, 0.003, 0.004))
    figure = charts.probability_chart(points, LABELS, range(7), target=1, height=height)
    rest, tabby, king = names(figure)
    assert rest.text == "5 others"
    assert (tabby.text, king.text) == ("<b>tabby</b>", "<b>king penguin</b>")
    (leader,) = [shape for shape in figure.layout.shapes if shape.xsizemode == "pixel"]
    assert (leader.y0, leader.y1) == (pytest.approx(0.001), tabby.y)
    assert leader.line.color == charts.LIGHT.original.line
    assert leader.xanchor == 1, "at the end of the line"


@pytest.mark.parametrize("growing", [False, True])
def test_a_name_that_has_room_stands_at_the_height_of_its_line(growing):
    points = run((0.5, 0.1, 0.3, 0.1, 0, 0, 0))
    figure = charts.probability_chart(points, LABELS, [1, 0], target=1, growing=growing)
    assert [note.y for note in names(figure)] == pytest.approx([0.1, 0.5], abs=0.01)


def test_names_are_in_the_order_of_their_probabilities_and_long_ones_are_cut():
    figure = charts.probability_chart(FLIPS[:2], LABELS, [1, 0, 2], target=1)
    king, lamp, tabby = (note.text for note in names(figure))
    assert "king penguin" in king
    assert "tabby" in tabby
    assert lamp.endswith("…")
    assert len(lamp) < len(LABELS[2])


def test_the_watchlist_begins_with_target_original_and_followed():
    assert charts.watchlist(FLIPS, 1)[:2] == [1, 0]
    assert charts.watchlist(FLIPS, 1, followed=[6, 5])[:4] == [1, 0, 6, 5]
    assert charts.watchlist(FLIPS, None)[0] == 0


@pytest.mark.parametrize("target", [1, None])
@pytest.mark.parametrize("followed", [(), (6,)])
def test_the_watchlist_only_ever_grows_at_its_end(target, followed):
    rng = np.random.default_rng(0)
    iterate = np.cumsum(rng.normal(0, 1.5, (40, 30)), axis=0)
    points = run(*(np.exp(row) / np.exp(row).sum() for row in iterate))
    lists = [charts.watchlist(points[:n], target, followed) for n in range(1, 41)]
    for shorter, longer in pairwise(lists):
        assert longer[: len(shorter)] == shorter
    assert len(set(lists[-1])) == len(lists[-1]) == 5 + len(followed) > len(lists[0])


def test_a_class_that_was_never_near_the_top_is_not_watched():
    assert charts.watchlist(FLIPS, 1) == [1, 0, 2]


def test_the_five_likeliest_stand_in_order_the_likeliest_on_top():
    probs = np.array([0.3, 0.4, 0.05, 0.1, 0.004, 0.12, 0.026])
    figure = charts.top_five(probs, LABELS, target=1, original=0)
    (bars,) = figure.data
    assert list(bars.x) == [0.4, 0.3, 0.12, 0.1, 0.05]
    top, bottom = sorted(figure.layout.yaxis.range)
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]  # so row 0 is at the top
    assert all(top < row < bottom for row in bars.y)
    assert list(bars.y) == sorted(bars.y)
    assert [bars.customdata[i] for i in (0, 1, 2)] == ["king penguin (1)", "tabby (0)", "mouse (5)"]
    assert list(bars.marker.color[:2]) == [charts.LIGHT.target.line, charts.LIGHT.original.line]
    assert len(set(bars.marker.color)) == 3
    assert "40.0\u00a0%" in written(figure)
    assert "king penguin" in written(figure)


def test_a_network_of_three_classes_has_three_bars():
    assert list(charts.top_five(np.array([0.2, 0.5, 0.3]), LABELS).data[0].x) == [0.5, 0.3, 0.2]


def test_steps_are_drawn_as_frames_are(toy, x):
    """A Step's probabilities are a tensor, a Frame's an array."""
    steps = list(trick(toy, x[0], towards(1), Attack(Linf(0.3), 0.05, 8)))
    points = [Point(step.index, step.probs.numpy()) for step in steps]
    watch = charts.watchlist(steps, 1)
    assert watch == charts.watchlist(points, 1)
    assert charts.flip(steps, 1) == charts.flip(points, 1)
    figures = [charts.probability_chart(r, toy.labels, watch, target=1) for r in (steps, points)]
    assert figures[0] == figures[1]
    bars = [charts.top_five(r[-1].probs, toy.labels, target=1) for r in (steps, points)]
    assert bars[0] == bars[1]


@pytest.mark.parametrize(
    ("p", "words"),
    [
        (0.0, "0.0\u00a0%"),
        (0.00004, "under 0.01\u00a0%"),
        (0.0004, "0.04\u00a0%"),
        (0.0099, "0.99\u00a0%"),
        (0.01, "1.0\u00a0%"),
        (0.577, "57.7\u00a0%"),
        (0.999, "99.9\u00a0%"),
        (0.9998, "over 99.9\u00a0%"),
        (1.0, "100.0\u00a0%"),
        (np.float32(0.25), "25.0\u00a0%"),
    ],
)
def test_probabilities_are_worded_so_that_none_is_rounded_to_certainty(p, words):
    assert percent(p) == words


def luminance(colour: str) -> float:
    """Relative luminance of #RRGGBB: www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    light = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in light]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_contrast_formula_gives_the_values_of_its_definition():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("look", [charts.LIGHT, charts.DARK])
def test_every_ink_can_be_seen_as_a_line_and_read_as_text_on_its_page(look):
    for ink in (look.target, look.original, *look.others):
        assert contrast(ink.line, look.page) >= 3
        assert contrast(ink.text, look.page) >= 4.5
    assert contrast(look.text, look.page) >= 4.5
    assert contrast(look.faint, look.page) >= 4.5


@pytest.mark.parametrize("dark", [False, True])
def test_nothing_in_a_figure_is_drawn_in_a_colour_from_elsewhere(dark):
    look = charts.palette(dark)
    known = {look.text, look.faint, look.target.line, look.original.line, *(ink.line for ink in look.others)}
    readable = {look.text, look.faint, look.target.text, look.original.text, *(i.text for i in look.others)}
    chart = charts.probability_chart(FLIPS, LABELS, range(5), target=1, chosen=2, dark=dark)
    bars = charts.top_five(FLIPS[0].probs, LABELS, target=1, original=0, dark=dark)
    assert {trace.line.color for trace in chart.data} | set(bars.data[0].marker.color) <= known
    assert {shape.line.color for shape in chart.layout.shapes} <= known
    assert {n.font.color for figure in (chart, bars) for n in figure.layout.annotations} <= readable


def test_charts_need_neither_torch_nor_streamlit():
    for path in Path(charts.__file__).parent.glob("*.py"):
        nodes = list(ast.walk(ast.parse(path.read_text())))
        roots = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        roots |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
        assert {name for name in roots if name.partition(".")[0] in ("torch", "streamlit")} == set()


def test_without_a_target_the_class_it_is_now_taken_for_is_drawn_as_the_goal_and_always_has_a_line():
    names = [f"class {k}" for k in range(9)]
    points = run(
        *(np.eye(9)[i] * 0.9 + 0.01 for i in range(9))
    )  # every class leads once, the last at the end
    watch = charts.watchlist(points, None)
    assert watch[-1] == 8
    assert charts.goal_class(points, None) == 8
    assert charts.goal_class(points[:1], None) is None
    assert charts.goal_class(points, 3) == 3
    figure = charts.probability_chart(points, names, watch)
    lines = {line["name"]: line["line"] for line in figure.to_dict()["data"]}
    assert lines["class 8 (8)"]["color"] == charts.LIGHT.target.line
    assert lines["class 0 (0)"]["color"] == charts.LIGHT.original.line
