"""One change for all photos as it is made: what it does to those it is made over, and to those held out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from trickcore.language import _
from trickcore.measure.survival import Tally
from trickcore.plots.end_labels import EndLabel, Room, end_labels
from trickcore.plots.style import (
    AXIS,
    band,
    base_layout,
    palette,
    share_axis,
    title,
    translucent,
    vertical_line,
)

SMOOTH = 10  # steps that the thin line is the mean of: each step sees a few pictures only


def growth_chart(
    made_over: Sequence[float],
    held_out: Sequence[tuple[int, Tally]],
    *,
    steps: int,
    marked: int | None = None,
    dark: bool = False,
    narrow: bool = False,
    height: int = 240,
) -> go.Figure:
    """Against the steps: the wanted probability on the pictures it is made over, a thin line; and the share
    of those held out that are read as wanted, thick, with its 95 % interval as a band."""
    theme = palette(dark)
    smooth = [
        sum(made_over[max(0, k - SMOOTH + 1) : k + 1]) / min(k + 1, SMOOTH) for k in range(len(made_over))
    ]
    at, shares = [step for step, tally in held_out], [tally.share for step, tally in held_out]
    ends = [tally.interval for step, tally in held_out]
    traces: list[dict[str, Any]] = [
        *band(
            at,
            [low for low, high in ends],
            [high for low, high in ends],
            translucent(theme.target.line, 0.18),
        ),
        {
            "type": "scatter",
            "mode": "lines",
            "x": list(range(len(smooth))),
            "y": smooth,
            "name": _("probability, made over"),
            "line": {"color": theme.others[0].line, "width": 1.5},
            "hovertemplate": "%{y:.1%}",
        },
        {
            "type": "scatter",
            "mode": "lines+markers",
            "x": at,
            "y": shares,
            "name": _("share, held out"),
            "line": {"color": theme.target.line, "width": 3},
            "marker": {"size": 6},
            "customdata": [
                _("{hits} of {asked}", hits=tally.hits, asked=tally.asked) for step, tally in held_out
            ],
            "hovertemplate": "%{customdata}",
        },
    ]
    labels = []
    if smooth:
        labels.append(EndLabel(len(smooth) - 1, smooth[-1], _("made over"), theme.others[0]))
    if shares:
        labels.append(EndLabel(at[-1], shares[-1], _("held out"), theme.target, bold=True))
    notes = end_labels(labels, Room(0.1, 0.0, 1.0))[1]
    layout = {
        **base_layout(theme, height),
        "margin": {"l": 44, "r": 84, "t": 10, "b": 38},
        "annotations": notes,
        "hovermode": "x unified",
        "shapes": [] if marked is None else [vertical_line(marked, theme.faint, "dot")],
        "xaxis": {**AXIS, "range": [0, steps], "title": title(_("steps"), 2), "showgrid": False},
        "yaxis": share_axis(theme, -0.02, 1.04, dtick=0.25 if narrow else 0.2),
    }
    return go.Figure({"data": traces, "layout": layout})
