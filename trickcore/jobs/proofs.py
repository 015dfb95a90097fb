"""Proofs as jobs: bounds of a digit's answers, the share of digits proved, and votes of noisy photos."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trickcore import engine
from trickcore.jobs.networks import Network, classifier_of
from trickcore.measure.accuracy import PROVED, Count
from trickcore.measure.smoothing import BATCH, Copy, Votes
from trickcore.text import rounded_down


@dataclass(frozen=True, slots=True, eq=False)
class DigitBounds:
    """What is sure of a network's answers to one digit, at each eps of a grid on the [0, 1] scale."""

    grid: tuple[float, ...]
    label: int  # what the untouched digit is read as
    now: NDArray[np.float64]  # (K,) by how much each answer leads over the label untouched; 0 at the label
    low: NDArray[np.float64]  # (len(grid), K) the least it can lead by, within eps
    high: NDArray[np.float64]  # (len(grid), K) the most; below 0 for all others, and the label is proved
    largest: float  # the largest eps that is proved, rounded down; see `measure.bounds.largest_proved`

    def proved(self, place: int) -> bool:
        """Whether the answer is proved at this place of the grid."""
        return bool((np.delete(self.high[place], self.label) < 0).all())


@engine.job(heavy=False)
def bounds(network: Network, data: bytes, grid: Sequence[float]) -> DigitBounds:
    """The bounds of a picture file's answers. Raises ImageError, and BoundsError for a network without."""
    import torch

    from trickcore.measure.bounds import largest_proved, leads_at
    from trickcore.networks.classifier import answer, probabilities

    classifier = classifier_of(network)
    x = classifier.read(data)
    label = answer(classifier, x)
    leads, _ = leads_at(classifier, x, label, grid)
    with np.errstate(divide="ignore"):
        logits = np.log(probabilities(classifier, x[None])[0].astype(np.float64))
    found = float(largest_proved(classifier, x[None], torch.tensor([label]))[0])
    low, high = leads.low.numpy(), leads.high.numpy()
    return DigitBounds(tuple(grid), label, logits - logits[label], low, high, rounded_down(found))


def shares(
    asked: Mapping[str, Network], from_mnist: bool, count: int, grid: Sequence[float]
) -> Iterator[Count]:
    """The share of digits that is proved at each eps, for networks by name, on the first `count` of MNIST's
    test digits or of scikit-learn's: a Count after each batch. Raises DigitsError and BoundsError."""
    from trickcore.measure.bounds import share_proved
    from trickcore.pictures import mnist

    images, labels = mnist.some(from_mnist, count)
    total, done = len(labels) * len(grid) * len(asked), 0
    for eps in grid:
        for name, network in asked.items():
            before = done
            for hits, seen in share_proved(classifier_of(network), images, labels, eps):
                done = before + seen
                yield Count(name, PROVED, eps, hits, seen, done / total)


def copies(network: Network, data: bytes, sigma: float, count: int, seed: int) -> list[Copy]:
    """The first of a picture file's noisy copies. Raises ImageError."""
    from trickcore.measure import smoothing

    classifier = classifier_of(network)
    return list(smoothing.copies(classifier, classifier.read(data), sigma, count, seed=seed))


@engine.job(length=lambda network, data, sigma, n, seed: n / BATCH)
def votes(network: Network, data: bytes, sigma: float, n: int, seed: int) -> Iterator[Votes]:
    """The vote of a picture file's noisy copies. Raises ImageError."""
    from trickcore.measure import smoothing

    classifier = classifier_of(network)
    yield from smoothing.votes(classifier, classifier.read(data), sigma, n, seed=seed)
