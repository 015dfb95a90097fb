"""Training: a small network, taught plainly or under attack, one record at a time.

The standard digit network in assets, and half of the robust one, were made so by `make train`.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from time import perf_counter

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from trickcore.attacks.balls import Linf
from trickcore.attacks.loop import Attack, attacked
from trickcore.attacks.losses import away_from
from trickcore.measure.accuracy import EPS, accuracy
from trickcore.training.augmentation import rewritten
from trickcore.training.progress import Progress
from trickcore.training.records import Epoch

Batches = Collection[tuple[Tensor, Tensor]]  # pixels (N, C, H, W) in [0, 1] and labels (N,)


@dataclass(frozen=True, slots=True, eq=False)
class Digits:
    """Pictures in memory as batches that are shuffled anew each time they are gone through.

    `shift` moves each picture by up to so many pixels, which is how a small set is made to do; `rewritten`
    is the share of each batch that comes as another hand would have written it.
    """

    images: Tensor  # (N, 1, 28, 28) in [0, 1]
    labels: Tensor  # (N,)
    batch: int = 128
    seed: int = 0
    shift: int = 0
    rewritten: float = 0.0
    rng: Generator = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rng", Generator().manual_seed(self.seed))

    def __len__(self) -> int:
        return len(self.labels) // self.batch or min(1, len(self.labels))

    def __contains__(self, item: object) -> bool:
        return any(item is pair for pair in self)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        order = torch.randperm(len(self.labels), generator=self.rng)
        for chosen in torch.split(order, self.batch)[: len(self)]:
            images = self.images[chosen]
            if self.shift:
                images = _shifted(images, self.shift, self.rng)
            if some := round(self.rewritten * len(images)):
                images = torch.cat([rewritten(images[:some], self.rng), images[some:]])
            yield images, self.labels[chosen]


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
    progress: Progress | None = None,
) -> Iterator[Epoch]:
    """Plain training: Adam with one cycle of the learning rate (Smith 2017), an Epoch after each epoch.

    `every` so many batches gives records in between. `held_out` are the pictures to judge by; without
    them the first batch is used. `judge` is the attack that robust accuracy is measured under (PGD-20,
    eps 0.3). `average` is the decay of a running mean of the weights, which the net holds in the end
    (0: none). A generator that is stopped leaves the net as it was at the last record; `progress` is where
    it stands then, and where another goes on.
    Raises ValueError when there is nothing to train on or a setting makes no sense.
    """

    def lesson(net: nn.Module, x: Tensor, y: Tensor, _: float) -> Tensor:
        return F.cross_entropy(net(x), y)

    progress = progress or Progress()
    yield from _fit(net, batches, lesson, epochs, lr, seed, held_out, judge, every, average, progress)


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
    progress: Progress | None = None,
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
    progress = progress or Progress()
    rng = progress.attack_rng(seed)

    def lesson(net: nn.Module, x: Tensor, y: Tensor, done: float) -> Tensor:
        grown = _grown(attack, min(1.0, done / ramp) if ramp else 1.0)
        with _as_judged(net):
            if trades is None:
                x_adv = attacked(net, x, away_from(y), grown, rng)
            else:
                with torch.no_grad():
                    clean = net(x).softmax(1)
                x_adv = attacked(net, x, lambda logits: -_divergence(logits, clean), grown, rng)
        if trades is None:
            return F.cross_entropy(net(x_adv), y)
        logits = net(x)
        return F.cross_entropy(logits, y) + trades * _divergence(net(x_adv), logits.softmax(1)).mean()

    yield from _fit(
        net, batches, lesson, epochs, lr, seed, held_out, judge or attack, every, average, progress
    )


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
    progress: Progress,
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
    parts = {"net": net, "optimizer": optimizer, "schedule": schedule}
    progress.begin(batches, **parts, **({} if mean is None else {"mean": mean}))
    losses: list[Tensor] = []
    modes = [(module, module.training) for module in net.modules()]
    try:
        for _ in range(progress.done // len(batches), epochs):
            start = perf_counter()
            for x, y in progress.epoch():
                net.train()
                loss = lesson(net, x.to(home), y.to(home), progress.done / total)
                optimizer.zero_grad()
                torch.autograd.backward(loss)
                optimizer.step()
                schedule.step()
                losses.append(loss.detach())
                progress.done = done = progress.done + 1
                if mean is not None:
                    follow(mean, net, average, done)
                if done % len(batches) and not (every and done % every == 0):
                    continue
                progress.seconds += perf_counter() - start
                with _holding(net, mean, keep=done == total):
                    yield Epoch(
                        done / len(batches),
                        torch.stack(losses).mean().item(),
                        accuracy(net, *held_out),
                        accuracy(net, *held_out, judge, seed=seed),
                        progress.seconds,
                    )
                losses, start = [], perf_counter()
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
def follow(mean: nn.Module, net: nn.Module, average: float, done: int) -> None:
    """Move a running mean of weights, and of a batch norm's statistics, towards those of a net after so many
    steps. `average` is what stays of the mean; less at first, when it still begins anew."""
    decay = min(average, done / (done + 10))
    for slow, fast in zip(mean.state_dict().values(), net.state_dict().values(), strict=True):
        slow.lerp_(fast, 1 - decay) if slow.is_floating_point() else slow.copy_(fast)


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
