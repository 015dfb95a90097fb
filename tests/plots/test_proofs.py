"""Charts of proofs and votes, read back from their figures."""

from __future__ import annotations

import itertools

import pytest

from trickcore.plots.digits.proofs import Reach, ShareCurve, lead_bars, reach_chart, share_chart
from trickcore.plots.style import palette, translucent
from trickcore.plots.votes import vote_bars

LABELS = ("cat", "dog", "emu")
NOW, LOW, HIGH = (-3.0, 0.0, -5.0), (-4.0, 0.0, -9.0), (-2.0, 0.0, 0.0)
EPS = (0.0, 0.2, 0.4)


@pytest.mark.parametrize("dark", [False, True])
def test_a_bar_goes_from_the_lowest_to_the_highest_and_one_that_reaches_the_line_is_orange(dark):
    bars, ticks = lead_bars(NOW, LOW, HIGH, 1, LABELS, dark=dark).data
    theme = palette(dark)
    assert tuple(bars.x) == tuple(ticks.x) == (0, 2), "the answer itself is the line"
    assert tuple(bars.base) == (-4, -9)
    assert [base + long for base, long in zip(bars.base, bars.y, strict=True)] == [-2, 0]
    assert tuple(ticks.y) == (-3, -5)
    assert list(bars.marker.line.color) == [theme.others[0].line, theme.target.line]


def test_the_axis_stays_while_epsilon_grows_and_the_answer_s_line_is_named():
    small = lead_bars(NOW, LOW, HIGH, 1, LABELS)
    large = lead_bars(NOW, (-40.0, 0.0, -90.0), (30.0, 0.0, 50.0), 1, LABELS)
    assert small.layout.yaxis.range == large.layout.yaxis.range
    low, high = small.layout.yaxis.range
    assert low < -5
    assert high > 0
    (line,) = small.layout.shapes
    assert (line.y0, line.y1, line.line.color) == (0, 0, palette(False).original.line)
    assert small.layout.annotations[0].text == "<b>dog</b>"
    assert list(small.layout.xaxis.ticktext) == list(LABELS)


def named(figure):
    return [note.text for note in figure.layout.annotations]


def spans(figure):
    return [(shape.x0, shape.x1) for shape in figure.layout.shapes if shape.type == "rect"]


def test_the_gap_lies_between_what_is_proved_and_where_an_attack_begins():
    figure = reach_chart(Reach(0.2, 0.3))
    assert spans(figure)[:2] == [(0, 0.2), (0.2, 0.3)]
    assert spans(figure)[2][0] == 0.3
    assert named(figure) == ["proved", "not known", "an attack works", "<b>0.200</b>", "<b>0.300</b>"]
    fills = [shape.fillcolor for shape in figure.layout.shapes]
    assert fills[0] == translucent(palette(False).original.line, 0.45)
    assert fills[2] == translucent(palette(False).target.line, 0.45)


def test_before_an_attack_was_tried_all_beyond_the_proof_is_only_not_proved():
    assert named(reach_chart(Reach(0.2, None))) == ["proved", "not proved", "<b>0.200</b>"]


def test_where_nothing_is_proved_there_is_no_blue():
    figure = reach_chart(Reach(0.0, 0.1))
    assert spans(figure)[0] == (0, 0.1)
    assert "proved" not in named(figure)
    assert named(reach_chart(Reach(-1.0, None))) == ["not proved"]


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("attacked", [None, 0.01, 0.03, 0.2])
def test_a_number_near_zero_is_written_within_the_chart_and_beside_the_next(attacked, narrow):
    numbers = [
        note
        for note in reach_chart(Reach(0.003, attacked), narrow=narrow).layout.annotations
        if note.text.startswith("<b>")
    ]
    assert (numbers[0].x, numbers[0].xanchor) == (0, "left")
    if attacked is not None:
        wide = (0.12 if narrow else 0.06) * 0.45
        left = numbers[1].x - (wide / 2 if numbers[1].xanchor == "center" else 0)
        assert left >= 0.98 * wide, "the first number ends before"
        assert numbers[1].x >= attacked


def test_numbers_that_stand_close_are_written_to_either_side():
    figure = reach_chart(Reach(0.30, 0.31))
    first, second = (note for note in figure.layout.annotations if note.text.startswith("<b>"))
    assert (first.xanchor, second.xanchor) == ("right", "left")
    assert all(note.xanchor == "center" for note in reach_chart(Reach(0.1, 0.3)).layout.annotations)


def test_a_large_epsilon_has_room_and_the_rule_stands_at_the_slider():
    figure = reach_chart(Reach(0.2, 0.8), eps=0.12)
    assert figure.layout.xaxis.range[1] > 0.8
    assert [(s.x0, s.x1) for s in figure.layout.shapes if s.type == "line"] == [(0.12, 0.12)]


ATTACKED = ShareCurve("attacked", "attacked", EPS, (0.98, 0.97, 0.9))
PROVED = ShareCurve("proved", "proved", EPS, (0.98, 0.95, 0.8))
OTHER = ShareCurve("robust, proved", "proved", EPS, (0.99, 0.0, 0.0), dashed=True)
HERE = ShareCurve("proved, here", "proved", (0.2,), (0.96,), measured_here=True)


@pytest.mark.parametrize("dark", [False, True])
def test_what_is_attacked_is_orange_what_is_proved_blue_and_between_them_it_is_filled(dark):
    figure = share_chart([ATTACKED, PROVED, OTHER, HERE], points=[("Z", 0.3, 0.93)], dark=dark)
    low, high, *lines, point = figure.data
    assert tuple(low.y) == PROVED.share
    assert tuple(high.y) == ATTACKED.share
    assert high.fill == "tonexty"
    assert [line.name for line in lines] == ["attacked", "proved", "robust, proved", "proved, here"]
    assert [tuple(line.y) for line in lines] == [c.share for c in (ATTACKED, PROVED, OTHER, HERE)]
    assert [line.line.dash for line in lines[:3]] == ["solid", "solid", "dash"]
    assert [line.mode for line in lines] == ["lines", "lines", "lines", "markers"]
    theme = palette(dark)
    assert lines[0].line.color == theme.target.line
    assert {line.line.color for line in lines[1:]} == {theme.original.line}
    assert (tuple(point.x), tuple(point.y)) == ((0.3,), (0.93,))
    assert "◇ Z 93.0%" in named(figure)


def test_every_line_is_named_at_its_end_and_no_name_covers_another():
    figure = share_chart([ATTACKED, PROVED, OTHER])
    places = {note.text: note.y for note in figure.layout.annotations}
    assert set(places) == {"<b>attacked</b>", "<b>proved</b>", "robust, proved"}
    heights = sorted(places.values())
    assert all(after - before > 0.05 for before, after in itertools.pairwise(heights))


def test_the_most_frequent_answers_are_shown_with_their_share_of_all_votes():
    counted = [("cat", 60), ("dog", 25), ("emu", 10), ("fox", 4), ("gnu", 1)]
    figure = vote_bars(counted, winner="cat")
    (bars,) = figure.data
    assert tuple(bars.x) == (0.6, 0.25, 0.1, 0.04)
    assert next(iter(bars.marker.color)) == palette(False).original.line
    assert len(set(bars.marker.color)) == 2
    assert [note.text for note in figure.layout.annotations][:2] == ["cat", "60 · 60.0\u00a0%"]
    assert figure.layout.shapes[0].x0 == 0.5


def test_before_a_vote_is_counted_there_is_no_bar():
    assert not vote_bars([], winner="cat").data[0].x
