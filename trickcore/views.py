"""Views: what the network is shown of a picture at each step. `as_is` shows the picture itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from torch import Generator, Tensor

Views = Callable[[Tensor, Generator | None], Iterable[Tensor]]
Transform = Callable[[Tensor, Generator | None], Tensor]


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
