"""Curves, bars and the strip of colours, read back from their figures."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest

from trickcore.plots import gradients as gradient_pictures
from trickcore.plots import run
from trickcore.plots.accuracy import Curve, accuracy_chart
from trickcore.plots.bars import class_bars, colour_bar, colour_ends
from trickcore.plots.style import palette
from trickcore.plots.training import training_charts
from trickcore.text import named

EPS = (0.0, 0.1, 0.2, 0.3)
STANDARD = Curve("standard, PGD-40", False, "pgd-40", EPS, (0.99, 0.27, 0.0, 0.0))
ROBUST = Curve("robust, PGD-40", True, "pgd-40", EPS, (0.985, 0.97, 0.96, 0.94))
FGSM = Curve("robust, FGSM", True, "fgsm", EPS, (0.985, 0.98, 0.97, 0.95))
HERE = Curve("robust, here", True, "fgsm", (0.3,), (0.93,), measured_here=True)
DIGITS = tuple("0123456789")


@dataclass(frozen=True)
class Record:
    epoch: float
    loss: float
    clean_accuracy: float
    robust_accuracy: float


RECORDS = [Record(0.5, 2.9, 0.4, 0.1), Record(1.0, 1.2, 0.8, 0.3), Record(1.5, 0.6, 0.9, 0.5)]


def test_each_curve_goes_through_its_figures_and_what_was_measured_here_is_drawn_as_rings():
    figure = accuracy_chart([STANDARD, ROBUST, FGSM, HERE])
    for trace, curve in zip(figure.data, (STANDARD, ROBUST, FGSM, HERE), strict=True):
        assert trace.name == curve.name
        assert tuple(trace.x) == curve.eps
        assert tuple(trace.y) == curve.accuracy
    assert [trace.mode for trace in figure.data] == ["lines", "lines", "lines", "markers"]
    assert figure.data[3].marker.symbol == "circle-open"
    assert not figure.layout.showlegend, "each line is named at its end"


@pytest.mark.parametrize("dark", [False, True])
def test_the_dash_tells_the_network_and_the_colour_the_attack(dark):
    """Two things, told apart by two signs, so that neither hangs on colour alone."""
    standard, robust, fgsm, here = accuracy_chart([STANDARD, ROBUST, FGSM, HERE], dark=dark).data
    assert (standard.line.dash, robust.line.dash, fgsm.line.dash) == ("solid", "dash", "dash")
    assert standard.line.color == robust.line.color == palette(dark).target.line
    assert fgsm.line.color == here.marker.color == palette(dark).others[0].line
    assert fgsm.line.color != robust.line.color


def names_of(figure):
    """The names at the ends of the lines, and those of the published points."""
    notes = figure.layout.annotations
    return [n for n in notes if not n.showarrow], [n for n in notes if n.showarrow]


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("height", [260, 320])
def test_each_line_is_named_at_its_end_in_its_ink_and_no_name_covers_another(dark, narrow, height):
    """Two lines that end at one place: their names are moved apart, and led back to their lines."""
    other = Curve("robust, FGSM", True, "fgsm", EPS, (0.985, 0.98, 0.97, 0.94))
    figure = accuracy_chart([STANDARD, ROBUST, other, HERE], dark=dark, narrow=narrow, height=height)
    names, _ = names_of(figure)
    assert sorted(n.text for n in names) == [
        "<b>robust, FGSM</b>",
        "<b>robust, PGD-40</b>",
        "<b>standard, PGD-40</b>",
    ], "what was measured here has rings on its line, not a name"
    look, margin = palette(dark), figure.layout.margin
    inks = {"PGD-40": look.target.text, "FGSM": look.others[0].text}
    low, high = figure.layout.yaxis.range
    pixels = (height - margin.t - margin.b) / (high - low)
    for name in names:
        assert name.x == 0.3
        assert name.font.color == inks[name.text.removesuffix("</b>").split(", ")[1]]
        assert margin.r >= name.xshift + 6 * len(name.text.removeprefix("<b>").removesuffix("</b>"))
    heights = sorted(n.y for n in names)
    assert min(b - a for a, b in pairwise(heights)) * pixels >= 1.2 * 13
    assert heights[0] >= low
    assert heights[-1] <= high
    (leader,) = [shape for shape in figure.layout.shapes if shape.y1 - shape.y0 != 1]
    assert leader.y0 == 0.94


FIGURES = ("93.2\u00a0%", "92.8\u00a0%", "88.5\u00a0%")


@pytest.mark.parametrize("narrow", [False, True])
def test_every_published_figure_has_a_sign_and_a_name_of_its_own_and_a_line_between_them(narrow):
    points = {
        ("Madry, PGD-40", 0.3): 0.932,
        ("Madry, AutoAttack", 0.3): 0.885,
        ("TRADES, AutoAttack", 0.3): 0.928,
    }
    figure = accuracy_chart([ROBUST], points, narrow=narrow)
    signs = {trace.marker.symbol for trace in figure.data[1:]}
    assert len(signs) == 3
    _, names = names_of(figure)
    assert [(n.x, n.y) for n in names] == [(0.3, 0.932), (0.3, 0.928), (0.3, 0.885)], (
        "each is led to its point"
    )
    assert [n.text[0] for n in names] == ["◇", "□", "△"]
    assert [figure in n.text for figure, n in zip(FIGURES, names, strict=True)] == [True] * 3
    low, high = figure.layout.yaxis.range
    margin = figure.layout.margin
    pixels = (figure.layout.height - margin.t - margin.b) / (high - low)
    lines = 2 if narrow else 1
    assert all((a.ay - b.ay) * pixels >= 1.25 * 12 * lines for a, b in pairwise(names))
    assert all(n.ax < 0.3 for n in names)


def test_published_figures_are_signs_with_their_names():
    points = {("Madry et al. 2018", 0.3): 0.932, ("TRADES", 0.3): 0.9281}
    _, madry, trades = accuracy_chart([ROBUST], points).data
    assert (list(madry.x), list(madry.y), madry.name) == ([0.3], [0.932], "Madry et al. 2018")
    assert (list(trades.x), list(trades.y), trades.name) == ([0.3], [0.9281], "TRADES")
    assert {madry.mode, trades.mode} == {"markers"}
    assert madry.marker.symbol != trades.marker.symbol, "so that each can be told"
    assert madry.marker.line.width > 0, "an open sign has no other ink"
    assert madry.marker.line.color == palette(False).text


@pytest.mark.parametrize("eps", [0.0, 0.15])
def test_a_rule_stands_at_the_eps_that_is_used(eps):
    (rule,) = accuracy_chart([ROBUST], eps=eps).layout.shapes
    assert (rule.x0, rule.x1, rule.y0, rule.y1) == (eps, eps, 0, 1)
    assert not accuracy_chart([ROBUST]).layout.shapes


def test_the_whole_card_lies_within_the_axes_and_an_empty_chart_can_be_drawn():
    for figure in (accuracy_chart([ROBUST]), accuracy_chart([], narrow=True)):
        left, right = figure.layout.xaxis.range
        low, high = figure.layout.yaxis.range
        assert left < 0 < 0.4 < right < 0.45
        assert low < 0 < 1 < high < 1.1
    assert accuracy_chart([], narrow=True).layout.xaxis.dtick > accuracy_chart([]).layout.xaxis.dtick


def test_a_training_is_drawn_as_loss_and_as_both_accuracies_against_the_epochs():
    loss, accuracy = training_charts(RECORDS, epochs=4)
    assert list(loss.data[0].x) == [0.5, 1.0, 1.5]
    assert list(loss.data[0].y) == [2.9, 1.2, 0.6]
    clean, attacked = accuracy.data
    assert (clean.name, list(clean.y)) == ("clean", [0.4, 0.8, 0.9])
    assert (attacked.name, list(attacked.y)) == ("attacked", [0.1, 0.3, 0.5])
    assert list(clean.x) == list(attacked.x) == [0.5, 1.0, 1.5]
    assert clean.line.color == run.LIGHT.original.line
    assert attacked.line.color == run.LIGHT.target.line


@pytest.mark.parametrize("n", range(4))
def test_the_axes_of_a_training_stand_still_while_it_grows_and_nothing_leaves_them(n):
    loss, accuracy = training_charts(RECORDS[:n], epochs=4, growing=True)
    for figure in (loss, accuracy):
        assert list(figure.layout.xaxis.range) == [0, 4]
    assert loss.layout.yaxis.range[0] == 0
    assert loss.layout.yaxis.range[1] == (2.9 if n else 2.4)
    low, high = accuracy.layout.yaxis.range
    assert low < 0 < 1 < high


@pytest.mark.parametrize("dark", [False, True])
def test_each_accuracy_is_named_at_its_lines_end_in_its_lines_ink(dark):
    _, accuracy = training_charts(RECORDS, epochs=4, dark=dark)
    look = palette(dark)
    clean, attacked = accuracy.layout.annotations
    assert (clean.text, clean.x, clean.y) == ("<b>clean</b>", 1.5, 0.9)
    assert (attacked.text, attacked.x, attacked.y) == ("<b>attacked</b>", 1.5, 0.5)
    assert (clean.font.color, attacked.font.color) == (look.original.text, look.target.text)
    assert not training_charts([], epochs=4)[1].layout.annotations


@pytest.mark.parametrize("ends", [(0.5, 0.5), (0.0, 0.0), (1.0, 1.0), (0.52, 0.5), (1.0, 0.95)])
def test_the_two_names_never_cover_each_other_nor_leave_the_figure(ends):
    _, accuracy = training_charts([Record(1, 1, *ends)], epochs=1)
    clean, attacked = accuracy.layout.annotations
    low, high = accuracy.layout.yaxis.range
    margin = accuracy.layout.margin
    pixels = (accuracy.layout.height - margin.t - margin.b) / (high - low)
    assert (clean.y - attacked.y) * pixels >= 1.2 * clean.font.size
    half = clean.font.size * 0.6
    assert (clean.y - high) * pixels + half <= margin.t
    assert (low - attacked.y) * pixels + half <= margin.b


PROBS = np.array([0.02, 0.0, 0.1, 0.0004, 0.0, 0.7, 0.0, 0.1596, 0.02, 0.0], np.float32)


def test_every_class_has_its_bar_in_its_own_order_and_the_likeliest_its_figure():
    figure = class_bars(PROBS, DIGITS, target=7, original=5)
    (bars,) = figure.data
    assert list(bars.x) == list(range(10))
    np.testing.assert_allclose(bars.y, PROBS)
    assert tuple(figure.layout.xaxis.ticktext) == DIGITS
    assert list(figure.layout.xaxis.tickvals) == list(range(10))
    (top,) = figure.layout.annotations
    assert (top.x, top.text) == (5, "70.0\u00a0%")
    assert top.y == pytest.approx(0.7)
    assert list(figure.layout.yaxis.range) == [0, 1]


@pytest.mark.parametrize("dark", [False, True])
def test_bars_of_target_and_original_have_their_own_colours(dark):
    look = palette(dark)
    colours = class_bars(PROBS, DIGITS, target=7, original=5, dark=dark).data[0].marker.color
    assert (colours[7], colours[5]) == (look.target.line, look.original.line)
    assert {colours[k] for k in range(10) if k not in (5, 7)} == {look.faint}
    plain = class_bars(PROBS, DIGITS, dark=dark).data[0].marker.color
    assert set(plain) == {look.faint}


def test_where_target_and_original_are_one_the_target_shows():
    colours = class_bars(PROBS, DIGITS, target=5, original=5).data[0].marker.color
    assert colours[5] == run.LIGHT.target.line


def test_long_names_under_bars_are_cut():
    figure = class_bars(np.array([0.2, 0.8]), ("tabby", "king penguin"))
    assert list(figure.layout.xaxis.ticktext) == ["tabby", "king pe…"]


def test_the_ends_of_a_colour_bar_say_where_more_has_the_same_colour():
    values = np.array([[-0.5, 0.25]])
    assert colour_ends(values, 0.5) == ("−0.5", "+0.5")
    assert colour_ends(values, 0.4) == ("≤ −0.4", "≥ +0.4")


@pytest.mark.parametrize("dark", [False, True])
def test_the_strip_of_colours_is_that_of_the_gradient_pictures_with_its_three_words(dark):
    figure = colour_bar("less", "nothing", "more", dark=dark)
    (strip,) = figure.data
    assert list(strip.z[0]) == list(strip.x) == [n / 100 for n in range(-100, 101)]
    assert [note.text for note in figure.layout.annotations] == ["less", "nothing", "more"]
    assert [note.x for note in figure.layout.annotations] == [-1, 0, 1]
    assert [note.xanchor for note in figure.layout.annotations] == ["left", "center", "right"]
    for place, colour in strip.colorscale:
        (drawn,) = gradient_pictures.picture(np.array([[2 * place - 1]], np.float32), 1.0)[0].tolist()
        assert drawn == [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    assert not strip.showscale


def test_a_class_is_named_with_its_index_and_a_digit_by_itself():
    assert named(("crane", "kite", "crane"), 2) == "crane (2)"
    assert named(DIGITS, 7) == "7"
    assert named(("9", "8"), 0) == "9 (0)"


@pytest.mark.parametrize("dark", [False, True])
def test_nothing_here_is_written_in_a_colour_from_elsewhere(dark):
    look = palette(dark)
    readable = {look.text, look.faint, look.target.text, look.original.text}
    figures = [
        *training_charts(RECORDS, epochs=4, dark=dark),
        class_bars(PROBS, DIGITS, dark=dark),
        colour_bar("less", "nothing", "more", dark=dark),
        accuracy_chart([ROBUST], eps=0.1, dark=dark),
    ]
    for figure in figures:
        assert {note.font.color for note in figure.layout.annotations} <= readable
        assert figure.layout.font.color in readable
