"""Charts: Plotly figures drawn from Steps or Frames, in the colours every page shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import plotly.graph_objects as go

from trickcore.language import _, later, many
from trickcore.plots.bars import class_bars, colour_bar, top_five
from trickcore.plots.end_labels import EndLabel, Room, class_label, end_labels
from trickcore.plots.style import (
    AXIS,
    DARK,
    INTERACTIVE,
    LIGHT,
    STATIC,
    Colour,
    Palette,
    annotation,
    band,
    base_layout,
    class_colours,
    on_top,
    palette,
    plain,
    share_axis,
    title,
    translucent,
    vertical_line,
)
from trickcore.text import likeliest, named

__all__ = [
    "DARK",
    "INTERACTIVE",
    "LIGHT",
    "STATIC",
    "Band",
    "Point",
    "class_bars",
    "colour_bar",
    "flip",
    "goal_class",
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


def goal_class(run: Sequence[Point], target: int | None) -> int | None:
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
    unit: str = later("step"),
    chosen: int | None = None,
    noise: Sequence[Band] = (),
    dark: bool = False,
    growing: bool = False,
    narrow: bool = False,
    over: bool = False,
    height: int = 256,
) -> go.Figure:
    """Probability of each watched class at each step, each line named at its end in its own colour.

    The target (see `goal_class`) is thick and orange, the original class thick and blue. A dotted rule
    marks the step at which the answer flips, a faint one the step being looked at. `noise`, grey and
    dotted with a band, is what random changes of the same size do to the target. `growing` leaves
    out what slows a browser down while the run is on: hover, and the names of the lesser lines.
    `narrow` gives the names less room, as on a phone; `unit` is what a run is counted in; `over` leaves the
    numbers under it to a chart that stands below.
    """
    theme, first = palette(dark), int(run[0].probs.argmax()) if run else None
    styles = _line_styles(watch, goal_class(run, target), first, theme)
    end = steps if steps is not None else max((point.index for point in run), default=1)
    x = [point.index for point in run]
    lines = [
        {
            "type": "scatter",
            "x": x,
            "y": [float(point.probs[k]) for point in run],
            "mode": "lines",
            "name": plain(named(labels, k)),
            "line": {
                "color": styles[k].colour.line,
                "width": 3.5 if styles[k].main else 1.75,
                "dash": styles[k].dash,
            },
            "hovertemplate": "%{y:.1%}",
        }
        for k in watch
    ]
    lines += _noise(noise, theme)
    shown = [k for k in watch if styles[k].main or not growing]
    names = _names(run, labels, shown, styles, theme, 13 if narrow else 18)
    below = 8 if over else 36
    gap = 16 * 1.02 / (height - 20 - below)  # 16 pixels
    shapes, notes = end_labels(names, Room(gap, 0.015, 1.04, xshift=8, x_range=(0, max(1, end))))
    if noise:
        late = noise[3 * len(noise) // 4]
        above = annotation(late.step, late.high, _("random noise"), theme.faint, 12)
        notes.append({**above, "yanchor": "bottom", "xanchor": "center", "yshift": 4})
    flipped = flip(run, target)
    if flipped is not None:
        shapes.append(vertical_line(flipped, theme.faint, "dot"))
        side = "right" if flipped > 0.6 * end else "left"
        told = _("flips at {unit} {number:,}", unit=_(unit), number=flipped)
        notes.append({**on_top(flipped, told, theme.faint), "xanchor": side})
    if chosen is not None and run and chosen != run[-1].index:
        shapes.append(vertical_line(chosen, theme.text, "solid"))
    layout = {
        **base_layout(theme, height),
        "margin": {"l": 40, "r": 92 if narrow else 128, "t": 20, "b": below},
        "hovermode": False if growing else "x unified",
        "shapes": shapes,
        "annotations": notes,
        "xaxis": {
            **AXIS,
            "title": title("" if over else _(unit), 2),
            "showticklabels": not over,
            "range": [0, max(1, end)],
            "showgrid": False,
        },
        "yaxis": share_axis(theme, -0.01, 1.01),
    }
    return go.Figure({"data": lines, "layout": layout})


def _noise(noise: Sequence[Band], theme: Palette) -> list[dict[str, Any]]:
    """The mean of the draws, and the band they lie in."""
    if not noise:
        return []
    x = [draw.step for draw in noise]
    grey = translucent(theme.faint, 0.2)
    return [
        *band(x, [draw.low for draw in noise], [draw.high for draw in noise], grey),
        {
            "type": "scatter",
            "x": x,
            "y": [draw.mean for draw in noise],
            "mode": "lines",
            "name": _("random noise"),
            "line": {"color": theme.faint, "width": 2.5, "dash": "dot"},
            "hoverinfo": "all",
            "hovertemplate": "%{y:.1%}",
        },
    ]


class _LineStyle(NamedTuple):
    colour: Colour
    dash: str
    main: bool


def _line_styles(
    watch: Sequence[int], target: int | None, original: int | None, theme: Palette
) -> dict[int, _LineStyle]:
    """Colour, dash and weight of each line; with no goal yet the first challenger takes its colour."""
    rest = [k for k in watch if k not in (target, original)]
    goal = target if target is not None else rest[0] if rest else None
    lesser = [k for k in rest if k != goal]
    turns = {k: i // len(theme.others) for i, k in enumerate(lesser)}
    return {
        k: _LineStyle(colour, _DASHES[turns.get(k, 0) % len(_DASHES)], k not in turns)
        for k, colour in class_colours(lesser, goal, original, theme).items()
    }


def _names(
    run: Sequence[Point],
    labels: Sequence[str],
    shown: Sequence[int],
    styles: Mapping[int, _LineStyle],
    theme: Palette,
    longest: int,
) -> list[EndLabel]:
    """Names at the lines' ends.

    Many lesser lines that end at the bottom have one name together: ten names there belong to no line.
    """
    if not run:
        return []
    last = run[-1]
    faint = [k for k in shown if not styles[k].main and float(last.probs[k]) < FAINT]
    rest = faint if len(faint) > FEW else []
    names = [
        class_label(last.index, float(last.probs[k]), labels[k], styles[k].colour, styles[k].main, longest)
        for k in shown
        if k not in rest
    ]
    if rest:
        grey = Colour(theme.faint, theme.faint)
        names.append(EndLabel(last.index, 0.0, many("{n} other", "{n} others", len(rest)), grey, size=12))
    return names
