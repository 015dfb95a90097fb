"""Charts: Plotly figures drawn from Steps or Frames, in the colours every page shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import plotly.graph_objects as go

from trickcore.palette import DARK, LIGHT, Ink, Palette, palette


class Point(Protocol):
    """What a chart needs of a Step or a Frame."""

    @property
    def index(self) -> int: ...
    @property
    def probs(self) -> Any: ...  # (K,), indexable by class


__all__ = ["DARK", "LIGHT", "aim", "flip", "palette", "percent", "probability_chart", "top_five", "watchlist"]

FONT = "Source Sans, Source Sans Pro, sans-serif"
STILL = {"staticPlot": True, "displayModeBar": False, "responsive": True}  # while it grows
ALIVE = {"displayModeBar": False, "responsive": True}  # when it is finished

_DASHES = ("solid", "dash", "dot", "dashdot")


def percent(p: float) -> str:
    """A probability for people: 99.9 %, with two decimals below 1 %."""
    if 0 < p < 0.0001:
        return "under 0.01 %"
    if 0.9995 <= p < 1:
        return "over 99.9 %"
    return f"{p:.2%}".replace("%", " %") if p < 0.01 and p else f"{p:.1%}".replace("%", " %")


def watchlist(
    run: Sequence[Point], target: int | None, followed: Sequence[int] = (), most: int = 5
) -> list[int]:
    """The classes worth a line, most important first: target, original, followed, then the leaders.

    The leaders are those that ever came first or second with at least 5 %, in the order they came
    up, so that a line keeps its place while the run grows. What was ever the answer always has one.
    """
    lead = [] if target is None else [target]
    lead += _best(run[0].probs, 1) if run else []
    shown = dict.fromkeys([*lead, *followed])
    for point in run:
        best = _best(point.probs, 3 if point is run[0] else 2)
        for k in best:
            if k == best[0] or (point.probs[k] >= 0.05 and len(shown) < most + len(followed)):
                shown[k] = None
    return list(shown)


def _best(probs: Any, n: int) -> list[int]:
    """The n likeliest classes, the likeliest first, of a Step's tensor or a Frame's array."""
    return [int(k) for k in np.asarray(probs).argsort()[::-1][:n]]


def flip(run: Sequence[Point], target: int | None) -> int | None:
    """The first step whose answer is the target (is no longer the original, without a target)."""
    if not run:
        return None
    first = int(run[0].probs.argmax())
    for point in run[1:]:
        answer = int(point.probs.argmax())
        if answer != first if target is None else answer == target != first:
            return point.index
    return None


def aim(run: Sequence[Point], target: int | None) -> int | None:
    """The class drawn as the goal: the target, or without one what the picture is now taken for instead."""
    if target is not None or not run:
        return target
    first, answer = (_best(point.probs, 1)[0] for point in (run[0], run[-1]))
    return answer if answer != first else None


def probability_chart(
    run: Sequence[Point],
    labels: Sequence[str],
    watch: Sequence[int],
    *,
    target: int | None = None,
    steps: int | None = None,
    chosen: int | None = None,
    dark: bool = False,
    growing: bool = False,
    narrow: bool = False,
    height: int = 256,
) -> go.Figure:
    """Probability of each watched class at each step, each line named at its end in its own colour.

    The target (see `aim`) is thick and orange, the original class thick and blue. A dotted rule
    marks the step at which the answer flips, a faint one the step being looked at. `growing` leaves
    out what slows a browser down while the run is on: hover, and the names of the lesser lines.
    `narrow` gives the names less room, as on a phone.
    """
    look, first = palette(dark), int(run[0].probs.argmax()) if run else None
    inks = _inks(watch, aim(run, target), first, look)
    end = steps if steps is not None else max((point.index for point in run), default=1)
    x = [point.index for point in run]
    lines = [
        {
            "type": "scatter",
            "x": x,
            "y": [float(point.probs[k]) for point in run],
            "mode": "lines",
            "name": f"{labels[k]} ({k})",
            "line": {"color": inks[k].ink.line, "width": 3.5 if inks[k].main else 1.75, "dash": inks[k].dash},
            "hovertemplate": "%{y:.1%}",
        }
        for k in watch
    ]
    shapes, notes = [], _names(run, labels, watch, inks, growing, 13 if narrow else 18)
    flipped = flip(run, target)
    if flipped is not None:
        shapes.append(_rule(flipped, look.faint, "dot"))
        notes.append(
            {
                **_note(flipped, 1, f"flips at step {flipped}", look.faint, 12),
                "yref": "paper",
                "yanchor": "bottom",
                "xanchor": "right" if flipped > 0.6 * end else "left",
            }
        )
    if chosen is not None and run and chosen != run[-1].index:
        shapes.append(_rule(chosen, look.text, "solid"))
    layout = {
        **_dress(look, height),
        "margin": {"l": 40, "r": 92 if narrow else 128, "t": 20, "b": 36},
        "hovermode": False if growing else "x unified",
        "shapes": shapes,
        "annotations": notes,
        "xaxis": {
            **_AXIS,
            "title": {"text": "step", "standoff": 2, "font": {"size": 13}},
            "range": [0, max(1, end)],
            "showgrid": False,
        },
        "yaxis": {
            **_AXIS,
            "range": [-0.01, 1.01],
            "tickformat": ".0%",
            "dtick": 0.2,
            "gridcolor": look.rule,
        },
    }
    return go.Figure({"data": lines, "layout": layout})


def top_five(
    probs: Any,
    labels: Sequence[str],
    *,
    target: int | None = None,
    original: int | None = None,
    dark: bool = False,
    height: int = 166,
) -> go.Figure:
    """The five likeliest classes of one picture as bars, the likeliest on top."""
    look = palette(dark)
    best = _best(probs, 5)
    roles = {original: look.original, target: look.target}
    values = [float(probs[k]) for k in best]
    bars = {
        "type": "bar",
        "x": values,
        "y": list(range(len(best))),
        "orientation": "h",
        "width": 0.3,
        "marker": {"color": [roles[k].line if k in roles else look.faint for k in best]},
        "customdata": [f"{labels[k]} ({k})" for k in best],
        "hovertemplate": "%{customdata}: %{x:.2%}<extra></extra>",
    }
    notes = []
    for row, (k, value) in enumerate(zip(best, values, strict=True)):
        ink = roles[k].text if k in roles else look.text
        for text, x, anchor in ((_short(labels[k], 19), 0, "left"), (percent(value), 1, "right")):
            notes.append({**_note(x, row - 0.17, text, ink, 12), "xanchor": anchor, "yanchor": "bottom"})
    layout = {
        **_dress(look, height),
        "margin": {"l": 0, "r": 0, "t": 2, "b": 0},
        "bargap": 0,
        "annotations": notes,
        "xaxis": {**_AXIS, "range": [0, 1], "visible": False},
        "yaxis": {**_AXIS, "range": [4.35, -0.95], "visible": False},
    }
    return go.Figure({"data": [bars], "layout": layout})


class _Line(NamedTuple):
    ink: Ink
    dash: str
    main: bool


def _inks(watch: Sequence[int], target: int | None, original: int | None, look: Palette) -> dict[int, _Line]:
    """Colour, dash and weight of each line; with no goal yet the first challenger takes its colour."""
    rest = [k for k in watch if k not in (target, original)]
    leader = target if target is not None else rest[0] if rest else None
    inks: dict[int, _Line] = {}
    if original is not None:
        inks[original] = _Line(look.original, "solid", True)
    if leader is not None:
        inks[leader] = _Line(look.target, "solid", True)
    for i, k in enumerate(k for k in rest if k != leader):
        dash = _DASHES[i // len(look.others) % len(_DASHES)]
        inks[k] = _Line(look.others[i % len(look.others)], dash, False)
    return inks


def _names(
    run: Sequence[Point],
    labels: Sequence[str],
    watch: Sequence[int],
    inks: Mapping[int, _Line],
    growing: bool,
    longest: int,
) -> list[dict[str, Any]]:
    """Names at the lines' ends, pushed apart so that none covers another."""
    if not run:
        return []
    named = [k for k in watch if inks[k].main or not growing]
    named.sort(key=lambda k: float(run[-1].probs[k]))
    gap, places = 0.085, [-0.07]
    for k in named:
        places.append(max(float(run[-1].probs[k]), places[-1] + gap))
    del places[0]
    for i in range(len(places)):  # what was pushed over the top goes back down
        places[i] = min(places[i], 1.04 - gap * (len(places) - 1 - i))
    notes = []
    for k, y in zip(named, places, strict=True):
        ink, _, main = inks[k]
        text = _short(labels[k], longest)
        text = f"<b>{text}</b>" if main else text
        notes.append({**_note(run[-1].index, y, text, ink.text, 13 if main else 12), "xshift": 6})
    return notes


def _note(x: float, y: float, text: str, color: str, size: int) -> dict[str, Any]:
    font = {"color": color, "size": size}
    return {"x": x, "y": y, "text": text, "showarrow": False, "xanchor": "left", "font": font, "borderpad": 0}


def _rule(x: float, color: str, dash: str) -> dict[str, Any]:
    line = {"color": color, "width": 1.5, "dash": dash}
    return {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper", "line": line}


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


_AXIS = {"zeroline": False, "showline": False, "ticks": "", "fixedrange": True}


def _dress(look: Palette, height: int) -> dict[str, Any]:
    return {
        "height": height,
        "showlegend": False,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 13, "color": look.faint},
        "hoverlabel": {"bgcolor": look.page, "font": {"color": look.text}, "bordercolor": look.rule},
        "dragmode": False,
        "template": "none",
    }
