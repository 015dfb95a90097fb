"""A chart's tables: every number that it tells, by the words that stand at it."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import plotly.graph_objects as go

from trickcore.plots import bars
from trickcore.plots.digits.proofs import Reach, reach_chart
from trickcore.plots.run import Band, probability_chart
from trickcore.report.figure_table import tables

LABELS = ("ash", "birch", "cedar")
RUN = [SimpleNamespace(index=k, probs=np.array([0.9 - 0.2 * k, 0.1 + 0.2 * k, 0.0])) for k in range(4)]


def test_lines_over_one_axis_are_columns_by_their_names_and_a_row_is_a_place_on_it():
    chart = probability_chart(
        RUN, LABELS, [1, 0], target=1, noise=[Band(1, 0.2, 0.1, 0.3), Band(2, 0.2, 0.1, 0.3)]
    )
    (rows,) = tables(chart)
    assert list(rows[0]) == ["step", "birch (1)", "ash (0)", "random noise"]
    assert [row["step"] for row in rows] == ["0", "1", "2", "3"]
    assert rows[3]["birch (1)"] == "70.0\u00a0%"
    assert [row["ash (0)"] for row in rows] == ["90.0\u00a0%", "70.0\u00a0%", "50.0\u00a0%", "30.0\u00a0%"]
    parts = tables(chart, columns=3)
    assert [list(part[0]) for part in parts] == [["step", "birch (1)", "ash (0)"], ["step", "random noise"]]
    assert parts[1][2] == {"step": "2", "random noise": "20.0\u00a0%"}
    assert "random noise" not in str(tables(probability_chart(RUN, LABELS, [1, 0], target=1)))


def test_a_long_line_is_told_at_even_distances_from_its_first_to_its_last_point():
    long = [SimpleNamespace(index=k, probs=np.array([1 - k / 500, k / 500])) for k in range(501)]
    (rows,) = tables(probability_chart(long, LABELS, [1]))
    assert len(rows) == 40
    assert (rows[0]["step"], rows[-1]["step"]) == ("0", "500")


def test_bars_are_told_in_the_words_of_their_hover_texts():
    (rows,) = tables(bars.top_five(np.array([0.6, 0.3, 0.1, 0, 0]), ["a", "b", "<i>c</i>", "d", "e"]))
    assert rows[:2] == [
        {"what": "a (0)", "value": "60.00\u00a0%"},
        {"what": "b (1)", "value": "30.00\u00a0%"},
    ]
    assert rows[2]["what"] == "<i>c</i> (2)", "a name is words"
    (rows,) = tables(bars.added_bars([1.0, -2.5], ["x", "y"], 0))
    assert rows == [{"what": "x", "value": "+1.00 points"}, {"what": "y", "value": "-2.50 points"}]


def test_a_surface_is_a_table_of_its_heights_coarsened():
    side = np.linspace(0, 1, 33)
    words = [[f"{100 * a * b:.0f}" for a in side] for b in side]
    surface = {"type": "surface", "x": side, "y": side, "z": np.outer(side, side), "customdata": words}
    scene = {"xaxis": {"title": {"text": "along"}}, "yaxis": {"title": {"text": "across"}}}
    (rows,) = tables(go.Figure({"data": [surface], "layout": {"scene": scene}}))
    assert len(rows) == 9
    assert list(rows[0]) == ["across (columns: along)", *(f"{x:g}" for x in np.linspace(0, 1, 9))]
    assert rows[-1] == {"across (columns: along)": "1", **{f"{x:g}": f"{100 * x:.0f}" for x in side[::4]}}


def test_named_stretches_are_told_and_where_nothing_is_what_is_written_on_it():
    (rows,) = tables(reach_chart(Reach(0.1, 0.3)))
    assert rows[1] == {"part": "not known", "epsilon (0 to 1 scale)": "0.100 to 0.300"}
    assert tables(bars.colour_bar("less", "0", "more")) == [
        [{"written on it": "less"}, {"written on it": "0"}, {"written on it": "more"}]
    ]
