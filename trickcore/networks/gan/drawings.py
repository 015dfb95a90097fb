"""What the generator that ships draws: digits of a class, ways from one noise to another, pairs to guess."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from trickcore.language import _
from trickcore.networks.catalogue import WeightsError
from trickcore.networks.gan.card import NOISE, WEIGHTS, Twins, card
from trickcore.networks.gan.generator import Generator, generator_of, sha256
from trickcore.pictures.files import to_8bit

PAIRS = 10


@cache
def shipped() -> Generator:
    """The generator in assets/digits, checked against its card. Raises WeightsError."""
    try:
        weights = WEIGHTS.read_bytes()
        whole = sha256(weights) == card().sha256
    except (OSError, ValueError, KeyError):
        whole = False
    if not whole:
        raise WeightsError(
            _("{file} is not what its card says. Train it again: make train.", file=WEIGHTS.name)
        )
    return generator_of(weights)


def noise_of(count: int, seed: int) -> Tensor:
    """(count, 32), normal."""
    return torch.randn(count, NOISE, generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
def drawn(net: Generator, noise: Tensor, labels: Tensor) -> Tensor:
    """Pictures (N, 1, 28, 28) of the classes asked, as they are saved: in whole grey levels, on [0, 1]."""
    pixels: Tensor = net(noise, labels)
    return (pixels * 255).round() / 255


def in_turn(net: Generator, count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Forgeries (N, 1, 28, 28) of the classes 0 to 9 in turn, and these classes (N,)."""
    labels = torch.arange(count) % 10
    return drawn(net, noise_of(count, seed), labels), labels


def way(first: Tensor, second: Tensor, count: int) -> Tensor:
    """Noises (count, 32) from one to another, both included, along the sphere they lie on.

    Straight through its middle there are noises that no training has seen (White 2016, arXiv:1609.04468).
    """
    angle = torch.arccos(torch.dot(first / first.norm(), second / second.norm()).clamp(-1, 1))
    if float(angle.sin()) < 1e-3:
        raise ValueError("expected two noises that do not lie in one direction, got the same or opposite")
    shares = torch.linspace(0, 1, count)[:, None]
    return (((1 - shares) * angle).sin() * first + (shares * angle).sin() * second) / angle.sin()


def twins(seed: int) -> tuple[Twins, ...]:
    """Ten pairs of a real test digit and a forged one, one of each class, in an order drawn by lot."""
    rng = np.random.default_rng(seed)
    labels, real = rng.permutation(10), card().real
    forged = drawn(shipped(), noise_of(PAIRS, seed), torch.from_numpy(labels))
    found = []
    for label, picture in zip(labels.tolist(), forged, strict=True):
        true: NDArray[np.uint8] = real[label][rng.integers(len(real[label]))]
        side = int(rng.integers(2))
        pair = (true, to_8bit(picture)) if side == 0 else (to_8bit(picture), true)
        found.append(Twins(*pair, label, side))
    return tuple(found)
