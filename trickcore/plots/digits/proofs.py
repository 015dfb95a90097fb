"""Charts of what is proved: how far each answer can get, how far a proof reaches, and of how many digits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from trickcore.language import _
from trickcore.plots.accuracy import LEFT, RIGHT
from trickcore.plots.end_labels import EndLabel, Room, end_labels
from trickcore.plots.style import (
    AXIS,
    CLEAR,
    Colour,
    annotation,
    band,
    base_layout,
    mixed,
    palette,
    share_axis,
    title,
    translucent,
    vertical_line,
)

ROOM = 1.3  # of the distance to the answer furthest behind, below the line; half of it above


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a proof reaches and what an attack needs, on the [0, 1] scale; None where it is not known."""

    proved: float
    attacked: float | None


@dataclass(frozen=True, slots=True)
class ShareCurve:
    """The share of digits at each eps: "attacked", those that an attack leaves; "proved", those proved."""

    name: str
    kind: str
    eps: Sequence[float]  # on the [0, 1] scale
    share: Sequence[float]  # 0 to 1
    dashed: bool = False  # of another network, to compare
    measured_here: bool = False  # drawn as rings


def lead_bars(
    now: Sequence[float],
    low: Sequence[float],
    high: Sequence[float],
    label: int,
    labels: Sequence[str],
    *,
    dark: bool = False,
    narrow: bool = False,
    height: int = 300,
) -> go.Figure:
    """Each answer's lead over the label, (K,) each: a bar from the lowest to the highest, a tick where it is.

    The label itself is a line at 0. A bar that reaches it is orange: that answer could win. The axis depends
    on `now` alone, so that bars grow while epsilon does; what goes beyond it is cut off.
    """
    theme = palette(dark)
    furthest = max([*(-value for k, value in enumerate(now) if k != label), 1e-6])
    bottom, top = -ROOM * furthest, 0.5 * ROOM * furthest
    others = [k for k in range(len(now)) if k != label]
    colours = [theme.target if high[k] >= 0 else theme.others[0] for k in others]
    bars = {
        "type": "bar",
        "x": others,
        "base": [low[k] for k in others],
        "y": [high[k] - low[k] for k in others],
        "width": 0.56,
        "marker": {
            "color": [translucent(colour.line, 0.45) for colour in colours],
            "line": {"color": [colour.line for colour in colours], "width": 1.5},
        },
        "customdata": [[labels[k], low[k], high[k]] for k in others],
        "hovertemplate": _("%{customdata[0]}: %{customdata[1]:.2f} to %{customdata[2]:.2f}")
        + "<extra></extra>",
    }
    ticks = {
        "type": "scatter",
        "x": others,
        "y": [now[k] for k in others],
        "mode": "markers",
        "marker": {
            "symbol": "line-ew",
            "size": 14 if narrow else 22,
            "line": {"width": 3, "color": theme.text},
        },
        "customdata": [labels[k] for k in others],
        "hovertemplate": _("%{customdata}, untouched: %{y:.2f}") + "<extra></extra>",
    }
    own = theme.original
    line = {"type": "line", "x0": -0.6, "x1": len(now) - 0.4, "y0": 0, "y1": 0, "line": {"color": own.line}}
    shapes = [{**line, "line": {"color": own.line, "width": 3}, "layer": "above"}]
    name = annotation(label, 0, f"<b>{labels[label]}</b>", own.text, 16)
    lead = _("lead over {name}", name=labels[label])
    side = {
        **annotation(-0.55, top, lead, theme.faint, 12),
        "xanchor": "left",
        "yanchor": "top",
        "bgcolor": theme.page,
    }
    layout = {
        **base_layout(theme, height),
        "margin": {"l": 10 if narrow else 60, "r": 10, "t": 8, "b": 30},
        "bargap": 0,
        "hovermode": "closest",
        "shapes": shapes,
        "annotations": [
            {**name, "xanchor": "center", "yanchor": "bottom", "yshift": 3},
            *([side] if narrow else []),  # there is no room for an axis
        ],
        "xaxis": {
            **AXIS,
            "range": [-0.6, len(now) - 0.4],
            "tickvals": list(range(len(now))),
            "ticktext": list(labels),
            "tickfont": {"size": 14, "color": theme.text},
            "showgrid": False,
        },
        "yaxis": {
            **AXIS,
            "range": [bottom, top],
            "gridcolor": theme.rule,
            "showticklabels": not narrow,
            "nticks": 6,
            "title": title("" if narrow else lead, 8),
        },
    }
    return go.Figure({"data": [bars, ticks], "layout": layout})


def reach_chart(
    reach: Reach, *, eps: float | None = None, dark: bool = False, narrow: bool = False, height: int = 118
) -> go.Figure:
    """One line of epsilon: blue as far as it is proved, orange from where an attack works, between them what
    neither can tell. A dotted rule stands at `eps`."""
    theme = palette(dark)
    end = max(0.45, 1.15 * (reach.attacked or 0.0), 1.15 * reach.proved)
    parts: list[tuple[float, float, str, Colour | None]] = []
    sure = max(reach.proved, 0.0)
    if sure:
        parts.append((0.0, sure, _("proved"), theme.original))
    if reach.attacked is not None:
        parts.append((sure, max(sure, reach.attacked), _("not known"), None))
        parts.append((max(sure, reach.attacked), end, _("an attack works"), theme.target))
    else:
        parts.append((sure, end, _("not proved"), None))
    shapes: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    for start, stop, name, colour in parts:
        edge = theme.faint if colour is None else colour.line
        fill = CLEAR if colour is None else translucent(colour.line, 0.45)
        shapes.append(
            {
                "type": "rect",
                "name": name,
                "x0": start,
                "x1": stop,
                "y0": 0.12,
                "y1": 0.58,
                "fillcolor": fill,
                "line": {"color": edge, "width": 1.5, "dash": "dot" if colour is None else "solid"},
            }
        )
        if stop - start > (0.19 if narrow else 0.09) * end:
            place = annotation((start + stop) / 2, 0.35, name, theme.text, 13)
            notes.append({**place, "xanchor": "center", "yanchor": "middle"})
    marks = [(reach.proved, theme.original)] if sure else []
    marks += [(reach.attacked, theme.target)] if reach.attacked is not None else []
    spots = _beside([at for at, _colour in marks], (0.12 if narrow else 0.06) * end)
    for (at, colour), (x, anchor) in zip(marks, spots, strict=True):
        mark = annotation(x, 0.62, f"<b>{at:.3f}</b>", colour.text, 14)
        notes.append({**mark, "xanchor": anchor, "yanchor": "bottom"})
    layout = {
        **base_layout(theme, height),
        "margin": {"l": 8, "r": 8, "t": 4, "b": 42},
        "annotations": notes,
        "shapes": [
            *shapes,
            *([] if eps is None else [{**vertical_line(eps, theme.text, "dot"), "yref": "y", "y1": 0.6}]),
        ],
        "xaxis": {
            **AXIS,
            "range": [0, end],
            "dtick": 0.1,
            "showgrid": False,
            "title": title(_("epsilon (0 to 1 scale)"), 4),
        },
        "yaxis": {**AXIS, "range": [0, 1], "visible": False},
    }
    anchor_trace = {
        "type": "scatter",
        "x": [0, end],
        "y": [0, 0],
        "mode": "markers",
        "marker": {"opacity": 0},
        "hoverinfo": "skip",
    }
    return go.Figure({"data": [anchor_trace], "layout": layout})


def _beside(places: Sequence[float], wide: float) -> list[tuple[float, str]]:
    """Where numbers so wide are written for one place or two, none below 0 nor over the other."""
    first, second = places[0] if places else 0.0, places[1] if len(places) > 1 else None
    near = second is not None and second - first < wide
    if first < (wide if near else wide / 2):  # no room to its left
        spots, edge = [(0.0, "left")], 1.1 * wide
    else:
        spots, edge = [(first, "right" if near else "center")], first if near else first + wide / 2
    if second is not None:
        spots.append((second, "center") if second - wide / 2 >= edge else (max(second, edge), "left"))
    return spots[: len(places)]


def share_chart(
    curves: Sequence[ShareCurve],
    *,
    points: Sequence[tuple[str, float, float]] = (),
    eps: float | None = None,
    dark: bool = False,
    narrow: bool = False,
    height: int = 320,
) -> go.Figure:
    """Shares against epsilon: what an attack leaves orange, what is proved blue, and between the two of the
    first network, filled, those of which nobody knows. `points` are published shares: name, eps, share."""
    theme = palette(dark)
    colours = {"attacked": theme.target, "proved": theme.original}
    lines = [curve for curve in curves if not curve.measured_here]
    traces: list[dict[str, Any]] = []
    own = {curve.kind: curve for curve in lines if not curve.dashed}
    if len(own) == 2:
        fill = mixed(theme.faint, theme.page, 0.16)
        traces += band(list(own["proved"].eps), list(own["proved"].share), list(own["attacked"].share), fill)
    for curve in curves:
        colour = colours[curve.kind]
        dash = "dash" if curve.dashed else "solid"
        traces.append(
            {
                "type": "scatter",
                "x": list(curve.eps),
                "y": list(curve.share),
                "name": curve.name,
                "mode": "markers" if curve.measured_here else "lines",
                "line": {"color": colour.line, "width": 3, "dash": dash},
                "marker": {"color": colour.line, "size": 11, "symbol": "circle-open", "line": {"width": 2.5}},
                "hovertemplate": "%{y:.1%}",
            }
        )
    notes = []
    for name, at, share in points:
        point = {"symbol": "diamond-open", "color": theme.text, "size": 10, "line": {"width": 1.5}}
        tip = f"{name}: %{{y:.1%}}<extra></extra>"
        shown = {"type": "scatter", "x": [at], "y": [share], "name": name, "mode": "markers"}
        traces.append({**shown, "marker": point, "hovertemplate": tip})
        told = annotation(at, share, f"◇ {name}{'<br>' if narrow else ' '}{share:.1%}", theme.text, 12)
        lead = {"showarrow": True, "arrowhead": 0, "arrowwidth": 1, "arrowcolor": theme.faint, "standoff": 5}
        notes.append({**told, **lead, "ax": -24, "ay": 60, "xanchor": "right", "align": "right"})
    labels = [
        EndLabel(c.eps[-1], c.share[-1], c.name, colours[c.kind], bold=not c.dashed) for c in lines if c.share
    ]
    gap = 17 * 1.06 / (height - 50)
    leaders, names = end_labels(labels, Room(gap, 0.01, 1.02, xshift=10, x_range=(LEFT, RIGHT)))
    rule = [] if eps is None else [{**vertical_line(eps, theme.faint, "dot"), "yref": "y"}]
    layout = {
        **base_layout(theme, height),
        "margin": {"l": 44, "r": 16 + 8 * max((len(c.name) for c in lines), default=0), "t": 10, "b": 40},
        "hovermode": "closest",
        "annotations": [*names, *notes],
        "shapes": [*leaders, *rule],
        "xaxis": {
            **AXIS,
            "range": [LEFT, RIGHT],
            "dtick": 0.1 if narrow else 0.05,
            "title": title(_("epsilon (0 to 1 scale)"), 4),
            "showgrid": False,
        },
        "yaxis": share_axis(theme, -0.02, 1.04),
    }
    return go.Figure({"data": traces, "layout": layout})
