"""A sweep's tables, read back by the readers of their formats."""

from __future__ import annotations

import csv
import io

import pytest

from trickcore.measure.robustness import Attacked, Curve, Share
from trickcore.sweep import tables


def curve(network: str) -> Curve:
    shares = (
        (0.0, Share(1.0, 0.9, 1.0, 40)),
        (4.0, Share(0.25, 0.15, 0.4, 40)),
        (None, Share(0, 0, 0.1, 38)),
    )
    return Curve(Attacked(network, "fmn", "untargeted", "l2", 30), shares)


def test_a_csv_table_reads_back_as_the_shares_that_went_in():
    head, *rows = csv.reader(io.StringIO(tables.as_csv([curve("a, b"), curve("c")])))
    assert head[:6] == ["network", "method", "goal", "norm", "steps", "eps_levels"]
    assert [row[0] for row in rows] == ["a, b"] * 3 + ["c"] * 3
    assert [row[5] for row in rows[:3]] == ["0", "4", ""]
    assert [float(part) for part in rows[1][6:9]] == [0.25, 0.15, 0.4]
    assert [int(row[9]) for row in rows[:3]] == [40, 40, 38]


@pytest.mark.parametrize("network", ['=HYPERLINK("http://x","y")', "+1", "-1+2", "@SUM(A1)", "\t=1"])
def test_no_spreadsheet_takes_a_networks_name_for_something_to_compute(network):
    rows = list(csv.reader(io.StringIO(tables.as_csv([curve(network)]))))
    assert {row[0] for row in rows[1:]} == {f"'{network}"}
