"""A sweep as a chart: the share of pictures that was tricked, or read right, against epsilon, with bands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from trickcore.language import _, many
from trickcore.measure.robustness import Curve
from trickcore.plots.end_labels import EndLabel, Room, end_labels
from trickcore.plots.style import (
    AXIS,
    Colour,
    Palette,
    band,
    base_layout,
    palette,
    plain,
    share_axis,
    title,
    translucent,
)
from trickcore.text import counted, short

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
LONGEST, SHORTEST = 38, 18  # letters of a line's name, on a wide and on a narrow screen


def names_of(curves: Sequence[Curve]) -> list[str]:
    """What tells the curves apart, and nothing else."""
    parts: list[list[str]] = [
        [curve.attacked.network for curve in curves],
        [curve.attacked.method for curve in curves],
        [_goal(curve.attacked.goal) for curve in curves],
        [curve.attacked.norm for curve in curves],
        [many("{n} step", "{n} steps", curve.attacked.steps) for curve in curves],
    ]
    telling = [part for part in parts if len(set(part)) > 1] or [parts[0]]
    return [", ".join(words) for words in zip(*telling, strict=True)]


def _goal(name: str) -> str:
    return _("untargeted") if name == "untargeted" else _("targeted")


def sweep_chart(
    curves: Sequence[Curve], *, dark: bool = False, narrow: bool = False, height: int = 330
) -> go.Figure:
    """A line for each network and attack: a colour a network, a dash a method, the 95 % interval as its band.

    Epsilon stands at even distances, each with its number: those that are tried grow about twofold. A
    method's own choice, without an epsilon, is a point at the right.
    """
    theme, most = palette(dark), SHORTEST if narrow else LONGEST
    places = _places(curves)
    colours, dashes = _colours(curves, theme), _dashes(curves)
    traces: list[dict[str, Any]] = []
    labels = []
    for curve, words in zip(curves, names_of(curves), strict=True):
        name = plain(words)  # of results made elsewhere anything may be the name
        points = [(places[eps], share) for eps, share in curve.points if share.pictures]
        if not points:
            continue
        colour = colours[curve.attacked.network]
        at = [place for place, share in points]
        traces += band(
            at,
            [share.low for place, share in points],
            [share.high for place, share in points],
            translucent(colour.line, 0.14),
        )
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "x": at,
                "y": [share.share for place, share in points],
                "name": name,
                "line": {"color": colour.line, "width": 2.5, "dash": dashes[curve.attacked.method]},
                "marker": {"size": 7, "color": colour.line},
                "customdata": [
                    _(
                        "{share:.1%} ({low:.1%} to {high:.1%}), {pictures}",
                        share=share.share,
                        low=share.low,
                        high=share.high,
                        pictures=counted(share.pictures, "picture"),
                    )
                    for place, share in points
                ],
                "hovertemplate": f"{name}: %{{customdata}}<extra></extra>",
            }
        )
        labels.append(EndLabel(at[-1], points[-1][1].share, short(words, most), colour, bold=True))
    notes = end_labels(labels, Room(0.075 if height > 260 else 0.1, 0.0, 1.0, xshift=10))[1]
    longest = max((min(len(name), most) for name in names_of(curves)), default=0)
    layout = {
        **base_layout(theme, height),
        "margin": {"l": 48, "r": 20 + (6.4 if narrow else 7.4) * longest, "t": 10, "b": 40},
        "annotations": notes,
        "hovermode": "closest",
        "xaxis": {
            **AXIS,
            "range": [-0.15, max(places.values(), default=0) + 0.15],
            "tickvals": list(places.values()),
            "ticktext": [_("own choice") if eps is None else f"{eps:g}" for eps in places],
            "title": title(_("epsilon (grey levels of 255)"), 4),
            "showgrid": False,
        },
        "yaxis": share_axis(theme, -0.02, 1.04, dtick=0.25 if narrow else 0.2),
    }
    return go.Figure({"data": traces, "layout": layout})


def _places(curves: Sequence[Curve]) -> dict[float | None, int]:
    found = {eps for curve in curves for eps, share in curve.points}
    ordered: list[float | None] = [*sorted(eps for eps in found if eps is not None)]
    return {eps: place for place, eps in enumerate([*ordered, *([None] if None in found else [])])}


def _colours(curves: Sequence[Curve], theme: Palette) -> dict[str, Colour]:
    names = dict.fromkeys(curve.attacked.network for curve in curves)
    wheel = (theme.target, theme.original, *theme.others)
    return {name: wheel[place % len(wheel)] for place, name in enumerate(names)}


def _dashes(curves: Sequence[Curve]) -> dict[str, str]:
    names = dict.fromkeys(curve.attacked.method for curve in curves)
    return {name: DASHES[place % len(DASHES)] for place, name in enumerate(names)}
