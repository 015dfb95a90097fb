"""Names at the ends of lines, each in its line's colour, none over another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from trickcore.plots.style import Colour, annotation, plain
from trickcore.text import short


@dataclass(frozen=True, slots=True)
class EndLabel:
    """A name, and where its line ends."""

    x: float
    y: float
    text: str
    colour: Colour
    bold: bool = False
    size: int = 13


@dataclass(frozen=True, slots=True)
class Room:
    """Where labels may stand, in the units of the y axis."""

    gap: float  # between two labels, at least
    low: float
    high: float
    xshift: int = 6  # pixels to the right of the line's end
    x_range: tuple[float, float] | None = None  # of the x axis; given where leader lines are wanted


def class_label(x: float, y: float, name: str, colour: Colour, main: bool, longest: int) -> EndLabel:
    """A class's name, cut to its length; bold for the classes that matter most."""
    return EndLabel(x, y, short(name, longest), colour, bold=main, size=13 if main else 12)


def end_labels(labels: Sequence[EndLabel], room: Room) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Shapes (a leader line where a label was moved far) and annotations (the labels, in their order)."""
    order = sorted(range(len(labels)), key=lambda i: labels[i].y)
    places = spaced([labels[i].y for i in order], room.gap, room.low, room.high)
    place_of = dict(zip(order, places, strict=True))
    shapes, notes = [], []
    for i, label in enumerate(labels):
        name = plain(label.text)
        text = f"<b>{name}</b>" if label.bold else name
        note = annotation(label.x, place_of[i], text, label.colour.text, label.size)
        notes.append({**note, "xshift": room.xshift})
        if room.x_range is not None and abs(place_of[i] - label.y) > room.gap / 3:
            left, right = room.x_range
            share = (label.x - left) / (right - left)
            shapes.append(_leader_line(share, label.y, place_of[i], label.colour.line))
    return shapes, notes


def spaced(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places for labels, in the order of `wanted` (rising), at least `gap` apart and within low and high."""
    places: list[float] = []
    for place in wanted:
        places.append(max(place, places[-1] + gap if places else low))
    for i in range(len(places)):  # what was pushed over the top goes back down
        places[i] = min(places[i], high - gap * (len(places) - 1 - i))
    return places


def _leader_line(x: float, begin: float, end: float, color: str) -> dict[str, Any]:
    """From the end of a line, at `x` of the plot's width (0 to 1), to its name, where that was moved."""
    shift = {"xref": "paper", "xsizemode": "pixel", "xanchor": x, "x0": 1, "x1": 5}
    return {"type": "line", **shift, "y0": begin, "y1": end, "line": {"color": color, "width": 1}}
