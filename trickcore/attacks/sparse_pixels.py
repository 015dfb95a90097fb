"""Pixels: a few pixels of any colour, searched for by the network's probabilities alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from trickcore.attacks.balls import TINY
from trickcore.attacks.black_box import BlackBox
from trickcore.attacks.loop import Step, batch_of
from trickcore.attacks.losses import Aim, Towards, aim_of
from trickcore.networks.classifier import Classifier

MOST_STEPS = 250  # that a run is told in
# From so many of 10,000 questions on, the share of the pixels that are exchanged is divided by so much. The
# authors' code divides by twice as much from the first question on.
SHRINKS = ((0, 1), (50, 2), (200, 2.5), (500, 3), (1000, 4), (2000, 5), (4000, 6), (6000, 7.5), (8000, 10))


@dataclass(frozen=True, slots=True)
class Pixels:
    """How to search."""

    pixels: int = 20  # that may differ
    questions: int = 5000  # at most, the one about the untouched picture too
    alpha_init: float = 0.3  # the share of the pixels that is exchanged at first
    stop_at: float | None = None  # what is wanted has this probability; None: as soon as it is the answer

    def __post_init__(self) -> None:
        if self.pixels < 1:
            raise ValueError(f"expected pixels >= 1, got {self.pixels}")
        if self.questions < 1:
            raise ValueError(f"expected questions >= 1, got {self.questions}")
        if not 0 < self.alpha_init <= 1:
            raise ValueError(f"expected alpha_init above 0 and at most 1, got {self.alpha_init}")
        if self.stop_at is not None and not 0 < self.stop_at <= 1:
            raise ValueError(f"expected stop_at above 0 and at most 1, got {self.stop_at}")


def pixels(
    classifier: Classifier,
    image: Tensor,
    goal: Aim | int,
    settings: Pixels,
    *,
    mask: Tensor | float = 1.0,
    seed: int = 0,
) -> Iterator[Step]:
    """Steps of a random search for one picture (C, H, W): the untouched one, then the best change so far.

    Chosen pixels are 0 or 1 in each channel, so a file keeps them as they are. `distance` is the number of
    pixels that differ. A question is one picture: `index` counts those after the one about the untouched
    picture, `questions` that one too. Of what the network says only the probabilities are read. `mask`
    (1, H, W) of 0 and 1 says which pixels may move. Raises ValueError where these are fewer than are to be
    chosen, and when the picture is not float32 (C, H, W) in [0, 1].
    Sparse-RS, Croce et al. 2022, arXiv:2006.12834; with one pixel Su et al. 2019 asked the same,
    arXiv:1710.08864.
    """
    x, box, aim = batch_of(classifier, image), BlackBox(classifier.net), aim_of(goal)
    found = _Chosen(x, mask, settings, Generator().manual_seed(seed))

    def ask(picture: Tensor) -> tuple[Tensor, float]:
        logs = box.probabilities(picture).clamp_min(TINY).log()  # differences of these are those of logits
        return logs, float(aim(logs) if isinstance(aim, Towards) else aim.margin(logs))

    def step(picture: Tensor, logs: Tensor) -> Step:
        distance = float((picture != x).any(1).sum())
        told = aim(logs).item()
        return Step(
            box.asked - 1, picture[0].cpu(), logs.exp()[0].cpu(), told, distance, box.asked, box.asked
        )

    def enough(logs: Tensor) -> bool:
        if settings.stop_at is None:
            return bool(aim.margin(logs) < 0)
        return bool(aim.wanted(logs.exp()) >= settings.stop_at)

    picture = x
    logs, least = ask(x)
    last = step(x, logs)
    yield last
    every = max(1, settings.questions // MOST_STEPS)
    while box.asked < settings.questions and not enough(logs):
        first = box.asked == 1
        places, colours = (found.places, found.colours) if first else found.exchanged(box.asked - 1)
        tried = found.painted(places, colours)
        said, loss = ask(tried)
        # A target may win at a higher cross-entropy than before, where its rivals share the rest.
        if first or loss <= least or enough(said):
            picture, logs, least = tried, said, loss
            found.places, found.colours = places, colours
        if box.asked // every > last.questions // every:
            last = step(picture, logs)
            yield last
    if last.questions < box.asked:
        yield step(picture, logs)


class _Chosen:
    """The pixels that are chosen and their colours, and what may be chosen in their place."""

    def __init__(self, x: Tensor, mask: Tensor | float, settings: Pixels, rng: Generator) -> None:
        self.x, self.settings, self.rng = x, settings, rng
        _, self.channels, height, self.width = x.shape
        whole = torch.ones(height, self.width) if not isinstance(mask, Tensor) else mask[0].cpu()
        self.free = whole.flatten().nonzero()[:, 0]  # numbers of the pixels that may move
        if len(self.free) < settings.pixels:
            raise ValueError(
                f"expected at most as many pixels as may change, {len(self.free):,}, got {settings.pixels:,}"
            )
        if settings.pixels == 1:
            self.order = torch.randperm(len(self.free) * 2**self.channels, generator=rng)
            self.places, self.colours = self.single(0)
        else:
            self.places = self.drawn(self.free, settings.pixels)
            self.colours = self.corners(settings.pixels)  # (channels, pixels)

    def single(self, done: int) -> tuple[Tensor, Tensor]:
        """One pixel in one colour, none again before all were tried: a single one has nothing to build on."""
        number = self.order[done % len(self.order)]
        bits = number >> torch.arange(self.channels) & 1
        return self.free[number >> self.channels].view(1), bits.float().view(-1, 1)

    def exchanged(self, done: int) -> tuple[Tensor, Tensor]:
        """The choice with some pixels given up for others, each with a new colour."""
        if self.settings.pixels == 1:
            return self.single(done)
        count = self.count(done)
        order = torch.randperm(len(self.places), generator=self.rng)
        out, stay = order[:count], order[count:]
        others = self.free[~torch.isin(self.free, self.places)]
        # Where no other place is left, only the colours are drawn anew.
        into = self.places[out] if len(others) < count else self.drawn(others, count)
        places = torch.cat([self.places[stay], into])
        colours = torch.cat([self.colours[:, stay], self.corners(count)], dim=1)
        return places, colours

    def count(self, done: int) -> int:
        """How many pixels are exchanged after so many questions."""
        of_10_000 = done * 10_000 // self.settings.questions
        divisor = [by for mark, by in SHRINKS if of_10_000 >= mark][-1]
        return max(1, int(self.settings.alpha_init / divisor * self.settings.pixels))

    def drawn(self, of: Tensor, count: int) -> Tensor:
        return of[torch.randperm(len(of), generator=self.rng)[:count]]

    def corners(self, count: int) -> Tensor:
        return torch.randint(2, (self.channels, count), generator=self.rng).float()

    def painted(self, places: Tensor, colours: Tensor) -> Tensor:
        """The picture with the chosen pixels in their colours."""
        tried = self.x.clone()
        rows, columns = places // self.width, places % self.width
        tried[0, :, rows, columns] = colours.to(self.x)
        return tried
