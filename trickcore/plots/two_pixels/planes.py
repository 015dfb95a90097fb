"""The plane of a network with two inputs: the colours of its answers, and where a layer has bent it to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from trickcore.explain.plane_views import MARGIN
from trickcore.explain.point_sets import LEVELS
from trickcore.language import _, later
from trickcore.plots.style import AXIS, CLEAR, Colour, Palette, base_layout, mixed, palette, title

if TYPE_CHECKING:
    from trickcore.explain.plane_drawing import PlaneDrawing, PushDrawing
    from trickcore.explain.records import Values

SYMBOLS = (later("circle"), later("diamond"))  # of the classes, which colour alone does not tell apart
CLICKS = 31  # places a side that a click can choose
# A click chooses a point; what else is drawn shall not fade for it.
_UNDIMMED = {which: {"marker": {"opacity": 1}} for which in ("selected", "unselected")}
_CLEAR = {which: {"marker": {"opacity": 0}} for which in ("selected", "unselected")}


def class_pair(theme: Palette) -> tuple[Colour, Colour]:
    """The two classes' colours: neither orange nor blue, which a trick and its original have everywhere."""
    return theme.others[0], theme.others[1]


def pixel_plane(
    drawing: PlaneDrawing,
    chances: Values,
    *,
    dark: bool = False,
    height: int = 360,
    clicks: Values | None = None,
) -> go.Figure:
    """The square of all pictures of two pixels: `chances` (M, M) of class 1 as colours, from black to white.

    The drawing is one of the pixels themselves. `clicks` (C, 2), pixels on [0, 1], are the places that a
    click can choose: invisible points, on top.
    """
    theme = palette(dark)
    green, pink = class_pair(theme)
    reach = 1 / MARGIN  # of the square, in the drawing's own measure
    span = np.linspace(-reach, reach, len(chances))
    field = {
        "type": "heatmap",
        "name": _("chance of a diamond"),
        "x": span,
        "y": span,
        "z": np.rint(chances * 200).astype(np.uint8),
        "zmin": 0,
        "zmax": 200,
        "zsmooth": "best",
        "colorscale": [
            [0, mixed(green.line, theme.page)],
            [0.5, theme.page],
            [1, mixed(pink.line, theme.page)],
        ],
        "showscale": False,
        "hoverinfo": "skip",
    }
    traces = [field, *_curves(drawing, theme), *_marks(drawing, theme)]
    if clicks is not None:
        traces.append(_click_targets((2 * clicks - 1) * reach, clicks, theme))
    ticks = [0, 64, 128, 192, 255]
    axis = {
        **AXIS,
        "range": [-1, 1],
        "showgrid": False,
        "tickvals": [(2 * level / LEVELS - 1) * reach for level in ticks],
        "ticktext": [str(level) for level in ticks],
    }
    names = (_("first pixel"), _("second pixel"))
    return _figure(traces, axis, names, theme, height, {"l": 48, "r": 6, "t": 6, "b": 44})


def bent_plane(
    drawing: PlaneDrawing,
    *,
    dark: bool = False,
    height: int = 360,
    clicks: Values | None = None,
    way: Sequence[PlaneDrawing] = (),
) -> go.Figure:
    """The same points, and the lines that were straight in the square, where a stage has them.

    `clicks` (N, 2) are the pixels of the points, which a click chooses. `way` are the stages up to this one,
    from the square: a button in the chart moves through them.
    """
    theme = palette(dark)
    traces = _bent_traces(drawing, theme)
    if clicks is not None:
        traces.append(_click_targets(drawing.points, clicks, theme))
    axis = {**AXIS, "range": [-1, 1], "showgrid": False, "showticklabels": False}
    figure = _figure(traces, axis, ("", ""), theme, height, {"l": 6, "r": 6, "t": 6, "b": 44})
    if len(way) > 1:
        figure.frames = [go.Frame(frame) for frame in _frames(way, theme)]
        figure.layout.updatemenus = [_play_button(len(way), theme)]
    return figure


def _bent_traces(drawing: PlaneDrawing, theme: Palette) -> list[dict[str, Any]]:
    return [
        *_grid(drawing, theme),
        _straight(drawing, theme),
        *_curves(drawing, theme),
        *_marks(drawing, theme),
    ]


def _frames(way: Sequence[PlaneDrawing], theme: Palette) -> list[dict[str, Any]]:
    """Where each trace is at each stage; the browser moves it from one to the next."""
    return [
        {
            "name": str(stage),
            "data": [{"x": trace["x"], "y": trace["y"]} for trace in _bent_traces(drawing, theme)],
            "traces": list(range(len(_bent_traces(drawing, theme)))),
        }
        for stage, drawing in enumerate(way)
    ]


def _play_button(stages: int, theme: Palette) -> dict[str, Any]:
    """Moves from the square through the stages, a second and a half each."""
    onward = {
        "frame": {"duration": 1500, "redraw": False},
        "transition": {"duration": 1200, "easing": "cubic-in-out"},
        "mode": "immediate",
    }
    return {
        "type": "buttons",
        "showactive": False,
        "x": 0,
        "xanchor": "left",
        "y": 0,
        "yanchor": "top",
        "pad": {"t": 6, "l": 0, "r": 0, "b": 0},
        "bgcolor": theme.page,
        "bordercolor": theme.faint,
        "font": {"color": theme.text, "size": 12},
        "buttons": [
            {
                "label": _("Play the layers"),
                "method": "animate",
                "args": [[str(stage) for stage in range(stages)], onward],
            }
        ],
    }


def _figure(
    traces: list[dict[str, Any]],
    axis: dict[str, Any],
    names: tuple[str, str],
    theme: Palette,
    height: int,
    margin: dict[str, int],
) -> go.Figure:
    """Both directions have one scale: what is stretched shall look stretched."""
    layout = {
        **base_layout(theme, height),
        "margin": margin,
        "hovermode": "closest",
        "clickmode": "event+select",
        "xaxis": {**axis, "title": title(names[0], 4), "constrain": "domain"},
        "yaxis": {
            **axis, "title": title(names[1], 4), "scaleanchor": "x", "scaleratio": 1, "constrain": "domain",
        },
    }  # fmt: skip
    return go.Figure({"data": traces, "layout": layout})


def _grid(drawing: PlaneDrawing, theme: Palette) -> list[dict[str, Any]]:
    """The lines in the colours of what is answered there: two traces with gaps."""
    found = []
    for side, colour in enumerate(class_pair(theme)):
        lines = []
        for line, ones in zip(drawing.grid, drawing.sides, strict=True):
            shown = ones == bool(side)
            shown[1:] |= shown[:-1].copy()  # up to where the other begins
            lines.append(np.where(shown[:, None], line, np.nan))
        found.append(_line(*_joined(lines), mixed(colour.line, theme.page, 0.6), 1.2))
    return found


def _straight(drawing: PlaneDrawing, theme: Palette) -> dict[str, Any]:
    """The last layer's line, thin and on to the edges: the border lies on it."""
    ends = np.array([(5.0, 4.0), (5.0, -4.0)]) if drawing.line is None else drawing.line  # else out of sight
    line = _line(ends[:, 0], ends[:, 1], theme.faint, 1.5)
    return {**line, "line": {**line["line"], "dash": "dash"}}


def _curves(drawing: PlaneDrawing, theme: Palette) -> list[dict[str, Any]]:
    """Border, box and arrow."""
    push = drawing.push
    empty = np.empty((0, 2))
    around, ahead = (empty, empty) if push is None else (push.box, push.arrow)
    return [
        _line(*_joined(drawing.border), theme.text, 2.5),
        {**_line(around[:, 0], around[:, 1], theme.target.line, 2), "line": {
            "color": theme.target.line, "width": 2, "dash": "dot", "simplify": False}},
        _line(ahead[:, 0], ahead[:, 1], theme.text, 2.5),
        _arrow_head(push, theme),
    ]  # fmt: skip


def _arrow_head(push: PushDrawing | None, theme: Palette) -> dict[str, Any]:
    """A triangle at the arrow's end that points on."""
    if push is None:
        return _points(np.empty((0, 2)), {"color": theme.text, "size": 12})
    way = push.arrow[-1] - push.arrow[-2]
    turn = float(np.degrees(np.arctan2(way[0], way[1])))
    marker = {"symbol": "triangle-up", "size": 12, "color": theme.text, "angle": turn}
    return _points(push.arrow[-1:], marker)


def _marks(drawing: PlaneDrawing, theme: Palette) -> list[dict[str, Any]]:
    """The points of both classes; the steps of a push, its start and its end."""
    traces = []
    for label, colour in enumerate(class_pair(theme)):
        chosen = drawing.labels == label
        marker = {
            "symbol": SYMBOLS[label],
            "size": 7,
            "color": colour.line,
            "line": {"color": theme.page, "width": 0.75},
        }
        traces.append({**_points(drawing.points[chosen], marker), "name": _(SYMBOLS[label])})
    push = drawing.push
    if push is None:
        return traces
    path = _points(push.steps, {"size": 5, "color": theme.target.line})
    path |= {"mode": "lines+markers", "line": {"color": theme.target.line, "width": 2, "simplify": False}}
    path["name"] = _("step of the push")
    end = {"size": 12, "line": {"color": theme.page, "width": 1.5}}
    return [
        *traces,
        path,
        _points(push.steps[:1], {**end, "color": theme.original.line}),
        _points(push.steps[-1:], {**end, "size": 10, "color": theme.target.line, "symbol": "square"}),
    ]


def click_places(points: Values) -> Values:
    """(C, 2) pixels on [0, 1]: places all over the square, then the points themselves."""
    levels = np.rint(np.linspace(0, LEVELS, CLICKS)) / LEVELS
    first, second = np.meshgrid(levels, levels)
    return np.concatenate([np.stack([first.ravel(), second.ravel()], axis=1), points])


def _click_targets(where: Values, pixels: Values, theme: Palette) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": where[:, 0],
        "y": where[:, 1],
        "customdata": np.rint(pixels * LEVELS).astype(int).tolist(),
        "mode": "markers",
        "marker": {"size": 12, "color": theme.text, "opacity": 0},
        "hovertemplate": _("first pixel %{customdata[0]}, second %{customdata[1]}") + "<extra></extra>",
        "showlegend": False,
        **_CLEAR,
    }


def _joined(lines: Sequence[Values]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Many lines as one with gaps."""
    gap = np.full((1, 2), np.nan)
    parts = [part for line in lines for part in (line, gap)]
    whole = np.concatenate(parts) if parts else np.empty((0, 2))
    return whole[:, 0], whole[:, 1]


def _line(x: Any, y: Any, colour: str, width: float) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": x,
        "y": y,
        "mode": "lines",
        "line": {"color": colour, "width": width, "simplify": False},  # as many points wherever it moves
        "hoverinfo": "skip",
        "showlegend": False,
        "fillcolor": CLEAR,
        **_UNDIMMED,
    }


def _points(where: Values, marker: dict[str, Any]) -> dict[str, Any]:
    return {**_line(where[:, 0], where[:, 1], "", 0), "mode": "markers", "marker": marker, "line": {}}
