"""Accuracy: what was measured of the networks that ship, and how to measure it again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from trickcore.networks.classifier import Net, checked_answer
from trickcore.pictures.files import ASSETS

if TYPE_CHECKING:
    from torch import Tensor

    from trickcore.attacks.loop import Attack

EPS = 0.3  # the field's budget on MNIST (Madry et al. 2018)
CARD = ASSETS / "digits" / "card.json"
GRID = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4)
FGSM, PGD = "fgsm", "pgd-40"
PROVED = "proved"  # no attack: see measure.bounds
# (network, attack, eps) -> accuracy on MNIST's test digits, as published.
PUBLISHED = {
    ("Madry et al. 2018, standard", "clean", 0.0): 0.992,
    ("Madry et al. 2018, standard", "FGSM", EPS): 0.064,
    ("Madry et al. 2018, robust", "clean", 0.0): 0.988,
    ("Madry et al. 2018, robust", "FGSM", EPS): 0.956,
    ("Madry et al. 2018, robust", "PGD-40", EPS): 0.932,
    ("Madry et al. 2018, robust", "AutoAttack", EPS): 0.8850,
    ("TRADES, Zhang et al. 2019", "AutoAttack", EPS): 0.9281,
    ("CROWN-IBP, Zhang et al. 2020", PROVED, EPS): 0.9298,
}


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured of one network on the 10,000 test digits; accuracies are 0 to 1."""

    sha256: str
    parameters: int
    epochs: int
    seconds: float  # of training, on `machine`
    machine: str
    clean: float
    fgsm: tuple[float, ...]  # at each eps of GRID
    pgd: tuple[float, ...]  # PGD-40 with a random start, at each eps of GRID
    autoattack: float | None  # the standard AutoAttack at eps 0.3
    proved: tuple[float, ...] = ()  # the share that is proved (measure.bounds), at each eps of GRID
    judged: int = 10_000  # of the test digits, drawn from all of them, by AutoAttack
    judge: str = "pyautoattack"  # the package whose AutoAttack it was; this one is its authors' code


def report(which: str) -> Report:
    """The card of "standard", "robust" or "proved". Raises ValueError for another, OSError without a card."""
    known = reports()
    if which not in known:
        raise ValueError(f"expected one of {', '.join(known)}, got {which!r}")
    return known[which]


def attack_of(kind: str, eps: float) -> Attack | None:
    """The untargeted attack of the card at eps: None where there is nothing to attack with."""
    from trickcore.attacks.balls import Linf
    from trickcore.attacks.loop import Attack

    if not eps:
        return None
    if kind == FGSM:
        return Attack(Linf(eps), alpha=eps, steps=1)
    if kind == PGD:
        return Attack(Linf(eps), alpha=2.5 * eps / 40, steps=40, random_start=True)
    raise ValueError(f"expected {FGSM} or {PGD}, got {kind!r}")


@cache
def reports() -> dict[str, Report]:
    """The whole card, by the name of the network."""
    known = json.loads(CARD.read_text())["networks"]
    kinds = ("fgsm", "pgd", "proved")
    return {
        which: Report(**{**found, **{kind: tuple(found[kind]) for kind in kinds if kind in found}})
        for which, found in known.items()
    }


@dataclass(frozen=True, slots=True)
class Count:
    """So many of so many digits taken for what they are, under an attack of one size."""

    name: str
    kind: str
    eps: float
    right: int
    asked: int
    done: float  # the share of the whole measurement, 0 to 1


def measure(
    networks: Mapping[str, Net],
    images: Tensor,
    labels: Tensor,
    kind: str = PGD,
    *,
    grid: Sequence[float] = GRID,
    seed: int = 0,
    batch: int = 100,
) -> Iterator[Count]:
    """Accuracy at each eps, for networks by name: a Count after each batch, so that it can be watched."""
    total, done = len(labels) * len(grid) * len(networks), 0
    for eps in grid:
        for name, net in networks.items():
            correct = asked = 0
            for hits in right(net, images, labels, attack_of(kind, eps), seed=seed, batch=batch):
                size = min(batch, len(labels) - asked)
                correct, asked, done = correct + hits, asked + size, done + size
                yield Count(name, kind, eps, correct, asked, done / total)


def accuracy(
    net: Net,
    images: Tensor,
    labels: Tensor,
    attack: Attack | None = None,
    *,
    seed: int = 0,
    batch: int = 500,
) -> float:
    """Share of pictures (N, C, H, W) taken for what they are, clean or under an untargeted attack."""
    return sum(right(net, images, labels, attack, seed=seed, batch=batch)) / len(labels)


def right(
    net: Net,
    images: Tensor,
    labels: Tensor,
    attack: Attack | None = None,
    *,
    seed: int = 0,
    batch: int = 500,
) -> Iterator[int]:
    """How many of each batch are taken for what they are, so that a long measurement can be watched."""
    import torch

    from trickcore.attacks.loop import attacked, device_of
    from trickcore.attacks.losses import away_from

    rng = torch.Generator().manual_seed(seed)
    home = device_of(net, images)
    for pictures, truth in zip(torch.split(images, batch), torch.split(labels, batch), strict=True):
        x, y = pictures.to(home), truth.to(home)
        if attack is not None:
            x = attacked(net, x, away_from(y), attack, rng)
        with torch.no_grad():
            yield int((checked_answer(net(x)).argmax(1) == y).sum())
