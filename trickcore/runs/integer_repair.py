"""The lattice of whole grey levels: a trick that rounding undid, made good on the file itself.

A file holds whole levels of 255. Here every iterate is such a file, so nothing is lost when it is saved.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from trickcore.attacks import masks
from trickcore.attacks.balls import L2, Ball, Linf
from trickcore.attacks.loop import Evaluation, Goal, Loss, Step, device_of, evaluate
from trickcore.networks.classifier import Classifier, answer
from trickcore.runs.frames import Frame, frames
from trickcore.runs.recipe import Recipe

SHARE = 0.2  # of the values that may still move: what the first step moves
LEAD = 0.1  # probability by which the wanted answer leads when it is enough
STEPS = 30


def repair(
    classifier: Classifier,
    original: Tensor,
    saved: Tensor,
    loss: Loss,
    ball: Ball,
    *,
    mask: Tensor | float = 1.0,
    steps: int = STEPS,
    lead: float = LEAD,
) -> Iterator[Step]:
    """From a saved picture (C, H, W) on, Steps that all are files: index 0 is the saved picture itself.

    A step moves the values whose gradient is strongest by one level each, and is taken back, to be
    tried with half as many, where it raised the loss. It ends after `steps` passes through the network,
    when nothing may move any more, or when what `loss` wants leads by `lead`. Under L-infinity no value
    ends farther from the original than eps, which is in whole levels (see `whole`); under L2 the change
    is no longer than eps, or than it was at the start. `loss` is made by `towards` or `away_from`.
    """
    if not isinstance(loss, Goal):
        raise ValueError(f"expected a loss made by towards or away_from, got {loss!r}")
    home = device_of(classifier.net, saved)
    start = _levels(original).to(home)
    begin = _levels(saved).to(home)
    grid = _Grid(start, mask.to(home) if isinstance(mask, Tensor) else mask, ball, begin)
    best = grid.inside(begin)
    seen = _seen(classifier, best, loss)
    share = SHARE
    yield _step(0, start, best, seen, ball)
    for index in range(1, steps + 1):
        if _lead(loss, seen) >= lead:
            return
        tried = grid.moved(best, seen.grad[0], share)
        if torch.equal(tried, best):
            return
        now = _seen(classifier, tried, loss)
        if now.loss.item() <= seen.loss.item():  # level is as good: where p is 1 the loss shows no step
            best, seen = tried, now
        else:
            share /= 2
        yield _step(index, start, best, seen, ball)


def repaired(
    classifier: Classifier,
    original: bytes,
    saved: bytes,
    recipe: Recipe,
    *,
    after: int = 0,
    steps: int = STEPS,
) -> Iterator[Frame]:
    """`repair` of two picture files under a recipe, as Frames that follow the one with index `after`."""
    x, y = classifier.read(original), classifier.read(saved)
    mask, attack = recipe.attack_on(x)
    ball = whole(attack.ball, masks.values(mask, x))
    loss = recipe.loss(answer(classifier, x))
    for frame in frames(repair(classifier, x, y, loss, ball, mask=mask, steps=steps), steps):
        yield replace(frame, index=after + 1 + frame.index)


def whole(ball: Ball, values: int) -> Ball:
    """The ball in whole levels, rounded down, at least one level a value (its root mean square under L2)."""
    if isinstance(ball, L2):
        return replace(ball, eps=max(ball.eps, math.sqrt(values) / 255))
    levels = max(1, math.floor(ball.eps * 255 + 1e-6))
    return Linf(levels / 255)


@dataclass(frozen=True, slots=True, eq=False)
class _Grid:
    """Where the levels (C, H, W) may go."""

    start: Tensor  # levels of the original
    mask: Tensor | float
    ball: Ball
    begin: Tensor  # levels it begins from

    @property
    def bound(self) -> float:
        """Levels any value may be from the original."""
        return 255.0 if isinstance(self.ball, L2) else round(self.ball.eps * 255)

    @property
    def longest(self) -> float:
        """The square of the longest change, in levels; no limit under L-infinity."""
        if not isinstance(self.ball, L2):
            return math.inf
        begun = (self.begin - self.start).double().square().sum().item()
        return max((self.ball.eps * 255) ** 2, begun)

    def inside(self, levels: Tensor) -> Tensor:
        return self.start + self.mask * (levels - self.start).clamp(-self.bound, self.bound)

    def moved(self, levels: Tensor, grad: Tensor, share: float) -> Tensor:
        """One level down the gradient for the strongest `share` of the values that can go there."""
        direction = -grad.nan_to_num(0.0, 0.0, 0.0).sign() * self.mask
        there = levels + direction
        free = (direction != 0) & (there >= 0) & (there <= 255) & ((there - self.start).abs() <= self.bound)
        count = int(free.sum())
        if not count:
            return levels
        size = torch.where(free, grad.abs(), -1.0).flatten()
        chosen = size.topk(max(1, round(share * count))).indices
        ahead, out = direction.flatten(), (levels - self.start).flatten()
        longer = (2 * ahead * out + 1)[chosen].double().cumsum(0)  # of the square of the change's length
        slack = self.longest - out.double().square().sum()
        chosen = chosen[longer <= slack]
        step = torch.zeros_like(ahead)
        step[chosen] = ahead[chosen]
        return levels + step.view_as(levels)


def _levels(x: Tensor) -> Tensor:
    return (x * 255).round()


def _seen(classifier: Classifier, levels: Tensor, loss: Loss) -> Evaluation:
    return evaluate(classifier.net, (levels / 255).unsqueeze(0), loss)


def _lead(loss: Goal, seen: Evaluation) -> float:
    """By how much the likeliest answer that is wanted leads the likeliest that is not."""
    probs = seen.probs[0]
    wanted = loss.wanted(torch.eye(len(probs), device=probs.device)) > 0.5
    return float(probs[wanted].max() - probs[~wanted].max())


def _step(index: int, start: Tensor, levels: Tensor, seen: Evaluation, ball: Ball) -> Step:
    x, x_adv = start / 255, levels / 255
    distance = ball.norm((x_adv - x).unsqueeze(0)).item()
    passes = 2 * (index + 1)  # each Step is a forward and a backward pass
    return Step(index, x_adv.cpu(), seen.probs[0].cpu(), seen.loss.item(), distance, passes)
