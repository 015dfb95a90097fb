"""Drawn digits: strokes, or a photo of them, brought to the form of MNIST's digits.

That form (LeCun et al. 1998): white ink on black, the size scaled to a box of 20 x 20 pixels with
grey edges, moved by whole pixels until the centre of mass lies in the middle of 28 x 28. The pen is as
wide as MNIST's in that box, however large, small or thin one drew.
"""

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

from trickcore.pictures.files import ASSETS, ImageError, Pixels, decoded, encode, flattened

SIDE, BOX = 28, 20  # pixels: of the picture, and of the ink in it
PEN = 2.4  # pixels wide in that box; the mean of MNIST's digits is 2.3 to 2.6
MIDDLE = 14  # the pixel that MNIST's centre of mass lies in: 13.99 and 14.01 on average
CANVAS_PEN, CANVAS_ERASER = 0.05, 0.18  # widths as one draws, in sides of the canvas
SMALLEST = 0.15  # of the canvas: what is smaller, such as a dot, is enlarged as if it were so large
MOST = 20_000  # points in a drawing
FINE = 10  # drawn so many times as large, then averaged

Point = tuple[float, float]
Line = NDArray[np.float64]  # (P, 2): x to the right, y down
Levels = NDArray[np.float64]  # (H, W)
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
    return _centred(np.array(sheet.filter(ImageFilter.GaussianBlur(0.15 * FINE)).reduce(FINE)))


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
            raise ValueError(f"The drawing has more than {MOST:,} points; draw it more simply.")
        if stroke["points"]:
            strokes.append(Stroke(tuple(map(_point, stroke["points"])), erases))
    return tuple(strokes)


def from_photo(data: bytes) -> bytes:
    """A photo, scan or screenshot of one digit as MNIST would have it: the PNG of 28 x 28 pixels.

    Dark ink on light paper or light on dark. A picture of 28 x 28 is taken as it is, in grey.
    Raises ImageError, with a sentence that says what to do, for no picture or no ink.
    """
    grey = flattened(decoded(data), 1)
    if grey.size == (SIDE, SIDE):
        return encode(np.array(grey))
    grey.thumbnail((1600, 1600))
    values = _grey(grey, _at_most(400, grey.size))
    dark = _dark_on_light(values)
    scale = grey.width / values.shape[1]
    left, top, right, bottom = (value * scale for value in _box(_ink(values if dark else 255 - values)))
    margin = 0.3 * max(right - left, bottom - top)
    close = grey.crop(_within((left - margin, top - margin, right + margin, bottom + margin), grey.size))
    values = _grey(close, _at_most(320, close.size, enlarge=True))
    return encode(_redrawn(_ink(values if dark else 255 - values)))


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
    for _ in range(2):
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


def _centred(box: Pixels) -> Pixels:
    """Ink in at most 20 x 20, moved by whole pixels until its mass is in the middle of 28 x 28."""
    picture = np.zeros((SIDE, SIDE), np.uint8)
    if box.any():
        (height, width), mass = box.shape, box.sum(dtype=float)
        y = (box.sum(1) @ np.arange(height)) / mass
        x = (box.sum(0) @ np.arange(width)) / mass
        top = min(max(round(MIDDLE - y), 0), SIDE - height)  # never cut off
        left = min(max(round(MIDDLE - x), 0), SIDE - width)
        picture[top : top + height, left : left + width] = box
    return picture


def _grey(image: Image.Image, size: tuple[int, int]) -> Levels:
    """Grey levels at that size, slightly blurred so that a camera's noise is no ink."""
    image = image.resize(size, Image.Resampling.BICUBIC, reducing_gap=3)
    return np.asarray(image.filter(ImageFilter.GaussianBlur(max(size) / 400)), dtype=np.float64)


def _dark_on_light(values: Levels) -> bool:
    """Three signs are asked, of which each errs in its own way. Raises ImageError if there is no ink."""
    pictures = values, 255 - values
    maps = [_darker(picture) for picture in pictures]
    seen = [_peak(one) > max(0.15, 12 * _noise(p)) for one, p in zip(maps, pictures, strict=True)]
    if not any(seen):
        raise ImageError(
            "No ink was found in the picture. Write one digit on plain paper with a dark pen, "
            "let it fill the picture, and try again."
        )
    if not all(seen):
        return seen[0]
    masks = [one > 0.45 * _peak(one) for one in maps]
    edge = np.ones(values.shape, bool)
    edge[2:-2, 2:-2] = False
    y, x = np.indices(values.shape)
    plane = np.stack([x, y, np.ones_like(x)], axis=-1)
    paper = plane @ np.linalg.lstsq(plane[edge], values[edge])[0]
    differs = [abs((values - paper)[mask].mean()) for mask in masks]
    votes = (
        differs[0] > differs[1],  # ink differs from the picture's edge; wrong where a table is in view
        masks[0].sum() < masks[1].sum(),  # ink is less than what it encloses; wrong for a thick pen
        np.median(values) > values.mean(),  # ink is less than paper; wrong in uneven light
    )
    return sum(map(bool, votes)) >= 2


def _ink(values: Levels) -> Mask:
    """Where the digit is: grey levels of some hundred pixels a side, dark on light."""
    darkness = _darker(values)
    return _body(darkness > 0.45 * _peak(darkness))


def _peak(darkness: Levels) -> float:
    return float(np.sort(darkness, axis=None)[-max(4, darkness.size // 4000) :].mean())


def _noise(values: Levels) -> float:
    """The standard deviation that the blur has left of it, as a share of the paper's level."""
    steps = np.sort(np.abs(np.diff(values, axis=1)), axis=None)
    return float(steps[: steps.size * 9 // 10].mean() / 0.42 / max(48, np.median(values)))


def _darker(values: Levels) -> Levels:
    """By what share each pixel is darker than the paper around it: uneven light drops out."""
    image = Image.fromarray(values.clip(0, 255).astype(np.uint8))
    small = image.copy()
    small.thumbnail((100, 100), Image.Resampling.BOX)
    reach = min(max(small.size) // 8 * 2 + 1, min(small.size) * 2 - 1)
    wide = np.pad(np.asarray(small, np.int16), reach, "reflect", reflect_type="odd").clip(
        0, 255
    )  # shades go on
    paper = Image.fromarray(wide.astype(np.uint8))
    paper = paper.filter(ImageFilter.MaxFilter(reach)).filter(ImageFilter.MinFilter(reach + 2))
    paper = paper.crop((reach, reach, reach + small.width, reach + small.height))
    level = np.asarray(paper.resize(image.size, Image.Resampling.BILINEAR), dtype=np.float64)
    darkness: Levels = ((level - values) / level.clip(48)).clip(0, 1)
    return darkness


def _body(ink: Mask) -> Mask:
    """The digit without specks, and without what comes in from the edges where that leaves a digit."""
    from skimage.measure import label, regionprops  # brings SciPy, a second that a page need not wait for

    numbers = label(ink, connectivity=2)
    parts = regionprops(numbers)
    height, width = ink.shape

    def length(part: Any) -> int:
        top, left, bottom, right = part.bbox
        return int(max(bottom - top, right - left))

    inside = [
        part
        for part in parts
        if part.bbox[0] > 0 and part.bbox[1] > 0 and part.bbox[2] < height and part.bbox[3] < width
    ]
    largest = max(map(length, parts))
    if max(map(length, inside), default=0) >= min(largest / 4, 0.12 * max(ink.shape)):
        parts = inside
    main = max(parts, key=lambda part: part.area)
    kept = [part.label for part in parts if part.area >= 0.06 * main.area]
    body: Mask = np.isin(numbers, kept)
    return body


def _at_most(side: int, size: tuple[int, int], *, enlarge: bool = False) -> tuple[int, int]:
    scale = side / max(size)
    if scale > 1 and not enlarge:
        return size
    return max(8, round(scale * size[0])), max(8, round(scale * size[1]))


def _box(ink: Mask) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the ink; the last two lie outside."""
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _within(box: tuple[float, float, float, float], size: tuple[int, int]) -> tuple[int, int, int, int]:
    left, top, right, bottom = box
    return (
        max(0, math.floor(left)),
        max(0, math.floor(top)),
        min(size[0], math.ceil(right)),
        min(size[1], math.ceil(bottom)),
    )


def _redrawn(ink: Mask) -> Pixels:
    """Ink of any thickness with lines as wide as MNIST's, in the box and centred."""
    left, top, right, bottom = _box(ink)
    length = max(right - left, bottom - top)
    room = math.ceil(length * 0.2)
    ink = np.pad(ink[top:bottom, left:right], room)
    from skimage.morphology import isotropic_dilation, isotropic_erosion, skeletonize

    middle = skeletonize(ink)
    width = ink.sum() / (1.12 * middle.sum())  # a diagonal has fewer pixels than it is long
    share = PEN / BOX
    more = (share * length - width) / (2 - 2 * share)  # on each side, of lines and so of the whole
    if more >= 0:
        ink = isotropic_dilation(ink, more)
    else:  # thick lines shrink to their middle, so that thin ones among them do not break
        ink = isotropic_erosion(ink, -more) | isotropic_dilation(middle, width / 2 + more)
    left, top, right, bottom = _box(ink)
    scale = BOX / max(right - left, bottom - top)
    size = (max(1, round(scale * (right - left))), max(1, round(scale * (bottom - top))))
    cut = Image.fromarray(ink[top:bottom, left:right].astype(np.uint8) * 255)
    buffer = cut.resize(size, Image.Resampling.BOX)
    return _centred(np.array(buffer))
