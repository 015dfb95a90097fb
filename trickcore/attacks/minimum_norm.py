"""FMN: the least change that is enough, walking to and fro over the border between two answers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from trickcore.attacks.loop import Step, batch_of, evaluate
from trickcore.attacks.losses import Aim, aim_of
from trickcore.networks.classifier import Classifier

Norm = Literal["l0", "l1", "l2", "linf"]
ORDERS: dict[str, float] = {"l0": 0, "l1": 1, "l2": 2, "linf": math.inf}
DUALS: dict[str, float] = {"l1": math.inf, "l2": 2, "linf": 1}
LEAST = 1e-12
# How many times as far the change is taken where no rounding of it to whole grey levels is enough, and how
# often the number of values that are rounded away from the untouched picture is halved.
FARTHER = (1.0, 1.2, 1.5, 2.0)
HALVINGS = 8
FASTEST = 1.5  # times as many values, at most, from one step to the next under l0


@dataclass(frozen=True, slots=True)
class FMN:
    """How to search. Both alpha and gamma fall from their first to their last value as half a cosine."""

    norm: Norm = "l2"  # that is made least; l0 counts values, C x H x W of them
    steps: int = 100
    alpha_init: float = 1.0  # L2 length of a step, on the [0, 1] scale
    alpha_final: float = 0.01
    gamma_init: float = 0.05  # the share by which the bound is drawn in or let out at a step
    gamma_final: float = 0.001
    whole_levels: bool = True  # ends with a picture of whole grey levels, which a PNG keeps

    def __post_init__(self) -> None:
        if self.norm not in ORDERS:
            raise ValueError(f"expected norm {', '.join(ORDERS)}, got {self.norm!r}")
        if self.steps < 1:
            raise ValueError(f"expected steps >= 1, got {self.steps}")
        if not 0 < self.alpha_final <= self.alpha_init < math.inf:
            raise ValueError(
                f"expected 0 < alpha_final <= alpha_init, got {self.alpha_final} and {self.alpha_init}"
            )
        if not 0 < self.gamma_final <= self.gamma_init < 1:
            raise ValueError(
                f"expected 0 < gamma_final <= gamma_init < 1, got {self.gamma_final} and {self.gamma_init}"
            )


def fmn(
    classifier: Classifier,
    image: Tensor,
    goal: Aim | int,
    settings: FMN,
    *,
    mask: Tensor | float = 1.0,
    seed: int = 0,
) -> Iterator[Step]:
    """Steps of a search for the least change of one picture (C, H, W), each of which shows where it is.

    `distance` is in `settings.norm`. The last Step is the least change found that is enough, in whole grey
    levels where `whole_levels` asks for it; where none was enough the one that came nearest. A step is a pass
    forward and one back. `mask` (1, H, W) of 0 and 1 says which pixels may move; nothing is drawn, so the
    `seed` changes nothing. Raises ValueError when the picture is not float32 (C, H, W) in [0, 1].
    Pintor et al. 2021, arXiv:2102.12827.
    """
    x, aim = batch_of(classifier, image), aim_of(goal)
    free = mask.to(x) if isinstance(mask, Tensor) else torch.ones_like(x[:, :1])
    search = _Search(classifier, x, aim, settings, free.expand_as(x))
    for index in range(settings.steps):
        yield search.step(index)
        if index == 0 and search.enough:
            return
        search.move(index)
    search.look(backward=False)
    yield search.ended()


class _Search:
    """The change as it is, the bound it is held in, and the best one so far."""

    def __init__(self, classifier: Classifier, x: Tensor, aim: Aim, settings: FMN, free: Tensor) -> None:
        self.net, self.x, self.aim, self.settings, self.free = classifier.net, x, aim, settings, free
        self.order = ORDERS[settings.norm]
        self.delta, self.passes = torch.zeros_like(x), 0
        self.bound = 1.0 if settings.norm == "l0" else math.inf
        self.least, self.best = math.inf, self.delta  # of the changes that were enough
        self.nearest, self.near = math.inf, self.delta  # of those that were not
        self.look()
        self.lead = self.margin  # of the untouched picture's class

    def size(self, delta: Tensor) -> float:
        return float(torch.linalg.vector_norm(delta.flatten(), self.order))

    def look(self, *, backward: bool = True) -> None:
        """Ask the network about the change as it is."""
        self.seen = evaluate(self.net, self.picture(self.delta), self.aim.margin, backward=backward)
        self.passes += self.seen.passes
        self.margin = self.seen.loss.item()
        self.enough = self.wanted()
        size = self.size(self.delta)
        if self.enough and size < self.least:
            self.least, self.best = size, self.delta
        if not self.enough and self.margin < self.nearest:
            self.nearest, self.near = self.margin, self.delta

    def picture(self, delta: Tensor) -> Tensor:
        return (self.x + delta).clamp(0, 1).contiguous(memory_format=torch.channels_last)

    def step(self, index: int) -> Step:
        probs = self.seen.probs
        told = self.aim(probs.clamp_min(torch.finfo(torch.float32).tiny).log()).item()
        picture = self.picture(self.delta)[0]
        return Step(index, picture.cpu(), probs[0].cpu(), told, self.size(self.delta), self.passes)

    def move(self, index: int) -> None:
        """One step down the margin, and back into the bound, which follows the border."""
        settings = self.settings
        cosine = (1 + math.cos(math.pi * index / settings.steps)) / 2
        alpha = settings.alpha_final + (settings.alpha_init - settings.alpha_final) * cosine
        gamma = settings.gamma_final + (settings.gamma_init - settings.gamma_final) * cosine
        grad = self.seen.grad * self.free
        self.bound = self.bounded(index, grad, gamma)
        if settings.norm == "l2":
            # A longer step would leave of the change so far only what the last gradient says.
            alpha *= min(1.0, self.bound / (2 * settings.alpha_init))
        stepped = self.delta - alpha * grad / grad.norm().clamp_min(LEAST)
        held = project(stepped, self.bound, settings.norm)
        self.delta = self.free * ((self.x + held).clamp(0, 1) - self.x)
        if index + 1 < settings.steps:
            self.look()

    def bounded(self, index: int, grad: Tensor, gamma: float) -> float:
        """The bound drawn in where the change is enough, let out where it is not."""
        if self.settings.norm == "l0":
            if index == 0:
                return self.promised(grad)
            if self.enough:
                return max(0.0, min(self.bound - 1, math.floor(self.bound * (1 - gamma)), self.least))
            ahead = self.ahead() if self.least == math.inf else 0.0
            return max(self.bound + 1, math.floor(self.bound * (1 + gamma)), ahead)
        if self.enough:
            return min(self.bound * (1 - gamma), self.least)
        if self.least < math.inf:
            return self.bound * (1 + gamma)
        slope = float(torch.linalg.vector_norm(grad.flatten(), DUALS[self.settings.norm]))
        # A little beyond the border that the gradient promises, which otherwise is neared and never crossed.
        return (self.size(self.delta) + abs(self.margin) / max(slope, LEAST)) * (1 + gamma)

    def promised(self, grad: Tensor) -> float:
        """How many values have to go to black or white so that, by the gradient, the border is reached.

        The paper begins with one; a photo then takes a hundred steps to where the search begins.
        """
        room = torch.where(grad > 0, self.x, 1 - self.x)
        gains = (grad.abs() * room).flatten().sort(descending=True).values.cumsum(0)
        return 1.0 + float((gains < self.margin).sum())

    def ahead(self) -> float:
        """How many values it takes if each goes on to gain what one has gained so far; not too many at once.

        What the gradient promises of a value does not last. With one value more a step, as in the paper, a
        photo that takes hundreds of values is not tricked within a hundred steps.
        """
        gained = self.lead - self.margin
        needed = self.size(self.delta) * self.lead / gained if gained > 0 else math.inf
        return math.floor(min(needed, FASTEST * self.bound))

    def ended(self) -> Step:
        """The least change that was enough, as a file holds it; else the one that came nearest."""
        if self.least == math.inf:
            self.ask(self.near)
        elif not (self.settings.whole_levels and self.rounded()):
            self.ask(self.best)
        return self.step(self.settings.steps)

    def ask(self, delta: Tensor) -> bool:
        """Whether a change is enough, which then is the one that is shown."""
        self.delta = delta
        self.seen = evaluate(self.net, self.picture(delta), self.aim.margin, backward=False)
        self.passes += self.seen.passes
        return self.wanted()

    def wanted(self) -> bool:
        """Whether what was seen is what is wanted: by the probabilities too, which may tie at the border."""
        return self.seen.loss.item() < 0 and self.aim.margin(self.seen.probs).item() < 0

    def rounded(self) -> bool:
        """Whether some change of whole levels near the best one is enough; it is left as the one shown.

        Below half a level the nearest levels are those of the untouched picture. So as many values as it
        takes are rounded away from it, those first that are nearest to their next level.
        """
        for times in FARTHER:
            levels = _Levels(self.x, times * self.best)
            few, many = levels.nearest, levels.moved
            if self.ask(levels.change(few)):
                return True
            if not self.ask(levels.change(many)):
                continue
            enough, seen = self.delta, self.seen
            for _ in range(HALVINGS):
                middle = round(math.sqrt(max(few, 1) * many))  # the first ones count for more than the last
                if not few < middle < many:
                    break
                if self.ask(levels.change(middle)):
                    many, enough, seen = middle, self.delta, self.seen
                else:
                    few = middle
            self.delta, self.seen = enough, seen
            return True
        return False


class _Levels:
    """A change in whole grey levels: each value is rounded towards the untouched picture, or away from it."""

    def __init__(self, x: Tensor, delta: Tensor) -> None:
        self.x, levels = x, 255 * delta
        self.sign, self.whole = levels.sign(), levels.trunc()
        self.rest = (levels - self.whole).abs().flatten()
        self.order = self.rest.argsort(descending=True, stable=True)
        self.nearest = int((self.rest >= 0.5).sum())  # that go away when all go to the nearest level
        self.moved = int((self.rest > 0).sum())

    def change(self, count: int) -> Tensor:
        """The change with so many values rounded away, those with the largest rests, (1, C, H, W)."""
        away = torch.zeros_like(self.rest)
        away[self.order[:count]] = 1
        steps = self.whole + self.sign * away.view_as(self.whole)
        there = ((255 * self.x).round() + steps).clamp(0, 255) / 255
        return torch.where(steps != 0, there - self.x, 0.0)


def project(delta: Tensor, bound: float, norm: Norm) -> Tensor:
    """The nearest change (1, C, H, W) whose norm is at most `bound`; under l0 the largest values stay."""
    flat = delta.flatten()
    if norm == "linf":
        return delta.clamp(-bound, bound)
    if norm == "l2":
        return delta * min(1.0, bound / max(float(flat.norm()), LEAST))
    sizes = flat.abs()
    if norm == "l0":
        if bound >= flat.numel():
            return delta
        kept = torch.zeros_like(flat)
        chosen = sizes.topk(int(bound)).indices
        kept[chosen] = flat[chosen]
        return kept.view_as(delta)
    if float(sizes.sum()) <= bound:
        return delta
    # Every value is drawn in by the same amount, which the largest of them decide (Duchi et al. 2008).
    ordered = sizes.sort(descending=True).values
    excess = (ordered.cumsum(0) - bound) / torch.arange(1, len(ordered) + 1, device=delta.device)
    by = excess[int((ordered > excess).sum()) - 1]
    return (flat.sign() * (sizes - by).clamp_min(0)).view_as(delta)
