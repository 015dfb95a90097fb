"""What forged digits are worth: read by a network that has never seen one, and held beside real ones.

Plain numbers of what a generator draws, none of them measured with the discriminator that taught it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

SURE = 0.9


@dataclass(frozen=True, slots=True)
class Reading:
    """What a network says of forged pictures of known classes."""

    surely: float  # share that it gives a digit more than 90 %
    as_asked: float  # share read as the class that was asked for
    spread: tuple[int, ...]  # how many were read as each of the ten digits


@torch.no_grad()
def read(net: nn.Module, images: Tensor, labels: Tensor) -> Reading:
    """Pictures (N, 1, 28, 28) in [0, 1] of the classes (N,) that were asked for."""
    probs = net(images).softmax(1)
    best = probs.max(1)
    return Reading(
        float((best.values > SURE).float().mean()),
        float((best.indices == labels).float().mean()),
        tuple(int(n) for n in best.indices.bincount(minlength=10)),
    )


def nearest(images: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
    """The place of the nearest of the known pictures, and its L2 distance on [0, 1] pixels, (N,) each."""
    rows, others = images.flatten(1), known.flatten(1)
    places = (others.square().sum(1) - 2 * rows @ others.T).argmin(1)
    return places, (rows - others[places]).norm(dim=1)


@torch.no_grad()
def features(net: nn.Module, images: Tensor) -> NDArray[np.float64]:
    """What the last layer of a SmallNet sees of pictures, (N, hidden)."""
    layers = net.get_submodule("layers")
    assert isinstance(layers, nn.Sequential)
    return np.asarray(layers[:-1](images).numpy(), np.float64)


def frechet(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Fréchet's distance of two clouds of features (N, F), as normal distributions: 0 for the same.

    FID (Heusel et al. 2017, arXiv:1706.08500), with the features of a network that reads digits. It sees
    both ugly pictures and pictures that are all alike.
    """
    gap = one.mean(0) - other.mean(0)
    a, b = np.cov(one.T), np.cov(other.T)
    roots = np.sqrt(np.maximum(np.linalg.eigvals(a @ b).real, 0)).sum()
    return float(gap @ gap + np.trace(a) + np.trace(b) - 2 * roots)
