"""Pictures that need no download: photographs from scikit-image's own package, and blank canvases."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import skimage

from trickcore.pictures.files import encode

Canvas = Literal["white", "black", "grey", "noise"]

# Name: file in skimage/data. Sources and licences are in assets/README.md.
_FILES = {
    "cat": "chelsea.png",
    "espresso": "coffee.png",
    "photographer": "camera.png",
    "rocket": "rocket.jpg",
    "motorcycle": "motorcycle_left.png",
    "astronaut": "astronaut.png",
}
SAMPLES = tuple(_FILES)
# ImageNet's classes that are right for each; a person is none of them, but a space shuttle stands behind her.
TRUTH = {
    "cat": (281, 282, 285),
    "espresso": (967, 968, 504),
    "photographer": (872, 759),
    "rocket": (657, 744, 812),
    "motorcycle": (665, 670, 535),
    "astronaut": (812,),
}
CANVASES: tuple[Canvas, ...] = ("white", "black", "grey", "noise")


def sample(name: str = "cat") -> bytes:
    """The picture file of one of SAMPLES."""
    if name not in _FILES:
        raise ValueError(f"expected one of {', '.join(SAMPLES)}, got {name!r}")
    return (Path(skimage.__file__).parent / "data" / _FILES[name]).read_bytes()


def truth(origin: str) -> tuple[int, ...] | None:
    """The classes that are right for "sample:cat" or "digit:5-a"; None where that is not known."""
    source, _, name = origin.partition(":")
    if source == "digit" and name[:1].isdigit():
        return (int(name[0]),)
    return TRUTH.get(name) if source == "sample" else None


def blank(canvas: Canvas, size: tuple[int, int], *, channels: int = 3, seed: int = 0) -> bytes:
    """A PNG of one colour, or of uniform noise drawn with the seed, of size (H, W)."""
    shape = (*size, 3) if channels == 3 else size
    if canvas == "noise":
        return encode(np.random.default_rng(seed).integers(0, 256, shape, np.uint8))
    levels = {"white": 255, "black": 0, "grey": 128}
    if canvas not in levels:
        raise ValueError(f"expected one of {', '.join(CANVASES)}, got {canvas!r}")
    return encode(np.full(shape, levels[canvas], np.uint8))
