"""A photo, scan or screenshot of one digit, brought to the form of MNIST's digits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from trickcore.language import _
from trickcore.pictures.digit_form import BOX, PEN, SIDE, centred
from trickcore.pictures.files import ImageError, Pixels, decoded, encode, flattened

Levels = NDArray[np.float64]  # (H, W)
Mask = NDArray[np.bool_]  # (H, W): where there is ink


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


def _grey(image: Image.Image, size: tuple[int, int]) -> Levels:
    """Grey levels at that size, slightly blurred so that a camera's noise is no ink."""
    image = image.resize(size, Image.Resampling.BICUBIC, reducing_gap=3)
    return np.asarray(image.filter(ImageFilter.GaussianBlur(max(size) / 400)), dtype=np.float64)


def _dark_on_light(values: Levels) -> bool:
    """Three signs are asked, of which each errs in its own way. Raises ImageError if there is no ink."""
    pictures = values, 255 - values
    maps = [_darker(picture) for picture in pictures]
    seen = [_peak(darkness) > max(0.15, 12 * _noise(p)) for darkness, p in zip(maps, pictures, strict=True)]
    if not any(seen):
        raise ImageError(
            _(
                "No ink was found in the picture. Write one digit on plain paper with a dark pen, "
                "let it fill the picture, and try again."
            )
        )
    if not all(seen):
        return seen[0]
    masks = [darkness > 0.45 * _peak(darkness) for darkness in maps]
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
    return centred(np.array(buffer))
