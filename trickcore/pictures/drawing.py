"""Drawn digits: strokes of a pen, brought to the form of MNIST's digits; our own samples of them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from trickcore.language import _, later
from trickcore.pictures.digit_form import BOX, PEN, SIDE, centred
from trickcore.pictures.digit_photo import from_photo as from_photo  # where callers look for it
from trickcore.pictures.files import ASSETS, Pixels, encode

CANVAS_PEN, CANVAS_ERASER = 0.05, 0.18  # widths as one draws, in sides of the canvas
SMALLEST = 0.15  # of the canvas: what is smaller, such as a dot, is enlarged as if it were so large
MOST = 20_000  # points in a drawing
FINE = 10  # drawn so many times as large, then averaged

Point = tuple[float, float]
Line = NDArray[np.float64]  # (P, 2): x to the right, y down
Mask = NDArray[np.bool_]  # (H, W): where there is ink


@dataclass(frozen=True, slots=True)
class Stroke:
    """What was drawn between pen down and pen up, in sides of the canvas: 0 to 1."""

    points: tuple[Point, ...]
    erases: bool = False


def rendered(strokes: Sequence[Stroke]) -> Pixels:
    """The drawing as MNIST would have it: (28, 28), white on black; all black if there is no ink."""
    pieces = [list(_left(strokes, i)) for i in range(len(strokes))]
    ink = [piece for group in pieces for piece in group]
    if not ink:
        return np.zeros((SIDE, SIDE), np.uint8)
    everything = np.concatenate(ink)
    low, high = everything.min(0), everything.max(0)
    scale = (BOX - PEN) / max(*(high - low), SMALLEST)
    offset = BOX / 2 - scale * (low + high) / 2

    sheet = Image.new("L", (BOX * FINE, BOX * FINE))
    for stroke, group in zip(strokes, pieces, strict=True):
        if stroke.erases:
            draw_line(sheet, scale * np.array(stroke.points) + offset, scale * CANVAS_ERASER, 0)
        for piece in group:
            draw_line(sheet, _smooth(scale * piece + offset), PEN, 255)
    return centred(np.array(sheet.filter(ImageFilter.GaussianBlur(0.15 * FINE)).reduce(FINE)))


def to_json(strokes: Sequence[Stroke]) -> str:
    """The strokes as compact JSON, which `from_json` reads."""
    plain = [
        {"points": [[round(x, 3), round(y, 3)] for x, y in stroke.points], "erases": stroke.erases}
        for stroke in strokes
    ]
    return json.dumps(plain, separators=(",", ":"))


def from_json(text_or_obj: str | bytes | list[Any]) -> tuple[Stroke, ...]:
    """Strokes from JSON or from what it decodes to; points beyond the canvas are brought to its edge.

    Raises ValueError, with a sentence that says what was expected, for anything else.
    """
    if isinstance(text_or_obj, str | bytes):
        try:
            text_or_obj = json.loads(text_or_obj)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"The drawing is not JSON: {error}.") from None
    if not isinstance(text_or_obj, list):
        raise ValueError(f"A drawing is a list of strokes, got {type(text_or_obj).__name__}.")
    strokes: list[Stroke] = []
    points = 0
    for stroke in text_or_obj:
        if not isinstance(stroke, dict) or not isinstance(stroke.get("points"), list):
            raise ValueError("A stroke is an object with a list of points.")
        erases = stroke.get("erases", False)
        if not isinstance(erases, bool):
            raise ValueError(f"A stroke erases (true) or does not (false), got {erases!r}.")
        points += len(stroke["points"])
        if points > MOST or len(strokes) > MOST:
            raise ValueError(_("The drawing has more than {most:,} points; draw it more simply.", most=MOST))
        if stroke["points"]:
            strokes.append(Stroke(tuple(map(_point, stroke["points"])), erases))
    return tuple(strokes)


@cache
def _samples() -> dict[str, dict[str, Any]]:
    samples: dict[str, dict[str, Any]] = json.loads((ASSETS / "digits" / "drawn.json").read_text())
    return samples


DRAWN: tuple[str, ...] = tuple(_samples())


def drawn(name: str) -> tuple[Stroke, ...]:
    """The strokes of one of DRAWN, our own samples."""
    if name not in _samples():
        raise ValueError(f"expected one of {', '.join(DRAWN)}, got {name!r}")
    return from_json(_samples()[name]["strokes"])


_TITLES = (  # for the catalogues
    later("0, upright"), later("1, upright"), later("2, upright"), later("3, upright"), later("4, upright"),
    later("5, upright"), later("6, upright"), later("7, upright"), later("8, upright"), later("9, upright"),
    later("5 or 6?"),
)  # fmt: skip


def drawn_title(name: str) -> str:
    """What one of DRAWN is called on a page."""
    drawn(name)
    return str(_samples()[name]["title"])


def drawn_png(name: str) -> bytes:
    """One of DRAWN as a picture file of 28 x 28."""
    return encode(rendered(drawn(name)))


def _point(pair: Any) -> Point:
    numbers = isinstance(pair, list) and len(pair) == 2 and all(type(v) in (int, float) for v in pair)
    if not numbers or not all(abs(v) < math.inf for v in pair):
        raise ValueError(f"A point is two numbers, x and y from 0 to 1, got {str(pair)[:40]}.")
    return min(1.0, max(0.0, pair[0])), min(1.0, max(0.0, pair[1]))


def _left(strokes: Sequence[Stroke], i: int) -> Iterator[Line]:
    """What later erasers leave of the middle line of stroke i, in pieces (P, 2); none of an eraser."""
    if strokes[i].erases or not strokes[i].points:
        return
    line = _filled(np.array(strokes[i].points), 0.004)
    gone = np.zeros(len(line), bool)
    for stroke in strokes[i + 1 :]:
        if stroke.erases and stroke.points:
            rubber = _filled(np.array(stroke.points), CANVAS_ERASER / 8)
            for part in np.array_split(rubber, len(rubber) // 200 + 1):
                apart = np.linalg.norm(line[:, None] - part[None], axis=2)
                gone |= (apart <= CANVAS_ERASER / 2).any(1)
    bounds = np.flatnonzero(np.diff(gone, prepend=True, append=True))
    for start, end in zip(bounds[::2], bounds[1::2], strict=True):
        yield line[start:end]


def _filled(line: Line, step: float) -> Line:
    """The line with points put in between, so that no two are further apart than step."""
    if len(line) == 1:
        return line
    counts = np.ceil(np.linalg.norm(np.diff(line, axis=0), axis=1) / step).astype(int).clip(1)
    parts = [np.linspace(a, b, n, endpoint=False) for (a, b), n in zip(pairwise(line), counts, strict=True)]
    return np.concatenate([*parts, line[-1:]])


def _smooth(line: Line) -> Line:
    """A hand's tremor and a mouse's corners taken out: even steps of half a pixel, neighbours averaged."""
    along = np.concatenate([[0], np.linalg.norm(np.diff(line, axis=0), axis=1).cumsum()])
    if along[-1] < 1:
        return line
    even = np.linspace(0, along[-1], max(3, round(along[-1] * 2) + 1))
    line = np.stack([np.interp(even, along, line[:, axis]) for axis in (0, 1)], axis=1)
    for _turn in range(2):
        line[1:-1] = (line[:-2] + 2 * line[1:-1] + line[2:]) / 4
    return line


def draw_line(sheet: Image.Image, line: Line, width: float, ink: int) -> None:
    """A line (P, 2) in pixels of the box, with round ends and joints, on a sheet FINE times finer."""
    brush, line, radius = ImageDraw.Draw(sheet), line * FINE - 0.5, width * FINE / 2
    for a, b in pairwise(line):
        along = b - a
        side = np.array([-along[1], along[0]]) * radius / (np.linalg.norm(along) or 1)
        brush.polygon([tuple(corner) for corner in (a + side, b + side, b - side, a - side)], fill=ink)
    for x, y in line:
        brush.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ink)
