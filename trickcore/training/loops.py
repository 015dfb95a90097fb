"""Training: a small network, taught plainly or under attack, one record at a time.

The two digit networks in assets were made by `make train`.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from trickcore.attacks.balls import Linf
from trickcore.attacks.loop import Attack, Loss, away_from, device_of, pgd

Batches = Collection[tuple[Tensor, Tensor]]  # pixels (N, C, H, W) in [0, 1] and labels (N,)
EPS = 0.3  # the field's budget on MNIST (Madry et al. 2018)


class SmallNet(nn.Module):
    """Two convolutions and two dense layers for 28 x 28 digits: pixels (N, 1, 28, 28) to logits (N, K).

    The shape is Wong et al. 2020's (arXiv:2001.03994), which is quick on a CPU since both
    convolutions skip every second pixel. `width` channels first, twice as many after.
    """

    def __init__(self, width: int = 16, hidden: int = 100, classes: int = 10, *, seed: int = 0) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.layers = nn.Sequential(
                nn.Conv2d(1, width, 4, stride=2, padding=1),
                nn.ReLU(),
                nn.Conv2d(width, 2 * width, 4, stride=2, padding=1),
                nn.ReLU(),
                nn.Flatten(),
                nn.Linear(2 * width * 49, hidden),
                nn.ReLU(),
                nn.Linear(hidden, classes),
            )

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.layers(x)
        return logits


@dataclass(frozen=True, slots=True)
class Epoch:
    """What is known at the end of an epoch, or of a part of one where `every` asks for it."""

    epoch: float  # how many are done
    loss: float  # nats, mean over what was trained on since the last record
    clean_accuracy: float  # on the pictures held out, 0 to 1
    robust_accuracy: float  # the same pictures, under the judge's attack
    seconds: float  # of training, without the judging


@dataclass(frozen=True, slots=True, eq=False)
class Digits:
    """Pictures in memory as batches that are shuffled anew each time they are gone through.

    `shift` moves each picture by up to so many pixels, which is how a small set is made to do.
    """

    images: Tensor  # (N, 1, 28, 28) in [0, 1]
    labels: Tensor  # (N,)
    batch: int = 128
    seed: int = 0
    shift: int = 0
    _rng: Generator = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_rng", Generator().manual_seed(self.seed))

    def __len__(self) -> int:
        return len(self.labels) // self.batch or min(1, len(self.labels))

    def __contains__(self, item: object) -> bool:
        return any(item is pair for pair in self)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        order = torch.randperm(len(self.labels), generator=self._rng)
        for chosen in torch.split(order, self.batch)[: len(self)]:
            images = self.images[chosen]
            yield _shifted(images, self.shift, self._rng) if self.shift else images, self.labels[chosen]


def train(
    net: nn.Module,
    batches: Batches,
    *,
    epochs: int,
    lr: float = 4e-3,
    seed: int = 0,
    held_out: tuple[Tensor, Tensor] | None = None,
    judge: Attack | None = None,
    every: int | None = None,
    average: float = 0.0,
) -> Iterator[Epoch]:
    """Plain training: Adam with one cycle of the learning rate (Smith 2017), an Epoch after each epoch.

    `every` so many batches gives records in between. `held_out` are the pictures to judge by; without
    them the first batch is used. `judge` is the attack that robust accuracy is measured under (PGD-20,
    eps 0.3). `average` is the decay of a running mean of the weights, which the net holds in the end
    (0: none). A generator that is stopped leaves the net as it was at the last record.
    Raises ValueError when there is nothing to train on or a setting makes no sense.
    """

    def lesson(net: nn.Module, x: Tensor, y: Tensor, _: float) -> Tensor:
        return F.cross_entropy(net(x), y)

    yield from _fit(net, batches, lesson, epochs, lr, seed, held_out, judge, every, average)


def harden(
    net: nn.Module,
    batches: Batches,
    attack: Attack,
    *,
    epochs: int,
    lr: float = 4e-3,
    seed: int = 0,
    ramp: float = 0.25,
    trades: float | None = None,
    held_out: tuple[Tensor, Tensor] | None = None,
    judge: Attack | None = None,
    every: int | None = None,
    average: float = 0.0,
) -> Iterator[Epoch]:
    """Adversarial training: each batch is attacked before it is learnt (Madry et al. 2018).

    eps and alpha grow from 0 during the first `ramp` of the epochs, without which a small net learns
    nothing at eps 0.3. With `trades` the loss is cross-entropy on the clean picture plus so many times
    the divergence of the attacked one from it (Zhang et al. 2019, arXiv:1901.08573). The rest is as in
    `train`; `judge` is `attack` unless it is given. The attack sees the net as it is judged, in eval
    mode: its passes leave the statistics of a batch norm alone, and a dropout draws nothing.
    """
    if not 0 <= ramp <= 1:
        raise ValueError(f"expected a ramp from 0 to 1, got {ramp}")
    if trades is not None and not attack.random_start:
        raise ValueError(
            "expected an attack with random_start for trades: at the picture itself its slope is 0"
        )
    rng = Generator().manual_seed(seed)

    def lesson(net: nn.Module, x: Tensor, y: Tensor, done: float) -> Tensor:
        grown = _grown(attack, min(1.0, done / ramp) if ramp else 1.0)
        with _as_judged(net):
            if trades is None:
                x_adv = _last(net, x, away_from(y), grown, rng)
            else:
                with torch.no_grad():
                    clean = net(x).softmax(1)
                x_adv = _last(net, x, lambda logits: -_divergence(logits, clean), grown, rng)
        if trades is None:
            return F.cross_entropy(net(x_adv), y)
        logits = net(x)
        return F.cross_entropy(logits, y) + trades * _divergence(net(x_adv), logits.softmax(1)).mean()

    yield from _fit(net, batches, lesson, epochs, lr, seed, held_out, judge or attack, every, average)


def accuracy(
    net: Callable[[Tensor], Tensor],
    images: Tensor,
    labels: Tensor,
    attack: Attack | None = None,
    *,
    seed: int = 0,
    batch: int = 500,
) -> float:
    """Share of pictures (N, C, H, W) taken for what they are, clean or under an untargeted attack."""
    return sum(right(net, images, labels, attack, seed=seed, batch=batch)) / len(labels)


def right(
    net: Callable[[Tensor], Tensor],
    images: Tensor,
    labels: Tensor,
    attack: Attack | None = None,
    *,
    seed: int = 0,
    batch: int = 500,
) -> Iterator[int]:
    """How many of each batch are taken for what they are, so that a long measurement can be watched."""
    rng = Generator().manual_seed(seed)
    home = device_of(net, images)
    for pictures, truth in zip(torch.split(images, batch), torch.split(labels, batch), strict=True):
        x, y = pictures.to(home), truth.to(home)
        if attack is not None:
            x = _last(net, x, away_from(y), attack, rng)
        with torch.no_grad():
            yield int((net(x).argmax(1) == y).sum())


Lesson = Callable[[nn.Module, Tensor, Tensor, float], Tensor]


def _fit(
    net: nn.Module,
    batches: Batches,
    lesson: Lesson,
    epochs: int,
    lr: float,
    seed: int,
    held_out: tuple[Tensor, Tensor] | None,
    judge: Attack | None,
    every: int | None,
    average: float,
) -> Iterator[Epoch]:
    total = epochs * len(batches)
    if epochs < 1 or not total:
        raise ValueError(f"expected at least one epoch of one batch, got {epochs} of {len(batches)}")
    if not lr > 0:
        raise ValueError(f"expected lr > 0, got {lr}")
    judge = judge or Attack(Linf(EPS), alpha=2.5 * EPS / 20, steps=20, random_start=True)
    held_out = held_out or next(iter(batches))
    optimizer = torch.optim.Adam(net.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=total + 1)
    mean = copy.deepcopy(net).requires_grad_(False) if average else None
    home = next(net.parameters()).device
    seconds, losses, done = 0.0, [], 0
    modes = [(module, module.training) for module in net.modules()]
    try:
        for _ in range(epochs):
            start = time.perf_counter()
            for x, y in batches:
                net.train()
                loss = lesson(net, x.to(home), y.to(home), done / total)
                optimizer.zero_grad()
                torch.autograd.backward(loss)
                optimizer.step()
                schedule.step()
                losses.append(loss.detach())
                done += 1
                if mean is not None:
                    _follow(mean, net, min(average, done / (done + 10)))
                if done % len(batches) and not (every and done % every == 0):
                    continue
                seconds += time.perf_counter() - start
                with _holding(net, mean, keep=done == total):
                    yield Epoch(
                        done / len(batches),
                        torch.stack(losses).mean().item(),
                        accuracy(net, *held_out),
                        accuracy(net, *held_out, judge, seed=seed),
                        seconds,
                    )
                losses, start = [], time.perf_counter()
    finally:
        for module, mode in modes:
            module.training = mode


@contextmanager
def _as_judged(net: nn.Module) -> Iterator[None]:
    """The net in eval mode, and then each of its modules in the mode it was in."""
    modes = [(module, module.training) for module in net.modules()]
    net.eval()
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode


@contextmanager
def _holding(net: nn.Module, mean: nn.Module | None, *, keep: bool) -> Iterator[None]:
    """The net as others see it, with the averaged weights, and then as it was, to be trained on."""
    own = copy.deepcopy(net.state_dict()) if mean is not None else None
    with _as_judged(net):
        if mean is not None:
            net.load_state_dict(mean.state_dict())
        yield
        if own is not None and not keep:
            net.load_state_dict(own)


@torch.no_grad()
def _follow(mean: nn.Module, net: nn.Module, decay: float) -> None:
    for slow, fast in zip(mean.state_dict().values(), net.state_dict().values(), strict=True):
        slow.lerp_(fast, 1 - decay) if slow.is_floating_point() else slow.copy_(fast)


def _last(net: Callable[[Tensor], Tensor], x: Tensor, loss: Loss, attack: Attack, rng: Generator) -> Tensor:
    last = x
    for last in pgd(net, x, loss, attack, rng=rng):  # noqa: B007  # only the end is wanted
        pass
    return last


def _grown(attack: Attack, share: float) -> Attack:
    return replace(attack, ball=replace(attack.ball, eps=attack.ball.eps * share), alpha=attack.alpha * share)  # type: ignore[type-var]


def _divergence(logits: Tensor, probs: Tensor) -> Tensor:
    """KL(probs || softmax(logits)), (N,), in nats."""
    return F.kl_div(logits.log_softmax(1), probs, reduction="none").sum(1)


def _shifted(images: Tensor, by: int, rng: Generator) -> Tensor:
    """Each picture moved by its own whole number of pixels, black coming in."""
    n, _, height, width = images.shape
    padded = F.pad(images, [by] * 4)
    rows = torch.randint(0, 2 * by + 1, (n, 1), generator=rng) + torch.arange(height)
    columns = torch.randint(0, 2 * by + 1, (n, 1), generator=rng) + torch.arange(width)
    return padded[torch.arange(n)[:, None, None], :, rows[:, :, None], columns[:, None, :]].permute(
        0, 3, 1, 2
    )
