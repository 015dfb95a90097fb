"""The trick: one loop that moves a picture, within a ball, until a network says something else.

`iterate` is the loop. `pgd` reads it for a batch, `trick` for one picture with all that was seen.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from trickcore import engine
from trickcore.attacks.balls import TINY, Ball, Linf
from trickcore.attacks.losses import Goal as Goal
from trickcore.attacks.losses import Loss as Loss
from trickcore.attacks.losses import away_from as away_from
from trickcore.attacks.losses import towards as towards
from trickcore.attacks.views import Views, as_is
from trickcore.networks.classifier import Classifier, Net, checked_answer


@dataclass(frozen=True, slots=True)
class Attack:
    """How to search. FGSM is Attack(Linf(eps), alpha=eps, steps=1).

    Goodfellow et al. 2015 (FGSM), Kurakin et al. 2016 (iterated), Madry et al. 2018 (random start),
    Dong et al. 2018 (momentum), Athalye et al. 2018 (views).
    """

    ball: Ball
    alpha: float  # step size, in the ball's norm; a learning rate when the ball is raw
    steps: int
    random_start: bool = False
    momentum: float = 0.0  # MI-FGSM's decay; 1.0 in the paper
    stop_at: float | None = None  # the wanted class's probability that ends the run early
    views: Views = as_is

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise ValueError(f"expected steps >= 1, got {self.steps}")
        if not (math.isfinite(self.alpha) and self.alpha >= 0):
            raise ValueError(f"expected alpha >= 0, got {self.alpha}")
        if not 0 <= self.momentum < math.inf:
            raise ValueError(f"expected momentum >= 0, got {self.momentum}")
        if self.stop_at is not None and not 0 < self.stop_at <= 1:
            raise ValueError(f"expected stop_at above 0 and at most 1, got {self.stop_at}")


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One iterate, as the chart, the picture and the tests read it."""

    index: int  # steps so far, or questions where they are what counts; 0 is the untouched picture
    x_adv: Tensor  # (C, H, W), on the CPU
    probs: Tensor  # (K,), sums to 1, on the CPU; the mean over the views where there are several
    loss: float  # nats
    distance: float  # of x_adv from x, in the ball's norm, at most ball.eps
    passes: int = 0  # of pictures through the network so far, forward and backward together
    questions: int = 0  # asked so far by a method that sees answers only; each is a pass, too

    def __post_init__(self) -> None:
        checked_answer(self.probs)  # here, since every method's answers pass it before anything is shown


class Evaluation(NamedTuple):
    """What one pass through the network gives, averaged over the views."""

    loss: Tensor  # (N,)
    probs: Tensor  # (N, K)
    grad: Tensor  # (N, C, H, W); zeros when it was not asked for
    passes: int  # forward and backward together


def pgd(
    net: Net,
    x: Tensor,
    loss: Loss,
    attack: Attack,
    *,
    mask: Tensor | float = 1.0,
    rng: Generator | None = None,
) -> Iterator[Tensor]:
    """The iterates after the start, each (N, C, H, W), for a batch of pixels x in [0, 1].

    `mask` (1, H, W) of 0 and 1 says which pixels may move. With `stop_at` the run ends as soon as
    every image has reached it; what needs no step at all is given back as it came.
    Madry et al. 2018, arXiv:1706.06083.
    """
    iterates = iterate(net, x, loss, attack, mask, rng)
    last, _ = next(iterates)
    moved = False
    for last, _ in iterates:
        moved = True
        yield last
    if not moved:
        yield last


def attacked(net: Net, x: Tensor, loss: Loss, attack: Attack, rng: Generator) -> Tensor:
    """The last of `pgd`'s iterates, (N, C, H, W)."""
    last = x
    for last in pgd(net, x, loss, attack, rng=rng):  # noqa: B007  # only the end is wanted
        pass
    return last


def trick(
    classifier: Classifier,
    image: Tensor,
    loss: Loss,
    attack: Attack,
    *,
    mask: Tensor | float = 1.0,
    seed: int = 0,
) -> Iterator[Step]:
    """attack.steps + 1 Steps for one picture (C, H, W): index 0 is the untouched picture.

    steps + 1 forward and steps backward passes, since the pass that gives the gradient gives the
    probabilities too; a random start costs one forward pass more. Fewer Steps with `stop_at`.
    Raises ValueError when the picture is not float32 (C, H, W) in [0, 1] with the network's channels, and
    AnswerError where the network's answer is no number.
    """
    net, x = classifier.net, batch_of(classifier, image)
    rng, passes = Generator().manual_seed(seed), 0

    def step(index: int, x_adv: Tensor, seen: Evaluation) -> Step:
        nonlocal passes
        passes += seen.passes
        distance = attack.ball.norm(x_adv - x).item()
        return Step(index, x_adv[0].cpu(), seen.probs[0].cpu(), seen.loss.item(), distance, passes)

    if attack.random_start:
        yield step(0, x, evaluate(net, x, loss, attack.views, rng, backward=False))
    for index, (x_adv, seen) in enumerate(iterate(net, x, loss, attack, mask, rng)):
        if index or not attack.random_start:
            seen = seen or evaluate(net, x_adv, loss, attack.views, rng, backward=False)
            yield step(index, x_adv, seen)


def iterate(
    net: Net,
    x: Tensor,
    loss: Loss,
    attack: Attack,
    mask: Tensor | float = 1.0,
    rng: Generator | None = None,
) -> Iterator[tuple[Tensor, Evaluation | None]]:
    """The one loop: every iterate from the start on, with what the net said of it (None at the end)."""
    ball, momentum = attack.ball, torch.zeros_like(x)
    mask = mask.to(x) if isinstance(mask, Tensor) else mask
    x_adv = x
    if attack.random_start:
        x_adv = _start(x, ball, mask, rng)
    for done in range(attack.steps):
        seen = evaluate(net, x_adv, loss, attack.views, rng)
        yield x_adv, seen
        if _reached(loss, seen.probs, attack.stop_at) and (done or not attack.random_start):
            return  # a random start is nobody's step, so a run from one takes a step at least
        grad = mask * seen.grad  # first, so that what may not move has no part in lengths and means
        if attack.momentum:
            # Under L-infinity of the whole gradient, as it always was: old links give the same picture.
            whole = seen.grad if isinstance(ball, Linf) else grad
            size = whole.flatten(1).abs().mean(1).clamp_min(TINY).view(-1, 1, 1, 1)
            momentum = attack.momentum * momentum + grad / size
            grad = momentum * size  # the size matters to a raw direction only
        delta = ball.project(x_adv - attack.alpha * ball.direction(grad) - x)
        x_adv = (x + mask * delta).clamp(0, 1)
    yield x_adv, None


def _start(x: Tensor, ball: Ball, mask: Tensor | float, rng: Generator | None) -> Tensor:
    """A random picture of the ball in which only what may move has moved, clamped to [0, 1].

    Balls whose values share one length are filled in the room of the values that may move; under
    L-infinity each value is drawn for itself, so it is the same to draw all.
    """
    if not isinstance(mask, Tensor) or isinstance(ball, Linf):
        return (x + mask * (ball.sample(x, rng) - x)).clamp(0, 1)
    drawn = x.clone()
    for image, may in zip(drawn, mask.expand_as(x) > 0, strict=True):
        image[may] = ball.sample(image[may].view(1, 1, 1, -1), rng).flatten()
    return drawn.clamp(0, 1)


def evaluate(
    net: Net,
    x: Tensor,
    loss: Loss,
    views: Views = as_is,
    rng: Generator | None = None,
    *,
    backward: bool = True,
) -> Evaluation:
    """One pass over each view of pixels x (N, C, H, W): loss, probabilities and the loss's gradient in x."""
    x = x.detach().requires_grad_(backward)
    grad, losses, probs, n = torch.zeros_like(x), [], [], 0
    with torch.set_grad_enabled(backward):
        for n, view in enumerate(views(x, rng), start=1):
            logits = net(view)
            loss_of_view = loss(logits)
            if backward:
                grad_of_view = engine.gradient(loss_of_view.sum(), x)
                grad = grad_of_view if n == 1 else grad + grad_of_view
            losses.append(loss_of_view.detach())
            probs.append(logits.detach().softmax(1))
    if not n:
        raise ValueError("expected at least one view of the picture a step, got none")
    passes = n * (2 if backward else 1)
    return Evaluation(torch.stack(losses).mean(0), torch.stack(probs).mean(0), grad / n, passes)


def _reached(loss: Loss, probs: Tensor, stop_at: float | None) -> bool:
    if stop_at is None:
        return False
    if not isinstance(loss, Goal):
        raise ValueError(
            "expected a loss made by towards or away_from with stop_at, since only those say which "
            f"class is wanted; got {loss!r}"
        )
    return bool((loss.wanted(probs) >= stop_at).all())


def device_of(net: Net, image: Tensor) -> torch.device:
    """Where the net's weights lie; a net without any works where the picture is."""
    if isinstance(net, torch.nn.Module):
        return next((p.device for p in net.parameters()), image.device)
    return image.device


def batch_of(classifier: Classifier, image: Tensor) -> Tensor:
    """A picture (C, H, W) as a batch (1, C, H, W) where the network's weights lie.

    Raises ValueError when it is not float32 in [0, 1] with the network's channels.
    """
    check(image, classifier)
    there = image.to(device_of(classifier.net, image)).unsqueeze(0)
    return there.contiguous(memory_format=torch.channels_last)


def check(image: Tensor, classifier: Classifier) -> None:
    """Raises ValueError when a picture is not float32 (C, H, W) in [0, 1] with the network's channels."""
    if image.dim() != 3 or image.shape[0] != classifier.channels:
        raise ValueError(
            f"expected a picture of shape ({classifier.channels}, H, W) for {classifier.name}, "
            f"got {tuple(image.shape)}"
        )
    if image.dtype != torch.float32:
        raise ValueError(f"expected float32 pixels, got {image.dtype}")
    low, high = image.min().item(), image.max().item()
    if not (low >= 0 and high <= 1):
        raise ValueError(f"expected pixels in [0, 1], got {low:.4g} to {high:.4g}")
