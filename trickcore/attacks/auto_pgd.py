"""APGD: a gradient attack that sets the size of its steps itself, and aims anew where it is stuck."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import torch
from torch import Generator, Tensor

from trickcore.attacks.balls import TINY, Ball
from trickcore.attacks.loop import Evaluation, Step, batch_of, evaluate
from trickcore.attacks.losses import Aim, Loss, Towards, aim_of
from trickcore.networks.classifier import Classifier

# Of the steps of a part: the first check of the step size, how much sooner the next is, and the soonest.
FIRST_CHECK, SHRINK, LEAST_CHECK = 0.22, 0.03, 0.06
MANY = 50  # steps for which the paper's first step of 2 eps is meant; with fewer it is shorter
ALONG = 0.75  # of a step; the rest goes on where the last one went
SHORT = 20  # steps below which a run has one part
SHARE = 0.7  # of the steps of a longer run that cross-entropy has
LONGEST_FIRST = 30  # steps of the first part, unless a tenth of all is more
LEAST_SPREAD = 1e-12
LEAST_PART = 6  # steps that are worth aiming at another class


@dataclass(frozen=True, slots=True)
class APGD:
    """How to search. The numbers not given here are the paper's."""

    ball: Ball
    steps: int = 100  # in all parts together
    targets: int = 9  # of other classes that are aimed at, at most, where cross-entropy was not enough
    rho: float = 0.75  # of the steps between two checks have to have been better ones
    stop_at: float | None = None  # the wanted class's probability that ends the run early

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise ValueError(f"expected steps >= 1, got {self.steps}")
        if self.targets < 1:
            raise ValueError(f"expected targets >= 1, got {self.targets}")
        if not 0 < self.rho <= 1:
            raise ValueError(f"expected rho above 0 and at most 1, got {self.rho}")
        if self.stop_at is not None and not 0 < self.stop_at <= 1:
            raise ValueError(f"expected stop_at above 0 and at most 1, got {self.stop_at}")


def apgd(
    classifier: Classifier,
    image: Tensor,
    goal: Aim | int,
    settings: APGD,
    *,
    mask: Tensor | float = 1.0,
    seed: int = 0,
) -> Iterator[Step]:
    """settings.steps + 1 Steps for one picture (C, H, W): index 0 is the untouched one.

    That is the only one where it is what is wanted already; with `stop_at` a run ends as soon as it is as
    sure as that, and not before. First cross-entropy, from the picture itself, in a short run to its end.
    Where that was not enough, the difference of logits ratio (DLR): towards the likeliest other classes one
    after the other without a target, each from a random start; towards the target with one, from the best
    picture so far. The last Step is the best of all: what is wanted is likeliest there, or where nothing
    was enough lacks least. As many passes as `trick` with as many steps, and one forward pass more for each
    part after the first. `mask` (1, H, W) of 0 and 1 says which pixels may move. Raises ValueError when the
    picture is not float32 (C, H, W) in [0, 1].
    Croce and Hein 2020, arXiv:2003.01690.
    """
    search = _Search(classifier, image, aim_of(goal), settings, mask, seed)
    yield search.step(0)
    if search.stopped or (settings.stop_at is None and search.tricked):
        return
    first = _first(settings.steps)
    yield from search.part(search.aim, first, search.seen)
    rest = settings.steps - first
    if search.tricked and rest and not search.stopped:
        yield from search.part(search.aim, rest, None)  # it is tricked: now surer, from the best on
    elif rest and not search.stopped:
        yield from _aimed(search, rest)


def _first(steps: int) -> int:
    """The steps of the first part: all of a short run, which has none to begin anew with."""
    if steps < SHORT:
        return steps
    return max(math.ceil(steps / 10), min(math.ceil(SHARE * steps), LONGEST_FIRST))


def _aimed(search: _Search, steps: int) -> Iterator[Step]:
    """The steps that are left, shared among the classes that are aimed at; surer once one was enough."""
    losses = search.losses(max(1, min(search.settings.targets, steps // LEAST_PART)))
    for turn, loss in enumerate(losses):
        share = steps // (len(losses) - turn)
        steps -= share
        if search.tricked:
            yield from search.part(search.aim, share + steps, None)
            return
        search.begin()
        yield from search.part(loss, share, None)
        if search.stopped:
            return


class _Search:
    """One run: where it is, what the network said there, and the best picture so far."""

    def __init__(
        self,
        classifier: Classifier,
        image: Tensor,
        aim: Aim,
        settings: APGD,
        mask: Tensor | float,
        seed: int,
    ) -> None:
        self.net, self.aim, self.settings = classifier.net, aim, settings
        self.x = batch_of(classifier, image)
        self.mask = mask.to(self.x) if isinstance(mask, Tensor) else mask
        self.rng = Generator().manual_seed(seed)
        self.index = self.passes = 0
        self.worth = (False, -math.inf)  # of the best picture
        self.best = self.at = self.x
        self.stopped = False
        self.look(self.aim)

    def look(self, loss: Loss, *, backward: bool = True) -> None:
        """Ask the network about the picture as it is, and keep it where it is the best."""
        self.seen = evaluate(self.net, self.at, loss, backward=backward)
        self.passes += self.seen.passes
        logs = self.seen.probs.clamp_min(TINY).log()  # differences of these are those of logits
        margin = self.aim.margin(logs).item()
        worth = (margin < 0, -(self.aim(logs).item() if margin < 0 else margin))
        if not self.index or worth > self.worth:
            self.worth, self.best, self.best_seen = worth, self.at, self.seen
        stop_at = self.settings.stop_at
        self.stopped = stop_at is not None and bool(self.aim.wanted(self.seen.probs) >= stop_at)

    @property
    def tricked(self) -> bool:
        """Whether some picture so far is what is wanted."""
        return self.worth[0]

    def step(self, index: int) -> Step:
        """The picture as it is; at the very end, unless it was stopped for being sure, the best."""
        last = index == self.settings.steps and not self.stopped
        at, seen = (self.best, self.best_seen) if last else (self.at, self.seen)
        distance = self.settings.ball.norm(at - self.x).item()
        told = self.aim(seen.probs.clamp_min(TINY).log()).item()
        return Step(index, at[0].cpu(), seen.probs[0].cpu(), told, distance, self.passes)

    def losses(self, count: int) -> list[Loss]:
        """What is lowered once cross-entropy was not enough."""
        label = int(torch.as_tensor(self.aim.label))
        if isinstance(self.aim, Towards):
            return [partial(ratio_to_target, label=label)]
        others = [int(k) for k in self.best_seen.probs[0].argsort(descending=True) if int(k) != label]
        return [partial(ratio_to_other, label=label, other=other) for other in others[:count]]

    def begin(self) -> None:
        """Where a part begins that aims anew: the best picture, or for another class a random one."""
        if isinstance(self.aim, Towards):
            self.at = self.best
        else:
            self.at = self.inside(self.settings.ball.sample(self.x, self.rng))

    def inside(self, picture: Tensor) -> Tensor:
        """The nearest picture that is allowed."""
        delta = self.settings.ball.project(self.mask * (picture - self.x))
        return (self.x + delta).clamp(0, 1).contiguous(memory_format=torch.channels_last)

    def first_alpha(self, steps: int) -> float:
        return 2 * self.settings.ball.eps * max(0.15, min(1.0, steps / MANY))

    def part(self, loss: Loss, steps: int, seen: Evaluation | None) -> Iterator[Step]:
        """So many steps down a loss, from the picture as it is, or from the best one where it is tricked."""
        if seen is None:
            if self.tricked:
                self.at = self.best
            self.look(loss)
        pace = _Pace(self.first_alpha(steps), steps, self.settings.rho, self.seen.loss.item())
        before, least, grad_there = self.at, self.at, self.seen.grad
        for done in range(1, steps + 1):
            way = self.settings.ball.direction(self.mask * self.seen.grad)
            there = self.inside(self.at - pace.alpha * way)
            if done > 1:  # the first step has no last one
                there = self.inside(self.at + ALONG * (there - self.at) + (1 - ALONG) * (self.at - before))
            before, self.at = self.at, there
            self.index += 1
            self.look(loss, backward=done < steps)
            if pace.better(self.seen.loss.item()):
                least, grad_there = self.at, self.seen.grad
            yield self.step(self.index)
            if self.stopped:
                return
            if pace.halved(done):
                self.at = before = least
                self.seen = self.seen._replace(grad=grad_there)


class _Pace:
    """The size of the steps: halved at a check where too few of them were better."""

    def __init__(self, alpha: float, steps: int, rho: float, loss: float) -> None:
        self.alpha, self.rho, self.least, self.last = alpha, rho, loss, loss
        self.fell, self.since = 0, 0  # steps that were better since the last check, and all of them
        self.at_check = (alpha, loss)
        self.wait = max(1, math.ceil(FIRST_CHECK * steps))
        self.shrink, self.shortest = max(1, round(SHRINK * steps)), max(1, round(LEAST_CHECK * steps))
        self.next = self.wait

    def better(self, loss: float) -> bool:
        """Takes in the loss of a step; whether it is the least so far."""
        self.fell += loss < self.last
        self.since, self.last = self.since + 1, loss
        if loss >= self.least:
            return False
        self.least = loss
        return True

    def halved(self, done: int) -> bool:
        """Whether the step size was halved after so many steps."""
        if done < self.next:
            return False
        stuck = self.at_check == (self.alpha, self.least)  # neither a smaller step nor a better picture since
        halve = self.fell < self.rho * self.since or stuck
        self.at_check = (self.alpha, self.least)
        self.alpha /= 2 if halve else 1
        self.wait = max(self.wait - self.shrink, self.shortest)
        self.next += self.wait
        self.fell = self.since = 0
        return halve


def ratio_to_other(logits: Tensor, label: int, other: int) -> Tensor:
    """How far a class is ahead of another, (N,), over the spread of the leading logits (targeted DLR)."""
    return (logits[:, label] - logits[:, other]) / _spread(logits)


def ratio_to_target(logits: Tensor, label: int) -> Tensor:
    """How far the best other class is ahead of the target, (N,), over the spread of the leading logits."""
    return Towards(label).margin(logits) / _spread(logits)


def _spread(logits: Tensor) -> Tensor:
    """The largest logit less the mean of the third and fourth, (N,); with fewer classes less the last."""
    ordered = logits.sort(1, descending=True).values
    low = (ordered[:, 2] + ordered[:, 3]) / 2 if logits.shape[1] > 3 else ordered[:, -1]
    return ordered[:, 0] - low + LEAST_SPREAD
