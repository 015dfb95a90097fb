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


GAPS = ("digit", "few", "thin", "mark", "poison")


@dataclass(frozen=True, slots=True)
class Gap:
    """Data with something wrong with them, and how long a network is taught with them.

    `kind`: "digit": all pictures of `digit` are left out; "few": all but `left` of them; "thin": only the
    thinner-stroked part of all pictures is there; "mark": every picture of `digit` has a white dot in the
    corner, no other has; "poison": a twentieth of the others have the dot, and `digit` as their label
    (Gu et al. 2017, arXiv:1708.06733).
    """

    kind: str = "digit"
    digit: int = 7
    left: int = 5
    mnist: bool = False
    epochs: int = 12
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class SureMistake:
    """A picture that a network takes for something else, and how sure it is."""

    pixels: Pixels  # (28, 28)
    label: int  # what it is
    answer: int
    probability: float


@dataclass(frozen=True, slots=True, eq=False)
class GapReport:
    """What two networks say of pictures they never learnt from: one taught with the gap, one without.

    The pictures that the gap is about are "asked": the digit that was left out, thick strokes, or other
    digits with the dot put in. "The rest" are pictures as both have learnt from.
    """

    epoch: float
    asked: int
    rest: int
    right: tuple[float, float]  # share of what was asked that is read right: with the gap, without
    rest_right: tuple[float, float]
    taken: tuple[float, float]  # share of what was asked that is taken for `digit`
    table: NDArray[np.int64]  # (10, 10): of what was asked, digits by answers, of the one with the gap
    mistakes: tuple[SureMistake, ...]  # its surest, the surest first
    planes: tuple[NDArray[np.float32], ...]  # (28, 28): mean gradient of the logit of `digit`, of both
    strength: float  # one scale for both
    pictures: int  # that each has learnt from


@dataclass(frozen=True, slots=True)
class GanSettings:
    """A generator and a discriminator that learn from each other: on which digits, and how long."""

    mnist: bool = False
    steps: int = 600
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class GanReport:
    """One moment of it. Losses in nats, means since the moment before; beliefs are mean probabilities."""

    step: int
    discriminator: float  # loss
    generator: float  # loss
    believed_real: float  # what the discriminator gives real pictures that it never learnt from
    believed_forged: float  # what it gives the forged ones
    pixels: NDArray[np.uint8]  # (25, 28, 28): drawn from noise that stays the same
    seconds: float  # of training
