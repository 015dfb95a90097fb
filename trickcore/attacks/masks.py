"""Masks: which pixels may move, so that a change too large to hide sits only where it may be seen.

Glasses (Sharif et al. 2016), a sticker (Brown et al. 2017, arXiv:1712.09665), a frame round the edge, or
what was painted over the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from trickcore.language import _, later
from trickcore.pictures.drawing import FINE, Mask, Stroke, draw_line
from trickcore.pictures.files import Pixels

if TYPE_CHECKING:  # what a page or a command line asks of masks needs no tensor
    from torch import Tensor

MASKS = (later("everywhere"), later("glasses"), later("sticker"), later("frame"), later("painted"))
BRUSH = 0.1  # width as one paints, in short sides of the picture
FRAME = 1 / 14  # 2 of a digit's 28 pixels
RIM = 0.052  # the line of the glasses
ORANGE = (213, 94, 0)  # what may be tricked, as on the pages
COVER = 0.7  # how much of the picture a mask hides where it is shown

Box = tuple[float, float, float, float]  # left, top, right, bottom, in sides of the picture


@dataclass(frozen=True, slots=True)
class Brushed(Stroke):
    """A stroke of a brush or an eraser of a width of one's choice."""

    width: float = BRUSH  # in short sides of the picture


def mask(kind: str, size: tuple[int, int], painted: Sequence[Stroke] = ()) -> Tensor:
    """One of MASKS for a picture of size (H, W): (1, H, W) float32 of 0 and 1, where 1 may move.

    `painted` is read by the mask "painted" alone: strokes over the picture, erasers included. Raises
    ValueError for another kind, and when nothing was painted or all of it was erased.
    """
    import torch

    return torch.from_numpy(_found(kind, size, painted)).float().unsqueeze(0)


def values(mask: Tensor, x: Tensor) -> int:
    """How many values of pixels (C, H, W) may move."""
    return int(mask.expand_as(x).sum())


def found(kind: str, size: tuple[int, int], painted: Sequence[Stroke] = ()) -> Mask:
    """The mask as an array (H, W) of truth values, for those who touch no tensor. Raises as `mask` does."""
    return _found(kind, size, painted)


def share_of(kind: str, size: tuple[int, int], painted: Sequence[Stroke] = ()) -> float:
    """The share of the pixels that a mask lets move, without a tensor, for a page. Raises as `mask` does."""
    return float(_found(kind, size, painted).mean())


def share(mask: Tensor) -> float:
    """The share of the pixels that may move, 0 to 1."""
    return float(mask.mean())


def veiled(
    pixels: Pixels, kind: str, painted: Sequence[Stroke] = (), colour: tuple[int, int, int] = ORANGE
) -> tuple[Pixels, float]:
    """A picture with a mask shown over it, (H, W, 3), and the mask's share of it. Raises as `mask` does."""
    found = _found(kind, (pixels.shape[0], pixels.shape[1]), painted)
    colours = (pixels if pixels.ndim == 3 else np.stack([pixels] * 3, axis=-1)).astype(np.float64)
    colours[found] = (1 - COVER) * colours[found] + COVER * np.array(colour)
    return colours.round().astype(np.uint8), float(found.mean())


def _found(kind: str, size: tuple[int, int], painted: Sequence[Stroke]) -> Mask:
    if kind == "everywhere":
        return np.ones(size, bool)
    if kind == "frame":
        found = _frame(size)
    elif kind == "glasses":
        found = _glasses(size)
    elif kind == "sticker":
        found = _sticker(size)
    elif kind == "painted":
        found = _painted(size, painted)
    else:
        raise ValueError(f"expected one of {', '.join(MASKS)}, got {kind!r}")
    if not found.any():
        if kind == "painted":
            raise ValueError(_("Nothing is painted yet. Paint over the part of the picture that may change."))
        raise ValueError(f"expected a picture large enough for {kind}, got {size[0]} x {size[1]}")
    return found


def _frame(size: tuple[int, int]) -> Mask:
    height, width = size
    edge = max(1, round(FRAME * min(size)))
    found = np.ones(size, bool)
    found[edge : height - edge, edge : width - edge] = False
    return found


def _glasses(size: tuple[int, int]) -> Mask:
    """The left half is drawn, arm, lens and half a bridge, and the right is its mirror image."""
    sheet, pen = _sheet(size)
    lens: Box = (0.10, 0.265, 0.46, 0.56)
    radius = 0.115 * min(sheet.size)
    pen.rounded_rectangle(_on(sheet, lens), radius, fill=255)
    rim_x, rim_y = (RIM * min(sheet.size) / side for side in sheet.size)
    inner = lens[0] + rim_x, lens[1] + rim_y, lens[2] - rim_x, lens[3] - rim_y
    pen.rounded_rectangle(_on(sheet, inner), radius - RIM * min(sheet.size), fill=0)
    pen.rectangle(_on(sheet, (0.44, 0.345, 0.5, 0.345 + rim_y)), fill=255)
    arm = (0.0, 0.305), (0.12, 0.33), (0.12, 0.33 + rim_y), (0.0, 0.305 + rim_y)
    pen.polygon([(x * sheet.width, y * sheet.height) for x, y in arm], fill=255)
    half = _thresholded(sheet)
    return half | half[:, ::-1]


def _sticker(size: tuple[int, int]) -> Mask:
    """Round whatever the picture's shape, below and beside the middle, where it leaves most to be seen."""
    sheet, pen = _sheet(size)
    x, y, radius = 0.73 * sheet.width, 0.70 * sheet.height, 0.18 * min(sheet.size)
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return _thresholded(sheet)


def _painted(size: tuple[int, int], strokes: Sequence[Stroke]) -> Mask:
    height, width = size
    sheet = _sheet(size)[0]
    for stroke in strokes:
        if stroke.points:
            brush = stroke.width if isinstance(stroke, Brushed) else BRUSH
            line = np.array(stroke.points) * (width, height)
            draw_line(sheet, line, brush * min(size), 0 if stroke.erases else 255)
    return _thresholded(sheet)


def _sheet(size: tuple[int, int]) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """Black, FINE times as large, so that an edge falls on the pixel it covers by half or more."""
    sheet = Image.new("L", (size[1] * FINE, size[0] * FINE))
    return sheet, ImageDraw.Draw(sheet)


def _on(sheet: Image.Image, box: Box) -> Box:
    left, top, right, bottom = box
    return left * sheet.width, top * sheet.height, right * sheet.width, bottom * sheet.height


def _thresholded(sheet: Image.Image) -> Mask:
    found: Mask = np.asarray(sheet.reduce(FINE)) >= 128
    return found
