"""Refining: the attack it learns from, and that a plainly trained network withstands more after it."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from trickcore import Attack, Linf, engine, train
from trickcore.attacks.loop import attacked as pgd_attacked
from trickcore.attacks.losses import away_from
from trickcore.networks.small_net import SmallNet
from trickcore.pictures import mnist
from trickcore.training.loops import Digits
from trickcore.training.refine import Stage, attacked, refine

STAGE = Stage(epochs=3, beta=2.0, eps=0.1, attack_steps=4, lr=1e-3, batch=64, average=0.9)


@pytest.fixture(scope="module")
def digits() -> tuple[Tensor, Tensor]:
    return mnist.small()


def taught(digits: tuple[Tensor, Tensor]) -> SmallNet:
    """A small network after three plain epochs."""
    net = SmallNet(8, 32)
    list(train(net, Digits(digits[0][:1200], digits[1][:1200], 64), epochs=3))
    return net


@pytest.mark.slow
def test_the_attack_stays_in_its_ball_and_hurts_more_than_noise_of_its_size(digits):
    def measured() -> tuple[float, float, float, float]:
        net, (x, y) = taught(digits).eval(), (digits[0][1200:], digits[1][1200:])
        x_adv = attacked(net, x, y, STAGE, torch.Generator().manual_seed(0))
        noisy = (x + 0.1 * (2 * torch.rand(x.shape, generator=torch.Generator().manual_seed(1)) - 1)).clamp(
            0, 1
        )
        loss, of_noise = (F.cross_entropy(net(each), y).item() for each in (x_adv, noisy))
        return (x_adv - x).abs().max().item(), x_adv.min().item(), loss, of_noise

    farthest, darkest, loss, of_noise = engine.call(measured)
    assert farthest <= 0.1 + 1e-6
    assert darkest >= 0
    assert loss > 3 * of_noise


@pytest.mark.slow
def test_it_withstands_more_by_another_attack_and_the_same_seed_teaches_the_same(digits):
    def measured() -> tuple[list, float, float, bool]:
        net, held_out = taught(digits), (digits[0][1200:], digits[1][1200:])

        def left() -> float:
            attack = Attack(Linf(0.1), alpha=0.02, steps=20, random_start=True)
            x = pgd_attacked(
                net, held_out[0], away_from(held_out[1]), attack, torch.Generator().manual_seed(9)
            )
            return (net(x).argmax(1) == held_out[1]).float().mean().item()

        before, weights = left(), {name: value.clone() for name, value in net.state_dict().items()}
        epochs = list(refine(net, digits[0][:1200], digits[1][:1200], STAGE, held_out))
        after, again = left(), SmallNet(8, 32)
        again.load_state_dict(weights)
        list(refine(again, digits[0][:1200], digits[1][:1200], STAGE, held_out))
        same = all(torch.equal(a, b) for a, b in zip(net.parameters(), again.parameters(), strict=True))
        return epochs, before, after, same

    epochs, before, after, same = engine.call(measured)
    assert [epoch.epoch for epoch in epochs] == [1, 2, 3]
    assert after > before + 0.1
    assert same
    assert epochs[-1].seconds > epochs[0].seconds > 0
