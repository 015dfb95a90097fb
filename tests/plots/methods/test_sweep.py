"""The chart and the report of a sweep: lines, bands and names are those of the curves."""

from __future__ import annotations

import re

from tests.measure.test_robustness import HELD, row
from trickcore.measure.robustness import curves
from trickcore.plots.methods.sweep import names_of, sweep_chart
from trickcore.report import sweep as report

ROWS = [
    row(picture=str(n), network=network, method=method, eps_levels=eps, **(HELD if n < held else {}))
    for n in range(10)
    for network, held in (("one", 2), ("two", 7))
    for method in ("gradient", "apgd")
    for eps in (1.0, 4.0)
]


def test_a_line_has_its_shares_a_band_its_interval_and_a_name_what_tells_it_apart():
    found = curves(ROWS, "success")
    assert names_of(found) == ["one, gradient", "one, apgd", "two, gradient", "two, apgd"]
    data = sweep_chart(found).data
    lines = [trace for trace in data if trace.name]
    assert [tuple(line.y) for line in lines] == [tuple(share.share for _, share in c.points) for c in found]
    low, high = data[0], data[1]
    assert list(low.y) == [share.low for _, share in found[0].points]
    assert list(high.y) == [share.high for _, share in found[0].points]
    assert lines[0].line.color == lines[1].line.color != lines[2].line.color
    assert lines[0].line.dash == lines[2].line.dash != lines[1].line.dash


def test_epsilons_stand_at_even_distances_with_their_numbers():
    axis = sweep_chart(curves(ROWS)).layout.xaxis
    assert list(axis.ticktext) == ["0", "1", "4"]
    assert list(axis.tickvals) == [0, 1, 2]


def test_a_name_is_a_text_and_nothing_else():
    figure = sweep_chart(curves([row(network="<a href='x'>one</a>"), row(network="two")]))
    assert "<a" not in figure.to_json().replace("\\u003c", "<")


def test_one_network_alone_is_named_by_its_network():
    assert names_of(curves([row()])) == ["one"]


def test_a_report_has_both_tables_the_plan_and_nothing_that_runs():
    text = report.html([("Pictures", "<b>mine</b>")], ROWS)
    assert text.count("<svg") == text.count("</svg>") == 2
    assert text.count("<polyline") == 8
    assert "80.0\u00a0%" in text
    assert "&lt;b&gt;mine" in text
    assert "<script" not in text
    assert not re.search(r"https?://", text)
