"""Digits: what was measured of the two networks that ship, and pictures to measure them on again."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from trickcore.attacks.balls import Linf
from trickcore.attacks.loop import Attack
from trickcore.networks.classifiers import Classifier, Net, of_digits
from trickcore.pictures.files import ASSETS
from trickcore.training.loops import EPS, SmallNet, right

CARD = ASSETS / "digits" / "card.json"
MEGABYTES = 12  # of MNIST as it is downloaded
GRID = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4)
FGSM, PGD = "fgsm", "pgd-40"
# (network, attack, eps) -> accuracy on MNIST's test digits, as published.
PUBLISHED = {
    ("Madry et al. 2018, standard", "clean", 0.0): 0.992,
    ("Madry et al. 2018, standard", "FGSM", EPS): 0.064,
    ("Madry et al. 2018, robust", "clean", 0.0): 0.988,
    ("Madry et al. 2018, robust", "FGSM", EPS): 0.956,
    ("Madry et al. 2018, robust", "PGD-40", EPS): 0.932,
    ("Madry et al. 2018, robust", "AutoAttack", EPS): 0.8850,
    ("TRADES, Zhang et al. 2019", "AutoAttack", EPS): 0.9281,
}

_fetching = threading.Lock()


class DigitsError(RuntimeError):
    """Digits that cannot be had; the message is a sentence for a person."""


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
    judged: int = 10_000  # of the test digits, drawn from all of them, by AutoAttack
    judge: str = "pyautoattack"  # the package whose AutoAttack it was; this one is its authors' code


def untrained(seed: int = 0) -> Classifier:
    """The digit network as it is before it has seen a single digit."""
    return of_digits("digits-untrained", SmallNet(32, seed=seed))


def report(which: str) -> Report:
    """The card of "standard" or "robust". Raises ValueError for another name, OSError without a card."""
    known = reports()
    if which not in known:
        raise ValueError(f"expected one of {', '.join(known)}, got {which!r}")
    return known[which]


def attack_of(kind: str, eps: float) -> Attack | None:
    """The untargeted attack of the card at eps: None where there is nothing to attack with."""
    if not eps:
        return None
    if kind == FGSM:
        return Attack(Linf(eps), alpha=eps, steps=1)
    if kind == PGD:
        return Attack(Linf(eps), alpha=2.5 * eps / 40, steps=40, random_start=True)
    raise ValueError(f"expected {FGSM} or {PGD}, got {kind!r}")


def mnist_root() -> Path:
    """Where MNIST is looked for: the folder MNIST_ROOT names, else one in torch's own cache."""
    return Path(os.environ.get("MNIST_ROOT") or Path(torch.hub.get_dir()).parent / "mnist")


def fetch_mnist() -> Path:
    """Download MNIST, unless it is here, without loading it; the folder it is in.

    Touches no tensor, so a page's thread may call it, and who comes while it is downloaded waits for
    the same download. Raises DigitsError as `mnist` does.
    """
    from torchvision.datasets import MNIST

    root = mnist_root()
    with _fetching:
        if mnist_here():
            return root
        data = MNIST.__new__(MNIST)  # made whole it would load what it fetched
        data.root = str(root)
        try:
            data.download()
        except Exception as error:  # no network, or no leave to write
            raise DigitsError(
                f"MNIST is not in {root}. Check the network connection, or set MNIST_ROOT to a folder that "
                f"has it. ({error})"
            ) from error
    return root


def mnist(train: bool, *, download: bool = False) -> tuple[Tensor, Tensor]:
    """MNIST (LeCun et al. 1998): pixels (N, 1, 28, 28) in [0, 1] and labels (N,).

    Raises DigitsError, with a sentence that says what to do, when it is not there or cannot be fetched.
    """
    from torchvision.datasets import MNIST

    root = fetch_mnist() if download else mnist_root()
    try:
        data = MNIST(str(root), train=train)
    except Exception as error:  # not there, or files cut short
        raise DigitsError(
            f"MNIST is not in {root}. Download it, or set MNIST_ROOT to a folder that has it. ({error})"
        ) from error
    return data.data.unsqueeze(1).float() / 255, data.targets


def mnist_here() -> bool:
    """Whether MNIST can be had without a download."""
    raw = mnist_root() / "MNIST" / "raw"
    kinds = ("images-idx3-ubyte", "labels-idx1-ubyte")
    return all((raw / f"{part}-{kind}").exists() for part in ("train", "t10k") for kind in kinds)


@cache
def small() -> tuple[Tensor, Tensor]:
    """scikit-learn's 1,797 real digits, 8 x 8, brought to MNIST's form: (N, 1, 28, 28) and labels (N,).

    Alpaydin and Kaynak 1998 (UCI, CC BY 4.0); they come in scikit-learn's package.
    """
    from sklearn.datasets import load_digits

    found = load_digits()
    images = torch.from_numpy(np.asarray(found.images, np.float32) / 16).unsqueeze(1)
    grown = torch.nn.functional.interpolate(images, size=(20, 20), mode="bicubic", antialias=True)
    padded = torch.nn.functional.pad(grown.clamp(0, 1), [4] * 4)
    return (padded * 255).round() / 255, torch.from_numpy(np.asarray(found.target)).long()


@cache
def reports() -> dict[str, Report]:
    """The whole card, by the name of the network."""
    known = json.loads(CARD.read_text())["networks"]
    return {
        which: replace(Report(**found), fgsm=tuple(found["fgsm"]), pgd=tuple(found["pgd"]))
        for which, found in known.items()
    }


def some(from_mnist: bool, count: int) -> tuple[Tensor, Tensor]:
    """The first so many of MNIST's test digits or of scikit-learn's. Raises DigitsError."""
    images, labels = mnist(train=False) if from_mnist else small()
    return images[:count], labels[:count]


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
            for one in right(net, images, labels, attack_of(kind, eps), seed=seed, batch=batch):
                size = min(batch, len(labels) - asked)
                correct, asked, done = correct + one, asked + size, done + size
                yield Count(name, kind, eps, correct, asked, done / total)
