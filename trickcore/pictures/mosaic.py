"""Many small pictures as one, and such pictures over time as a GIF."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from trickcore.pictures.files import Pixels, enlarged

PAPER = 96  # the grey between pictures: neither theme's page, nor a digit's ink or ground


def mosaic(pictures: NDArray[np.uint8], across: int, gap: int = 1) -> Pixels:
    """Grey pictures (N, H, W) in rows of so many, with a line of `gap` pixels between them."""
    count, height, width = pictures.shape
    down = -(-count // across)
    sheet = np.full((down * (height + gap) - gap, across * (width + gap) - gap), PAPER, np.uint8)
    for i, picture in enumerate(pictures):
        y, x = i // across * (height + gap), i % across * (width + gap)
        sheet[y : y + height, x : x + width] = picture
    return sheet


def gif(moments: Sequence[Pixels], *, seconds: float = 6.0, least: int = 432) -> bytes:
    """Pictures one after the other, the last for a second and a half longer."""
    if not moments:
        raise ValueError("expected at least one picture, got none")
    pictures = [Image.fromarray(enlarged(one, least)) for one in moments]
    each = max(20, round(1000 * seconds / len(pictures)))  # browsers slow down anything under 20 ms
    pause = [*[each] * (len(pictures) - 1), each + 1500]
    out = io.BytesIO()
    pictures[0].save(out, "GIF", save_all=True, append_images=pictures[1:], duration=pause, loop=0)
    return out.getvalue()
