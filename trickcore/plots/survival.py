"""Charts of what survives: shares with their intervals, and probabilities against a file's quality."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import plotly.graph_objects as go

from trickcore.measure.survival import Tally
from trickcore.plots.palette import Ink, Palette, palette
from trickcore.plots.style import AXIS, dress, note, rule
from trickcore.text import percent, short

Role = Literal["tricked", "clean"]


@dataclass(frozen=True, slots=True)
class Rate:
    """One bar: what was counted, of which kind of picture."""

    name: str
    tally: Tally
    role: Role  # its colour: a tricked picture is orange, the original blue


def share_of(tally: Tally) -> str:
    """A share with its interval, for people: 94.0 % (92.4 to 95.3)."""
    low, high = (100 * end for end in tally.interval)
    return f"{percent(tally.share)} ({low:.1f} to {high:.1f})"


def survival_bars(rates: Sequence[Rate], *, dark: bool = False, narrow: bool = False) -> go.Figure:
    """A bar a rate, its name and share above it, its 95 % interval as a whisker."""
    look = palette(dark)
    inks = [_ink(rate.role, look) for rate in rates]
    ends = [rate.tally.interval for rate in rates]
    values = [rate.tally.share for rate in rates]
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": values,
        "y": list(range(len(rates))),
        "width": 0.26,
        "marker": {"color": [ink.line for ink in inks]},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [high - value for (_, high), value in zip(ends, values, strict=True)],
            "arrayminus": [value - low for (low, _), value in zip(ends, values, strict=True)],
            "color": look.text,
            "thickness": 1.5,
            "width": 5,
        },
        "customdata": [f"{rate.tally.hits} of {rate.tally.asked}" for rate in rates],
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    notes = []
    for row, (rate, ink) in enumerate(zip(rates, inks, strict=True)):
        name = short(rate.name, 34 if narrow else 80)
        for text, x, anchor in ((name, 0, "left"), (share_of(rate.tally), 1, "right")):
            notes.append({**note(x, row - 0.2, text, ink.text, 13), "xanchor": anchor, "yanchor": "bottom"})
    layout = {
        **dress(look, 30 + 54 * len(rates)),
        "margin": {"l": 18, "r": 22, "t": 2, "b": 24},
        "bargap": 0,
        "annotations": notes,
        "shapes": [
            {**rule(x, look.rule, "solid"), "line": {"color": look.rule, "width": 1}, "layer": "below"}
            for x in (0, 0.5, 1)
        ],
        "xaxis": {
            **AXIS,
            "range": [-0.005, 1.005],
            "tickvals": [0, 0.5, 1],
            "tickformat": ".0%",
            "showgrid": False,
        },
        "yaxis": {**AXIS, "range": [len(rates) - 0.7, -0.85], "visible": False},
    }
    return go.Figure({"data": [bars], "layout": layout})


def quality_chart(
    qualities: Sequence[int],
    tricked: Sequence[float],
    clean: Sequence[float],
    names: tuple[str, str],
    *,
    chosen: int | None = None,
    dark: bool = False,
    narrow: bool = False,
    height: int = 220,
) -> go.Figure:
    """Probabilities against JPEG quality: the tricked picture's of what was wanted, the clean one's of what
    it is. `names` are those lines'; a rule stands at the quality being looked at."""
    look = palette(dark)
    lines: list[dict[str, Any]] = []
    for values, name, ink in ((clean, names[1], look.original), (tricked, names[0], look.target)):
        lines.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "x": list(qualities),
                "y": list(values),
                "name": name,
                "line": {"color": ink.line, "width": 3},
                "marker": {"size": 6},
                "hovertemplate": "%{y:.1%}",
            }
        )
    ends = sorted(
        ((tricked[-1], names[0], look.target), (clean[-1], names[1], look.original)), key=lambda end: end[0]
    )
    low = ends[0][0]
    places = (low, max(ends[1][0], low + 0.11))
    over = max(0.0, places[1] - 1.0)
    notes = [
        {**note(qualities[-1], place - over, short(name, 14 if narrow else 26), ink.text, 13), "xshift": 6}
        for place, (_, name, ink) in zip(places, ends, strict=True)
    ]
    layout = {
        **dress(look, height),
        "margin": {"l": 40, "r": 100 if narrow else 180, "t": 8, "b": 36},
        "hovermode": "x unified",
        "annotations": notes,
        "shapes": [] if chosen is None else [rule(chosen, look.faint, "dot")],
        "xaxis": {
            **AXIS,
            "title": {"text": "JPEG quality", "standoff": 2, "font": {"size": 13}},
            "range": [0, 101],
            "showgrid": False,
        },
        "yaxis": {**AXIS, "range": [-0.02, 1.03], "tickformat": ".0%", "dtick": 0.25, "gridcolor": look.rule},
    }
    return go.Figure({"data": lines, "layout": layout})


def _ink(role: Role, look: Palette) -> Ink:
    return {"tricked": look.target, "clean": look.original}[role]
