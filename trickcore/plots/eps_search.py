"""Charts of a search for the smallest epsilon: the tries themselves, and several targets side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from trickcore.language import _
from trickcore.measure.smallest_eps import Try
from trickcore.plots.style import (
    AXIS,
    CLEAR,
    Palette,
    annotation,
    base_layout,
    on_top,
    palette,
    plain,
    title,
    vertical_line,
)
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
    wanted: str | None = None,
    dark: bool = False,
    growing: bool = False,
    narrow: bool = False,
    height: int = 300,
) -> go.Figure:
    """The wanted probability, as saved, against epsilon: each try a point, the answer a dotted rule.

    Orange points worked, blue ones did not; 0 is the untouched picture. Where points crowd, the later ones
    are numbered.
    """
    theme, wanted = palette(dark), _("the target") if wanted is None else wanted
    by_size = sorted(tries, key=lambda trial: trial.eps)
    top = max([1.0, *(trial.eps for trial in tries)])
    numbered = _apart(tries, 0.08 * top if narrow else 0.025 * top)
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "x": [trial.eps for trial in by_size],
            "y": [trial.probability for trial in by_size],
            "mode": "lines",
            "line": {"color": theme.rule, "width": 2},
            "hoverinfo": "skip",
        },
        *(
            _points([trial for trial in tries if trial.worked is did], numbered, theme)
            for did in (False, True)
        ),
    ]
    shapes, notes = [], []
    answer = tries[-1].answer if tries else None
    if answer:
        shapes.append({**vertical_line(answer, theme.target.line, "dot"), "layer": "below"})
        name = on_top(answer, _("<b>{answer:.3g} works</b>", answer=answer), theme.target.text, 13)
        notes.append({**name, "xanchor": "right" if answer > 0.9 * top else "center"})
    layout = {
        **base_layout(theme, height),
        "margin": {"l": 44 if narrow else 66, "r": 14, "t": 24, "b": 40},
        "hovermode": False if growing else "closest",
        "shapes": shapes,
        "annotations": notes,
        "xaxis": {
            **AXIS,
            "range": [-0.03 * top, 1.05 * top],
            "title": title(_("epsilon (grey levels of 255)"), 4),
            "showgrid": False,
        },
        "yaxis": {
            **AXIS,
            "range": [-0.06, 1.08],
            "tickformat": ".0%",
            "tickvals": [0, 0.2, 0.4, 0.6, 0.8, 1],
            "gridcolor": theme.rule,
            "title": title("" if narrow else _("{name}, as saved", name=plain(short(wanted, 26))), 10),
        },
    }
    return go.Figure({"data": traces, "layout": layout})


def _short(need: Need, narrow: bool) -> str:
    return plain(short(need.name, 22 if narrow else 60))


def needs_chart(needs: Sequence[Need], *, dark: bool = False, narrow: bool = False) -> go.Figure:
    """A bar a target, as long as the smallest epsilon that works.

    The visitor's own target is orange. What has not worked so far is an outline as long as what failed.
    """
    theme = palette(dark)
    bars, notes = [], []
    for row, need in enumerate(needs):
        colour = theme.target if need.chosen else theme.others[0]
        found = need.over and need.works is not None
        bars.append(
            {
                "type": "bar",
                "orientation": "h",
                "x": [need.failed if need.works is None else need.works],
                "y": [row],
                "width": 0.34,
                "marker": {
                    "color": colour.line if found else CLEAR,
                    "line": {"color": colour.line, "width": 2},
                },
                "hovertemplate": f"{plain(need.name)}: {answer_text(need)}<extra></extra>",
            }
        )
        for text, x, anchor, text_colour in (
            (_short(need, narrow), 0.0, "left", colour.text if need.chosen else theme.text),
            (answer_text(need), 1.0, "right", theme.text),
        ):
            place = {"xref": "paper", "xanchor": anchor, "yanchor": "bottom"}
            notes.append({**annotation(x, row - 0.2, text, text_colour, 13), **place})
    layout = {
        **base_layout(theme, 8 + 46 * max(1, len(needs))),
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


def answer_text(need: Need) -> str:
    """What is known so far, in a few words."""
    if need.works is None:
        if not need.over:
            return _("more than {eps:.3g} …", eps=need.failed) if need.failed else "…"
        return _("not even {eps:.3g}", eps=need.failed)
    if not need.over:
        return _("at most {eps:.3g} …", eps=need.works)
    return _("{eps:.3g} of 255", eps=need.works) if need.works else _("nothing: it is that already")


def _apart(tries: Sequence[Try], gap: float) -> frozenset[int]:
    """Which tries have room for their number: of those that crowd, the later ones."""
    kept: list[Try] = []
    for trial in reversed(tries):
        if all(
            abs(trial.eps - other.eps) > gap or abs(trial.probability - other.probability) > 0.1
            for other in kept
        ):
            kept.append(trial)
    return frozenset(trial.number for trial in kept)


def _points(tries: Sequence[Try], numbered: frozenset[int], theme: Palette) -> dict[str, Any]:
    """Points, those that worked orange; where there is room with the number of the try."""
    room = [trial.number in numbered for trial in tries]
    return {
        "type": "scatter",
        "x": [trial.eps for trial in tries],
        "y": [trial.probability for trial in tries],
        "mode": "markers+text",
        "marker": {
            "color": [(theme.target if trial.worked else theme.original).line for trial in tries],
            "size": [20 if fits else 9 for fits in room],
            "opacity": 1,  # sizes of their own would make them see-through
            "line": {"color": theme.page, "width": 1.5},
        },
        "text": [f"<b>{trial.number}</b>" if fits else "" for trial, fits in zip(tries, room, strict=True)],
        "textfont": {"color": theme.page, "size": 11},
        "customdata": [
            [trial.number, plain(trial.name), _("worked") if trial.worked else _("did not work")]
            for trial in tries
        ],
        "hovertemplate": _(
            "Try %{customdata[0]}, epsilon %{x:.3g}: %{customdata[2]}, %{y:.1%}; read as %{customdata[1]}"
        )
        + "<extra></extra>",
    }
