"""A training that can be watched: records as they come, and the pictures the network is torn about.

After the ConfusedLogitCallback of lightning-bolts; for anyone's own training see `trickcore.lightning`.
"""

from __future__ import annotations

import copy
import io
from collections.abc import Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor

from trickcore.attacks.balls import Linf
from trickcore.attacks.loop import Attack
from trickcore.explain.input_gradients import confused, plane, strength
from trickcore.networks.classifier import Classifier
from trickcore.networks.small_net import SmallNet, of_digits
from trickcore.pictures import mnist
from trickcore.pictures.files import to_8bit
from trickcore.training.loops import Digits, harden, train
from trickcore.training.progress import Progress
from trickcore.training.records import ConfusedInput, Epoch, Lesson, Snapshot

__all__ = ["HELD_OUT", "ConfusedInput", "Lesson", "LiveTraining", "Snapshot", "attack"]

HELD_OUT = 200  # digits that are judged by and never learnt from


class LiveTraining:
    """A network that is being taught; what it has learnt stays when a training is stopped.

    With the `state` of a Snapshot it is where that was: a training that was stopped goes on bit for bit as
    if it had not been, and one that was over is followed by another.
    """

    def __init__(self, lesson: Lesson, state: bytes = b"") -> None:
        self.lesson = lesson
        self.net = SmallNet(16, seed=lesson.seed)
        self.epochs = 0.0  # done in all
        self._before, self._progress = 0.0, Progress()  # done in earlier trainings; how far this one is
        if state:
            found = torch.load(io.BytesIO(state), weights_only=True)
            self.net.load_state_dict(found["net"])
            self._before, self._progress = found["before"], Progress(found["progress"])
            self.epochs = found["epochs"]

    def classifier(self) -> Classifier:
        """The network as it is now, ready for the other pages; further lessons leave it as it is."""
        return of_digits("mine", copy.deepcopy(self.net))

    def learn(self) -> Iterator[Snapshot]:
        """A training to its end, from where it stands. Raises DigitsError when MNIST is not here."""
        lesson = self.lesson
        images, labels, held_out = _cards(lesson)
        if self._progress.begun is None:
            self._before = self.epochs
        before = self._before
        batches = Digits(images, labels, 64, lesson.seed + int(before), shift=1)
        every = max(1, len(batches) * lesson.epochs // 40)
        judge, progress = attack(lesson.eps or 0.3), self._progress
        self._progress = Progress()  # the next training begins anew, unless it is given this one's state
        fit = partial(harden, self.net, batches, judge) if lesson.eps else partial(train, self.net, batches)
        for record in fit(
            epochs=lesson.epochs,
            lr=3e-3,
            seed=lesson.seed,
            held_out=held_out,
            judge=judge,
            every=every,
            progress=progress,
        ):
            self.epochs = before + record.epoch
            over = record.epoch >= lesson.epochs
            state = _saved(self.net, before, self.epochs, None if over else progress.state())
            yield Snapshot(_since(record, before), tuple(self._torn(held_out)), state)

    def _torn(self, held_out: tuple[Tensor, Tensor]) -> Iterator[ConfusedInput]:
        lesson = self.lesson
        for confusion in confused(self.net, *held_out, margin=lesson.margin, most=lesson.most):
            yield ConfusedInput(
                to_8bit(confusion.image),
                tuple(plane(gradient) for gradient in confusion.gradients),
                strength(confusion.gradients),
                confusion.first,
                confusion.second,
                confusion.margin,
                int(held_out[1][confusion.index]),
            )


def attack(eps: float) -> Attack:
    """Quick enough to train with live: PGD-7 from a random start."""
    return Attack(Linf(eps), alpha=2.5 * eps / 7, steps=7, random_start=True)


def _since(record: Epoch, before: float) -> Epoch:
    return Epoch(
        before + record.epoch, record.loss, record.clean_accuracy, record.robust_accuracy, record.seconds
    )


def _saved(net: SmallNet, before: float, epochs: float, progress: dict[str, Any] | None) -> bytes:
    out = io.BytesIO()
    found = {"net": net.state_dict(), "before": before, "epochs": epochs, "progress": progress}
    torch.save(found, out)
    return out.getvalue()


def _cards(lesson: Lesson) -> tuple[Tensor, Tensor, tuple[Tensor, Tensor]]:
    """Pictures to learn from, and others to be judged by."""
    rng = torch.Generator().manual_seed(lesson.seed)
    if lesson.mnist:
        images, labels = mnist.mnist(train=True)
        test, truth = mnist.mnist(train=False)
        chosen = torch.randperm(len(labels), generator=rng)[: lesson.pictures]
        return images[chosen], labels[chosen], (test[:HELD_OUT], truth[:HELD_OUT])
    images, labels = mnist.small()
    order = torch.randperm(len(labels), generator=rng)
    test, rest = order[:HELD_OUT], order[HELD_OUT:][: lesson.pictures]
    return images[rest], labels[rest], (images[test], labels[test])
