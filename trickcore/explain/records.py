"""What is shown of a network's gradients and of the pictures round a trick: records without tensors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trickcore.pictures.files import Pixels
from trickcore.runs.outcome import Reading

Values = NDArray[np.float64]
TOLERANCE = 0.25  # of the real change: how far off a prediction may be that still holds


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


@dataclass(frozen=True, slots=True)
class Done:
    """How far a measurement is that gives its result only at its end: so many of so many pictures."""

    done: int
    of: int


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """Scores along the sign of the gradient, and what the gradient at the start foretells of them."""

    moves: Values  # (T,): how far each value is moved, on the [0, 1] scale, from -2 eps to 2 eps
    classes: tuple[int, ...]  # the target first, then the original's, then other leaders
    logits: Values  # (T, len(classes)): of the pictures clipped to [0, 1], not rounded
    predicted: Values  # (T, len(classes)): to first order, for the very same pictures

    @property
    def reach(self) -> float:
        """The largest move up to which the target's foretold change is within a quarter of the real one."""
        ahead = self.moves > 0
        start = self.logits[np.abs(self.moves).argmin(), 0]
        real, foretold = self.logits[ahead, 0] - start, self.predicted[ahead, 0] - start
        wrong = np.abs(foretold - real) > TOLERANCE * np.abs(real)
        held = int(wrong.argmax()) if wrong.any() else len(wrong)
        return float(self.moves[ahead][held - 1]) if held else 0.0

    def answer(self, move: float) -> int:
        """The class with the highest score at the move nearest to this one."""
        there = int(np.abs(self.moves - move).argmin())
        return self.classes[int(self.logits[there].argmax())]

    def gain(self, move: float) -> tuple[float, float]:
        """By how much the target's score rises at the move nearest to this one: really, and as foretold."""
        there, start = (int(np.abs(self.moves - at).argmin()) for at in (move, 0.0))
        foretold = self.predicted[there, 0] - self.predicted[start, 0]
        return float(self.logits[there, 0] - self.logits[start, 0]), float(foretold)


@dataclass(frozen=True, slots=True, eq=False)
class Noise:
    """One changed picture, and the same change dealt to other pixels at random, n times."""

    changed: Values  # (K,): what the network says of the changed picture
    mean: Values  # (K,): of the n shuffled ones
    low: Values  # (K,)
    high: Values  # (K,)
    length: float  # of the shuffled changes (L2), as a share of the change's own: clipping costs a little


@dataclass(frozen=True, slots=True, eq=False)
class ForwardPass:
    """One grey picture's way through a network: J units of its last hidden layer, K answers.

    A unit's sum is the picture times its pattern, and its offset; what is below 0 counts as 0 (ReLU).
    An answer's score (logit) is what all units add to it, and its bias.
    """

    pixels: Pixels  # (H, W), as the network saw it
    values: Values  # (H, W), the same in [0, 1]
    patterns: Values  # (J, H, W): of each unit's sum in the pixels
    sums: Values  # (J,)
    weights: Values  # (K, J): of each answer on each unit
    biases: Values  # (K,)
    logits: Values  # (K,): of the network itself
    probs: NDArray[np.float32]  # (K,)
    gradients: Values  # (K, H, W): of each logit in the pixels, of the network itself
    fixed: bool  # the patterns are weights, the same for every picture, not only for pictures like this one

    @property
    def active(self) -> Values:
        """(J,): what each unit passes on."""
        return np.maximum(self.sums, 0)

    @property
    def added(self) -> Values:
        """(K, J): what each unit adds to each answer, in points of score."""
        return self.weights * self.active

    @property
    def offsets(self) -> Values:
        """(J,): what a unit's sum has besides pixels: its bias, and in a deeper network those on the way."""
        offsets: Values = self.sums - (self.patterns * self.values).sum((1, 2))
        return offsets

    def terms(self, unit: int) -> Values:
        """(H, W): what each pixel adds to a unit's sum."""
        terms: Values = self.values * self.patterns[unit]
        return terms

    def pull(self, answer: int) -> Values:
        """(J,): the gradient of an answer's score in each unit's sum: 0 where the unit is off."""
        pull: Values = self.weights[answer] * (self.sums > 0)
        return pull

    def shares(self, answer: int) -> Values:
        """(J, H, W): each unit's share of the answer's gradient in the pixels; together they are it."""
        return self.pull(answer)[:, None, None] * self.patterns

    def counts(self, answer: int, *, back: bool) -> Values:
        """(J,): how much each unit counts for an answer: what it adds or takes away, or, on the way back, the
        sum of the sizes of its share of the gradient."""
        counts: Values = np.abs(self.added[answer])
        if back:
            counts = np.abs(self.pull(answer)) * np.abs(self.patterns).sum((1, 2))
        return counts

    def strongest(self, answer: int, most: int, *, back: bool = False) -> list[int]:
        """At most so many units: those that count most for an answer, in their order."""
        return sorted(int(j) for j in self.counts(answer, back=back).argsort(kind="stable")[::-1][:most])


def largest(values: Values, most: int) -> list[tuple[int, int]]:
    """The places (row, column) of the largest values by size (H, W), the largest first; none that is 0."""
    order = np.abs(values).ravel().argsort(kind="stable")[::-1][:most]
    places = zip(*np.unravel_index(order, values.shape), strict=True)
    return [(int(row), int(column)) for row, column in places if values[row, column]]
