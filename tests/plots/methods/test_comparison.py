"""Two runs in one chart, read back from the figure."""

from __future__ import annotations

import pytest

from trickcore.plots.methods.comparison import Curve, comparison_chart
from trickcore.plots.style import palette

THIS, OTHER = Curve("Square", [1, 40, 90], [0.0, 0.2, 0.7]), Curve("PGD", [2, 4, 61], [0.0, 0.5, 1.0])


@pytest.mark.parametrize("dark", [False, True])
def test_this_run_is_solid_and_the_other_dashed_over_what_each_had_cost(dark):
    figure = comparison_chart(THIS, OTHER, dark=dark)
    this, other = figure.data
    assert (this.line.dash, other.line.dash) == ("solid", "dash")
    assert (this.line.color, other.line.color) == (palette(dark).target.line, palette(dark).original.line)
    assert list(this.x) == [1, 40, 90]
    assert list(other.y) == [0.0, 0.5, 1.0]
    assert figure.layout.xaxis.range == (0, 90)
    assert figure.layout.xaxis.title.text == "passes through the network"


def test_each_is_named_at_its_end_and_no_name_is_over_the_other():
    notes = comparison_chart(THIS, Curve("PGD", [2, 90], [0.0, 0.71])).layout.annotations
    assert [note.text for note in notes] == ["Square", "PGD"]
    assert [note.x for note in notes] == [90, 90]
    assert abs(notes[0].y - notes[1].y) > 0.05
