"""What is taught, and what is known of a training as it goes: records without tensors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trickcore.pictures.files import Pixels


@dataclass(frozen=True, slots=True)
class Epoch:
    """What is known at the end of an epoch, or of a part of one where `every` asks for it."""

    epoch: float  # how many are done
    loss: float  # nats, mean over what was trained on since the last record
    clean_accuracy: float  # on the pictures held out, 0 to 1
    robust_accuracy: float  # the same pictures, under the judge's attack
    seconds: float  # of training, without the judging


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is taught, and how. eps is on the [0, 1] scale; 0 is plain training."""

    mnist: bool = False
    pictures: int = 1_597
    epochs: int = 12
    eps: float = 0.0
    seed: int = 0
    margin: float = 0.5  # of the top two logits, for a picture to count as confused
    most: int = 4


@dataclass(frozen=True, slots=True, eq=False)
class ConfusedInput:
    """A confused picture as a page shows it: the picture, and the gradients of its two leading classes."""

    pixels: Pixels  # as the network sees it
    planes: tuple[NDArray[np.float32], ...]  # a gradient picture (H, W) for each of the two
    strength: float  # of these gradients: see `explain.strength`
    first: int
    second: int
    margin: float
    label: int


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """One moment of a training."""

    record: Epoch
    torn: tuple[ConfusedInput, ...]
    state: bytes = b""  # weights and optimiser: what another `LiveTraining` goes on from
