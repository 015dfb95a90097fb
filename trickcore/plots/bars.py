"""Bars of one picture's probabilities, and the strip that says what a gradient picture's colours mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from trickcore.language import _
from trickcore.pictures.colours import DIVERGING
from trickcore.plots.style import AXIS, annotation, base_layout, class_colours, mixed, palette, plain
from trickcore.text import likeliest, named, percent, short, signed


def top_five(
    probs: Any,
    labels: Sequence[str],
    *,
    target: int | None = None,
    original: int | None = None,
    dark: bool = False,
    height: int = 134,
) -> go.Figure:
    """The five likeliest classes of one picture as bars, the likeliest on top."""
    theme = palette(dark)
    best = likeliest(probs, 5)
    roles = class_colours((), target, original, theme)
    values = [float(probs[k]) for k in best]
    bars = {
        "type": "bar",
        "x": values,
        "y": list(range(len(best))),
        "orientation": "h",
        "width": 0.3,
        "marker": {"color": [roles[k].line if k in roles else theme.faint for k in best]},
        "customdata": [plain(named(labels, k)) for k in best],
        "hovertemplate": "%{customdata}: %{x:.2%}<extra></extra>",
    }
    notes = []
    for row, (k, value) in enumerate(zip(best, values, strict=True)):
        color = roles[k].text if k in roles else theme.text
        for text, x, anchor in ((plain(short(labels[k], 19)), 0, "left"), (percent(value), 1, "right")):
            notes.append(
                {**annotation(x, row - 0.17, text, color, 12), "xanchor": anchor, "yanchor": "bottom"}
            )
    layout = {
        **base_layout(theme, height),
        "margin": {"l": 0, "r": 2, "t": 2, "b": 0},
        "bargap": 0,
        "annotations": notes,
        "xaxis": {**AXIS, "range": [0, 1], "visible": False},
        "yaxis": {**AXIS, "range": [4.3, -0.75], "visible": False},
    }
    return go.Figure({"data": [bars], "layout": layout})


def class_bars(
    probs: Any,
    labels: Sequence[str],
    *,
    target: int | None = None,
    original: int | None = None,
    dark: bool = False,
    height: int = 150,
) -> go.Figure:
    """Every class of a small network as an upright bar, in its own order."""
    theme = palette(dark)
    roles = class_colours((), target, original, theme)
    values = [float(p) for p in probs]
    best = likeliest(probs, 1)[0]
    bars = {
        "type": "bar",
        "x": list(range(len(values))),
        "y": values,
        "marker": {"color": [roles[k].line if k in roles else theme.faint for k in range(len(values))]},
        "hovertemplate": "%{x}: %{y:.2%}<extra></extra>",
    }
    top = annotation(best, min(values[best], 1), percent(values[best]), theme.text, 12)
    layout = {
        **base_layout(theme, height),
        "margin": {"l": 0, "r": 0, "t": 18, "b": 20},
        "bargap": 0.35,
        "annotations": [{**top, "xanchor": "center", "yanchor": "bottom"}],
        "xaxis": {
            **AXIS,
            "tickvals": list(range(len(values))),
            "ticktext": [plain(short(label, 8)) for label in labels],
            "showgrid": False,
        },
        "yaxis": {**AXIS, "range": [0, 1], "showgrid": False, "visible": False},
    }
    return go.Figure({"data": [bars], "layout": layout})


def colour_bar(low: str, middle: str, high: str, *, dark: bool = False, height: int = 44) -> go.Figure:
    """What the colours of a gradient picture stand for: a strip from dark to bright with three words."""
    theme = palette(dark)
    strip = {
        "type": "heatmap",
        "z": [[i / 100 for i in range(-100, 101)]],
        "x": [i / 100 for i in range(-100, 101)],
        "colorscale": [list(stop) for stop in DIVERGING],
        "showscale": False,
        "hoverinfo": "skip",
    }
    layout = {
        **base_layout(theme, height),
        "margin": {"l": 0, "r": 0, "t": 0, "b": 22},
        "annotations": [
            {**annotation(x, 0, text, theme.text, 13), "xanchor": anchor, "yref": "paper", "yanchor": "top"}
            for x, text, anchor in ((-1, low, "left"), (0, middle, "center"), (1, high, "right"))
        ],
        "xaxis": {**AXIS, "range": [-1, 1], "visible": False},
        "yaxis": {**AXIS, "visible": False},
    }
    return go.Figure({"data": [strip], "layout": layout})


def colour_ends(values: NDArray[np.float64] | NDArray[np.float32], scale: float) -> tuple[str, str]:
    """What `colour_bar` says at its ends of numbers drawn in full colour from the scale on."""
    beyond = bool(np.abs(values).max() > scale)
    least, most = (f"{sign}{scale:.2g}" for sign in "−+")
    return (f"≤ {least}", f"≥ {most}") if beyond else (least, most)


def added_bars(
    values: Sequence[float] | NDArray[np.float64],
    labels: Sequence[str],
    answer: int,
    *,
    dark: bool = False,
    height: int = 190,
) -> go.Figure:
    """What one unit adds to each answer, in points of score: up in orange, down in blue."""
    theme = palette(dark)
    reach = max(map(abs, values)) or 1.0
    notes = [
        {
            **annotation(k, value, signed(value, 1), theme.text, 11),
            "xanchor": "center",
            "yanchor": "bottom" if value >= 0 else "top",
        }
        for k, value in enumerate(values)
    ]
    bars = {
        "type": "bar",
        "x": list(range(len(values))),
        "y": list(values),
        "marker": {
            "color": [
                colour if k == answer else mixed(colour, theme.page, 0.6)
                for k, value in enumerate(values)
                for colour in (theme.target.line if value >= 0 else theme.original.line,)
            ]
        },
        "hovertemplate": _("%{x}: %{y:+.2f} points") + "<extra></extra>",
    }
    names = [f"<b>{name}</b>" if k == answer else name for k, name in enumerate(labels)]
    layout = {
        **base_layout(theme, height),
        "margin": {"l": 0, "r": 0, "t": 4, "b": 22},
        "bargap": 0.3,
        "annotations": notes,
        "xaxis": {**AXIS, "tickvals": list(range(len(labels))), "ticktext": names, "showgrid": False},
        "yaxis": {**AXIS, "range": [-1.3 * reach, 1.3 * reach], "visible": False},
    }
    return go.Figure({"data": [bars], "layout": layout})
