"""Charts along one direction: scores on a straight line, and a trick beside random noise of its size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from trickcore.language import _
from trickcore.plots.end_labels import EndLabel, Room, class_label, end_labels
from trickcore.plots.style import (
    AXIS,
    Colour,
    band,
    base_layout,
    class_colours,
    on_top,
    palette,
    plain,
    share_axis,
    title,
    translucent,
    vertical_line,
)
from trickcore.text import short

if TYPE_CHECKING:
    from trickcore.explain.records import Lines, Noise, Values


def straight_line_chart(
    lines: Lines,
    labels: Sequence[str],
    eps: float,
    *,
    dark: bool = False,
    narrow: bool = False,
    height: int = 380,
) -> go.Figure:
    """Logits of each class against the move (grey levels); dotted, what the gradient foretells.

    The band about 0 is where that holds for the target: see `Lines.reach`. `eps` is on the [0, 1] scale.
    """
    theme, x = palette(dark), lines.moves * 255
    original = lines.classes[1] if len(lines.classes) > 1 else lines.classes[0]
    colours = class_colours(lines.classes, lines.classes[0], original, theme)
    low, high = float(lines.logits.min()), float(lines.logits.max())
    room = 0.35 * (high - low or 1.0)  # a prediction may leave the chart; the truth never does
    span = (low - room, high + room)
    traces = []
    for i, k in enumerate(lines.classes):
        main, cut = i < 2, plain(short(labels[k], 20))
        for values, dash, width, name in (
            (lines.predicted[:, i], "dot", 2.0, _("{name}, foretold", name=cut)),
            (lines.logits[:, i], "solid", 3.5 if main else 1.75, _("{name}, real", name=cut)),
        ):
            traces.append(
                {
                    "type": "scatter",
                    "x": x,
                    "y": values,
                    "mode": "lines",
                    "name": name,
                    "line": {"color": colours[k].line, "width": width, "dash": dash},
                    "hovertemplate": "%{y:.1f}",
                }
            )
    longest = 13 if narrow else 18
    ends = [
        class_label(float(x[-1]), float(lines.logits[-1, i]), labels[k], colours[k], i < 2, longest)
        for i, k in enumerate(lines.classes)
    ]
    names = end_labels(ends, Room(0.07 * (span[1] - span[0]), *span))[1]
    reach = lines.reach * 255
    region = {
        "type": "rect",
        "x0": 0,
        "x1": reach,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "line": {"width": 0},
        "fillcolor": theme.target.line,
        "opacity": 0.16,
        "layer": "below",
    }
    marks = [vertical_line(at, theme.faint, "dot") for at in (-eps * 255, 0.0, eps * 255)]
    words = [
        on_top(at, text, theme.faint)
        for at, text in ((-eps * 255, _("−epsilon")), (0.0, _("original")), (eps * 255, _("epsilon")))
    ]
    layout = {
        **base_layout(theme, height),
        "margin": {"l": 44, "r": 96 if narrow else 136, "t": 20, "b": 40},
        "hovermode": "x",
        "shapes": [region, *marks],
        "annotations": [*words, *names],
        "xaxis": {
            **AXIS,
            "title": title(_("each value moved by (grey levels of 255)"), 4),
            "range": [float(x[0]), float(x[-1])],
            "showgrid": False,
        },
        "yaxis": {
            **AXIS,
            "title": title(_("score (logit)"), 2),
            "range": list(span),
            "gridcolor": theme.rule,
        },
    }
    return go.Figure({"data": traces, "layout": layout})


def noise_chart(
    sizes: Values,
    found: Sequence[Noise],
    labels: Sequence[str],
    target: int,
    original: int,
    *,
    dark: bool = False,
    growing: bool = False,
    narrow: bool = False,
    height: int = 380,
) -> go.Figure:
    """Probability against the size of the change: the trick's own direction, and noise just as large.

    Noise is grey and dotted, its mean with a band from the lowest to the highest of all shuffles.
    `found` may hold fewer points than `sizes` while it grows.
    """
    theme, x = palette(dark), sizes[: len(found)]
    traces: list[dict[str, Any]] = []
    ends: list[EndLabel] = []
    grey, longest = Colour(theme.faint, theme.faint), 15 if narrow else 21
    end = float(x[-1]) if len(found) else 0.0
    for k, colour in class_colours((), target, original, theme).items():
        low, mean, high, real = (
            np.array([float(getattr(noise, part)[k]) for noise in found])
            for part in ("low", "mean", "high", "changed")
        )
        cut = short(labels[k], 20)
        traces += [
            *band(x, low, high, translucent(theme.faint, 0.18)),
            _curve(x, mean, _("{name}, noise", name=cut), grey.line, 2.5, "dot"),
            _curve(x, real, _("{name}, trick", name=cut), colour.line, 3.5, "solid"),
        ]
        if len(found):
            ends += [
                class_label(end, float(real[-1]), labels[k], colour, True, longest),
                class_label(end, float(mean[-1]), _("{name}, noise", name=labels[k]), grey, False, longest),
            ]
    names = end_labels(ends, Room(0.07 * 1.02, -0.01, 1.01))[1]
    layout = {
        **base_layout(theme, height),
        "margin": {"l": 44, "r": 104 if narrow else 150, "t": 20, "b": 40},
        "hovermode": False if growing else "x unified",
        "shapes": [vertical_line(1.0, theme.faint, "dot")],
        "annotations": [on_top(1, _("the trick"), theme.faint), *names],
        "xaxis": {
            **AXIS,
            "title": title(_("size of the change (1: as in the trick)"), 4),
            "range": [0, float(sizes[-1])],
            "dtick": 0.5,
            "showgrid": False,
        },
        "yaxis": share_axis(theme, -0.01, 1.01),
    }
    return go.Figure({"data": traces, "layout": layout})


def _curve(x: Values, y: Values, name: str, colour: str, width: float, dash: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": x,
        "y": y,
        "mode": "lines",
        "name": plain(name),
        "line": {"color": colour, "width": width, "dash": dash},
        "hovertemplate": "%{y:.2%}",
    }
