"""A training that can be watched: records as they come, and the pictures the network is torn about.

After the ConfusedLogitCallback of lightning-bolts; for anyone's own training see `trickcore.lightning`.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor

from trickcore.attacks.balls import Linf
from trickcore.attacks.loop import Attack
from trickcore.explain.input_gradients import confused, strip
from trickcore.measure import accuracy
from trickcore.networks.classifiers import Classifier, of_digits
from trickcore.pictures.files import Pixels
from trickcore.training.loops import Digits, Epoch, SmallNet, harden, train

HELD_OUT = 200  # digits that are judged by and never learnt from


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

    strip: Pixels
    first: int
    second: int
    margin: float
    label: int


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """One moment of a training."""

    record: Epoch
    torn: tuple[ConfusedInput, ...]


@dataclass(slots=True, eq=False)
class LiveTraining:
    """A network that is being taught; what it has learnt stays when a training is stopped."""

    lesson: Lesson
    net: SmallNet = field(init=False)
    epochs: float = 0.0  # done in earlier trainings

    def __post_init__(self) -> None:
        self.net = SmallNet(16, seed=self.lesson.seed)

    def classifier(self) -> Classifier:
        """The network as it is now, ready for the other pages; further lessons leave it as it is."""
        return of_digits("mine", copy.deepcopy(self.net))

    def learn(self) -> Iterator[Snapshot]:
        """A training from where the network stands. Raises DigitsError when MNIST is not here."""
        lesson = self.lesson
        images, labels, held_out = _cards(lesson)
        batches = Digits(images, labels, 64, lesson.seed + int(self.epochs), shift=1)
        every = max(1, len(batches) * lesson.epochs // 40)
        judge, before = attack(lesson.eps or 0.3), self.epochs
        fit = partial(harden, self.net, batches, judge) if lesson.eps else partial(train, self.net, batches)
        for record in fit(
            epochs=lesson.epochs, lr=3e-3, seed=lesson.seed, held_out=held_out, judge=judge, every=every
        ):
            self.epochs = before + record.epoch
            yield Snapshot(_since(record, before), tuple(self._torn(held_out)))

    def _torn(self, held_out: tuple[Tensor, Tensor]) -> Iterator[ConfusedInput]:
        lesson = self.lesson
        for one in confused(self.net, *held_out, margin=lesson.margin, most=lesson.most):
            yield ConfusedInput(
                strip(one, least=84), one.first, one.second, one.margin, int(held_out[1][one.index])
            )


def attack(eps: float) -> Attack:
    """Quick enough to train with live: PGD-7 from a random start."""
    return Attack(Linf(eps), alpha=2.5 * eps / 7, steps=7, random_start=True)


def _since(record: Epoch, before: float) -> Epoch:
    return Epoch(
        before + record.epoch, record.loss, record.clean_accuracy, record.robust_accuracy, record.seconds
    )


def _cards(lesson: Lesson) -> tuple[Tensor, Tensor, tuple[Tensor, Tensor]]:
    """Pictures to learn from, and others to be judged by."""
    rng = torch.Generator().manual_seed(lesson.seed)
    if lesson.mnist:
        images, labels = accuracy.mnist(train=True)
        test, truth = accuracy.mnist(train=False)
        chosen = torch.randperm(len(labels), generator=rng)[: lesson.pictures]
        return images[chosen], labels[chosen], (test[:HELD_OUT], truth[:HELD_OUT])
    images, labels = accuracy.small()
    order = torch.randperm(len(labels), generator=rng)
    test, rest = order[:HELD_OUT], order[HELD_OUT:][: lesson.pictures]
    return images[rest], labels[rest], (images[test], labels[test])
