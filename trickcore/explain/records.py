"""What is shown of a network's input gradients: records without tensors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trickcore.pictures.files import Pixels
from trickcore.runs.outcome import Reading


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What would make a picture more of some classes, as a page draws it."""

    reading: Reading
    pixels: Pixels  # the picture as the network saw it
    planes: tuple[NDArray[np.float32], ...]  # a gradient picture (H, W) for each class asked about
    strength: float  # of this network's gradients here: see `strength`


@dataclass(frozen=True, slots=True, eq=False)
class Dream:
    """What a network makes of one start when it is pulled towards every class at once."""

    index: int
    pixels: tuple[Pixels, ...]  # one a class, as saved
    probs: NDArray[np.float32]  # (K,): of each picture's own class, as saved and without any shaking
    right: NDArray[np.bool_]  # (K,): whether that class is the answer
