"""Training for proofs: a network that learns to be right for whole boxes around each digit, not for points.

Interval bounds in training are Gowal et al. 2018's (arXiv:1810.12715). What makes them learn in few epochs is
Shi et al. 2021's (arXiv:2103.17268): first weights that leave the size of a box as it is, batch norm by the
box's centre (folded away at the end), and a term that keeps boxes from growing while epsilon does.
What a network has learnt a wider one may begin with (Chen et al. 2016, Net2Net, arXiv:1511.05641).
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from trickcore.measure.accuracy import EPS, accuracy
from trickcore.measure.bounds import proved
from trickcore.networks.proved_net import HIDDEN, KERNELS, SIDE, WIDTHS, ProvedNet
from trickcore.training.loops import Digits, follow

TIGHT = 0.5  # how many times smaller than what comes in a box may be before it is no longer pressed
LONGEST = 10.0  # L2 length of a step's gradient


@dataclass(frozen=True, slots=True)
class CertifiedPlan:
    """How the network is made."""

    epochs: int = 50
    plain: float = 0.5  # epochs before epsilon begins to grow
    ramp: float = 20.0  # the epoch from which epsilon is whole
    eps: float = 0.4  # more than the 0.3 it is judged at, as Gowal et al. and Shi et al. have it
    later: tuple[tuple[int, float], ...] = ((34, 0.35), (42, 0.31))  # after so many epochs: nearer to the 0.3
    batch: int = 256
    lr: float = 1e-3
    pressure: float = 0.5  # of the term that keeps boxes small, while epsilon grows
    untouched: tuple[tuple[int, float], ...] = ()  # after so many epochs: share of a batch without a box
    rough: bool = False  # convolutions in bfloat16, where that is faster; what is judged never is
    average: float = 0.998
    widths: tuple[int, ...] = WIDTHS
    hidden: int = HIDDEN
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class CertifiedEpoch:
    """What is known at the end of an epoch, and the network as it is then, with averaged weights."""

    epoch: int
    eps: float  # that was trained with last
    loss: float  # mean over the epoch: nats, and the pressure while there is any
    clean: float  # accuracy on the digits held out, 0 to 1
    proved: float  # the share of them that is proved at EPS
    seconds: float  # of training, without the judging
    net: ProvedNet


class BoxNet(nn.Module):
    """The network while it learns: each layer with a batch norm, and boxes in place of pictures."""

    def __init__(self, widths: Sequence[int], hidden: int, classes: int = 10) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after, (side, stride, padding) in zip((1, *widths[:-1]), widths, KERNELS, strict=True):
            layers.append(nn.Conv2d(before, after, side, stride, padding, bias=False))
        layers.append(nn.Linear(widths[-1] * SIDE * SIDE, hidden, bias=False))
        self.layers = nn.ModuleList(layers)
        self.norms = nn.ModuleList([*map(nn.BatchNorm2d, widths), nn.BatchNorm1d(hidden)])
        self.last = nn.Linear(hidden, classes)
        for layer in (*layers, self.last):
            assert isinstance(layer, nn.Conv2d | nn.Linear)
            nn.init.normal_(layer.weight, 0, math.sqrt(2 * math.pi) / layer.weight[0].numel())
        nn.init.zeros_(self.last.bias)

    def forward(self, centre: Tensor, radius: Tensor) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Centre and radius before the last layer, and the mean radius within each layer before it."""
        sizes = []
        for layer, norm in zip(self.layers, self.norms, strict=True):
            if isinstance(layer, nn.Conv2d):
                centre = layer(centre)
                radius = F.conv2d(radius, layer.weight.abs(), None, layer.stride, layer.padding)
            else:
                assert isinstance(layer, nn.Linear)
                centre = layer(centre.flatten(1))
                radius = F.linear(radius.flatten(1), layer.weight.abs())
            assert isinstance(norm, nn.BatchNorm1d | nn.BatchNorm2d)
            axes = (0, 2, 3) if centre.ndim == 4 else (0,)
            scale = (norm.weight * torch.rsqrt(centre.var(axes, unbiased=False) + norm.eps)).abs()
            centre = norm(centre)
            radius = radius * scale.reshape(1, -1, *[1] * (radius.ndim - 2))
            sizes.append(radius.mean())
            high, low = (centre + radius).relu(), (centre - radius).relu()
            centre, radius = (high + low) / 2, (high - low) / 2
        return centre, radius, sizes

    def worst(self, centre: Tensor, radius: Tensor, labels: Tensor) -> Tensor:
        """The most that each answer can lead over the label by, (N, K), 0 for the label itself."""
        rows = (self.last.weight[None] - self.last.weight[:, None])[labels]
        bias = (self.last.bias[None] - self.last.bias[:, None])[labels]
        reach = torch.bmm(rows, centre[:, :, None]) + torch.bmm(rows.abs(), radius[:, :, None])
        return reach[:, :, 0] + bias

    def folded(self) -> ProvedNet:
        """The same network for pictures, its batch norms inside the layers before them."""
        before = [layer for layer in self.layers if isinstance(layer, nn.Conv2d | nn.Linear)]
        norms = [norm for norm in self.norms if isinstance(norm, nn.BatchNorm1d | nn.BatchNorm2d)]
        *widths, hidden = (len(layer.weight) for layer in before)
        net = ProvedNet(widths, hidden, len(self.last.weight))
        *into, last = (layer for layer in net.layers if isinstance(layer, nn.Conv2d | nn.Linear))
        with torch.no_grad():
            for target, layer, norm in zip(into, before, norms, strict=True):
                assert norm.running_mean is not None
                assert norm.running_var is not None
                assert target.bias is not None
                scale = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
                target.weight.copy_(layer.weight * scale.reshape(-1, *[1] * (layer.weight.ndim - 1)))
                target.bias.copy_(norm.bias - norm.running_mean * scale)
        last.load_state_dict(self.last.state_dict())
        return net.eval().requires_grad_(False)


def certify(
    images: Tensor,
    labels: Tensor,
    held_out: tuple[Tensor, Tensor],
    plan: CertifiedPlan,
    begin: ProvedNet | None = None,
) -> Iterator[CertifiedEpoch]:
    """A CertifiedEpoch after each epoch of training on pixels (N, 1, 28, 28) in [0, 1] and labels (N,).

    Adam; epsilon grows from 0 to the plan's, slowly at first, and from then on the learning rate falls as
    half a cosine. Towards the end epsilon is a little smaller. `begin` is a network whose weights, made as
    wide as the plan's, are the first ones.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(plan.seed)
        if begin is None:
            net = BoxNet(plan.widths, plan.hidden)
        else:
            net = boxed(widened(begin, plan.widths, plan.hidden, plan.seed), images[:6000])
        net = net.to(memory_format=torch.channels_last)
    mean = copy.deepcopy(net).requires_grad_(False)
    optimizer = torch.optim.Adam(net.parameters(), lr=plan.lr)
    batches, done, seconds = Digits(images, labels, plan.batch, plan.seed), 0, 0.0
    share = eps = 0.0
    for epoch in range(1, plan.epochs + 1):
        start, losses = perf_counter(), []
        net.train()
        for x, y in batches:
            share = grown((done / len(batches) - plan.plain) / max(plan.ramp - plan.plain, 1e-9))
            eps = share * [plan.eps, *(eps for after, eps in plan.later if epoch > after)][-1]
            untouched = [0.0, *(part for after, part in plan.untouched if epoch > after)][-1]
            rate = _rate(done, plan, len(batches))
            for group in optimizer.param_groups:
                group["lr"] = rate
            radii = torch.full((len(x), 1, 1, 1), eps)
            radii[: int(untouched * len(x))] = 0
            loss = _loss(net, x, y, radii, plan.pressure * (1 - share) if share else 0.0, plan.rough)
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(net.parameters(), LONGEST)
            optimizer.step()
            done += 1
            follow(mean, net, plan.average, done)
            losses.append(loss.detach())
        seconds += perf_counter() - start
        judged = copy.deepcopy(mean).folded()
        yield CertifiedEpoch(
            epoch,
            eps,
            torch.stack(losses).mean().item(),
            accuracy(judged, *held_out),
            proved(judged, *held_out, EPS).float().mean().item(),
            seconds,
            judged,
        )


def grown(part: float) -> float:
    """How much of epsilon there is after a part of its growth, 0 to 1: to the fourth power for the first
    quarter, then straight on (Xu et al. 2020, arXiv:2002.12920). A straight start unlearns everything."""
    part, bend = min(1.0, max(0.0, part)), 0.25
    steep = 1 / (bend**4 + 4 * bend**3 * (1 - bend))
    return steep * part**4 if part < bend else steep * (bend**4 + 4 * bend**3 * (part - bend))


def widened(net: ProvedNet, widths: Sequence[int], hidden: int, seed: int, noise: float = 0.05) -> ProvedNet:
    """A network with more units that gives the same logits and bounds, but for noise.

    New units are copies of old ones, drawn by lot; a unit's weights further on are parted among its copies at
    random, all with the sign they had and in the last layer alike for all answers, which leaves every bound
    as it is. `noise`, a part of each weight, makes copies differ. Raises ValueError for fewer units than
    there are, or more than twice as many.
    """
    there = [len(layer.weight) for layer in _weighted(net)[:-1]]
    if any(not old <= new <= 2 * old for old, new in zip(there, [*widths, hidden], strict=True)):
        raise ValueError(f"expected widths from {there} to twice as many, got {[*widths, hidden]}")
    rng = torch.Generator().manual_seed(seed)
    wider = ProvedNet(widths, hidden, len(_weighted(net)[-1].weight))
    copies = torch.zeros(1, dtype=torch.long)  # of which unit before each new one is a copy: the one channel
    with torch.no_grad():
        for layer, target in zip(_weighted(net), _weighted(wider), strict=True):
            weight = layer.weight.reshape(len(layer.weight), int(copies.max()) + 1, -1)
            rows = 1 if target is _weighted(wider)[-1] else len(weight)
            parts = torch.rand(rows, len(copies), weight.shape[2], generator=rng) * 0.8 + 0.1
            whole = torch.zeros(rows, *weight.shape[1:]).index_add_(1, copies, parts)
            weight = weight[:, copies] * parts / whole[:, copies]
            more = torch.randperm(len(weight), generator=rng)[: len(target.weight) - len(weight)]
            copies = torch.cat([torch.arange(len(weight)), more])
            weight = weight[copies].reshape(target.weight.shape)
            target.weight.copy_(weight * (1 + noise * torch.randn(weight.shape, generator=rng)))
            assert layer.bias is not None
            assert target.bias is not None
            target.bias.copy_(layer.bias[copies])
    return wider.eval().requires_grad_(False)


def boxed(net: ProvedNet, images: Tensor) -> BoxNet:
    """The network to learn further: batch norms that change nothing, by these pixels (N, 1, 28, 28)."""
    *into, last = _weighted(net)
    box = BoxNet([len(layer.weight) for layer in into[:-1]], len(into[-1].weight), len(last.weight))
    x = images
    with torch.no_grad():
        for layer, target, norm in zip(into, box.layers, box.norms, strict=True):
            assert isinstance(target, nn.Conv2d | nn.Linear)
            assert isinstance(norm, nn.BatchNorm1d | nn.BatchNorm2d)
            target.weight.copy_(layer.weight)
            x = target(x.flatten(1) if isinstance(target, nn.Linear) else x)
            assert layer.bias is not None
            variance, mean = torch.var_mean(x, (0, 2, 3) if x.ndim == 4 else (0,), unbiased=False)
            norm.load_state_dict(
                {
                    "weight": (variance + norm.eps).sqrt(),
                    "bias": layer.bias + mean,
                    "running_mean": mean,
                    "running_var": variance,
                    "num_batches_tracked": torch.tensor(0),
                }
            )
            x = norm.eval()(x).relu()
        box.last.load_state_dict(last.state_dict())
    return box


def _weighted(net: ProvedNet) -> list[nn.Conv2d | nn.Linear]:
    return [layer for layer in net.layers if isinstance(layer, nn.Conv2d | nn.Linear)]


def _loss(net: BoxNet, x: Tensor, y: Tensor, eps: Tensor, pressure: float, rough: bool = False) -> Tensor:
    """Cross-entropy of the worst that the box allows, and what keeps boxes small while epsilon grows.

    `eps` is one of each picture, (N, 1, 1, 1).
    """
    low, high = (x - eps).clamp(0, 1), (x + eps).clamp(0, 1)
    centre, radius = (
        part.to(memory_format=torch.channels_last) for part in ((high + low) / 2, (high - low) / 2)
    )
    with torch.autocast("cpu", torch.bfloat16, enabled=rough):
        last, reach, sizes = net(centre, radius)
    loss = F.cross_entropy(net.worst(last.float(), reach.float(), y), y)
    if pressure:
        first = radius.mean()
        loose = [F.relu(TIGHT - first / size.clamp(min=1e-9)) / TIGHT for size in sizes]
        loss = loss + pressure * torch.stack(loose).mean()
    return loss


def _rate(done: int, plan: CertifiedPlan, length: int) -> float:
    """The learning rate: up over a hundred batches, then level, then half a cosine once epsilon is whole."""
    ramp, total = plan.ramp * length, plan.epochs * length
    rate = plan.lr * min(1.0, done / 100)
    if done < ramp:
        return rate
    return rate * (1 + math.cos(math.pi * (done - ramp) / max(1.0, total - ramp))) / 2
