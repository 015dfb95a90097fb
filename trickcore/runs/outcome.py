"""Outcome of a run: what was read before and after, and how far the two pictures are apart."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Outcome = Literal["tricked", "nearly", "not"]


@dataclass(frozen=True, slots=True)
class Change:
    """How far a picture y is from x, both (C, H, W) in [0, 1]."""

    linf: float  # the largest move of any value, on the [0, 1] scale
    l2: float  # the length of the whole difference
    changed: float  # the share of values that moved at all, 0 to 1
    psnr: float  # decibels, peak 1; infinite for equal pictures
    ssim: float  # structural similarity, 1 for equal pictures (Wang et al. 2004)


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What a network says of one picture."""

    label: int
    name: str
    probability: float
    probs: NDArray[np.float32]  # (K,)


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """What came of a trick, measured on the two pictures as they were saved."""

    outcome: Outcome
    before: Reading
    after: Reading
    change: Change
    target: int | None  # None when the goal was only to stop being what it is
    wanted: float  # probability of the target, or of anything but the original answer, when saved


def related(verdict: Verdict, truth: Collection[int] | None) -> bool:
    """Whether a picture that became another class is still read as one that is right for it.

    `truth` are the classes that are right for the picture, None where that is not known. A tiger cat that
    became an Egyptian cat has got another name, but nobody was fooled.
    """
    return truth is not None and verdict.after.label != verdict.before.label and verdict.after.label in truth


def convincing(verdict: Verdict, truth: Collection[int] | None) -> Outcome:
    """A verdict's outcome, in which any other answer is only nearly a trick where it is right, too."""
    if verdict.outcome == "tricked" and verdict.target is None and related(verdict, truth):
        return "nearly"
    return verdict.outcome


def own_epsilon(change: Change, norm: str, values: int) -> float:
    """The epsilon a saved file has itself, in grey levels of 255, whatever was asked for.

    Under "linf" a whole number: a file cannot move by less than a level. Under "l2" the root mean square
    over the values that may move, of which there are so many.
    """
    if norm == "l2":
        return change.l2 * 255 / math.sqrt(values)
    return float(round(change.linf * 255))
