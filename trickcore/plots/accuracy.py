"""Curves: accuracy against epsilon, and a training as it goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import plotly.graph_objects as go

from trickcore.plots.palette import Ink, Palette, palette
from trickcore.plots.style import AXIS, dress, leader, note, rule, spread
from trickcore.text import percent

RIGHT = 0.405  # where the axis of epsilon ends


@dataclass(frozen=True, slots=True)
class Curve:
    """Accuracy of one network under one attack."""

    name: str
    robust: bool  # dashed, as the robust network is on every page
    kind: str  # "fgsm" or "pgd-40"; the colour
    eps: Sequence[float]  # on the [0, 1] scale
    accuracy: Sequence[float]  # 0 to 1
    measured_here: bool = False  # drawn as rings: from this visit, not from the card


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
    look = palette(dark)
    inks = {"fgsm": look.others[0], "pgd-40": look.target}
    traces: list[dict[str, Any]] = []
    for curve in curves:
        ink = inks.get(curve.kind, look.original)
        dash = "dash" if curve.robust else "solid"
        traces.append(
            {
                "type": "scatter",
                "x": list(curve.eps),
                "y": list(curve.accuracy),
                "name": curve.name,
                "mode": "markers" if curve.measured_here else "lines",
                "line": {"color": ink.line, "width": 3, "dash": dash},
                "marker": {"color": ink.line, "size": 11, "symbol": "circle-open", "line": {"width": 2.5}},
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
                    "color": look.text,
                    "size": 10,
                    "symbol": SYMBOLS[i % len(SYMBOLS)],
                    "line": {"width": 1.5, "color": look.text},
                },
                "hovertemplate": f"{name}: %{{y:.1%}}<extra></extra>",
            }
        )
    leaders, names = _line_names([c for c in curves if not c.measured_here], inks, look, height)
    layout = {
        **dress(look, height),
        "margin": {"l": 44, "r": 16 + 8 * max((len(c.name) for c in curves), default=0), "t": 10, "b": 40},
        "hovermode": "closest",
        "annotations": [*names, *_point_names(found, look, narrow, height)],
        "shapes": [
            *leaders,
            *([] if eps is None else [{**rule(eps, look.faint, "dot"), "yref": "y"}]),
        ],
        "xaxis": {
            **AXIS,
            "range": [-0.008, RIGHT],
            "dtick": 0.1 if narrow else 0.05,
            "title": {"text": "epsilon (0 to 1 scale)", "standoff": 4, "font": {"size": 13}},
            "showgrid": False,
        },
        "yaxis": {**AXIS, "range": [-0.02, 1.04], "tickformat": ".0%", "dtick": 0.2, "gridcolor": look.rule},
    }
    return go.Figure({"data": traces, "layout": layout})


def _line_names(
    curves: Sequence[Curve], inks: Mapping[str, Ink], look: Palette, height: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Leaders and names at the right ends of the lines, none over another."""
    ends = sorted((c for c in curves if c.accuracy), key=lambda c: c.accuracy[-1])
    gap = 17 * 1.06 / (height - 50)
    leaders, notes = [], []
    places = spread([c.accuracy[-1] for c in ends], gap, 0.01, 1.02)
    for curve, place in zip(ends, places, strict=True):
        ink = inks.get(curve.kind, look.original)
        at, end = curve.eps[-1], curve.accuracy[-1]
        notes.append({**note(at, place, f"<b>{curve.name}</b>", ink.text, 13), "xshift": 10})
        if abs(place - end) > gap / 3:
            leaders.append(leader((at + 0.008) / (RIGHT + 0.008), end, place, ink.line))
    return leaders, notes


def _point_names(
    found: Sequence[tuple[tuple[str, float], float]], look: Palette, narrow: bool, height: int
) -> list[dict[str, Any]]:
    """A name for each published point, in the empty middle of the chart, with a line to its point."""
    notes = []
    gap = (32 if narrow else 22) * 1.06 / (height - 50)
    for i, ((name, at), accuracy) in enumerate(found):
        text = f"{SIGNS[i % len(SIGNS)]} {name.replace(', ', '<br>') if narrow else name} {percent(accuracy)}"
        notes.append(
            {
                **note(at, accuracy, text, look.text, 12),
                "showarrow": True,
                "arrowhead": 0,
                "arrowwidth": 1,
                "arrowcolor": look.faint,
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


def training_charts(
    records: Sequence[Record],
    *,
    epochs: float,
    dark: bool = False,
    growing: bool = False,
    height: int = 230,
) -> tuple[go.Figure, go.Figure]:
    """Loss, and clean and robust accuracy, against the epochs done."""
    look = palette(dark)
    x = [record.epoch for record in records]
    axes = {
        **AXIS,
        "range": [0, max(epochs, 1e-9)],
        "title": {"text": "epochs", "standoff": 2, "font": {"size": 13}},
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
        "data": [line("loss", losses, look.others[1].line, "solid", ".3f")],
        "layout": {
            **dress(look, height),
            "margin": {**margin, "r": 12},
            "hovermode": False if growing else "x unified",
            "xaxis": axes,
            "yaxis": {**AXIS, "range": [0, max([2.4, *losses])], "gridcolor": look.rule},
        },
    }
    lines, notes = [], []
    pairs = (
        ("clean", [r.clean_accuracy for r in records], look.original),
        ("attacked", [r.robust_accuracy for r in records], look.target),
    )
    apart = 0.09
    ends = [values[-1] if values else 0.0 for _, values, _ in pairs]
    if abs(ends[0] - ends[1]) < apart:
        ends = [max(ends) + 0.02, max(ends) + 0.02 - apart]
    for (name, values, ink), end in zip(pairs, ends, strict=True):
        lines.append(line(name, values, ink.line, "solid", ".1%"))
        if records:
            notes.append({**note(x[-1], end, f"<b>{name}</b>", ink.text, 13), "xshift": 6})
    accuracy = {
        "data": lines,
        "layout": {
            **dress(look, height),
            "margin": margin,
            "annotations": notes,
            "hovermode": False if growing else "x unified",
            "xaxis": axes,
            "yaxis": {
                **AXIS,
                "range": [-0.02, 1.04],
                "tickformat": ".0%",
                "dtick": 0.2,
                "gridcolor": look.rule,
            },
        },
    }
    return go.Figure(loss), go.Figure(accuracy)
