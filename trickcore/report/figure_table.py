"""A chart's numbers as tables: read off the Plotly figure, so that they say what is drawn."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from trickcore.language import _
from trickcore.plots.style import evenly_spaced

MOST = 40  # rows of lines and points: of more, so many at even distances
CELLS = 100  # of a small table that is drawn, such as answers by digits: all of it is told
SIDE = 9  # rows and columns of a surface or a map
NONE = "–"

Row = dict[str, str]
_FIELD = re.compile(r"%\{(\w+)(?:\[(\d+)\])?(?::([^}]*))?\}")


def tables(figure: go.Figure, *, columns: int | None = None) -> list[list[Row]]:
    """Every number that a chart tells who points at it, as tables of rows by the names of their columns.

    Lines that share an axis are columns of one table, each with its name; a surface or a map is one,
    coarsened; points and bars are in the words of their hover texts. Where a chart tells nothing it is what
    is written on it. A trace without a name and hover text, as a band or a border, has no rows of its own.
    Where a screen has room for so many `columns` only, wide tables come in parts, each with its first column.
    """
    lines, words, grids, places = [], [], [], []
    for trace in figure.data:
        template = trace.hovertemplate if "hovertemplate" in trace else None
        if trace.type in ("surface", "heatmap") or _gridded(trace):
            grids.append(trace)
        elif template and trace.name and "%{x" not in template and len(_points(trace)) > 1:
            lines.append(trace)
        elif template and not _unseen(trace):
            words.append(trace)
        elif trace.name and trace.mode and "markers" in trace.mode and _points(trace):
            places.append(trace)
    found = [
        _by_x(lines, figure),
        _in_words(words, figure),
        *(_grid(trace, figure) for trace in grids),
        _where(places, figure),
        _parts(figure),
    ]
    return [part for rows in found if rows for part in _parted(rows, columns)] or [_written(figure)]


def _parted(rows: list[Row], columns: int | None) -> list[list[Row]]:
    first, *others = rows[0]
    if columns is None or len(others) < columns:
        return [rows]
    parts = [others[at : at + columns - 1] for at in range(0, len(others), columns - 1)]
    return [[{name: row[name] for name in (first, *part)} for row in rows] for part in parts]


def _by_x(lines: Sequence[Any], figure: go.Figure) -> list[Row]:
    """A row for each place on the axis, a column for each line."""
    columns: dict[str, dict[float, str]] = {}
    for trace in lines:
        column = columns.setdefault(_plain(trace.name), {})
        for i in _points(trace):
            column[trace.x[i]] = _told(trace, i, figure)
    at = sorted({x for column in columns.values() for x in column})
    axis = _title(figure.layout.xaxis) or _("at")
    return [
        {axis: _tick(figure.layout.xaxis, x), **{name: told.get(x, NONE) for name, told in columns.items()}}
        for x in (at[i] for i in evenly_spaced(len(at), MOST))
    ]


def _in_words(traces: Sequence[Any], figure: go.Figure) -> list[Row]:
    """Points and bars by their hover texts: what, and its value."""
    told = []
    for trace in traces:
        for i in _points(trace):
            words = _told(trace, i, figure)
            if trace.name and "<extra></extra>" not in trace.hovertemplate:
                words = f"{_plain(trace.name)}: {words}"
            told.append(words)
    shown = [told[i] for i in evenly_spaced(len(told), CELLS)]
    if not all(": " in words for words in shown):
        return [{_("what"): words} for words in shown]
    return [dict(zip((_("what"), _("value")), words.split(": ", 1), strict=True)) for words in shown]


def _grid(trace: Any, figure: go.Figure) -> list[Row]:
    """A surface, a map or a table that is drawn: rows across, columns along."""
    if trace.type == "scatter":
        return _matrix(sorted(set(trace.x)), sorted(set(trace.y)), trace.customdata, trace, figure)
    values = trace.customdata if trace.type == "surface" else trace.z
    if trace.type == "heatmap" and trace.hovertemplate:
        cells = [(i, j) for i in range(len(values)) for j in range(len(values[i])) if _is(values[i][j])]
        return _in_words([_Cell(trace, i, j) for i, j in cells[:CELLS]], figure)
    if trace.type == "heatmap":
        if not trace.name:
            return []
        values = [_percent(value / trace.zmax) for line in values for value in line]
        return _matrix(list(trace.x), list(trace.y), values, trace, figure)
    flat = [value for line in values for value in line] if values is not None else []
    return _matrix(list(trace.x), list(trace.y), flat, trace, figure) if flat else []


class _Cell:
    """One cell of a heatmap, as a trace of one point."""

    type = "cell"
    name = None

    def __init__(self, trace: Any, i: int, j: int) -> None:
        self.hovertemplate = trace.hovertemplate
        self.x = [j if trace.x is None else trace.x[j]]
        self.y = [i if trace.y is None else trace.y[i]]
        self.z, self.customdata = [trace.z[i][j]], [trace.customdata[i][j]]


def _matrix(
    x: Sequence[float], y: Sequence[float], cells: Sequence[Any], trace: Any, figure: go.Figure
) -> list[Row]:
    scene = figure.layout.scene if trace.type == "surface" else figure.layout
    corner = _(
        "{rows} (columns: {columns})",
        rows=_title(scene.yaxis) or _("up"),
        columns=_title(scene.xaxis) or _("along"),
    )
    columns, rows = (evenly_spaced(len(axis), SIDE) for axis in (x, y))
    return [
        {
            corner: _tick(scene.yaxis, y[i]),
            **{_tick(scene.xaxis, x[j]): _plain(cells[i * len(x) + j]) for j in columns},
        }
        for i in rows
    ]


def _where(traces: Sequence[Any], figure: go.Figure) -> list[Row]:
    """Points by their places, where that is all there is to know."""
    axes = figure.layout.xaxis, figure.layout.yaxis
    across, up = _title(axes[0]) or _("across"), _title(axes[1]) or _("up")
    found = [
        {_("point"): _plain(trace.name), across: _tick(axes[0], trace.x[i]), up: _tick(axes[1], trace.y[i])}
        for trace in traces
        for i in _points(trace)
    ]
    return [found[i] for i in evenly_spaced(len(found), MOST)]


def _parts(figure: go.Figure) -> list[Row]:
    """Named stretches of an axis, as of what is proved."""
    return [
        {
            _("part"): shape.name,
            _title(figure.layout.xaxis) or _("from, to"): _("{a:.3f} to {b:.3f}", a=shape.x0, b=shape.x1),
        }
        for shape in figure.layout.shapes
        if shape.name
    ]


def _written(figure: go.Figure) -> list[Row]:
    words = [_plain(note.text) for note in figure.layout.annotations if note.text]
    return [{_("written on it"): word} for word in words or [_("nothing yet")]]


def _told(trace: Any, i: int, figure: go.Figure) -> str:
    """The hover text of a point, in plain words."""

    def value(field: re.Match[str]) -> str:
        name, part, form = field.groups()
        held = getattr(trace, name)[i]
        if part is not None:
            held = held[int(part)]
        if name == "x" and not form:
            return _tick(figure.layout.xaxis, held)
        if form and form.endswith("%"):
            return _percent(float(held), form)
        return format(held, form) if form else str(held)

    told = _plain(_FIELD.sub(value, trace.hovertemplate.split("<extra>")[0]))
    return told.removeprefix(f"{_plain(trace.name)}: ") if trace.name else told


def _percent(share: float, form: str = ".1%") -> str:
    return format(share, form).replace("%", "\u00a0%")


def _tick(axis: Any, value: Any) -> str:
    """A place on an axis, by the words that stand there, or between two numbers that do."""
    ticks, words = axis.tickvals, axis.ticktext
    if ticks is not None and words is not None and len(ticks):
        for tick, word in zip(ticks, words, strict=True):
            if tick == value:
                return _plain(word)
        if all(str(word).isdigit() for word in words) and ticks[-1] != ticks[0]:
            share = (value - ticks[0]) / (ticks[-1] - ticks[0])
            return f"{float(words[0]) + share * (float(words[-1]) - float(words[0])):.0f}"
    return f"{value:.4g}" if isinstance(value, float) or hasattr(value, "dtype") else str(value)


def _title(axis: Any) -> str:
    return _plain(axis.title.text or "")


def _points(trace: Any) -> list[int]:
    """The places of a trace's points; a gap in a line is none."""
    if trace.x is None or trace.y is None:
        return []
    return [i for i, (x, y) in enumerate(zip(trace.x, trace.y, strict=False)) if _is(x) and _is(y)]


def _is(value: Any) -> bool:
    return value is not None and not (hasattr(value, "__float__") and math.isnan(value))


def _unseen(trace: Any) -> bool:
    """Points that are there only to be clicked."""
    return bool(trace.type == "scatter" and trace.marker.opacity == 0)


def _gridded(trace: Any) -> bool:
    """Unseen points on every crossing of a grid, each with its words."""
    if not _unseen(trace) or trace.customdata is None or not isinstance(trace.customdata[0], str):
        return False
    sides = len(set(trace.x)), len(set(trace.y))
    return min(sides) > 1 and math.prod(sides) == len(trace.x)


def _plain(text: Any) -> str:
    return re.sub(" +", " ", html.unescape(re.sub(r"<[^>]+>", " ", str(text)))).strip()
