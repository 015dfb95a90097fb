"""The size of a change over a run, read back from the figure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest

from trickcore.plots.methods.sizes import NORMS, size_chart, ticks


@dataclass
class Point:
    index: int
    distance: float


RUN = [Point(0, 0.0), Point(10, 0.8), Point(30, 0.2)]


@pytest.mark.parametrize(("norm", "scale"), [("linf", 255), ("l2", 1), ("l1", 1), ("l0", 1)])
def test_sizes_are_drawn_in_the_unit_of_their_norm_and_the_untouched_picture_is_left_out(norm, scale):
    figure = size_chart(RUN, norm, length=40, unit="question")
    (line,) = figure.data
    assert list(line.x) == [10, 30]
    assert list(line.y) == pytest.approx([0.8 * scale, 0.2 * scale])
    assert figure.layout.xaxis.range == (0, 40)
    assert figure.layout.xaxis.title.text == f"question ({NORMS[norm][0]})"


def test_the_axis_has_powers_of_ten_and_room_for_all_and_the_end_is_named():
    figure = size_chart(RUN, "l2", length=40)
    low, high = figure.layout.yaxis.range
    assert figure.layout.yaxis.type == "log"
    assert low < math.log10(0.2) < math.log10(0.8) < high
    (note,) = figure.layout.annotations
    assert (note.x, note.y, note.text) == (30, pytest.approx(math.log10(0.2)), "0.2")


@pytest.mark.parametrize("dark", [False, True])
def test_a_run_that_has_not_begun_is_an_empty_chart(dark):
    figure = size_chart([Point(0, 0.0)], "l2", length=40, dark=dark, growing=True)
    assert not figure.data[0].x
    assert not figure.layout.annotations


@pytest.mark.parametrize(
    ("least", "most", "marks"),
    [
        (0.63, 2.8, [1, 2]),
        (0.7, 14, [1, 10]),
        (3, 3000, [10, 100, 1000]),
        (0.1, 100_000, [0.1, 10, 1000, 100_000]),
        (1.5, 2.7, [1.6, 2.5]),
        (45, 380, [50, 100, 200]),
        (2.0, 2.01, [2.0]),
    ],
)
def test_the_numbers_of_the_scale_are_round_and_never_touch(least, most, marks):
    assert ticks(math.log10(least), math.log10(most), 0.25) == pytest.approx(marks)
