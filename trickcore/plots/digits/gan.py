"""A generator and a discriminator as they learn: both losses, and what the discriminator believes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from trickcore.language import _
from trickcore.plots.end_labels import EndLabel, Room, end_labels
from trickcore.plots.style import AXIS, Colour, base_layout, palette, share_axis, title, vertical_line

if TYPE_CHECKING:
    from trickcore.networks.gan.card import Looked
    from trickcore.training.records import GanReport

Line = tuple[str, list[float], Colour]


def gan_charts(
    reports: Sequence[GanReport | Looked],
    *,
    steps: int,
    marked: int | None = None,
    dark: bool = False,
    height: int = 210,
) -> tuple[go.Figure, go.Figure]:
    """Losses, and beliefs, against the steps done; `marked` is the step that is looked at."""
    theme = palette(dark)
    losses: list[Line] = [
        (_("detective"), [one.discriminator for one in reports], theme.original),
        (_("forger"), [one.generator for one in reports], theme.target),
    ]
    beliefs: list[Line] = [
        (_("real"), [one.believed_real for one in reports], theme.original),
        (_("forged"), [one.believed_forged for one in reports], theme.target),
    ]
    x = [one.step for one in reports]
    top = 1.06 * max([1.4, *(value for line in losses for value in line[1])])
    found = []
    for lines, axis, most, form in (
        (losses, {**AXIS, "range": [0, top], "gridcolor": theme.rule}, top, ".3f"),
        (beliefs, share_axis(theme, -0.02, 1.04), 1.04, ".1%"),
    ):
        traces = [
            {
                "type": "scatter",
                "x": x,
                "y": values,
                "name": name,
                "mode": "lines",
                "line": {"color": colour.line, "width": 3},
                "hovertemplate": f"%{{y:{form}}}",
            }
            for name, values, colour in lines
        ]
        names = [EndLabel(x[-1], values[-1], name, colour, bold=True) for name, values, colour in lines]
        notes = end_labels(names, Room(0.11 * most, 0.0, most))[1]
        layout = {
            **base_layout(theme, height),
            "margin": {"l": 44, "r": 104, "t": 8, "b": 36},
            "annotations": notes,
            "hovermode": "x unified",
            "shapes": [] if marked is None else [vertical_line(marked, theme.faint, "dot")],
            "xaxis": {**AXIS, "range": [0, steps], "title": title(_("steps"), 2), "showgrid": False},
            "yaxis": axis,
        }
        found.append(go.Figure({"data": traces, "layout": layout}))
    return found[0], found[1]
