"""What all charts share: palette, colours of classes, fonts, axes, annotations and even spacing.

A network tricked is orange, the truth is blue, on every page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import cycle
from typing import Any


@dataclass(frozen=True, slots=True)
class Colour:
    """One colour, as a line (contrast 3 : 1 on its page) and as text (4.5 : 1)."""

    line: str
    text: str


@dataclass(frozen=True, slots=True)
class Palette:
    """Okabe-Ito, safe for colour-blind people; a lighter set on dark. `page` is what it is read on."""

    page: str
    text: str
    faint: str  # axis labels
    rule: str  # grid lines
    target: Colour
    original: Colour
    others: tuple[Colour, ...]


LIGHT = Palette(
    page="#FFFFFF",
    text="#1A1A18",
    faint="#5C5C57",
    rule="#E6E4DF",
    target=Colour("#D55E00", "#B34F00"),
    original=Colour("#0072B2", "#0068A3"),
    others=(Colour("#009E73", "#007A59"), Colour("#C0649A", "#A04A7C"), Colour("#7A6A00", "#6B5D00")),
)
DARK = Palette(
    page="#14151A",
    text="#F2F1EE",
    faint="#A9A9A4",
    rule="#34363D",
    target=Colour("#FF8A3D", "#FF8A3D"),
    original=Colour("#56B4E9", "#56B4E9"),
    others=(Colour("#2DD4A0", "#2DD4A0"), Colour("#E6A2C5", "#E6A2C5"), Colour("#E0CF5C", "#E0CF5C")),
)

# Plotly's options for a chart that still grows, and for one that is finished.
STATIC = {"staticPlot": True, "displayModeBar": False, "responsive": True}
INTERACTIVE = {"displayModeBar": False, "responsive": True}

FONT = "Source Sans, Source Sans Pro, sans-serif"
AXIS = {"zeroline": False, "showline": False, "ticks": "", "fixedrange": True}
CLEAR = "rgba(0,0,0,0)"


def palette(dark: bool) -> Palette:
    return DARK if dark else LIGHT


def class_colours(
    classes: Sequence[int], target: int | None, original: int | None, theme: Palette
) -> dict[int, Colour]:
    """Each class with its colour: target orange, original blue, the others in the order given, in turns.

    A class that is both target and original has the target's.
    """
    others = (k for k in classes if k not in (target, original))
    found = dict(zip(others, cycle(theme.others), strict=False))
    for k, colour in ((original, theme.original), (target, theme.target)):
        if k is not None:
            found[k] = colour
    return found


def translucent(colour: str, alpha: float) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"


def mixed(colour: str, page: str, share: float = 0.5) -> str:
    """A colour thinned with the page's, so that names and lines on it can be read."""
    pairs = [(int(colour[i : i + 2], 16), int(page[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(share * over + (1 - share) * under):02X}" for over, under in pairs)


def base_layout(theme: Palette, height: int) -> dict[str, Any]:
    """The layout that each chart starts from."""
    return {
        "height": height,
        "showlegend": False,
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "font": {"family": FONT, "size": 13, "color": theme.faint},
        "hoverlabel": {
            "bgcolor": theme.page,
            "font": {"color": theme.text},
            "bordercolor": theme.rule,
        },
        "dragmode": False,
        "template": "none",
    }


def plain(name: str) -> str:
    """A name of anybody's, such as a class's, as a chart writes it: Plotly takes tags for markup."""
    return escape(name, quote=False)


def title(text: str, standoff: int) -> dict[str, Any]:
    """An axis' title, so many pixels away from it."""
    return {"text": text, "standoff": standoff, "font": {"size": 13}}


def share_axis(theme: Palette, low: float, high: float, dtick: float = 0.2) -> dict[str, Any]:
    """An upright axis of probabilities or accuracies."""
    return {**AXIS, "range": [low, high], "tickformat": ".0%", "dtick": dtick, "gridcolor": theme.rule}


def annotation(x: float, y: float, text: str, color: str, size: int) -> dict[str, Any]:
    font = {"color": color, "size": size}
    return {"x": x, "y": y, "text": text, "showarrow": False, "xanchor": "left", "font": font, "borderpad": 0}


def on_top(x: float, text: str, color: str, size: int = 12) -> dict[str, Any]:
    """An annotation above the plot, over x."""
    place = {"yref": "paper", "yanchor": "bottom", "xanchor": "center"}
    return {**annotation(x, 1, text, color, size), **place}


def vertical_line(x: float, color: str, dash: str) -> dict[str, Any]:
    line = {"color": color, "width": 1.5, "dash": dash}
    return {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper", "line": line}


def band(x: Any, low: Any, high: Any, fill: str) -> list[dict[str, Any]]:
    """The range from low to high at each x, filled, as two traces."""
    edge = {"type": "scatter", "x": x, "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    return [{**edge, "y": low}, {**edge, "y": high, "fill": "tonexty", "fillcolor": fill}]


def evenly_spaced(count: int, most: int) -> list[int]:
    """At most so many of the places 0 to count - 1, evenly spaced, first and last among them."""
    if count <= most:
        return list(range(count))
    return [round(i * (count - 1) / max(1, most - 1)) for i in range(most)]
