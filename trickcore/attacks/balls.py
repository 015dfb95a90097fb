"""Balls: how far a picture may move, in which measure, and which way is steepest in it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Generator, Tensor

TINY = torch.finfo(torch.float32).tiny


class Ball(Protocol):
    """A neighbourhood of a picture. Batches are (N, C, H, W); each image is treated on its own."""

    @property
    def eps(self) -> float:
        """The radius, on the [0, 1] scale of the pixels."""
        ...

    def direction(self, grad: Tensor) -> Tensor:
        """The unit step along which the loss rises fastest, (N, C, H, W)."""
        ...

    def project(self, delta: Tensor) -> Tensor:
        """The nearest change inside the ball, (N, C, H, W)."""
        ...

    def sample(self, x: Tensor, rng: Generator | None) -> Tensor:
        """A random picture within eps of x, (N, C, H, W); not yet clamped to [0, 1]."""
        ...

    def norm(self, delta: Tensor) -> Tensor:
        """The length of each change, (N,)."""
        ...


@dataclass(frozen=True, slots=True)
class Linf:
    """Every value moves by at most eps (Goodfellow et al. 2015, arXiv:1412.6572).

    `raw=True` keeps the same clip but walks along the gradient itself, so that alpha is a learning
    rate: gradient ascent with a clip, as in the first notebooks on the subject.
    """

    eps: float
    raw: bool = False

    def __post_init__(self) -> None:
        _check(self.eps)

    def direction(self, grad: Tensor) -> Tensor:
        return grad if self.raw else grad.sign()

    def project(self, delta: Tensor) -> Tensor:
        return delta.clamp(-self.eps, self.eps)

    def sample(self, x: Tensor, rng: Generator | None) -> Tensor:
        return x + self.eps * (2 * _drawn(torch.rand, x, rng) - 1)

    def norm(self, delta: Tensor) -> Tensor:
        return delta.flatten(1).abs().amax(1)


@dataclass(frozen=True, slots=True)
class L2:
    """The whole change is at most eps long (Szegedy et al. 2014, arXiv:1312.6199).

    `raw=True` walks along the gradient itself instead of its unit vector; alpha is a learning rate.
    """

    eps: float
    raw: bool = False

    def __post_init__(self) -> None:
        _check(self.eps)

    def direction(self, grad: Tensor) -> Tensor:
        return grad if self.raw else _unit(grad)

    def project(self, delta: Tensor) -> Tensor:
        shrink = (self.eps / self.norm(delta).clamp_min(TINY)).clamp_max(1)
        return delta * _column(shrink, delta)

    def sample(self, x: Tensor, rng: Generator | None) -> Tensor:
        out = _unit(_drawn(torch.randn, x, rng))
        u = _drawn(torch.rand, x[:, :1, :1, :1], rng)  # radius ~ u^(1/D) fills the ball evenly
        return x + self.eps * u ** (1 / x[0].numel()) * out

    def norm(self, delta: Tensor) -> Tensor:
        return _length(delta)


def _check(eps: float) -> None:
    if not (math.isfinite(eps) and eps >= 0):
        raise ValueError(f"expected eps >= 0, got {eps}")


def _length(vector: Tensor) -> Tensor:
    length: Tensor = torch.linalg.vector_norm(vector.flatten(1), dim=1)
    return length


def _unit(vector: Tensor) -> Tensor:
    return vector / _column(_length(vector).clamp_min(TINY), vector)


def _column(values: Tensor, like: Tensor) -> Tensor:
    return values.view(-1, *[1] * (like.dim() - 1))


def _drawn(draw: Callable[..., Tensor], like: Tensor, rng: Generator | None) -> Tensor:
    """Drawn where the generator lives (the CPU), so that a seed means the same on every device."""
    where = rng.device if rng is not None else like.device
    return draw(like.shape, generator=rng, device=where, dtype=like.dtype).to(like.device)
