"""Two runs in one chart: how likely what was wanted became, over what each had cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from trickcore.language import _
from trickcore.plots.end_labels import EndLabel, Room, end_labels
from trickcore.plots.style import AXIS, base_layout, palette, share_axis, title


@dataclass(frozen=True, slots=True)
class Curve:
    """A run as one line."""

    name: str
    passes: Sequence[int]  # through the network so far, at each step
    wanted: Sequence[float]  # probability of what was wanted there


def comparison_chart(
    this: Curve, other: Curve, *, dark: bool = False, narrow: bool = False, height: int = 240
) -> go.Figure:
    """This run solid, the other dashed, over passes through the network: a question is a pass, too."""
    theme = palette(dark)
    drawn = ((this, theme.target, "solid"), (other, theme.original, "dash"))
    lines = [
        {
            "type": "scatter",
            "x": list(curve.passes),
            "y": list(curve.wanted),
            "mode": "lines",
            "name": curve.name,
            "line": {"color": colour.line, "width": 3, "dash": dash},
            "hovertemplate": "%{y:.1%}",
        }
        for curve, colour, dash in drawn
    ]
    end = max(1, *(curve.passes[-1] for curve in (this, other)))
    names = [
        EndLabel(curve.passes[-1], curve.wanted[-1], curve.name, colour, size=13)
        for curve, colour, dash in drawn
    ]
    gap = 16 * 1.02 / (height - 56)
    shapes, notes = end_labels(names, Room(gap, 0.015, 1.04, xshift=8, x_range=(0, end)))
    layout = {
        **base_layout(theme, height),
        "margin": {"l": 40, "r": 120 if narrow else 170, "t": 12, "b": 36},
        "hovermode": "x unified",
        "shapes": shapes,
        "annotations": notes,
        "xaxis": {
            **AXIS,
            "title": title(_("passes through the network"), 2),
            "range": [0, end],
            "showgrid": False,
        },
        "yaxis": share_axis(theme, -0.01, 1.01),
    }
    return go.Figure({"data": lines, "layout": layout})
