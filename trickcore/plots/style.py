"""What every chart wears: font, axes, notes at the ends of lines, and numbers as people read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trickcore.plots.palette import Palette

FONT = "Source Sans, Source Sans Pro, sans-serif"
STILL = {"staticPlot": True, "displayModeBar": False, "responsive": True}  # while it grows
ALIVE = {"displayModeBar": False, "responsive": True}  # when it is finished


def note(x: float, y: float, text: str, color: str, size: int) -> dict[str, Any]:
    font = {"color": color, "size": size}
    return {"x": x, "y": y, "text": text, "showarrow": False, "xanchor": "left", "font": font, "borderpad": 0}


def rule(x: float, color: str, dash: str) -> dict[str, Any]:
    line = {"color": color, "width": 1.5, "dash": dash}
    return {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper", "line": line}


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places for labels, in the order of `wanted` (rising), at least `gap` apart and within low and high."""
    places: list[float] = []
    for place in wanted:
        places.append(max(place, places[-1] + gap if places else low))
    for i in range(len(places)):  # what was pushed over the top goes back down
        places[i] = min(places[i], high - gap * (len(places) - 1 - i))
    return places


def leader(x: float, begin: float, end: float, color: str) -> dict[str, Any]:
    """From the end of a line, at `x` of the plot's width (0 to 1), to its name, where that was moved."""
    shift = {"xref": "paper", "xsizemode": "pixel", "xanchor": x, "x0": 1, "x1": 5}
    return {"type": "line", **shift, "y0": begin, "y1": end, "line": {"color": color, "width": 1}}


AXIS = {"zeroline": False, "showline": False, "ticks": "", "fixedrange": True}


def dress(look: Palette, height: int) -> dict[str, Any]:
    return {
        "height": height,
        "showlegend": False,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 13, "color": look.faint},
        "hoverlabel": {"bgcolor": look.page, "font": {"color": look.text}, "bordercolor": look.rule},
        "dragmode": False,
        "template": "none",
    }
