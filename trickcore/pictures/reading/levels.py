"""Whatever a file's pixels are, as RGB or grey in 8 bits; and large pictures halved on the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from trickcore.language import _
from trickcore.pictures.reading.refusals import BROKEN, ImageError

BAND = 1_000_000  # pixels that are converted at once


def flattened(image: Image.Image, channels: int) -> Image.Image:
    """RGB or grey in 8 bits, with transparency put on white, and nothing else of the file: neither where a
    photo was taken nor a profile. Raises ImageError."""
    try:
        flat = _flattened(image, channels)
    except Exception:  # a palette that is too short, a profile that is none: each fails in its own way
        raise ImageError(_(BROKEN)) from None
    flat.info = {}
    return flat


def is_grey(image: Image.Image) -> bool:
    """Whether there is no colour in it, to go by its mode."""
    return image.mode in ("1", "L", "LA", "F") or image.mode.startswith("I")


def halved(image: Image.Image) -> Image.Image:
    """RGB or grey in 8 bits, each pixel the mean of four, converted in bands: a picture of 40 megapixels
    takes 160 MB and should not be there twice. Raises ImageError."""
    if image.mode == "F" or image.mode.startswith("I"):
        image = _grey_8bit(image)
    channels = 1 if is_grey(image) else 3
    small = Image.new("L" if channels == 1 else "RGB", (-(-image.width // 2), -(-image.height // 2)))
    for top, bottom in _bands(image):
        band = flattened(image.crop((0, top, image.width, bottom)), channels)
        small.paste(band.reduce(2), (0, top // 2))
    return small


def _flattened(image: Image.Image, channels: int) -> Image.Image:
    if image.mode == "F" or image.mode.startswith("I"):
        image = _grey_8bit(image)
    if image.mode == "LAB":  # there is a way to RGB alone
        image = image.convert("RGB")
    if image.has_transparency_data:
        colours = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", colours.size, "white"), colours)
        del colours
    return image.convert("RGB" if channels == 3 else "L")


def _grey_8bit(image: Image.Image) -> Image.Image:
    """16-bit grey (modes I, I;16...) and floating point grey (mode F) brought to 0 to 255."""
    top = 65535.0
    if image.mode == "F":
        largest = np.max([_values(image, *rows).max(initial=0) for rows in _bands(image)])
        top = 1.0 if largest <= 1 else 255.0
    grey = Image.new("L", image.size)
    for rows in _bands(image):
        levels = np.nan_to_num(_values(image, *rows) / top * 255).round().clip(0, 255)
        grey.paste(Image.fromarray(levels.astype(np.uint8)), (0, rows[0]))
    return grey


def _values(image: Image.Image, top: int, bottom: int) -> NDArray[Any]:
    with np.errstate(invalid="ignore"):  # what is no number stays none
        return np.asarray(image.crop((0, top, image.width, bottom)), dtype=np.float64)


def _bands(image: Image.Image) -> Iterator[tuple[int, int]]:
    """First row and the row after the last, an even number of rows in each but the last."""
    rows = max(2, BAND // image.width // 2 * 2)
    for top in range(0, image.height, rows):
        yield top, min(top + rows, image.height)
