"""The probability chart as SVG: sharp on paper, small, and read off step by step without a script.

It is read off the Plotly figure, so that a report and a page show one chart. Colours become CSS
variables (`variables` gives their values), which follow the reader's light or dark screen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape, unescape
from typing import Any

import plotly.graph_objects as go

from trickcore.language import _
from trickcore.plots.style import LIGHT, Palette, evenly_spaced
from trickcore.text import percent, short

TOP = 46.0  # room above the lines for what is read off, and for the note at the flip
MOST_COLUMNS, MOST_POINTS = 200, 1000
TICKS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000)
DASHES = {"dot": "2 4", "dash": "7 5", "dashdot": "7 4 2 4"}


def variables(theme: Palette) -> dict[str, str]:
    """A palette as CSS variables, by their names."""
    colours = {"target": theme.target, "original": theme.original}
    colours |= {f"other-{i}": colour for i, colour in enumerate(theme.others)}
    plain = {name: str(getattr(theme, name)) for name in ("page", "text", "faint", "rule")}
    for name, colour in colours.items():
        plain |= {f"{name}-line": colour.line, f"{name}-text": colour.text}
    return {f"--{name}": value for name, value in plain.items()}


def lines(figure: go.Figure, width: int, height: int, alt: str) -> str:
    """A figure made by `charts.probability_chart` on light, as SVG that fills its place's width."""
    layout = figure.layout
    left, right = float(layout.margin.l) + 8, width - float(layout.margin.r) - 8
    low, high = layout.yaxis.range
    end = float(layout.xaxis.range[1])

    def at(x: float, y: float) -> tuple[float, float]:
        across = left + (right - left) * x / end
        return across, TOP + (height - float(layout.margin.b) - TOP) * (high - y) / (high - low)

    parts = [
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(alt)}" class="chart">',
        *_axes(at, end, width),
        *(_vertical(at, shape) for shape in layout.shapes),
        *(_line(at, line) for line in figure.data),
        *(_annotation(at, note) for note in layout.annotations),
        *_columns(at, figure.data, (right - left) / end, width),
        "</svg>",
    ]
    return "\n".join(parts)


def css_colour(color: str) -> str:
    """A colour of the light palette as the CSS variable that stands for it; any other as it is."""
    return f"var({_NAMES[color]})" if color in _NAMES else color


_NAMES = {value: name for name, value in variables(LIGHT).items()}


def _axes(at: Any, end: float, width: int) -> Iterator[str]:
    for share in range(0, 101, 20):
        (x0, y), x1 = at(0, share / 100), at(end, share / 100)[0]
        yield f'<path d="M{x0:.1f} {y:.1f}H{x1:.1f}" class="grid"/>'
        yield f'<text x="{x0 - 6:.1f}" y="{y + 4:.1f}" class="tick" text-anchor="end">{share}\u00a0%</text>'
    step = next((tick for tick in TICKS if end / tick <= (10 if width > 500 else 6)), TICKS[-1])
    bottom = at(0, 0)[1]
    for tick in range(0, int(end) + 1, step):
        x = at(tick, 0)[0]
        yield f'<text x="{x:.1f}" y="{bottom + 18:.1f}" class="tick" text-anchor="middle">{tick}</text>'
    x, step_word = at(end / 2, 0)[0], escape(_("step"))
    yield f'<text x="{x:.1f}" y="{bottom + 34:.1f}" class="tick" text-anchor="middle">{step_word}</text>'


def _line(at: Any, line: Any) -> str:
    kept = evenly_spaced(len(line.x), MOST_POINTS)
    points = " ".join("{:.1f},{:.1f}".format(*at(line.x[i], line.y[i])) for i in kept)
    dash = f' stroke-dasharray="{DASHES[line.line.dash]}"' if line.line.dash in DASHES else ""
    return (
        f'<polyline points="{points}" fill="none" stroke="{css_colour(line.line.color)}" '
        f'stroke-width="{line.line.width}" stroke-linejoin="round"{dash}/>'
    )


def _vertical(at: Any, shape: Any) -> str:
    (x, top), bottom = at(shape.x0, 1), at(shape.x0, 0)[1]
    dash = f' stroke-dasharray="{DASHES[shape.line.dash]}"' if shape.line.dash in DASHES else ""
    color = css_colour(shape.line.color)
    return f'<path d="M{x:.1f} {top:.1f}V{bottom:.1f}" stroke="{color}" stroke-width="1.5"{dash}/>'


def _annotation(at: Any, note: Any) -> str:
    x, y = at(note.x, note.y)
    y += -5 if note.yref == "paper" else 4
    text = note.text.removeprefix("<b>").removesuffix("</b>")  # of names no tag is left: plots.style.plain
    weight = ' font-weight="650"' if text != note.text else ""
    anchor = "end" if note.xanchor == "right" else "start"
    return (
        f'<text x="{x + (note.xshift or 0):.1f}" y="{y:.1f}" fill="{css_colour(note.font.color)}" '
        f'font-size="{note.font.size}" text-anchor="{anchor}"{weight}>{escape(unescape(text))}</text>'
    )


def _named(line: Any) -> str:
    """A line's name, which is written as Plotly reads it."""
    return escape(short(unescape(line.name), 22))


def _columns(at: Any, data: Sequence[Any], apart: float, width: int) -> Iterator[str]:
    """A step each, unseen until pointed at: then a rule, a dot on each line, and the leaders' numbers."""
    if not data:
        return
    kept = evenly_spaced(len(data[0].x), MOST_COLUMNS)
    wide = max(3.0, apart * len(data[0].x) / len(kept))
    for i in kept:
        step = data[0].x[i]
        (x, top), bottom = at(step, 1), at(step, 0)[1]
        found = sorted(data, key=lambda line: -line.y[i])
        ends = ((at(step, line.y[i])[1], css_colour(line.line.color)) for line in data)
        dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{fill}"/>' for y, fill in ends)
        few = width <= 500
        read = [f"{_named(line)} {percent(line.y[i])}" for line in found[: 3 if few else 4]]
        at_step = escape(_("Step {n}", n=step))
        lead = f'<tspan font-weight="650">{at_step}</tspan> · {read[0]}'
        rest = (
            f'<tspan x="0" dy="17">{" · ".join(read[1:])}</tspan>'
            if few
            else "".join(f" · {reading}" for reading in read[1:])
        )
        yield (
            f'<g class="step"><rect x="{x - wide / 2:.1f}" y="{TOP}" width="{wide:.1f}" '
            f'height="{bottom - TOP:.1f}" fill="transparent"/><g class="seen">'
            f'<path d="M{x:.1f} {top:.1f}V{bottom:.1f}" stroke="var(--faint)"/>{dots}'
            f'<text x="{0 if few else at(0, 0)[0]:.1f}" y="12" fill="var(--text)" font-size="13">'
            f"{lead}{rest}</text></g></g>"
        )
