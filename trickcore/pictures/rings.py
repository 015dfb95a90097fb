"""Rings round the pixels that differ between two pictures, since one pixel alone is easily overlooked."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from trickcore.pictures.drawing import Mask
from trickcore.pictures.files import Pixels, enlarged

LEAST = 672  # pixels of the short side, so that a ring is a ring
AROUND = 3.2  # radius of a ring beyond its pixel, in hundredths of the short side
INK, EDGE = (255, 140, 0), (0, 0, 0)  # orange on a dark edge: seen on light and on dark


def ringed(before: Pixels, after: Pixels) -> Pixels:
    """`after`, larger and in colour, with a ring round each pixel (H, W) that is not as in `before`."""
    large = enlarged(after, LEAST)
    times = large.shape[0] // after.shape[0]
    colours = large if large.ndim == 3 else np.stack([large] * 3, axis=-1)
    sheet = Image.fromarray(np.ascontiguousarray(colours))
    pen = ImageDraw.Draw(sheet)
    radius = times / 2 + AROUND / 200 * min(colours.shape[:2])
    for row, column in np.argwhere(differing(before, after)):
        x, y = (column + 0.5) * times, (row + 0.5) * times
        for wider, colour, width in ((1, EDGE, 5), (0, INK, 3)):
            reach = radius + wider
            pen.ellipse((x - reach, y - reach, x + reach, y + reach), outline=colour, width=width)
    found: Pixels = np.asarray(sheet)
    return found


def differing(before: Pixels, after: Pixels) -> Mask:
    """Which pixels (H, W) differ in any channel."""
    moved = np.abs(after.astype(np.int16) - before)
    found: Mask = (moved if moved.ndim == 2 else moved.max(axis=2)) > 0
    return found
