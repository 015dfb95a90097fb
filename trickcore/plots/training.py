"""A training as it goes on: loss and accuracies against the epochs done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import plotly.graph_objects as go

from trickcore.language import _
from trickcore.plots.end_labels import EndLabel, Room, end_labels
from trickcore.plots.style import AXIS, base_layout, palette, share_axis, title


class Record(Protocol):
    """What a training chart needs of an Epoch."""

    @property
    def epoch(self) -> float: ...
    @property
    def loss(self) -> float: ...
    @property
    def clean_accuracy(self) -> float: ...
    @property
    def robust_accuracy(self) -> float: ...


def training_charts(
    records: Sequence[Record],
    *,
    epochs: float,
    dark: bool = False,
    growing: bool = False,
    height: int = 230,
) -> tuple[go.Figure, go.Figure]:
    """Loss, and clean and robust accuracy, against the epochs done."""
    theme = palette(dark)
    x = [record.epoch for record in records]
    axes = {
        **AXIS,
        "range": [0, max(epochs, 1e-9)],
        "title": title(_("epochs"), 2),
        "showgrid": False,
    }
    margin = {"l": 44, "r": 84, "t": 8, "b": 36}

    def line(name: str, y: list[float], color: str, dash: str, form: str) -> dict[str, Any]:
        return {
            "type": "scatter",
            "x": x,
            "y": y,
            "name": name,
            "mode": "lines",
            "line": {"color": color, "width": 3, "dash": dash},
            "hovertemplate": f"%{{y:{form}}}",
        }

    losses = [record.loss for record in records]
    loss = {
        "data": [line(_("loss"), losses, theme.others[1].line, "solid", ".3f")],
        "layout": {
            **base_layout(theme, height),
            "margin": {**margin, "r": 12},
            "hovermode": False if growing else "x unified",
            "xaxis": axes,
            "yaxis": {**AXIS, "range": [0, max([2.4, *losses])], "gridcolor": theme.rule},
        },
    }
    pairs = (
        (_("clean"), [r.clean_accuracy for r in records], theme.original),
        (_("attacked"), [r.robust_accuracy for r in records], theme.target),
    )
    lines = [line(name, values, colour.line, "solid", ".1%") for name, values, colour in pairs]
    names = [EndLabel(x[-1], values[-1], name, colour, bold=True) for name, values, colour in pairs if values]
    # Of two that end alike the last is put on top: clean.
    notes = end_labels(names[::-1], Room(0.09, 0.0, 1.02))[1]
    accuracy = {
        "data": lines,
        "layout": {
            **base_layout(theme, height),
            "margin": margin,
            "annotations": notes[::-1],
            "hovermode": False if growing else "x unified",
            "xaxis": axes,
            "yaxis": share_axis(theme, -0.02, 1.04),
        },
    }
    return go.Figure(loss), go.Figure(accuracy)
