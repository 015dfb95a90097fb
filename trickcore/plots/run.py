"""Charts: Plotly figures drawn from Steps or Frames, in the colours every page shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import plotly.graph_objects as go

from trickcore.plots.bars import class_bars, colour_bar, top_five
from trickcore.plots.palette import DARK, LIGHT, Ink, Palette, palette
from trickcore.plots.style import ALIVE, AXIS, STILL, dress, leader, note, rule, spread
from trickcore.text import likeliest, named, short

__all__ = [
    "ALIVE",
    "DARK",
    "LIGHT",
    "STILL",
    "Band",
    "Point",
    "aim",
    "class_bars",
    "colour_bar",
    "flip",
    "palette",
    "probability_chart",
    "top_five",
    "watchlist",
]


class Point(Protocol):
    """What a chart needs of a Step or a Frame."""

    @property
    def index(self) -> int: ...
    @property
    def probs(self) -> Any: ...  # (K,), indexable by class


class Band(NamedTuple):
    """A class's probability under random noise as large as the change at a step, over several draws."""

    step: int
    mean: float
    low: float
    high: float


FAINT, FEW = 0.02, 2  # more than so many lesser lines that end below this share one name
_DASHES = ("solid", "dash", "dot", "dashdot")


def watchlist(
    run: Sequence[Point], target: int | None, followed: Sequence[int] = (), most: int = 5
) -> list[int]:
    """The classes worth a line, most important first: target, original, followed, then the leaders.

    The leaders are those that ever came first or second with at least 5 %, in the order they came
    up, so that a line keeps its place while the run grows. What was ever the answer always has one.
    """
    lead = [] if target is None else [target]
    lead += likeliest(run[0].probs, 1) if run else []
    shown = dict.fromkeys([*lead, *followed])
    for point in run:
        best = likeliest(point.probs, 3 if point is run[0] else 2)
        for k in best:
            if k == best[0] or (point.probs[k] >= 0.05 and len(shown) < most + len(followed)):
                shown[k] = None
    return list(shown)


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
    first, answer = (likeliest(point.probs, 1)[0] for point in (run[0], run[-1]))
    return answer if answer != first else None


def probability_chart(
    run: Sequence[Point],
    labels: Sequence[str],
    watch: Sequence[int],
    *,
    target: int | None = None,
    steps: int | None = None,
    chosen: int | None = None,
    noise: Sequence[Band] = (),
    dark: bool = False,
    growing: bool = False,
    narrow: bool = False,
    height: int = 256,
) -> go.Figure:
    """Probability of each watched class at each step, each line named at its end in its own colour.

    The target (see `aim`) is thick and orange, the original class thick and blue. A dotted rule
    marks the step at which the answer flips, a faint one the step being looked at. `noise`, grey and
    dotted with a band, is what random changes of the same size do to the target. `growing` leaves
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
            "name": named(labels, k),
            "line": {"color": inks[k].ink.line, "width": 3.5 if inks[k].main else 1.75, "dash": inks[k].dash},
            "hovertemplate": "%{y:.1%}",
        }
        for k in watch
    ]
    lines += _noise(noise, look)
    shapes, notes = _names(run, labels, watch, inks, look, growing, 13 if narrow else 18, max(1, end), height)
    if noise:
        late = noise[3 * len(noise) // 4]
        over = note(late.step, late.high, "random noise", look.faint, 12)
        notes.append({**over, "yanchor": "bottom", "xanchor": "center", "yshift": 4})
    flipped = flip(run, target)
    if flipped is not None:
        shapes.append(rule(flipped, look.faint, "dot"))
        notes.append(
            {
                **note(flipped, 1, f"flips at step {flipped}", look.faint, 12),
                "yref": "paper",
                "yanchor": "bottom",
                "xanchor": "right" if flipped > 0.6 * end else "left",
            }
        )
    if chosen is not None and run and chosen != run[-1].index:
        shapes.append(rule(chosen, look.text, "solid"))
    layout = {
        **dress(look, height),
        "margin": {"l": 40, "r": 92 if narrow else 128, "t": 20, "b": 36},
        "hovermode": False if growing else "x unified",
        "shapes": shapes,
        "annotations": notes,
        "xaxis": {
            **AXIS,
            "title": {"text": "step", "standoff": 2, "font": {"size": 13}},
            "range": [0, max(1, end)],
            "showgrid": False,
        },
        "yaxis": {
            **AXIS,
            "range": [-0.01, 1.01],
            "tickformat": ".0%",
            "dtick": 0.2,
            "gridcolor": look.rule,
        },
    }
    return go.Figure({"data": lines, "layout": layout})


def _noise(noise: Sequence[Band], look: Palette) -> list[dict[str, Any]]:
    """The mean of the draws, and the band they lie in."""
    if not noise:
        return []
    x = [band.step for band in noise]
    edge = {"type": "scatter", "x": x, "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    return [
        {**edge, "y": [band.low for band in noise]},
        {**edge, "y": [band.high for band in noise], "fill": "tonexty", "fillcolor": f"{look.faint}33"},
        {
            **edge,
            "y": [band.mean for band in noise],
            "name": "random noise",
            "line": {"color": look.faint, "width": 2.5, "dash": "dot"},
            "hoverinfo": "all",
            "hovertemplate": "%{y:.1%}",
        },
    ]


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
    look: Palette,
    growing: bool,
    longest: int,
    end: int,
    height: int,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Names at the lines' ends, pushed apart so that none covers another, with a leader where one was moved.

    Many lesser lines that end at the bottom have one name together: ten names there belong to no line.
    """
    if not run:
        return [], []
    ends = {k: float(run[-1].probs[k]) for k in watch}
    shown = [k for k in watch if inks[k].main or not growing]
    faint = [k for k in shown if not inks[k].main and ends[k] < FAINT]
    rest = faint if len(faint) > FEW else []
    names = [(ends[k], short(labels[k], longest), inks[k].ink, inks[k].main) for k in shown if k not in rest]
    if rest:
        names.append((0.0, f"{len(rest)} others", Ink(look.faint, look.faint), False))
    names.sort(key=lambda name: name[0])
    gap = 16 * 1.02 / (height - 56)  # 16 pixels
    notes, leaders = [], []
    places = spread([at for at, *_ in names], gap, 0.015, 1.04)
    for (at, text, ink, main), place in zip(names, places, strict=True):
        text = f"<b>{text}</b>" if main else text
        notes.append({**note(run[-1].index, place, text, ink.text, 13 if main else 12), "xshift": 8})
        if abs(place - at) > gap / 3:
            leaders.append(leader(run[-1].index / end, at, place, ink.line))
    return leaders, notes
