"""Views: what the network is shown of a picture at each step. `as_is` shows the picture itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import torch
from torch import Generator, Tensor

from trickcore.pictures.photograph_transforms import ATHALYE, Ranges, photographed, shot

Views = Callable[[Tensor, Generator | None], Iterable[Tensor]]
Transform = Callable[[Tensor, Generator | None], Tensor]

# Beyond any seed a page offers, and within the 32 bits that torch's generator reads of one: adding 2**32
# would give the very same stream again.
JUDGING = 2**31


def evaluation_seed(seed: int) -> int:
    """The seed of what is judged on, for a run with this seed: a stream that made nothing.

    The run's own seed drew the views its attack was made on. To count on those again flatters it: 38 of
    100 views where fresh ones give 32 and 33 (a cat at eps 8, 8 views a step).
    """
    return seed + JUDGING


def as_is(x: Tensor, rng: Generator | None) -> Iterable[Tensor]:
    """The picture, once."""
    return (x,)


def sampled(transform: Transform, n: int) -> Views:
    """n random views a step, whose gradients are averaged: EOT (Athalye et al. 2018, arXiv:1707.07397).

    `transform` maps pixels (N, C, H, W) and a generator to pixels, differentiably.
    """
    if n < 1:
        raise ValueError(f"expected n >= 1 views a step, got {n}")

    def views(x: Tensor, rng: Generator | None) -> Iterator[Tensor]:
        return (transform(x, rng) for _ in range(n))

    return views


def shaken(noise: float, shift: int, n: int) -> Views:
    """n views a step, each under uniform noise of +- `noise` and moved by up to `shift` pixels.

    Averaging gradients over them leaves what matters about a shape and loses the grain: SmoothGrad
    (Smilkov et al. 2017, arXiv:1706.03825) with the jitter of DeepDream (Mordvintsev et al. 2015).
    """
    if noise < 0 or shift < 0:
        raise ValueError(f"expected noise and shift of at least 0, got {noise} and {shift}")

    def shake(x: Tensor, rng: Generator | None) -> Tensor:
        grain = (torch.rand(x.shape, generator=rng) * 2 - 1) * noise
        down, right = torch.randint(-shift, shift + 1, (2,), generator=rng).tolist()
        return torch.roll(x + grain.to(x), (down, right), (2, 3))

    return sampled(shake, n)


def photographs(n: int, ranges: Ranges = ATHALYE) -> Views:
    """n random shots a step, whose gradients are averaged: EOT (Athalye et al. 2018)."""
    return sampled(lambda x, rng: photographed(x, shot(ranges, rng), rng), n)
