"""Losses: what an attack lowers, and how it knows that it has what it wanted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor
from torch.nn import functional as F

Loss = Callable[[Tensor], Tensor]  # logits (N, K) -> (N,), which the attack lowers


@runtime_checkable
class Goal(Protocol):
    """A loss that also knows when it is content, as `stop_at` needs."""

    def __call__(self, logits: Tensor) -> Tensor: ...
    def wanted(self, probs: Tensor) -> Tensor:
        """Probability of what is wanted, (N,), from probabilities (N, K)."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Towards:
    """Targeted: see `towards`."""

    label: int | Tensor

    def __call__(self, logits: Tensor) -> Tensor:
        return F.cross_entropy(logits, checked_labels(self.label, logits), reduction="none")

    def wanted(self, probs: Tensor) -> Tensor:
        return probs.gather(1, checked_labels(self.label, probs)[:, None])[:, 0]

    def margin(self, scores: Tensor) -> Tensor:
        """How far the best other class leads, (N,), in logits or probabilities: below 0 when tricked."""
        own, other = _apart(scores, self.label)
        return other - own


@dataclass(frozen=True, slots=True, eq=False)
class AwayFrom:
    """Untargeted: see `away_from`."""

    label: int | Tensor

    def __call__(self, logits: Tensor) -> Tensor:
        return -F.cross_entropy(logits, checked_labels(self.label, logits), reduction="none")

    def wanted(self, probs: Tensor) -> Tensor:
        return 1 - probs.gather(1, checked_labels(self.label, probs)[:, None])[:, 0]

    def margin(self, scores: Tensor) -> Tensor:
        """How far the class leads all others, (N,), in logits or probabilities: below 0 when tricked."""
        own, other = _apart(scores, self.label)
        return own - other


@dataclass(frozen=True, slots=True, eq=False)
class _AwayFromAll:
    labels: tuple[int, ...]

    def __call__(self, logits: Tensor) -> Tensor:
        return logits.log_softmax(1)[:, self.labels].logsumexp(1)

    def wanted(self, probs: Tensor) -> Tensor:
        return 1 - probs[:, self.labels].sum(1)


Aim = Towards | AwayFrom  # of a method that has to know which class, and whether it is wanted


def aim_of(goal: Aim | int) -> Aim:
    """What a method is to reach. A class alone is the one the picture is to stop being."""
    return goal if isinstance(goal, Towards | AwayFrom) else AwayFrom(goal)


def towards(label: int | Tensor) -> Towards:
    """Targeted: -log p(label), in nats. One label for all images, or a tensor of N."""
    return Towards(label)


def away_from(label: int | Tensor) -> AwayFrom:
    """Untargeted: log p(label), in nats, so that lowering it makes the label less likely."""
    return AwayFrom(label)


def away_from_all(labels: tuple[int, ...]) -> Goal:
    """Untargeted, away from several classes at once: the logarithm of their probabilities' sum, in nats."""
    return _AwayFromAll(labels)


def checked_labels(label: int | Tensor, logits: Tensor) -> Tensor:
    """A label for each image, (N,), checked against the number of classes.

    A tensor on a GPU is taken as it is: to look into it would make the host wait at each step.
    """
    classes = logits.shape[1]
    if not isinstance(label, Tensor):
        if not 0 <= label < classes:
            raise ValueError(f"expected labels from 0 to {classes - 1}, got {label}")
        return torch.full((len(logits),), int(label), device=logits.device)
    if label.device.type == "cpu" and ((label < 0) | (label >= classes)).any():
        raise ValueError(f"expected labels from 0 to {classes - 1}, got {label}")
    return label.to(logits.device).expand(len(logits))


def _apart(scores: Tensor, label: int | Tensor) -> tuple[Tensor, Tensor]:
    """The label's score and the best of all others, (N,) each."""
    labels = checked_labels(label, scores)[:, None]
    others = scores.scatter(1, labels, -torch.inf)
    return scores.gather(1, labels)[:, 0], others.amax(1)
