"""The hill: the target's probability over the plane of a trick, as a surface one can turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from trickcore.language import _
from trickcore.plots.style import Palette, annotation, base_layout, palette, plain
from trickcore.text import percent, short

if TYPE_CHECKING:
    from trickcore.explain.landscape import Path, Survey

TURNABLE = {"displayModeBar": False, "responsive": True, "scrollZoom": False}
FLOOR = -12.0  # the lowest power of ten that the logarithmic hill shows
EVERY = 0.5  # between ticks of the plane
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"


def hill_chart(
    survey: Survey,
    path: Path | None,
    labels: Sequence[str],
    target: int,
    *,
    log: bool = False,
    dark: bool = False,
    narrow: bool = False,
    height: int = 400,
) -> go.Figure:
    """The target's probability over the plane as a surface, turnable, with the run's path over it.

    With `log` the height is the probability's power of ten, down to 10^-12.
    """
    theme = palette(dark)
    name = plain(short(labels[target], 20))

    def high(values: Any) -> Any:
        return np.maximum(np.log10(np.maximum(values, 1e-300)), FLOOR) if log else np.asarray(values)

    def above(values: Any) -> Any:
        return high(values) + 0.02 * (-bottom if log else 1)  # so that it is not half hidden by the surface

    z = high(survey.probability)
    bottom = float(np.floor(min(z.min(), -1))) if log else 0.0
    powers = sorted({0, *range(0, int(bottom) - 1, -max(1, round(-bottom / 4)))}) if log else []
    values, texts = (powers, [_power(k) for k in powers]) if log else _SHARES
    ticks = {"tickmode": "array", "tickvals": values, "ticktext": texts}
    surface = {
        "type": "surface",
        "x": survey.a,
        "y": survey.b,
        "z": z,
        "customdata": [[percent(float(p)) for p in row] for row in survey.probability],
        "cmin": bottom,
        "cmax": 0 if log else 1,
        "colorscale": "Viridis",
        "opacity": 0.94,
        "lighting": {"ambient": 0.85, "diffuse": 0.35, "specular": 0.05},
        "hovertemplate": _("%{x:.2f} along, %{y:.2f} across: %{customdata}") + "<extra></extra>",
        "colorbar": {
            **ticks,
            "title": {"text": _("probability of {name}", name=name), "side": "right", "font": {"size": 12}},
            "thickness": 10,
            "len": 0.75,
            "x": 1.0,
            "outlinewidth": 0,
            "tickfont": {"size": 11},
        },
        "showscale": not narrow,
    }
    layout = _scene(survey, theme, ticks, [bottom, 0 if log else 1], height)
    layout["scene"]["annotations"] = _end_names(path, above, theme)
    traces = [surface, *_path_traces(path, above, theme)]
    return go.Figure({"data": traces, "layout": layout})


_SHARES = ([0, 0.25, 0.5, 0.75, 1], ["0\u00a0%", "25\u00a0%", "50\u00a0%", "75\u00a0%", "100\u00a0%"])


def _path_traces(path: Path | None, above: Any, theme: Palette) -> list[dict[str, Any]]:
    """The run over the hill: a line, the original's end blue, the tricked one's orange."""
    if path is None:
        return []
    line = {
        "type": "scatter3d",
        "x": path.a,
        "y": path.b,
        "z": above(path.probability),
        "customdata": [percent(float(p)) for p in path.probability],
    }
    first_last = np.array([0, -1])
    ends = {
        **line,
        **{axis: np.asarray(line[axis])[first_last] for axis in "xyz"},
        "mode": "markers",
        "marker": {
            "size": 7,
            "color": [theme.original.line, theme.target.line],
            "line": {"color": theme.page, "width": 2},
        },
        "hoverinfo": "skip",
    }
    steps = {
        **line,
        "mode": "lines+markers",
        "line": {"color": theme.target.line, "width": 6},
        "marker": {"size": 2.5, "color": theme.page},
        "hovertemplate": _("a picture of the run: %{customdata}") + "<extra></extra>",
    }
    return [steps, ends]


def _end_names(path: Path | None, above: Any, theme: Palette) -> list[dict[str, Any]]:
    """Names of the run's two ends, on the page's own background since the hill has all colours."""
    if path is None:
        return []
    return [
        {
            **annotation(path.a[i], path.b[i], f"<b>{name}</b>", colour.text, 12),
            "z": float(above(path.probability[i])),
            "xanchor": "center",
            "yshift": shift,
            "bgcolor": theme.page,
            "opacity": 0.9,
            "borderpad": 2,
        }
        for i, name, colour, shift in (
            (0, _("original"), theme.original, -20),
            (-1, _("tricked"), theme.target, 20),
        )
    ]


def _scene(
    survey: Survey, theme: Palette, ticks: dict[str, Any], heights: list[float], height: int
) -> dict[str, Any]:
    def axis(text: str, span: Sequence[float], **more: Any) -> dict[str, Any]:
        room = 0.03 * (span[1] - span[0])  # so that what lies on an edge is not cut
        return {
            "title": {"text": text, "font": {"size": 12}},
            "range": [span[0] - room, span[1] + room],
            "gridcolor": theme.rule,
            "showbackground": False,
            "zeroline": False,
            "color": theme.faint,
            "tickfont": {"size": 11},
            **more,
        }

    return {
        **base_layout(theme, height),
        "dragmode": "turntable",
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "uirevision": "hill",  # who has turned it finds it so when it grows finer
        "scene": {
            "uirevision": "hill",
            "dragmode": "turntable",
            "xaxis": axis(_("along the trick"), _span(survey.a), dtick=EVERY),
            "yaxis": axis(_("across"), _span(survey.b), dtick=EVERY),
            "zaxis": axis("", heights, **ticks),
            "aspectmode": "manual",
            "aspectratio": {"x": 1.35, "y": 1.1, "z": 0.75},
            "camera": {
                "eye": {"x": -0.82, "y": -1.9, "z": 1.04},
                "center": {"x": -0.08, "y": 0, "z": -0.15},
            },
        },
    }


def _span(points: Any) -> tuple[float, float]:
    return float(points[0]), float(points[-1])


def _power(k: int) -> str:
    """A power of ten as people read it: as a share of a hundred where that is short."""
    if k >= -4:
        return f"{100 * 10.0**k:g}\u00a0%"
    return "10⁻" + "".join(_RAISED[int(digit)] for digit in str(-k))
