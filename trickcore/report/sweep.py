"""A sweep as one HTML file: the chart as SVG, both tables, the plan, and what it was made with."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from trickcore.language import _, language, later
from trickcore.measure.robustness import Curve, Kind, Row, Share, curves
from trickcore.plots.methods.sweep import DASHES, names_of
from trickcore.plots.style import DARK, LIGHT, palette
from trickcore.report.svg import css_colour, variables

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 860, 340, 52, 250, 16, 44
TITLES: dict[Kind, str] = {
    "success": later("Tricked, of those that were not what was wanted already"),
    "accuracy": later("Still read right (accuracy under attack)"),
}
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); max-width: 60rem;
  margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--rule); }
svg { width: 100%; height: auto; } svg text { font: 13px system-ui, sans-serif; fill: var(--faint); }
small { color: var(--faint); } .scroll { overflow-x: auto; }
"""


def html(plan: Sequence[tuple[str, str]], rows: Sequence[Row]) -> str:
    """A page that needs nothing else. `plan` are its lines: what was chosen, and how; last what it was made
    with."""
    parts = [
        f"<!doctype html><html lang='{language()}'><meta charset='utf-8'>",
        f"<meta name='viewport' content='width=device-width'><title>{escape(_('A sweep'))}</title>",
        f"<style>:root {{{_colours(False)}}} @media (prefers-color-scheme: dark) "
        f"{{:root {{{_colours(True)}}}}}",
        f"{STYLE}</style><h1>{escape(_('How many pictures does each epsilon trick?'))}</h1>",
    ]
    for kind in ("success", "accuracy"):
        found = curves(rows, kind)
        title = _(TITLES[kind])
        parts += [f"<h2>{escape(title)}</h2>", _chart(found, title), _table(found)]
    lines = "".join(f"<tr><th>{escape(name)}</th><td>{escape(words)}</td></tr>" for name, words in plan)
    small = _(
        "{n:,} trials, each measured on the picture as it is saved. Bands and brackets: 95\u00a0% intervals "
        "(Wilson 1927). Epsilon in grey levels of 255.",
        n=len(rows),
    )
    parts += [
        f"<h2>{escape(_('The plan'))}</h2><table>{lines}</table>",
        f"<p><small>{escape(small)}</small></p></html>",
    ]
    return "\n".join(parts)


def _colours(dark: bool) -> str:
    return " ".join(f"{name}: {value};" for name, value in variables(DARK if dark else LIGHT).items())


def _table(found: Sequence[Curve]) -> str:
    columns = list(dict.fromkeys(eps for curve in found for eps, share in curve.points))
    head = "".join(f"<th>{escape(_written(eps))}</th>" for eps in columns)
    lines = []
    for curve, name in zip(found, names_of(found), strict=True):
        there = dict(curve.points)
        cells = "".join(
            f"<td>{100 * there[eps].share:.1f}\u00a0% <small>({_between(there[eps])})</small></td>"
            if eps in there and there[eps].pictures
            else "<td></td>"
            for eps in columns
        )
        lines.append(f"<tr><th>{escape(name)}</th>{cells}</tr>")
    head = f"<tr><th>{escape(_('epsilon'))}</th>{head}</tr>"
    return f"<div class='scroll'><table>{head}{''.join(lines)}</table></div>"


def _written(eps: float | None) -> str:
    return _("own choice") if eps is None else f"{eps:g}"


def _between(share: Share) -> str:
    return escape(_("{low:.1f} to {high:.1f}", low=100 * share.low, high=100 * share.high))


def _chart(found: Sequence[Curve], alt: str) -> str:
    """The lines with their bands, named at their ends."""
    theme = palette(False)
    wheel = (theme.target, theme.original, *theme.others)
    order: list[float | None] = [
        *sorted({eps for curve in found for eps, share in curve.points if eps is not None}),
    ]
    if any(eps is None for curve in found for eps, share in curve.points):
        order.append(None)
    step = (WIDTH - LEFT - RIGHT) / max(len(order) - 1, 1)

    def at(eps: float | None, share: float) -> tuple[float, float]:
        return LEFT + step * order.index(eps), TOP + (HEIGHT - TOP - BOTTOM) * (1 - share)

    parts = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(alt)}">']
    for share in range(0, 101, 20):
        y = at(order[0], share / 100)[1]
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="var(--rule)"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{share}\u00a0%</text>')
    for eps in order:
        x, words = at(eps, 0)[0], escape(_written(eps))
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{words}</text>')
    networks = list(dict.fromkeys(curve.attacked.network for curve in found))
    methods = list(dict.fromkeys(curve.attacked.method for curve in found))
    dashes = {"solid": "", "dash": "7 5", "dot": "2 4", "dashdot": "7 4 2 4"}
    taken: list[float] = []
    for curve, name in zip(found, names_of(found), strict=True):
        points = [(eps, share) for eps, share in curve.points if share.pictures]
        if not points:
            continue
        colour = wheel[networks.index(curve.attacked.network) % len(wheel)]
        dash = dashes.get(DASHES[methods.index(curve.attacked.method) % len(DASHES)], "4 4")
        low = [at(eps, share.low) for eps, share in points]
        high = [at(eps, share.high) for eps, share in points]
        around = " ".join(f"{x:.1f},{y:.1f}" for x, y in [*high, *low[::-1]])
        line = " ".join("{:.1f},{:.1f}".format(*at(eps, share.share)) for eps, share in points)
        stroke = css_colour(colour.line)
        parts.append(f'<polygon points="{around}" fill="{stroke}" opacity="0.14"/>')
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="{stroke}" stroke-width="2.5" '
            f'stroke-dasharray="{dash}"/>'
        )
        x, y = at(points[-1][0], points[-1][1].share)
        while any(abs(y - other) < 15 for other in taken):
            y += 3
        taken.append(y)
        parts.append(
            f'<text x="{x + 10:.1f}" y="{y + 4:.1f}" style="fill: '
            f'{css_colour(colour.text)}">{escape(name)}</text>'
        )
    return "\n".join([*parts, "</svg>"])
