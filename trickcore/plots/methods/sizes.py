"""The size of a change over a run, for methods that look for the least one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import plotly.graph_objects as go

from trickcore.language import _, later
from trickcore.plots.style import AXIS, annotation, base_layout, palette, title

# Of each norm: its name, and what its sizes are multiplied by to be read.
NORMS = {
    "linf": (later("L-infinity, grey levels"), 255.0),
    "l2": (later("L2, on the 0 to 1 scale"), 1.0),
    "l1": (later("L1, on the 0 to 1 scale"), 1.0),
    "l0": (later("values changed (L0)"), 1.0),
}
APART = 22.0  # pixels between two numbers of the scale, at least


class Sized(Protocol):
    """What the chart needs of a Frame."""

    @property
    def index(self) -> int: ...
    @property
    def distance(self) -> float: ...


def size_chart(
    run: Sequence[Sized],
    norm: str,
    *,
    length: int,
    unit: str = later("step"),
    dark: bool = False,
    growing: bool = False,
    narrow: bool = False,
    height: int = 130,
) -> go.Figure:
    """How large the change is at each step, on a scale of powers of ten; dotted, the least at the end."""
    theme, (name, scale) = palette(dark), NORMS[norm]
    points = [(point.index, scale * point.distance) for point in run if point.distance > 0]
    x, y = [index for index, size in points], [size for index, size in points]
    low, high = (min(y), max(y)) if y else (1.0, 10.0)
    span = [math.log10(low) - 0.15, math.log10(high) + 0.15]
    marks = ticks(span[0], span[1], APART / (height - 42))  # of the height, what the margins leave
    line = {
        "type": "scatter",
        "x": x,
        "y": y,
        "mode": "lines",
        "name": _("size of the change"),
        "line": {"color": theme.target.line, "width": 2.5},
        "hovertemplate": "%{y:.3g}",
    }
    notes = [annotation(x[-1], math.log10(y[-1]), f"{y[-1]:.3g}", theme.target.text, 13)] if y else []
    for note in notes:
        note.update(xanchor="left", xshift=8)
    layout = {
        **base_layout(theme, height),
        "margin": {"l": 40, "r": 92 if narrow else 128, "t": 6, "b": 36},
        "hovermode": False if growing else "x unified",
        "annotations": notes,
        "xaxis": {
            **AXIS,
            "title": title(f"{_(unit)} ({_(name)})", 2),
            "range": [0, max(1, length)],
            "showgrid": False,
        },
        "yaxis": {
            **AXIS,
            "type": "log",
            "range": span,
            "tickvals": marks,
            "ticktext": [f"{mark:g}" for mark in marks],
            "gridcolor": theme.rule,
        },
    }
    return go.Figure({"data": [line], "layout": layout})


def ticks(low: float, high: float, apart: float) -> list[float]:
    """Round numbers between two powers of ten, given by their exponents, none nearer to another than that
    share of the scale; nearly the ends where there are no two of them."""
    for digits, most in ((1, 2, 5), 0.3), ((1,), 1.0):
        if most >= apart * (high - low):
            decades = range(math.floor(low), math.ceil(high) + 1)
            found = [d * 10.0**k for k in decades for d in digits if low <= math.log10(d) + k <= high]
            if len(found) >= 2:
                return found
    decades = range(math.ceil(low), math.floor(high) + 1, max(1, math.ceil(apart * (high - low))))
    if len(decades) >= 2:
        return [10.0**k for k in decades]
    inside = (low + 0.1 * (high - low), high - 0.1 * (high - low))
    for more in (0, 1):  # digits after the first
        ends = [float(f"{10**end:.{more}e}") for end in inside]
        if ends[0] < ends[1] and all(low <= math.log10(end) <= high for end in ends):
            return ends
    return ends[:1]
