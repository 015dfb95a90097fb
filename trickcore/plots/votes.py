"""A vote as bars: the answers of a photo's noisy copies, the most frequent first."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from trickcore.language import _
from trickcore.plots.style import AXIS, annotation, base_layout, palette, plain, vertical_line
from trickcore.text import percent, short

MOST = 4  # answers shown


def vote_bars(
    counted: Sequence[tuple[str, int]], *, winner: str, dark: bool = False, narrow: bool = False
) -> go.Figure:
    """Counts by the answers' names, the most frequent first: a bar each, with its share of all of them. The
    winner's is blue; a dotted rule stands at one half, which it has to pass."""
    theme = palette(dark)
    total = max(1, sum(count for name, count in counted))
    shown = list(counted[:MOST])
    roles = [theme.original if name == winner else None for name, count in shown]
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": [count / total for name, count in shown],
        "y": list(range(len(shown))),
        "width": 0.3,
        "marker": {"color": [theme.faint if role is None else role.line for role in roles]},
        "customdata": [
            _("{name}: {count:,} of {total:,}", name=plain(name), count=count, total=total)
            for name, count in shown
        ],
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    notes = []
    for row, ((name, count), role) in enumerate(zip(shown, roles, strict=True)):
        colour = theme.text if role is None else role.text
        told = f"{count:,} · {percent(count / total)}"
        for text, x, anchor in ((plain(short(name, 24 if narrow else 60)), 0, "left"), (told, 1, "right")):
            note = annotation(x, row - 0.2, text, colour, 13)
            notes.append({**note, "xanchor": anchor, "yanchor": "bottom"})
    layout = {
        **base_layout(theme, 16 + 38 * MOST),
        "margin": {"l": 0, "r": 0, "t": 2, "b": 2},
        "bargap": 0,
        "annotations": notes,
        "shapes": [{**vertical_line(0.5, theme.faint, "dot"), "layer": "below"}],
        "xaxis": {**AXIS, "range": [0, 1], "visible": False},
        "yaxis": {**AXIS, "range": [MOST - 0.7, -0.8], "visible": False},
    }
    return go.Figure({"data": [bars], "layout": layout})
