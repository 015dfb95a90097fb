"""The map: the plane of a trick in the colours of the classes that win it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from trickcore.explain.landscape import Crossing, Path, Survey, Values
from trickcore.plots.hill import ACROSS_TITLE, ALONG_TITLE, EVERY
from trickcore.plots.palette import Ink, Palette, palette
from trickcore.plots.style import AXIS, dress, note
from trickcore.text import named, percent, short

Point = tuple[float, float]  # (a, b) of the plane
CLEAR = 0.3  # from the run, which is drawn along b = 0: nearer to it no name stands


def leaders(survey: Survey, target: int, original: int, most: int = 5) -> list[int]:
    """The winning classes worth a colour: target and original, then those with the largest parts."""
    found, counts = np.unique(survey.winner, return_counts=True)
    by_size = [int(k) for k in found[(-counts).argsort(kind="stable")]]
    return list(dict.fromkeys([target, original, *by_size]))[:most]


def inks(classes: Sequence[int], target: int, original: int, look: Palette) -> dict[int, Ink]:
    """Target orange, original blue, the others in the order given."""
    rest = [k for k in classes if k not in (target, original)]
    return {**dict(zip(rest, look.others, strict=False)), original: look.original, target: look.target}


def land(
    survey: Survey,
    path: Path | None,
    labels: Sequence[str],
    target: int,
    original: int,
    *,
    chosen: Point | None = None,
    dark: bool = False,
    narrow: bool = False,
    height: int = 400,
) -> go.Figure:
    """The plane as a map: each cell in the colour of its winner, borders drawn, names on their land.

    An unseen point lies on every cell, so that a click chooses it.
    """
    look = palette(dark)
    known = leaders(survey, target, original)
    colours = inks(known, target, original, look)
    place = {k: i for i, k in enumerate(known)}
    cells = np.vectorize(lambda k: place.get(int(k), len(known)), otypes=[int])(survey.winner)
    fills = [*(_mixed(colours[k].line, look.page) for k in known), look.rule]
    n = len(fills)
    ground = {
        "type": "heatmap",
        "x": survey.a,
        "y": survey.b,
        "z": cells,
        "zmin": -0.5,
        "zmax": n - 0.5,
        "colorscale": [[(i + d) / n, colour] for i, colour in enumerate(fills) for d in (0, 1)],
        "showscale": False,
        "hoverinfo": "skip",
    }
    points = [(a, b) for b in survey.b for a in survey.a]
    unseen = {
        "type": "scatter",
        "x": [a for a, _ in points],
        "y": [b for _, b in points],
        "customdata": [
            f"{named(labels, int(k))}, {percent(float(p))}"
            for k, p in zip(survey.winner.ravel(), survey.sure.ravel(), strict=True)
        ],
        "mode": "markers",
        "marker": {"size": 260 / len(survey.a), "color": look.text, "opacity": 0},
        "selected": {"marker": {"opacity": 0}},
        "unselected": {"marker": {"opacity": 0}},
        "hovertemplate": "%{x:.2f} along, %{y:.2f} across: %{customdata}<extra></extra>",
    }
    names, unnamed = _names(survey, known, labels, look)
    traces = [
        ground,
        _line(*_border(survey), look.text, 1.25),
        *_legend(unnamed, labels, colours, look),
        *_track(path, look),
        *_spot(chosen, look),
        unseen,  # last, so that it is what a click meets
    ]
    layout = {
        **dress(look, height),
        "clickmode": "event+select",
        "margin": {"l": 44, "r": 8, "t": 8, "b": 44},
        "annotations": names,
        "showlegend": bool(unnamed),
        "legend": {
            "orientation": "h",
            "y": -0.16,
            "font": {"size": 12, "color": look.text},
            "itemclick": False,
        },
        "xaxis": _plane_axis(ALONG_TITLE + " (0 original, 1 tricked)", survey.a),
        "yaxis": _plane_axis(ACROSS_TITLE + " (random)", survey.b),
    }
    return go.Figure({"data": traces, "layout": layout})


def _plane_axis(text: str, points: Values) -> dict[str, Any]:
    """An axis from the outer edge of the first cell to that of the last."""
    half = float(points[1] - points[0]) / 2
    return {
        **AXIS,
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": "rgba(0,0,0,0)",  # room between the corner's two numbers
        "title": {"text": text, "standoff": 4, "font": {"size": 13}},
        "range": [float(points[0]) - half, float(points[-1]) + half],
        "tick0": 0,
        "dtick": EVERY,
        "showgrid": False,
    }


def _border(survey: Survey) -> tuple[list[float | None], list[float | None]]:
    """The edges between cells with different winners, as one line with gaps."""
    x: list[float | None] = []
    y: list[float | None] = []
    half_a, half_b = (float(axis[1] - axis[0]) / 2 for axis in (survey.a, survey.b))
    for i, j in np.argwhere(survey.winner[:, 1:] != survey.winner[:, :-1]):
        x += [Crossing(float(survey.a[j]), float(survey.a[j + 1])).border] * 2 + [None]
        y += [survey.b[i] - half_b, survey.b[i] + half_b, None]
    for i, j in np.argwhere(survey.winner[1:] != survey.winner[:-1]):
        x += [survey.a[j] - half_a, survey.a[j] + half_a, None]
        y += [survey.b[i] + half_b] * 2 + [None]
    return x, y


def _names(
    survey: Survey, known: Sequence[int], labels: Sequence[str], look: Palette
) -> tuple[list[dict[str, Any]], list[int]]:
    """Names on the lands that have room for them beside the run, and the classes that have none."""
    names, unnamed = [], []
    for k in known:
        won = survey.winner == k
        if not won.any():
            continue
        halves = [_inmost(won & side[:, None]) for side in (survey.b >= CLEAR, survey.b <= -CLEAR)]
        i, j, room = max(halves, key=lambda half: half[2])
        if room / len(survey.a) < 0.1:
            unnamed.append(k)
            continue
        text = f"<b>{short(labels[k], 24).replace(' ', '<br>')}</b>"  # lands are often narrow
        names.append({**note(survey.a[j], survey.b[i], text, look.text, 14), "xanchor": "center"})
    return names, unnamed


def _inmost(won: NDArray[np.bool_]) -> tuple[int, int, int]:
    """The cell that is farthest from every other land and from the edge, and how far, in cells.

    Of several as far the one nearest to their middle.
    """
    land, depth = won, np.zeros(won.shape, int)
    while land.any():
        depth += land
        wide = np.pad(land, 1)
        land = wide[1:-1, 1:-1] & wide[:-2, 1:-1] & wide[2:, 1:-1] & wide[1:-1, :-2] & wide[1:-1, 2:]
    inmost = np.argwhere(depth == depth.max())
    i, j = inmost[np.abs(inmost - inmost.mean(0)).sum(1).argmin()]
    return int(i), int(j), int(depth.max())


def _legend(
    classes: Sequence[int], labels: Sequence[str], colours: Mapping[int, Ink], look: Palette
) -> list[dict[str, Any]]:
    marker = {"symbol": "square", "size": 11}
    return [
        {
            "type": "scatter",
            "x": [None],
            "y": [None],
            "mode": "markers",
            "name": short(labels[k], 24),
            "showlegend": True,
            "marker": {**marker, "color": _mixed(colours[k].line, look.page)},
        }
        for k in classes
    ]


def _track(path: Path | None, look: Palette) -> list[dict[str, Any]]:
    if path is None:
        return []
    way = _line(list(path.a), list(path.b), look.text, 2)
    ends = {
        **way,
        "x": path.a[[0, -1]],
        "y": path.b[[0, -1]],
        "mode": "markers",
        "marker": {
            "size": 14,
            "color": [look.original.line, look.target.line],
            "line": {"color": look.page, "width": 2},
        },
    }
    return [{**way, "mode": "lines+markers", "marker": {"size": 4, "color": look.text}}, ends]


def _spot(chosen: Point | None, look: Palette) -> list[dict[str, Any]]:
    if chosen is None:
        return []
    return [
        {
            **_line([chosen[0]], [chosen[1]], look.text, 1),
            "mode": "markers",
            "marker": {
                "size": 15,
                "symbol": "diamond-open",
                "color": look.text,
                "line": {"width": 3},
            },
        }
    ]


# A click chooses one unseen point; what else is drawn shall not fade for it.
_UNDIMMED = {which: {"marker": {"opacity": 1}} for which in ("selected", "unselected")}


def _line(x: Any, y: Any, colour: str, width: float) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": x,
        "y": y,
        "mode": "lines",
        "line": {"color": colour, "width": width},
        "hoverinfo": "skip",
        "showlegend": False,
        **_UNDIMMED,
    }


def _mixed(colour: str, page: str, share: float = 0.5) -> str:
    """A colour thinned with the page's, so that names and lines on it can be read."""
    pairs = [(int(colour[i : i + 2], 16), int(page[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(share * ink + (1 - share) * paper):02X}" for ink, paper in pairs)
