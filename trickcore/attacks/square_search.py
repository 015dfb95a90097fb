"""Square: random squares of colour, kept where the network's probabilities say that they help."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Generator, Tensor

from trickcore.attacks.balls import L2, TINY, Ball, Linf
from trickcore.attacks.black_box import BlackBox
from trickcore.attacks.loop import Step, batch_of
from trickcore.attacks.losses import Aim, Towards, aim_of
from trickcore.networks.classifier import Classifier

MOST_STEPS = 250  # that a run is told in
# After so many of 10,000 questions the share of the picture that a square covers is halved (the paper's).
HALVED = (10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000)
TILES = 5  # a side, that a run under L2 begins with
LEAST_L2 = 3  # pixels of a square's side under L2


@dataclass(frozen=True, slots=True)
class Square:
    """How to search."""

    eps: float  # on the [0, 1] scale: of every value, or the length of the whole change
    norm: Literal["linf", "l2"] = "linf"
    questions: int = 5000  # at most, the one about the untouched picture too
    p_init: float = 0.8  # the share of the picture that the first squares cover
    stop_at: float | None = None  # what is wanted has this probability; None: as soon as it is the answer

    def __post_init__(self) -> None:
        if not (math.isfinite(self.eps) and self.eps >= 0):
            raise ValueError(f"expected eps >= 0, got {self.eps}")
        if self.norm not in ("linf", "l2"):
            raise ValueError(f"expected norm linf or l2, got {self.norm!r}")
        if self.questions < 1:
            raise ValueError(f"expected questions >= 1, got {self.questions}")
        if not 0 < self.p_init <= 1:
            raise ValueError(f"expected p_init above 0 and at most 1, got {self.p_init}")
        if self.stop_at is not None and not 0 < self.stop_at <= 1:
            raise ValueError(f"expected stop_at above 0 and at most 1, got {self.stop_at}")


def square(
    classifier: Classifier,
    image: Tensor,
    goal: Aim | int,
    settings: Square,
    *,
    mask: Tensor | float = 1.0,
    seed: int = 0,
) -> Iterator[Step]:
    """Steps of a random search for one picture (C, H, W): the untouched one, then the best change so far.

    A question is one picture. `index` counts those after the one about the untouched picture, `questions`
    that one too. Of what the network says only the probabilities are read. A Step comes after every question
    of a short run, else after each of about MOST_STEPS equal parts. `mask` (1, H, W) of 0 and 1 says which
    pixels may move. Raises ValueError where none may, and when the picture is not float32 in [0, 1].
    Andriushchenko et al. 2020, arXiv:1912.00049.
    """
    x, box, aim = batch_of(classifier, image), BlackBox(classifier.net), aim_of(goal)
    search = (_Linf if settings.norm == "linf" else _L2)(x, mask, settings, Generator().manual_seed(seed))
    ball: Ball = (Linf if settings.norm == "linf" else L2)(settings.eps)

    def ask(picture: Tensor) -> tuple[Tensor, Tensor, float]:
        logs = box.probabilities(picture).clamp_min(TINY).log()  # differences of these are those of logits
        return picture, logs, _loss(aim, logs)

    def step(best: tuple[Tensor, Tensor, float]) -> Step:
        picture, logs, _ = best
        distance = ball.norm(picture - x).item()
        told = aim(logs).item()
        return Step(
            box.asked - 1, picture[0].cpu(), logs.exp()[0].cpu(), told, distance, box.asked, box.asked
        )

    best = ask(x)
    last = step(best)
    yield last
    every = max(1, settings.questions // MOST_STEPS)
    while box.asked < settings.questions and not _enough(aim, best[1], settings.stop_at):
        tried = ask(search.begun() if box.asked == 1 else search.changed(best[0], box.asked - 1))
        # A target may win at a higher cross-entropy than before, where its rivals share the rest.
        if box.asked == 2 or tried[2] <= best[2] or _enough(aim, tried[1], settings.stop_at):
            best = tried
        if box.asked // every > last.questions // every:
            last = step(best)
            yield last
    if last.questions < box.asked:
        yield step(best)


def _loss(aim: Aim, logs: Tensor) -> float:
    """What is lowered: cross-entropy of a target, else by how much the class still leads."""
    return float(aim(logs) if isinstance(aim, Towards) else aim.margin(logs))


def _enough(aim: Aim, logs: Tensor, stop_at: float | None) -> bool:
    if stop_at is None:
        return bool(aim.margin(logs) < 0)
    return bool(aim.wanted(logs.exp()) >= stop_at)


class _Search:
    """What both norms share: where squares may lie, how large they are, and chance."""

    def __init__(self, x: Tensor, mask: Tensor | float, settings: Square, rng: Generator) -> None:
        self.x, self.settings, self.rng = x, settings, rng
        self.mask = mask.to(x) if isinstance(mask, Tensor) else mask
        _, self.channels, self.height, self.width = x.shape
        self.free = None if not isinstance(mask, Tensor) else mask[0].nonzero()
        self.area = self.height * self.width if self.free is None else len(self.free)
        if not self.area:
            raise ValueError("expected a mask in which some pixel may move, got none")

    def side(self, done: int) -> int:
        """The side of a square after so many questions, in pixels."""
        of_10_000 = done * 10_000 // self.settings.questions
        share = self.settings.p_init / 2 ** sum(of_10_000 > mark for mark in HALVED)
        return min(max(1, round(math.sqrt(share * self.area))), self.height, self.width)

    def place(self, side: int) -> tuple[slice, slice]:
        """A random square that lies in the picture, over some pixel that may move."""
        rows, columns = self.height - side + 1, self.width - side + 1
        if self.free is None:
            top, left = self.whole(rows), self.whole(columns)
        else:
            row, column = self.free[self.whole(len(self.free))].tolist()
            top = min(max(row - self.whole(side), 0), rows - 1)
            left = min(max(column - self.whole(side), 0), columns - 1)
        return slice(top, top + side), slice(left, left + side)

    def whole(self, below: int) -> int:
        return int(torch.randint(below, (), generator=self.rng))

    def signs(self, *shape: int) -> Tensor:
        return (2.0 * torch.randint(2, shape, generator=self.rng) - 1).to(self.x)

    def inside(self, delta: Tensor) -> Tensor:
        """The picture with a change where it may be, clamped to [0, 1]."""
        moved = (self.x + self.mask * delta).clamp(0, 1)
        return moved.contiguous(memory_format=torch.channels_last)


class _Linf(_Search):
    """Every value of a square goes to one end of its range: the best changes lie at corners of the box."""

    def begun(self) -> Tensor:
        """Stripes from top to bottom, each up or down by eps in each channel."""
        return self.inside(self.settings.eps * self.signs(1, self.channels, 1, self.width))

    def changed(self, best: Tensor, done: int) -> Tensor:
        rows, columns = self.place(self.side(done))
        tried = best.clone()
        ends = self.x[:, :, rows, columns] + self.settings.eps * self.signs(1, self.channels, 1, 1)
        tried[:, :, rows, columns] = ends.clamp(0, 1)
        if isinstance(self.mask, Tensor):
            tried = torch.where(self.mask > 0, tried, self.x)
        return tried


class _L2(_Search):
    """The length is taken from one square and given to another, in the shape of two pyramids side by side."""

    def begun(self) -> Tensor:
        """Tiles of pyramids all over the picture, of length eps in all."""
        side = max(1, min(self.height, self.width) // TILES)
        delta = torch.zeros_like(self.x)
        for row in range(self.height % side // 2, self.height - side + 1, side):
            for column in range(self.width % side // 2, self.width - side + 1, side):
                tile = self.pyramids(side) * self.signs(1, self.channels, 1, 1)
                delta[:, :, row : row + side, column : column + side] = tile
        return self.long(delta)

    def changed(self, best: Tensor, done: int) -> Tensor:
        odd = max(self.side(done), LEAST_L2) | 1  # so that it has a middle
        side = min(odd, self.height, self.width)
        delta, rest = best - self.x, self.settings.eps**2
        rest = max(0.0, rest - delta.square().sum().item())
        into, out = self.place(side), self.place(side)
        both = torch.zeros_like(self.x)
        both[:, :, into[0], into[1]] = both[:, :, out[0], out[1]] = 1
        there = (delta * both).square().sum((2, 3), keepdim=True)  # of each channel
        old = delta[:, :, into[0], into[1]]
        shape = self.pyramids(side) * self.signs(1, self.channels, 1, 1) + old / _long(old)
        fresh = shape / _long(shape) * (there + rest / self.channels).sqrt()
        delta = delta * (1 - both)
        delta[:, :, into[0], into[1]] = fresh
        return self.long(delta)

    def long(self, delta: Tensor) -> Tensor:
        """The change at the length eps, where it may be."""
        delta = self.mask * delta
        return self.inside(self.settings.eps * delta / delta.norm().clamp_min(TINY))

    def pyramids(self, side: int) -> Tensor:
        """Two pyramids (side, side), one up and one down, of length 1; lying or standing by chance."""
        half = side // 2
        both = torch.cat([_pyramid(half, side), -_pyramid(side - half, side)]).to(self.x)
        found: Tensor = both / both.norm().clamp_min(TINY)
        return found.T if self.whole(2) else found


def _pyramid(height: int, width: int) -> Tensor:
    """Rings that rise to the middle, each by 1 over the square of how many are inside it, (height, width)."""
    rows = (torch.arange(height) - height // 2).abs()
    columns = (torch.arange(width) - width // 2).abs()
    ring = torch.maximum(rows[:, None], columns[None, :])
    steps: Tensor = 1 / torch.arange(1, max(height, width) // 2 + 2, dtype=torch.float32).square()
    found: Tensor = steps.flip(0).cumsum(0).flip(0)[ring]
    return found


def _long(part: Tensor) -> Tensor:
    """The length of each channel of a part, (1, C, 1, 1), never 0."""
    return part.square().sum((2, 3), keepdim=True).sqrt().clamp_min(1e-12)
