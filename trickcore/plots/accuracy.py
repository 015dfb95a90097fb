"""Accuracy against epsilon, beside published figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from trickcore.language import _
from trickcore.plots.end_labels import EndLabel, Room, end_labels
from trickcore.plots.style import (
    AXIS,
    Colour,
    Palette,
    annotation,
    base_layout,
    palette,
    share_axis,
    title,
    vertical_line,
)
from trickcore.text import percent

LEFT, RIGHT = -0.008, 0.405  # where the axis of epsilon begins and ends


@dataclass(frozen=True, slots=True)
class Curve:
    """Accuracy of one network under one attack."""

    name: str
    robust: bool  # dashed, as the robust network is on every page
    kind: str  # "fgsm" or "pgd-40"; the colour
    eps: Sequence[float]  # on the [0, 1] scale
    accuracy: Sequence[float]  # 0 to 1
    measured_here: bool = False  # drawn as rings: from this visit, not from the card


SYMBOLS = ("diamond-open", "square-open", "triangle-up-open", "circle-open", "cross-open")
SIGNS = ("◇", "□", "△", "○", "✚")  # the same, as letters


def accuracy_chart(
    curves: Sequence[Curve],
    points: Mapping[tuple[str, float], float] | None = None,
    *,
    eps: float | None = None,
    dark: bool = False,
    narrow: bool = False,
    height: int = 320,
) -> go.Figure:
    """Accuracy against epsilon: lines for the card, rings for what was measured here, signs for others'.

    Each line is named at its end. `points` are published accuracies by (name, eps): each has a sign and
    a name of its own, beside it with a leader. A dotted rule stands at `eps`, the one being used.
    """
    theme = palette(dark)
    attacks = {"fgsm": theme.others[0], "pgd-40": theme.target}
    traces: list[dict[str, Any]] = []
    for curve in curves:
        colour = attacks.get(curve.kind, theme.original)
        dash = "dash" if curve.robust else "solid"
        traces.append(
            {
                "type": "scatter",
                "x": list(curve.eps),
                "y": list(curve.accuracy),
                "name": curve.name,
                "mode": "markers" if curve.measured_here else "lines",
                "line": {"color": colour.line, "width": 3, "dash": dash},
                "marker": {"color": colour.line, "size": 11, "symbol": "circle-open", "line": {"width": 2.5}},
                "hovertemplate": "%{y:.1%}",
            }
        )
    found = sorted((points or {}).items(), key=lambda item: -item[1])
    for i, ((name, at), accuracy) in enumerate(found):
        traces.append(
            {
                "type": "scatter",
                "x": [at],
                "y": [accuracy],
                "name": name,
                "mode": "markers",
                "marker": {
                    "color": theme.text,
                    "size": 10,
                    "symbol": SYMBOLS[i % len(SYMBOLS)],
                    "line": {"width": 1.5, "color": theme.text},
                },
                "hovertemplate": f"{name}: %{{y:.1%}}<extra></extra>",
            }
        )
    leaders, names = _line_names([c for c in curves if not c.measured_here], attacks, theme, height)
    layout = {
        **base_layout(theme, height),
        "margin": {"l": 44, "r": 16 + 8 * max((len(c.name) for c in curves), default=0), "t": 10, "b": 40},
        "hovermode": "closest",
        "annotations": [*names, *_point_names(found, theme, narrow, height)],
        "shapes": [
            *leaders,
            *([] if eps is None else [{**vertical_line(eps, theme.faint, "dot"), "yref": "y"}]),
        ],
        "xaxis": {
            **AXIS,
            "range": [LEFT, RIGHT],
            "dtick": 0.1 if narrow else 0.05,
            "title": title(_("epsilon (0 to 1 scale)"), 4),
            "showgrid": False,
        },
        "yaxis": share_axis(theme, -0.02, 1.04),
    }
    return go.Figure({"data": traces, "layout": layout})


def _line_names(
    curves: Sequence[Curve], attacks: Mapping[str, Colour], theme: Palette, height: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Leader lines and names at the right ends of the lines."""
    labels = [
        EndLabel(c.eps[-1], c.accuracy[-1], c.name, attacks.get(c.kind, theme.original), bold=True)
        for c in curves
        if c.accuracy
    ]
    gap = 17 * 1.06 / (height - 50)
    return end_labels(labels, Room(gap, 0.01, 1.02, xshift=10, x_range=(LEFT, RIGHT)))


def _point_names(
    found: Sequence[tuple[tuple[str, float], float]], theme: Palette, narrow: bool, height: int
) -> list[dict[str, Any]]:
    """A name for each published point, in the empty middle of the chart, with a line to its point."""
    notes = []
    gap = (32 if narrow else 22) * 1.06 / (height - 50)
    for i, ((name, at), accuracy) in enumerate(found):
        text = f"{SIGNS[i % len(SIGNS)]} {name.replace(', ', '<br>') if narrow else name} {percent(accuracy)}"
        notes.append(
            {
                **annotation(at, accuracy, text, theme.text, 12),
                "showarrow": True,
                "arrowhead": 0,
                "arrowwidth": 1,
                "arrowcolor": theme.faint,
                "standoff": 5,
                "axref": "x",
                "ayref": "y",
                "ax": at - (0.03 if narrow else 0.02),
                "ay": 0.78 - i * gap,
                "xanchor": "right",
                "align": "right",
            }
        )
    return notes
