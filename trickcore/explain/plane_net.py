"""A network with two inputs as torch has it: how it learns, and how a point is pushed over its border.

The push is `attacks.loop.trick`, as on every other page, on a picture of two pixels.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from trickcore import engine
from trickcore.attacks.balls import Linf
from trickcore.attacks.loop import Attack, trick
from trickcore.attacks.losses import towards
from trickcore.explain.point_sets import CLASSES, LEVELS, Points, Values, points
from trickcore.explain.two_pixels import COUNT, SPREAD, Moment, Plan, PlaneNetwork, Push, shown_epochs
from trickcore.networks.classifier import Classifier

BATCH, RATE = 20, 0.03
GAIN, BIAS = 1.5, 0.5  # of the first weights: found by trying, so that narrow layers do not begin flat


class PlaneNet(nn.Module):
    """Pixels (N, 1, 1, 2) in [0, 1] to logits (N, 2), which are a half of the score below and above 0."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(plan.seed)
            widths = (2, *[plan.units] * plan.layers, 1)
            self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(widths))
            for layer in self.layers[:-1]:
                assert isinstance(layer, nn.Linear)
                nn.init.orthogonal_(layer.weight, gain=GAIN)
                nn.init.normal_(layer.bias, 0, BIAS)
        self.bend = plan.bend

    def score(self, pixels: Tensor) -> Tensor:
        """(N,) of pixels (N, 2)."""
        found = SPREAD * (pixels - 0.5)
        for layer in self.layers[:-1]:
            found = layer(found)
            found = found.tanh() if self.bend == "tanh" else found.relu()
        score: Tensor = self.layers[-1](found)[:, 0]
        return score

    def forward(self, x: Tensor) -> Tensor:
        half = self.score(x.flatten(1)) / 2
        return torch.stack([-half, half], dim=1)

    def plain(self) -> PlaneNetwork:
        """The weights as they are now, without torch."""
        return PlaneNetwork(
            tuple(
                (layer.weight.detach().double().numpy().copy(), layer.bias.detach().double().numpy().copy())
                for layer in self.layers
                if isinstance(layer, nn.Linear)
            ),
            self.bend,
        )


def net_of(network: PlaneNetwork) -> PlaneNet:
    """The same network for torch, frozen."""
    hidden = network.weights[:-1]
    units = len(hidden[0][1]) if hidden else 2
    net = PlaneNet(Plan(layers=len(hidden), units=units, bend=network.bend))
    for layer, (weight, bias) in zip(net.layers, network.weights, strict=True):
        assert isinstance(layer, nn.Linear)
        layer.load_state_dict({"weight": torch.as_tensor(weight), "bias": torch.as_tensor(bias)})
    return net.requires_grad_(False)


def learn(plan: Plan) -> Iterator[Moment]:
    """A training from the first weights to the last epoch, by Adam on the logistic loss.

    The same plan gives the same moments.
    """
    learnt, fresh = (points(plan.data, COUNT, plan.seed, stream=stream) for stream in (0, 1))
    net = PlaneNet(plan)
    adam = torch.optim.Adam(net.parameters(), lr=RATE)
    rng = torch.Generator().manual_seed(plan.seed)
    pixels = torch.as_tensor(learnt.pixels, dtype=torch.float32)
    truth = torch.as_tensor(learnt.labels, dtype=torch.float32)
    show = set(shown_epochs(plan.epochs))
    yield _moment(0, net.plain(), learnt, fresh)
    for epoch in range(1, plan.epochs + 1):
        for batch in torch.split(torch.randperm(COUNT, generator=rng), BATCH):
            loss = F.binary_cross_entropy_with_logits(net.score(pixels[batch]), truth[batch])
            adam.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            adam.step()
        if epoch in show:
            yield _moment(epoch, net.plain(), learnt, fresh)


def _moment(epoch: int, network: PlaneNetwork, learnt: Points, fresh: Points) -> Moment:
    signed = network.score(learnt.pixels) * np.where(learnt.labels == 1, 1, -1)
    right, unseen = (
        float(((network.score(these.pixels) > 0) == (these.labels == 1)).mean()) for these in (learnt, fresh)
    )
    return Moment(epoch, float(np.logaddexp(0, -signed).mean()), right, unseen, network)


def push(network: PlaneNetwork, pixels: Values, eps: float, steps: int) -> Push:
    """A point (2,) pushed towards the class that it is not taken for, within eps (L-infinity, on [0, 1]).

    Iterated sign steps of 1.25 eps / steps (Kurakin et al. 2016). Each step is then rounded to whole grey
    levels, as a file would hold it, and the network is asked about that.
    """
    net = net_of(network)
    classifier = Classifier("two pixels", net, CLASSES, (1, 2), channels=1)
    start = torch.as_tensor(np.asarray(pixels), dtype=torch.float32).view(1, 1, 2)
    target = 0 if float(network.score(np.asarray(pixels)[None])[0]) > 0 else 1
    attack = Attack(Linf(eps), alpha=1.25 * eps / steps, steps=steps)
    walk = [
        step.x_adv.flatten().double().numpy() for step in trick(classifier, start, towards(target), attack)
    ]
    saved = np.rint(np.stack(walk) * LEVELS) / LEVELS
    x = start.view(1, 2).requires_grad_(True)
    slope = engine.gradient(net.score(x).sum(), x)
    return Push(saved, network.score(saved), slope[0].double().numpy() / LEVELS, eps)
