"""A network drawn: pixels, hidden units and answers, with lines as wide as what goes along them."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from trickcore.explain.records import ForwardPass, Values, largest
from trickcore.language import _
from trickcore.pictures.files import Pixels, encode, enlarged
from trickcore.plots.digits import network_places
from trickcore.plots.digits.network_places import Places
from trickcore.plots.gradients import picture
from trickcore.plots.style import AXIS, CLEAR, Palette, annotation, base_layout, palette, translucent
from trickcore.text import percent, signed

RAYS = 8  # pixels that each unit is joined to: those that count most for it
WIDEST = 6.0  # pixels across, of the line along which most goes
FAINT, HIDDEN = 0.16, 0.0  # opacities: of a strong line off the path that is looked at, and of a weak one
STRONG = 0.12  # of the largest: what is weaker is drawn only on the path that is looked at


@dataclass(frozen=True, slots=True)
class Chosen:
    """What of a forward pass is looked at."""

    units: Sequence[int]  # that are drawn
    unit: int  # the one whose path is lit; among them
    answer: int
    back: bool = False  # the gradient of the answer, not the way to it


def network_drawing(
    found: ForwardPass, labels: Sequence[str], chosen: Chosen, *, dark: bool = False, narrow: bool = False
) -> go.Figure:
    """The picture, the chosen units and all answers; orange pushes up, blue and dashed down.

    Forwards a line is as wide as what a pixel or unit adds, backwards as its share of the gradient. The
    lines' `meta` say which unit and which answers they are on the path of, and how much they are seen until
    hovering lights them up.
    """
    theme = palette(dark)
    places = (network_places.narrow if narrow else network_places.wide)(len(chosen.units), len(labels))
    points = [
        _unit_points(found, labels, chosen, places),
        _answer_points(found, labels, chosen, places, theme),
    ]
    layout = {
        **base_layout(theme, round(places.height)),
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "images": _images(found, chosen, places),
        "shapes": _borders(chosen, places, theme),
        "annotations": [*_headings(places, chosen, labels, theme), *_figures(found, chosen, places, theme)],
        "hovermode": "closest",
        "clickmode": "event+select",
        "xaxis": {**AXIS, "range": [0, places.width], "visible": False, "constrain": "domain"},
        "yaxis": {
            **AXIS,
            "range": [places.height, 0],
            "visible": False,
            "scaleanchor": "x",
            "constrain": "domain",
        },
    }
    return go.Figure({"data": [*_lines(found, chosen, places, theme), *points], "layout": layout})


def colour_scale(values: Values) -> float:
    """The size that has the full colour: larger than 98 % of those that are not 0; 1 where all are."""
    sizes = np.abs(values[values != 0])
    return float(np.quantile(sizes, 0.98)) if sizes.size else 1.0


def unit_picture(found: ForwardPass, chosen: Chosen, unit: int) -> Pixels:
    """What is drawn of a unit: its weights, or backwards its share of the answer's gradient."""
    if not chosen.back:
        values = found.patterns[unit]
        return picture(values.astype(np.float32), colour_scale(values))
    shares = found.shares(chosen.answer)
    return picture(shares[unit].astype(np.float32), colour_scale(shares[list(chosen.units)]))


def pixel_picture(found: ForwardPass, chosen: Chosen) -> Pixels:
    """What is drawn of the pixels: the picture itself, or backwards the answer's gradient."""
    if not chosen.back:
        return found.pixels
    values = found.gradients[chosen.answer]
    return picture(values.astype(np.float32), colour_scale(values))


def _images(found: ForwardPass, chosen: Chosen, places: Places) -> list[dict[str, Any]]:
    left, top, side = places.box
    tiles = [(pixel_picture(found, chosen), left, top, side, 280)]
    for unit, (x, y) in zip(chosen.units, places.units, strict=True):
        half = places.side / 2
        tiles.append((unit_picture(found, chosen, unit), x - half, y - half, places.side, 84))
    return [
        {
            "source": "data:image/png;base64," + base64.b64encode(encode(enlarged(tile, least))).decode(),
            **{"xref": "x", "yref": "y", "x": x, "y": y, "sizex": size, "sizey": size},
            # Lines begin at the picture's pixels, but pass behind a unit's.
            **{"sizing": "stretch", "layer": "above" if at else "below"},
        }
        for at, (tile, x, y, size, least) in enumerate(tiles)
    ]


def _borders(chosen: Chosen, places: Places, theme: Palette) -> list[dict[str, Any]]:
    """A frame round each unit, a strong one round the one that is looked at."""
    left, top, side = places.box
    found = [(left, top, side, theme.rule, 1.0)]
    for unit, (x, y) in zip(chosen.units, places.units, strict=True):
        mine, half = unit == chosen.unit, places.side / 2
        found.append((x - half, y - half, places.side, theme.text if mine else theme.rule, 3 if mine else 1))
    return [
        {"type": "rect", "x0": x, "x1": x + size, "y0": y, "y1": y + size, "line": {"color": c, "width": w}}
        for x, y, size, c, w in found
    ]


def _lines(found: ForwardPass, chosen: Chosen, places: Places, theme: Palette) -> list[dict[str, Any]]:
    """Between pixels and units and between units and answers, the faint ones first."""
    flows = found.pull(chosen.answer)[None] if chosen.back else found.added
    answers = [chosen.answer] if chosen.back else range(len(flows))
    most = float(np.abs(flows[:, list(chosen.units)]).max()) or 1.0
    rays = {
        unit: found.shares(chosen.answer)[unit] if chosen.back else found.terms(unit) for unit in chosen.units
    }
    ray_most = max(float(np.abs(values).max()) for values in rays.values()) or 1.0
    lines = []
    for unit, place in zip(chosen.units, places.units, strict=True):
        mine = unit == chosen.unit
        strong = []
        for row, k in enumerate(answers):
            flow = float(flows[row, unit])
            if not flow:
                continue
            share = abs(flow) / most
            if share >= STRONG:
                strong.append(k)
            seen = 1.0 if mine else 0.75 if k == chosen.answer else FAINT
            opacity = seen if mine or share >= STRONG else HIDDEN
            way = places.ends(place, places.answers[k])
            lines.append(_line(way, flow, share, opacity, {"unit": unit, "paths": [k]}, theme))
        for sign in (1, -1):
            values = np.where(np.sign(rays[unit]) == sign, rays[unit], 0.0)
            top = [at for at in largest(rays[unit], RAYS) if values[at]]
            if not top:
                continue
            end, ends = places.edge(place, before=True), list[tuple[float | None, float | None]]()
            for at in top:
                ends += [places.pixel(*at, found.pixels.shape), end, (None, None)]
            size = float(np.mean([abs(values[at]) for at in top])) / ray_most
            opacity = 1.0 if mine else FAINT if size >= 2 * STRONG else HIDDEN
            lines.append(_line(ends, sign, size / 2.5, opacity, {"unit": unit, "paths": strong}, theme))
    return sorted(lines, key=lambda line: float(line["meta"]["seen"]))


def _line(
    ends: Sequence[Any], flow: float, share: float, opacity: float, meta: dict[str, Any], theme: Palette
) -> dict[str, Any]:
    colour = theme.target.line if flow > 0 else theme.original.line
    dash = "solid" if flow > 0 else "4px,3px"
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [x for x, _ in ends],
        "y": [y for _, y in ends],
        "line": {
            "color": translucent(colour, opacity),
            "width": max(0.8, WIDEST * min(share, 1)),
            "dash": dash,
        },
        # In the colour, not of the trace: a hundred thin layers darken what is under them.
        "meta": {**meta, "seen": opacity},
        "hoverinfo": "skip",
    }


def _unit_points(found: ForwardPass, labels: Sequence[str], chosen: Chosen, places: Places) -> dict[str, Any]:
    """An invisible square over each unit, to hover and to choose."""
    return {
        **_points("units", places.units, places.side, "square"),
        "marker": {"symbol": "square", "size": places.side, "color": CLEAR},
        "customdata": [f"unit {unit}" for unit in chosen.units],
        "text": [_told(found, labels, chosen, unit) for unit in chosen.units],
    }


def _told(found: ForwardPass, labels: Sequence[str], chosen: Chosen, unit: int) -> str:
    answer, to = chosen.answer, labels[chosen.answer]
    n = unit + 1
    if chosen.back:
        pull = found.pull(answer)[unit]
        if not pull:
            return _("Unit {n}: off, so nothing passes through", n=n)
        return _("Unit {n}: a point more here is {pull} for {answer}", n=n, pull=signed(pull), answer=to)
    if found.sums[unit] <= 0:
        return _("Unit {n}: sum {sum}, so it is off", n=n, sum=signed(found.sums[unit]))
    passes, adds = f"{found.active[unit]:.2f}", signed(found.added[answer, unit])
    return _(
        "Unit {n}: passes on {passes}, adds {adds} to {answer}", n=n, passes=passes, adds=adds, answer=to
    )


def _answer_points(
    found: ForwardPass, labels: Sequence[str], chosen: Chosen, places: Places, theme: Palette
) -> dict[str, Any]:
    mine = [k == chosen.answer for k in range(len(labels))]
    return {
        **_points("answers", places.answers, 26, "circle"),
        "marker": {
            "size": 24 if places.narrow else 30,
            "color": [theme.text if own else theme.page for own in mine],
            "line": {"color": theme.text if max(mine) else theme.rule, "width": 1.2},
        },
        "mode": "markers",
        "customdata": [f"answer {k}" for k in range(len(labels))],
        "text": [
            _("{name}: score {score:.2f}, {share}", name=name, score=found.logits[k], share=percent(share))
            for k, (name, share) in enumerate(zip(labels, map(float, found.probs), strict=True))
        ],
    }


def _points(name: str, places: Sequence[tuple[float, float]], size: float, symbol: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [x for x, _ in places],
        "y": [y for _, y in places],
        "marker": {"symbol": symbol, "size": size},
        "selected": {"marker": {"opacity": 1}},
        "unselected": {"marker": {"opacity": 1}},
        "hovertemplate": "%{text}<extra></extra>",
    }


def _headings(places: Places, chosen: Chosen, labels: Sequence[str], theme: Palette) -> list[dict[str, Any]]:
    of = labels[chosen.answer]
    words = (
        (
            _("What more ink does to the {digit}", digit=of),
            _("Hidden units, and their pull on the {digit}", digit=of),
            _("Answers"),
        )
        if chosen.back
        else (_("Pixels"), _("Hidden units: what each passes on"), _("Answers: score, probability"))
    )
    spots = ((180.0, 10.0, "center"), (180.0, 230.0, "center"), (180.0, 412.0, "center"))
    if not places.narrow:
        left, top, side = places.box
        last = (720.0, 12.0, "center") if len(words[2]) < 28 else (places.width - 2, 12.0, "right")
        spots = ((left + side / 2, top - 16, "center"), (442.0, 12.0, "center"), last)
    return [
        {**annotation(x, y, f"<b>{text}</b>", theme.text, 13), "xanchor": anchor, "bgcolor": theme.page}
        for (x, y, anchor), text in zip(spots, words, strict=True)
    ]


def _figures(found: ForwardPass, chosen: Chosen, places: Places, theme: Palette) -> list[dict[str, Any]]:
    """The numbers beside the units and the answers."""
    notes = []
    size = 11 if places.narrow else 13
    for unit, place in zip(chosen.units, places.units, strict=True):
        on = found.sums[unit] > 0
        value = found.pull(chosen.answer)[unit] if chosen.back else found.active[unit]
        text = (signed(value) if chosen.back else f"{value:.1f}") if on else _("off")
        colour = theme.text if on else theme.faint
        x, y = places.edge(place, before=False)
        if places.narrow:
            note = annotation(x, y + 9, text, colour, size)
            notes.append({**note, "xanchor": "center", "bgcolor": theme.page})
        else:
            notes.append(annotation(x + 6, y, text, colour, size))
    best = int(found.probs.argmax())
    for k, (x, y) in enumerate(places.answers):
        inside = theme.page if k == chosen.answer else theme.text
        notes.append({**annotation(x, y, f"<b>{k}</b>", inside, 14), "xanchor": "center"})
        colour, score = theme.text if k in (best, chosen.answer) else theme.faint, signed(found.logits[k], 1)
        if places.narrow:
            notes.append({**annotation(x, y + 24, score, colour, size), "xanchor": "center"})
        else:
            sure = percent(float(found.probs[k]))
            notes.append({**annotation(x + 62, y, score, colour, size), "xanchor": "right"})
            notes.append({**annotation(x + 166, y, sure, colour, size), "xanchor": "right"})
    if places.narrow:
        sure = _("{answer} has {share}", answer=best, share=percent(float(found.probs[best])))
        notes.append({**annotation(180, 490, sure, theme.text, 13), "xanchor": "center"})
    return notes
