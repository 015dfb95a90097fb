"""Charts along one direction: scores on a straight line, and a trick beside random noise of its size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from trickcore.explain.landscape import Lines, Noise, Values
from trickcore.plots.class_map import inks
from trickcore.plots.palette import Ink, palette
from trickcore.plots.style import AXIS, dress, note, rule
from trickcore.text import short


def straight(
    lines: Lines,
    labels: Sequence[str],
    eps: float,
    *,
    dark: bool = False,
    narrow: bool = False,
    height: int = 380,
) -> go.Figure:
    """Logits of each class against the move (grey levels); dotted, what the gradient foretells.

    The band about 0 is where that holds for the target: see `Lines.reach`. `eps` is on the [0, 1] scale.
    """
    look, x = palette(dark), lines.moves * 255
    original = lines.classes[1] if len(lines.classes) > 1 else lines.classes[0]
    colours = inks(lines.classes, lines.classes[0], original, look)
    low, high = float(lines.logits.min()), float(lines.logits.max())
    room = 0.35 * (high - low or 1.0)  # a prediction may leave the chart; the truth never does
    span = [low - room, high + room]
    traces = []
    for i, k in enumerate(lines.classes):
        main = i < 2
        for values, dash, width, what in (
            (lines.predicted[:, i], "dot", 2.0, "foretold"),
            (lines.logits[:, i], "solid", 3.5 if main else 1.75, "real"),
        ):
            traces.append(
                {
                    "type": "scatter",
                    "x": x,
                    "y": values,
                    "mode": "lines",
                    "name": f"{short(labels[k], 20)}, {what}",
                    "line": {"color": colours[k].line, "width": width, "dash": dash},
                    "hovertemplate": "%{y:.1f}",
                }
            )
    ends = [(float(lines.logits[-1, i]), labels[k], colours[k], i < 2) for i, k in enumerate(lines.classes)]
    reach = lines.reach * 255
    band = {
        "type": "rect",
        "x0": 0,
        "x1": reach,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "line": {"width": 0},
        "fillcolor": look.target.line,
        "opacity": 0.16,
        "layer": "below",
    }
    marks = [rule(at, look.faint, "dot") for at in (-eps * 255, 0.0, eps * 255)]
    words = [
        {**note(at, 1, text, look.faint, 12), "yref": "paper", "yanchor": "bottom", "xanchor": "center"}
        for at, text in ((-eps * 255, "−epsilon"), (0.0, "original"), (eps * 255, "epsilon"))
    ]
    layout = {
        **dress(look, height),
        "margin": {"l": 44, "r": 96 if narrow else 136, "t": 20, "b": 40},
        "hovermode": "x",
        "shapes": [band, *marks],
        "annotations": [*words, *_ends(ends, float(x[-1]), span, 13 if narrow else 18)],
        "xaxis": {
            **AXIS,
            "title": {
                "text": "each value moved by (grey levels of 255)",
                "standoff": 4,
                "font": {"size": 13},
            },
            "range": [float(x[0]), float(x[-1])],
            "showgrid": False,
        },
        "yaxis": {
            **AXIS,
            "title": {"text": "score (logit)", "standoff": 2, "font": {"size": 13}},
            "range": span,
            "gridcolor": look.rule,
        },
    }
    return go.Figure({"data": traces, "layout": layout})


def beside_noise(
    sizes: Values,
    found: Sequence[Noise],
    labels: Sequence[str],
    target: int,
    original: int,
    *,
    dark: bool = False,
    growing: bool = False,
    narrow: bool = False,
    height: int = 380,
) -> go.Figure:
    """Probability against the size of the change: the trick's own direction, and noise just as large.

    Noise is grey and dotted, its mean with a band from the lowest to the highest of all shuffles.
    `found` may hold fewer points than `sizes` while it grows.
    """
    look, x = palette(dark), sizes[: len(found)]
    traces: list[dict[str, Any]] = []
    ends: list[tuple[float, str, Ink, bool]] = []
    grey = Ink(look.faint, look.faint)
    roles = {original: look.original, target: look.target}  # one class may be both
    for k, ink in roles.items():
        low, mean, high, real = (
            np.array([float(getattr(one, part)[k]) for one in found])
            for part in ("low", "mean", "high", "changed")
        )
        edge = {"type": "scatter", "x": x, "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
        traces += [
            {**edge, "y": low},
            {**edge, "y": high, "fill": "tonexty", "fillcolor": _thin(look.faint)},
            _curve(x, mean, f"{short(labels[k], 20)}, noise", grey.line, 2.5, "dot"),
            _curve(x, real, f"{short(labels[k], 20)}, trick", ink.line, 3.5, "solid"),
        ]
        if len(found):
            ends += [
                (float(real[-1]), labels[k], ink, True),
                (float(mean[-1]), f"{labels[k]}, noise", grey, False),
            ]
    layout = {
        **dress(look, height),
        "margin": {"l": 44, "r": 104 if narrow else 150, "t": 20, "b": 40},
        "hovermode": False if growing else "x unified",
        "shapes": [rule(1.0, look.faint, "dot")],
        "annotations": [
            {
                **note(1, 1, "the trick", look.faint, 12),
                "yref": "paper",
                "yanchor": "bottom",
                "xanchor": "center",
            },
            *_ends(ends, float(x[-1]) if len(found) else 0.0, [-0.01, 1.01], 15 if narrow else 21),
        ],
        "xaxis": {
            **AXIS,
            "title": {"text": "size of the change (1: as in the trick)", "standoff": 4, "font": {"size": 13}},
            "range": [0, float(sizes[-1])],
            "dtick": 0.5,
            "showgrid": False,
        },
        "yaxis": {**AXIS, "range": [-0.01, 1.01], "tickformat": ".0%", "dtick": 0.2, "gridcolor": look.rule},
    }
    return go.Figure({"data": traces, "layout": layout})


def _curve(x: Values, y: Values, name: str, colour: str, width: float, dash: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": x,
        "y": y,
        "mode": "lines",
        "name": name,
        "line": {"color": colour, "width": width, "dash": dash},
        "hovertemplate": "%{y:.2%}",
    }


def _ends(
    ends: Sequence[tuple[float, str, Ink, bool]], x: float, span: Sequence[float], longest: int
) -> list[dict[str, Any]]:
    """Names at the ends of lines (height, name, ink, whether it matters most), pushed apart."""
    gap, last, placed = 0.07 * (span[1] - span[0]), -math.inf, []
    for y, name, ink, main in sorted(ends, key=lambda end: end[0]):
        last = max(min(max(y, span[0]), span[1]), last + gap)
        placed.append((last, name, ink, main))
    notes = []
    for above, (y, name, ink, main) in enumerate(reversed(placed)):  # pushed over the top: back down
        text = short(name, longest)
        text = f"<b>{text}</b>" if main else text
        size = 13 if main else 12
        notes.append({**note(x, min(y, span[1] - gap * above), text, ink.text, size), "xshift": 6})
    return notes


def _thin(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"
