"""Refining: a network that was trained under attack goes on under a stronger one, pressed harder.

TRADES' loss (Zhang et al. 2019, arXiv:1901.08573) with a larger beta, against an attack whose first steps
cross the whole ball and whose last ones are fine, which on MNIST finds more than steps of one size.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from trickcore.measure.accuracy import EPS, PGD, accuracy, attack_of
from trickcore.training.loops import Digits, follow
from trickcore.training.records import Epoch

SHORTER = 0.7  # each step of the attack is so much of the last
WARM_UP = 50  # batches in which the learning rate rises
LONGEST = 10.0  # L2 length of a step's gradient


@dataclass(frozen=True, slots=True)
class Stage:
    """One stretch of it."""

    epochs: int
    beta: float  # how many times the divergence counts
    eps: float  # of the attack, on [0, 1]
    attack_steps: int
    lr: float  # at first; falls to 0 as half a cosine
    batch: int = 128
    average: float = 0.998
    seed: int = 0


def refine(
    net: nn.Module, images: Tensor, labels: Tensor, stage: Stage, held_out: tuple[Tensor, Tensor]
) -> Iterator[Epoch]:
    """An Epoch after each epoch on pixels (N, 1, 28, 28) in [0, 1] and labels (N,), judged by PGD-40.

    Adam. The net holds the running mean of its weights in the end.
    """
    net.requires_grad_(True).eval()
    mean = copy.deepcopy(net).requires_grad_(False)
    optimizer = torch.optim.Adam(net.parameters(), lr=stage.lr)
    batches, rng = Digits(images, labels, stage.batch, stage.seed), Generator().manual_seed(stage.seed)
    total, done, seconds = stage.epochs * len(batches), 0, 0.0
    for epoch in range(1, stage.epochs + 1):
        start, losses = perf_counter(), []
        for x, y in batches:
            for group in optimizer.param_groups:
                fall = (1 + math.cos(math.pi * done / total)) / 2
                group["lr"] = stage.lr * min(1.0, (done + 1) / WARM_UP) * fall
            x_adv = attacked(net, x, y, stage, rng)
            logits = net(x)
            apart = F.kl_div(net(x_adv).log_softmax(1), logits.softmax(1), reduction="batchmean")
            loss = F.cross_entropy(logits, y) + stage.beta * apart
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(net.parameters(), LONGEST)
            optimizer.step()
            done += 1
            follow(mean, net, min(stage.average, done / (done + 10)))
            losses.append(loss.detach())
        seconds += perf_counter() - start
        judged = copy.deepcopy(mean)
        clean, robust = accuracy(judged, *held_out), accuracy(judged, *held_out, attack_of(PGD, EPS))
        yield Epoch(float(epoch), torch.stack(losses).mean().item(), clean, robust, seconds)
    net.load_state_dict(mean.state_dict())


def attacked(net: nn.Module, x: Tensor, y: Tensor, stage: Stage, rng: Generator) -> Tensor:
    """Pictures (N, 1, 28, 28) within eps that the net reads wrongly as surely as a few steps can make it."""
    x_adv = (x + stage.eps * (2 * torch.rand(x.shape, generator=rng) - 1)).clamp(0, 1)
    alpha = stage.eps
    for _ in range(stage.attack_steps):
        x_adv = x_adv.detach().requires_grad_(True)
        (grad,) = torch.autograd.grad(F.cross_entropy(net(x_adv), y), x_adv)
        moved = x_adv.detach() + alpha * grad.sign()
        x_adv = torch.min(torch.max(moved, x - stage.eps), x + stage.eps).clamp(0, 1)
        alpha *= SHORTER
    return x_adv.detach()
