"""The map: the plane of a trick in the colours of the classes that win it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from trickcore.language import _
from trickcore.plots.hill import EVERY
from trickcore.plots.style import (
    AXIS,
    CLEAR,
    Colour,
    Palette,
    annotation,
    base_layout,
    class_colours,
    mixed,
    palette,
    plain,
    title,
)
from trickcore.text import named, percent, short

if TYPE_CHECKING:
    from trickcore.explain.landscape import Path, Survey
    from trickcore.explain.records import Values

Point = tuple[float, float]  # (a, b) of the plane
DISTANCE = 0.3  # from the run, which is drawn along b = 0: nearer to it no name stands


def largest_classes(survey: Survey, target: int, original: int, most: int = 5) -> list[int]:
    """The winning classes worth a colour: target and original, then those with the largest parts."""
    found, counts = np.unique(survey.winner, return_counts=True)
    by_size = [int(k) for k in found[(-counts).argsort(kind="stable")]]
    return list(dict.fromkeys([target, original, *by_size]))[:most]


def class_map(
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
    """The plane as a map: each cell in the colour of its winner, borders drawn, names on their regions.

    An invisible point lies on every cell, so that a click chooses it.
    """
    theme = palette(dark)
    shown = largest_classes(survey, target, original)
    colours = class_colours(shown, target, original, theme)
    place = {k: i for i, k in enumerate(shown)}
    cells = np.vectorize(lambda k: place.get(int(k), len(shown)), otypes=[int])(survey.winner)
    fills = [*(mixed(colours[k].line, theme.page) for k in shown), theme.rule]
    n = len(fills)
    cell_colours = {
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
    click_targets = {
        "type": "scatter",
        "x": [a for a, b in points],
        "y": [b for a, b in points],
        "customdata": [
            f"{plain(named(labels, int(k)))}, {percent(float(p))}"
            for k, p in zip(survey.winner.ravel(), survey.sure.ravel(), strict=True)
        ],
        "mode": "markers",
        "marker": {"size": 260 / len(survey.a), "color": theme.text, "opacity": 0},
        "showlegend": False,
        "selected": {"marker": {"opacity": 0}},
        "unselected": {"marker": {"opacity": 0}},
        "hovertemplate": _("%{x:.2f} along, %{y:.2f} across: %{customdata}") + "<extra></extra>",
    }
    names, unnamed = _names(survey, shown, labels, theme)
    traces = [
        cell_colours,
        _line(*_border(survey), theme.text, 1.25),
        *_legend(unnamed, labels, colours, theme),
        *_path_traces(path, theme),
        *_chosen_mark(chosen, theme),
        click_targets,  # last, so that it is what a click meets
    ]
    layout = {
        **base_layout(theme, height),
        "clickmode": "event+select",
        "margin": {"l": 44, "r": 8, "t": 8, "b": 44},
        "annotations": names,
        "showlegend": bool(unnamed),
        "legend": {
            "orientation": "h",
            "y": -0.16,
            "font": {"size": 12, "color": theme.text},
            "itemclick": False,
        },
        "xaxis": _plane_axis(_("along the trick (0 original, 1 tricked)"), survey.a),
        "yaxis": _plane_axis(_("across (random)"), survey.b),
    }
    return go.Figure({"data": traces, "layout": layout})


def _plane_axis(text: str, points: Values) -> dict[str, Any]:
    """An axis from the outer edge of the first cell to that of the last."""
    half = float(points[1] - points[0]) / 2
    return {
        **AXIS,
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": CLEAR,  # room between the corner's two numbers
        "title": title(text, 4),
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
        x += [(survey.a[j] + survey.a[j + 1]) / 2] * 2 + [None]
        y += [survey.b[i] - half_b, survey.b[i] + half_b, None]
    for i, j in np.argwhere(survey.winner[1:] != survey.winner[:-1]):
        x += [survey.a[j] - half_a, survey.a[j] + half_a, None]
        y += [survey.b[i] + half_b] * 2 + [None]
    return x, y


def _names(
    survey: Survey, shown: Sequence[int], labels: Sequence[str], theme: Palette
) -> tuple[list[dict[str, Any]], list[int]]:
    """Names on the regions that have room for them beside the run, and the classes that have none."""
    names, unnamed = [], []
    for k in shown:
        won = survey.winner == k
        if not won.any():
            continue
        halves = [_inmost(won & side[:, None]) for side in (survey.b >= DISTANCE, survey.b <= -DISTANCE)]
        i, j, room = max(halves, key=lambda half: half[2])
        if room / len(survey.a) < 0.1:
            unnamed.append(k)
            continue
        text = f"<b>{plain(short(labels[k], 24)).replace(' ', '<br>')}</b>"  # regions are often narrow
        names.append({**annotation(survey.a[j], survey.b[i], text, theme.text, 14), "xanchor": "center"})
    return names, unnamed


def _inmost(won: NDArray[np.bool_]) -> tuple[int, int, int]:
    """The cell that is farthest from every other region and from the edge, and how far, in cells.

    Of several as far the one nearest to their middle.
    """
    region, depth = won, np.zeros(won.shape, int)
    while region.any():
        depth += region
        wide = np.pad(region, 1)
        region = wide[1:-1, 1:-1] & wide[:-2, 1:-1] & wide[2:, 1:-1] & wide[1:-1, :-2] & wide[1:-1, 2:]
    inmost = np.argwhere(depth == depth.max())
    i, j = inmost[np.abs(inmost - inmost.mean(0)).sum(1).argmin()]
    return int(i), int(j), int(depth.max())


def _legend(
    classes: Sequence[int], labels: Sequence[str], colours: Mapping[int, Colour], theme: Palette
) -> list[dict[str, Any]]:
    marker = {"symbol": "square", "size": 11}
    return [
        {
            "type": "scatter",
            "x": [None],
            "y": [None],
            "mode": "markers",
            "name": plain(short(labels[k], 24)),
            "showlegend": True,
            "marker": {**marker, "color": mixed(colours[k].line, theme.page)},
        }
        for k in classes
    ]


def _path_traces(path: Path | None, theme: Palette) -> list[dict[str, Any]]:
    if path is None:
        return []
    line = _line(list(path.a), list(path.b), theme.text, 2)
    ends = {
        **line,
        "x": path.a[[0, -1]],
        "y": path.b[[0, -1]],
        "mode": "markers",
        "marker": {
            "size": 14,
            "color": [theme.original.line, theme.target.line],
            "line": {"color": theme.page, "width": 2},
        },
    }
    return [{**line, "mode": "lines+markers", "marker": {"size": 4, "color": theme.text}}, ends]


def _chosen_mark(chosen: Point | None, theme: Palette) -> list[dict[str, Any]]:
    if chosen is None:
        return []
    return [
        {
            **_line([chosen[0]], [chosen[1]], theme.text, 1),
            "mode": "markers",
            "marker": {
                "size": 15,
                "symbol": "diamond-open",
                "color": theme.text,
                "line": {"width": 3},
            },
        }
    ]


# A click chooses one invisible point; what else is drawn shall not fade for it.
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
