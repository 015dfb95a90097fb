"""A network taught with a gap in its data beside one without: accuracy as they learn, and their answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from trickcore.language import _, later
from trickcore.plots.end_labels import EndLabel, Room, end_labels
from trickcore.plots.style import AXIS, Palette, base_layout, mixed, palette, share_axis, title

if TYPE_CHECKING:
    from trickcore.training.records import GapReport

ROW = 26  # pixels of the table's rows
LEAST = 0.12  # of a cell's colour where there is anything at all
# Names of the lines without a fault and with it.
NAMES = {
    "gap": (later("no gap"), later("with the gap")),
    "dot": (later("no dot"), later("with the dot")),
}


def gap_chart(
    reports: Sequence[GapReport],
    *,
    epochs: float,
    fault: str = "gap",
    dark: bool = False,
    height: int = 260,
) -> go.Figure:
    """The share read right of what was asked, against the epochs done, with the gap (`fault`) and without."""
    theme = palette(dark)
    x = [0.0, *(report.epoch for report in reports)] if len(reports) == 1 else [r.epoch for r in reports]
    traces, names = [], []
    without, faulty = map(_, NAMES[getattr(fault, "template", fault)])
    for which, name, colour in ((1, without, theme.original), (0, faulty, theme.target)):
        y = [report.right[which] for report in reports]
        y = y * 2 if len(reports) == 1 else y
        traces.append(
            {
                "type": "scatter",
                "x": x,
                "y": y,
                "name": name,
                "mode": "lines",
                "line": {"color": colour.line, "width": 3},
                "hovertemplate": "%{y:.1%}",
            }
        )
        names.append(EndLabel(x[-1], y[-1], name, colour, bold=True))
    notes = end_labels(names, Room(0.09, 0.0, 1.02))[1]
    axis = {**AXIS, "range": [0, max(epochs, 1e-9)], "title": title(_("epochs"), 2), "showgrid": False}
    return go.Figure(
        {
            "data": traces,
            "layout": {
                **base_layout(theme, height),
                "margin": {"l": 44, "r": 96, "t": 8, "b": 36},
                "annotations": notes,
                "hovermode": "x unified",
                "xaxis": axis,
                "yaxis": share_axis(theme, -0.02, 1.04),
            },
        }
    )


def answer_table(table: NDArray[np.int64], *, dark: bool = False) -> go.Figure:
    """Digits (10) by answers (10), as counts: a row for each digit of which there are any; one as bars."""
    theme = palette(dark)
    digits = [k for k in range(10) if table[k].sum()]
    if len(digits) == 1:
        return _answer_bars(table[digits[0]], digits[0], theme)
    shares = np.array([table[k] / table[k].sum() for k in digits])
    right = np.array([[answer == digit for answer in range(10)] for digit in digits])
    told = [[[k, table[k][a], row[a]] for a in range(10)] for k, row in zip(digits, shares, strict=True)]
    cells: list[dict[str, Any]] = []
    for mask, colour in ((right, theme.original), (~right, theme.target)):
        cells.append(
            {
                "type": "heatmap",
                "z": np.where(mask & (shares > 0), LEAST + (1 - LEAST) * shares, np.nan),
                "zmin": 0,
                "zmax": 1,
                "colorscale": [[0, theme.page], [1, mixed(colour.line, theme.page, 0.75)]],
                "showscale": False,
                "xgap": 2,
                "ygap": 2,
                "hoverongaps": False,
                "customdata": told,
                "hovertemplate": _(
                    "a %{customdata[0]} taken for a %{x}: %{customdata[1]} (%{customdata[2]:.1%})"
                )
                + "<extra></extra>",
            }
        )
    numbers = [
        {"x": answer, "y": row, "text": str(table[k][answer]), "showarrow": False,
         "font": {"color": theme.text, "size": 12}}
        for row, k in enumerate(digits)
        for answer in range(10)
        if table[k][answer]
    ]  # fmt: skip
    rows = {"tickvals": list(range(len(digits))), "ticktext": [str(k) for k in digits]}
    ticks = {**AXIS, "showgrid": False}
    return go.Figure(
        {
            "data": cells,
            "layout": {
                **base_layout(theme, 66 + ROW * len(digits)),
                "margin": {"l": 62, "r": 8, "t": 4, "b": 44},
                "annotations": numbers,
                "xaxis": {**ticks, "dtick": 1, "title": title(_("answer"), 4)},
                "yaxis": {**ticks, **rows, "autorange": "reversed", "title": title(_("digit"), 8)},
            },
        }
    )


def _answer_bars(counts: NDArray[np.int64], digit: int, theme: Palette) -> go.Figure:
    """How often each answer was given to pictures of one digit."""
    colours = [(theme.original if k == digit else theme.target).line for k in range(10)]
    bars = {
        "type": "bar",
        "x": list(range(10)),
        "y": counts / counts.sum(),
        "customdata": counts,
        "text": [str(count) if count else "" for count in counts],
        "textposition": "outside",
        "textfont": {"color": theme.text},
        "cliponaxis": False,
        "marker": {"color": colours},
        "hovertemplate": _("taken for a %{x}: %{customdata} (%{y:.1%})") + "<extra></extra>",
    }
    most = float(counts.max() / counts.sum())
    return go.Figure(
        {
            "data": [bars],
            "layout": {
                **base_layout(theme, 260),
                "margin": {"l": 44, "r": 8, "t": 20, "b": 36},
                "xaxis": {**AXIS, "showgrid": False, "dtick": 1, "title": title(_("answer"), 2)},
                "yaxis": share_axis(theme, 0, 1.04 * most, dtick=0.1 if most < 0.5 else 0.2),
            },
        }
    )
