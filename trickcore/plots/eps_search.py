"""Charts of a search for the smallest epsilon: the tries themselves, and several targets side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from trickcore.measure.smallest_eps import LARGEST, Try
from trickcore.plots.palette import Palette, palette
from trickcore.plots.style import AXIS, dress, note, rule
from trickcore.text import short


@dataclass(frozen=True, slots=True)
class Need:
    """How much one target needs. Epsilon in grey levels of 255."""

    name: str
    works: float | None  # the smallest that was seen to work
    failed: float  # the largest below it that was seen to fail
    over: bool  # the search has ended
    chosen: bool  # the visitor's own target


def tries_chart(
    tries: Sequence[Try],
    *,
    wanted: str = "the target",
    dark: bool = False,
    growing: bool = False,
    narrow: bool = False,
    height: int = 300,
) -> go.Figure:
    """The wanted probability, as saved, against epsilon: each try a point, the answer a dotted rule.

    Orange points worked, blue ones did not; 0 is the untouched picture. Where points crowd, the later ones
    are numbered.
    """
    look = palette(dark)
    by_size = sorted(tries, key=lambda one: one.eps)
    top = max([1.0, *(one.eps for one in tries)])
    numbered = _apart(tries, 0.08 * top if narrow else 0.025 * top)
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "x": [one.eps for one in by_size],
            "y": [one.probability for one in by_size],
            "mode": "lines",
            "line": {"color": look.rule, "width": 2},
            "hoverinfo": "skip",
        },
        *(_points([one for one in tries if one.worked is did], numbered, look) for did in (False, True)),
    ]
    shapes, notes = [], []
    answer = tries[-1].answer if tries else None
    if answer:
        shapes.append({**rule(answer, look.target.line, "dot"), "layer": "below"})
        place = {"yref": "paper", "yanchor": "bottom", "xanchor": "right" if answer > 0.9 * top else "center"}
        notes.append({**note(answer, 1, f"<b>{answer:.3g} works</b>", look.target.text, 13), **place})
    layout = {
        **dress(look, height),
        "margin": {"l": 44 if narrow else 66, "r": 14, "t": 24, "b": 40},
        "hovermode": False if growing else "closest",
        "shapes": shapes,
        "annotations": notes,
        "xaxis": {
            **AXIS,
            "range": [-0.03 * top, 1.05 * top],
            "title": {"text": "epsilon (grey levels of 255)", "standoff": 4, "font": {"size": 13}},
            "showgrid": False,
        },
        "yaxis": {
            **AXIS,
            "range": [-0.06, 1.08],
            "tickformat": ".0%",
            "tickvals": [0, 0.2, 0.4, 0.6, 0.8, 1],
            "gridcolor": look.rule,
            "title": {
                "text": "" if narrow else f"{short(wanted, 26)}, as saved",
                "standoff": 10,
                "font": {"size": 13},
            },
        },
    }
    return go.Figure({"data": traces, "layout": layout})


def needs_chart(needs: Sequence[Need], *, dark: bool = False, narrow: bool = False) -> go.Figure:
    """A bar a target, as long as the smallest epsilon that works.

    The visitor's own target is orange. What has not worked so far is an outline as long as what failed.
    """
    look = palette(dark)
    bars, notes = [], []
    for row, need in enumerate(needs):
        ink = look.target if need.chosen else look.others[0]
        found = need.over and need.works is not None
        bars.append(
            {
                "type": "bar",
                "orientation": "h",
                "x": [need.failed if need.works is None else need.works],
                "y": [row],
                "width": 0.34,
                "marker": {
                    "color": ink.line if found else "rgba(0,0,0,0)",
                    "line": {"color": ink.line, "width": 2},
                },
                "hovertemplate": f"{need.name}: {told(need)}<extra></extra>",
            }
        )
        for text, x, anchor, color in (
            (short(need.name, 22 if narrow else 60), 0.0, "left", ink.text if need.chosen else look.text),
            (told(need), 1.0, "right", look.text),
        ):
            place = {"xref": "paper", "xanchor": anchor, "yanchor": "bottom"}
            notes.append({**note(x, row - 0.2, text, color, 13), **place})
    layout = {
        **dress(look, 8 + 46 * max(1, len(needs))),
        "margin": {"l": 0, "r": 0, "t": 4, "b": 4},
        "bargap": 0,
        "annotations": notes,
        "hovermode": "closest",
        "xaxis": {
            **AXIS,
            "range": [0, max([1.0, *(need.works or need.failed for need in needs)])],
            "visible": False,
        },
        "yaxis": {**AXIS, "range": [max(1, len(needs)) - 0.7, -0.8], "visible": False},
    }
    return go.Figure({"data": bars, "layout": layout})


def told(need: Need) -> str:
    """What is known so far, in a few words."""
    if need.works is None:
        if not need.over:
            return f"more than {need.failed:.3g} …" if need.failed else "…"
        return f"not even {need.failed:.3g}"
    if not need.over:
        return f"at most {need.works:.3g} …"
    return f"{need.works:.3g} of {LARGEST:g}" if need.works else "nothing: it is that already"


def _apart(tries: Sequence[Try], gap: float) -> frozenset[int]:
    """Which tries have room for their number: of those that crowd, the later ones."""
    kept: list[Try] = []
    for one in reversed(tries):
        if all(
            abs(one.eps - other.eps) > gap or abs(one.probability - other.probability) > 0.1 for other in kept
        ):
            kept.append(one)
    return frozenset(one.number for one in kept)


def _points(tries: Sequence[Try], numbered: frozenset[int], look: Palette) -> dict[str, Any]:
    """Points, those that worked orange; where there is room with the number of the try."""
    room = [one.number in numbered for one in tries]
    return {
        "type": "scatter",
        "x": [one.eps for one in tries],
        "y": [one.probability for one in tries],
        "mode": "markers+text",
        "marker": {
            "color": [(look.target if one.worked else look.original).line for one in tries],
            "size": [20 if fits else 9 for fits in room],
            "opacity": 1,  # sizes of their own would make them see-through
            "line": {"color": look.page, "width": 1.5},
        },
        "text": [f"<b>{one.number}</b>" if fits else "" for one, fits in zip(tries, room, strict=True)],
        "textfont": {"color": look.page, "size": 11},
        "customdata": [[one.number, one.name, "worked" if one.worked else "did not work"] for one in tries],
        "hovertemplate": "Try %{customdata[0]}, epsilon %{x:.3g}: %{customdata[2]}, %{y:.1%}; "
        "read as %{customdata[1]}<extra></extra>",
    }
