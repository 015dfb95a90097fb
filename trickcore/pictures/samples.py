"""Pictures that need no download: photographs from scikit-image's and scikit-learn's packages, and blanks."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import skimage

from trickcore.language import later
from trickcore.pictures.files import encode

Canvas = Literal["white", "black", "grey", "noise"]

# Name: file in skimage/data. Sources and licences are in assets/README.md.
_FILES = {
    later("cat"): "chelsea.png",
    later("espresso"): "coffee.png",
    later("photographer"): "camera.png",
    later("rocket"): "rocket.jpg",
    later("motorcycle"): "motorcycle_left.png",
    later("astronaut"): "astronaut.png",
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
# The same by their labels, for a network that has others.
_LABELS = {
    "cat": ("tabby", "tiger cat", "Egyptian cat"),
    "espresso": ("espresso", "cup", "coffee mug"),
    "photographer": ("tripod", "reflex camera"),
    "rocket": ("missile", "projectile", "space shuttle"),
    "motorcycle": ("moped", "motor scooter", "disk brake"),
    "astronaut": ("space shuttle",),
}
# More photographs, to put something before: (package, file). Sources and licences as above.
_MORE = {
    later("coins"): ("skimage", "data/coins.png"),
    later("clock"): ("skimage", "data/clock_motion.png"),
    later("brick"): ("skimage", "data/brick.png"),
    later("grass"): ("skimage", "data/grass.png"),
    later("gravel"): ("skimage", "data/gravel.png"),
    later("palace"): ("sklearn", "datasets/images/china.jpg"),
    later("flower"): ("sklearn", "datasets/images/flower.jpg"),
}
# What one change for many photos is made over, and what it is judged on, which it has not seen.
HELD_OUT = ("cat", "espresso", "astronaut", "flower")
MADE_OVER = tuple(name for name in (*SAMPLES, *_MORE) if name not in HELD_OUT)
CANVASES: tuple[Canvas, ...] = ("white", "black", "grey", "noise")
# For the catalogues: in a sentence, and on a button.
_CANVASES = (later("white"), later("black"), later("grey"), later("noise"))
_BUTTONS = (later("White"), later("Black"), later("Grey"), later("Noise"))


def sample(name: str = "cat") -> bytes:
    """The picture file of one of SAMPLES or MADE_OVER."""
    if name in _MORE:
        package, file = _MORE[name]
        spec = importlib.util.find_spec(package)  # scikit-learn itself takes long to import
        assert spec is not None
        assert spec.origin is not None
        return (Path(spec.origin).parent / file).read_bytes()
    if name not in _FILES:
        raise ValueError(f"expected one of {', '.join((*SAMPLES, *_MORE))}, got {name!r}")
    return (Path(skimage.__file__).parent / "data" / _FILES[name]).read_bytes()


def truth(origin: str, labels: Sequence[str] | None = None) -> tuple[int, ...] | None:
    """The classes that are right for "sample:cat" or "digit:5-a"; None where that is not known.

    They are ImageNet's, or the ten digits, unless a network's own labels say otherwise.
    """
    source, _, name = origin.partition(":")
    right: tuple[str, ...]
    found: tuple[int, ...]
    if source == "digit" and name[:1].isdigit():
        right, found = (name[0],), (int(name[0]),)
    elif source == "sample" and name in TRUTH:
        right, found = _LABELS[name], TRUTH[name]
    else:
        return None
    if labels is None or all(k < len(labels) and labels[k] in right for k in found):
        return found
    return tuple(k for k, label in enumerate(labels) if label in right) or None


def blank(canvas: Canvas, size: tuple[int, int], *, channels: int = 3, seed: int = 0) -> bytes:
    """A PNG of one colour, or of uniform noise drawn with the seed, of size (H, W)."""
    shape = (*size, 3) if channels == 3 else size
    if canvas == "noise":
        return encode(np.random.default_rng(seed).integers(0, 256, shape, np.uint8))
    levels = {"white": 255, "black": 0, "grey": 128}
    if canvas not in levels:
        raise ValueError(f"expected one of {', '.join(CANVASES)}, got {canvas!r}")
    return encode(np.full(shape, levels[canvas], np.uint8))
