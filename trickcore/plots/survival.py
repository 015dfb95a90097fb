"""Charts of what survives: shares with their intervals, and probabilities against a file's quality."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import plotly.graph_objects as go

from trickcore.language import _
from trickcore.plots.end_labels import EndLabel, Room, end_labels
from trickcore.plots.style import (
    AXIS,
    annotation,
    base_layout,
    palette,
    plain,
    share_axis,
    title,
    vertical_line,
)
from trickcore.text import percent, short

if TYPE_CHECKING:
    from trickcore.measure.survival import Tally

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
    return _("{share} ({low:.1f} to {high:.1f})", share=percent(tally.share), low=low, high=high)


def survival_bars(rates: Sequence[Rate], *, dark: bool = False, narrow: bool = False) -> go.Figure:
    """A bar a rate, its name and share above it, its 95 % interval as a whisker."""
    theme = palette(dark)
    by_role = {"tricked": theme.target, "clean": theme.original}
    colours = [by_role[rate.role] for rate in rates]
    ends = [rate.tally.interval for rate in rates]
    values = [rate.tally.share for rate in rates]
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": values,
        "y": list(range(len(rates))),
        "width": 0.26,
        "marker": {"color": [colour.line for colour in colours]},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [high - value for (low, high), value in zip(ends, values, strict=True)],
            "arrayminus": [value - low for (low, high), value in zip(ends, values, strict=True)],
            "color": theme.text,
            "thickness": 1.5,
            "width": 5,
        },
        "customdata": [
            _("{hits} of {asked}", hits=rate.tally.hits, asked=rate.tally.asked) for rate in rates
        ],
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    notes = []
    for row, (rate, colour) in enumerate(zip(rates, colours, strict=True)):
        name = plain(short(rate.name, 34 if narrow else 80))
        for text, x, anchor in ((name, 0, "left"), (share_of(rate.tally), 1, "right")):
            notes.append(
                {**annotation(x, row - 0.2, text, colour.text, 13), "xanchor": anchor, "yanchor": "bottom"}
            )
    layout = {
        **base_layout(theme, 30 + 54 * len(rates)),
        "margin": {"l": 18, "r": 22, "t": 2, "b": 24},
        "bargap": 0,
        "annotations": notes,
        "shapes": [
            {
                **vertical_line(x, theme.rule, "solid"),
                "line": {"color": theme.rule, "width": 1},
                "layer": "below",
            }
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
    theme = palette(dark)
    lines: list[dict[str, Any]] = []
    for values, name, colour in ((clean, names[1], theme.original), (tricked, names[0], theme.target)):
        lines.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "x": list(qualities),
                "y": list(values),
                "name": plain(name),
                "line": {"color": colour.line, "width": 3},
                "marker": {"size": 6},
                "hovertemplate": "%{y:.1%}",
            }
        )
    notes = end_labels(
        [
            EndLabel(qualities[-1], values[-1], short(name, 14 if narrow else 26), colour)
            for values, name, colour in (
                (tricked, names[0], theme.target),
                (clean, names[1], theme.original),
            )
        ],
        Room(0.11, 0.0, 1.0),
    )[1]
    layout = {
        **base_layout(theme, height),
        "margin": {"l": 40, "r": 100 if narrow else 180, "t": 8, "b": 36},
        "hovermode": "x unified",
        "annotations": notes,
        "shapes": [] if chosen is None else [vertical_line(chosen, theme.faint, "dot")],
        "xaxis": {
            **AXIS,
            "title": title(_("JPEG quality"), 2),
            "range": [0, 101],
            "showgrid": False,
        },
        "yaxis": share_axis(theme, -0.02, 1.03, dtick=0.25),
    }
    return go.Figure({"data": lines, "layout": layout})
