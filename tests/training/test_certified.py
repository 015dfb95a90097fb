"""Training for proofs: what a box becomes, the batch norms folded away, and that it learns what it is for."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from trickcore import Attack, Linf, engine
from trickcore.attacks.loop import attacked
from trickcore.attacks.losses import away_from
from trickcore.measure.bounds import around, layers_of, leads, proved
from trickcore.networks.proved_net import ProvedNet, half_weights_of, proved_net_of
from trickcore.pictures import mnist
from trickcore.training.certified import BoxNet, CertifiedPlan, boxed, certify, grown, widened
from trickcore.training.digit_networks import WIDE

TINY = CertifiedPlan(
    epochs=16,
    plain=1,
    ramp=10,
    eps=0.1,
    later=((12, 0.09), (14, 0.08)),
    batch=16,
    lr=4e-3,
    average=0.9,
    widths=(8, 16, 16, 16),
    hidden=32,
)


@pytest.fixture
def digits() -> tuple[Tensor, Tensor]:
    return mnist.small()


def box_net(images: Tensor) -> BoxNet:
    """A net whose batch norms have seen some digits."""
    torch.manual_seed(0)
    net = BoxNet((4, 6, 6, 8), 12).train()
    for _ in range(20):
        net(images, torch.full_like(images, 0.05))
    return net.eval()


def test_the_network_that_ships_says_what_the_one_that_learnt_said(digits):
    """Batch norm in eval mode, by its running mean and variance, against the folded layers."""
    images = digits[0][:40]
    net = box_net(images)
    x = images
    with torch.no_grad():
        for layer, norm in zip(net.layers, net.norms, strict=True):
            x = norm(layer(x.flatten(1) if isinstance(layer, torch.nn.Linear) else x)).relu()
        wanted = net.last(x)
    assert torch.allclose(net.folded()(images), wanted, atol=1e-4)


def test_the_worst_that_is_trained_on_is_what_the_bounds_of_the_folded_network_allow(digits):
    """With norms that take over the numbers of one large batch, but for its biased variance."""
    images, labels = (part[:1000] for part in digits)
    torch.manual_seed(1)
    net = BoxNet((4, 6, 6, 8), 12).train()
    for norm in net.norms:
        assert isinstance(norm, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d)
        norm.momentum = 1.0
    low, high = (images - 0.02).clamp(0, 1), (images + 0.02).clamp(0, 1)
    with torch.no_grad():
        centre, radius, _ = net((high + low) / 2, (high - low) / 2)
        worst = net.worst(centre, radius, labels).double()
    found = leads(layers_of(net.folded()), around(images, 0.02), labels).high
    assert (worst.gather(1, labels[:, None]) == 0).all()
    assert worst.numpy() == pytest.approx(found.numpy(), rel=0.02, abs=0.02 * found.abs().mean().item())


def test_a_wider_network_begins_with_the_same_logits_and_bounds_and_no_two_units_alike(digits):
    images, labels = (part[:200] for part in digits)
    torch.manual_seed(0)
    net = ProvedNet((4, 6, 6, 8), 12).eval().requires_grad_(False)
    same, noisy = (widened(net, (6, 9, 10, 12), 20, seed=0, noise=noise) for noise in (0.0, 0.05))
    assert torch.allclose(same(images), net(images), atol=1e-5)
    reach = [leads(layers_of(one), around(images, 0.02), labels).high for one in (net, same)]
    assert torch.allclose(reach[0], reach[1], atol=1e-4)
    units = noisy.layers[2].weight
    assert isinstance(units, Tensor)
    assert len(units) == 9
    assert len({tuple(unit.flatten().tolist()) for unit in units}) == 9


@pytest.mark.parametrize("widths", [(3, 6, 6, 8), (9, 6, 6, 8)])
def test_a_width_that_no_copies_can_make_is_refused(widths):
    net = ProvedNet((4, 6, 6, 8), 12)
    with pytest.raises(ValueError, match=r"expected widths from \[4, 6, 6, 8, 12\] to twice as many"):
        widened(net, widths, 12, seed=0)


def test_a_network_that_learns_further_says_at_first_what_it_said_before(digits):
    images = digits[0][:200]
    torch.manual_seed(0)
    net = ProvedNet((4, 6, 6, 8), 12).eval().requires_grad_(False)
    assert torch.allclose(boxed(net, images).eval().folded()(images), net(images), atol=1e-4)


def test_what_learns_in_half_precision_with_digits_untouched_begins_where_another_ended(digits):
    few = (digits[0][:640], digits[1][:640])
    first = CertifiedPlan(epochs=4, plain=0, ramp=2, eps=0.05, batch=16, widths=(4, 4, 4, 4), hidden=8)
    wider = replace(
        first, epochs=1, ramp=0, widths=(6, 6, 6, 6), hidden=12, untouched=((0, 0.5),), rough=True
    )

    def taught() -> tuple[float, float]:
        *_, before = certify(*few, few, first)
        (after,) = certify(*few, few, wider, before.net)
        (new,) = certify(*few, few, wider)
        return after.loss, new.loss

    after, new = engine.call(taught)
    assert after < new


def test_epsilon_grows_slowly_at_first_and_ends_whole():
    parts = [grown(i / 20) for i in range(-1, 22)]
    assert parts[0] == parts[1] == 0
    assert parts[-1] == parts[-2] == pytest.approx(1)
    steps = [after - before for before, after in itertools.pairwise(parts[1:-1])]
    assert all(step > 0 for step in steps)
    assert steps[0] < steps[-1] / 100
    assert steps[-1] == pytest.approx(steps[-2])


@pytest.mark.slow
def test_it_learns_what_can_be_proved_and_no_attack_breaks_that(digits):
    """Small and short; at eps 0.05, of digits it never saw."""
    images, labels = digits
    plan, held_out = TINY, (images[1200:], labels[1200:])

    def taught() -> tuple[list, int, int]:
        epochs = list(certify(images[:1200], labels[:1200], held_out, plan))
        net = epochs[-1].net
        sure = proved(net, *held_out, 0.05)
        attack = Attack(Linf(0.05), alpha=0.01, steps=20, random_start=True)
        x = attacked(net, held_out[0], away_from(held_out[1]), attack, torch.Generator().manual_seed(0))
        fooled = net(x).argmax(1) != held_out[1]
        return epochs, int(sure.sum()), int((sure & fooled).sum())

    epochs, sure, broken = engine.call(taught)
    assert [one.epoch for one in epochs] == list(range(1, 17))
    assert epochs[0].eps == 0
    assert epochs[11].eps == pytest.approx(0.1)
    assert [one.eps for one in epochs[-4:]] == pytest.approx([0.09, 0.09, 0.08, 0.08]), "and then less"
    assert epochs[-1].clean > 0.7
    assert sure > 0.4 * len(held_out[1])
    assert broken == 0
    assert epochs[-1].seconds > epochs[0].seconds > 0


def test_the_same_seed_teaches_the_same_network(digits):
    few = (digits[0][:64], digits[1][:64])
    plan = CertifiedPlan(epochs=2, plain=0, ramp=1, batch=16, widths=(2, 2, 2, 2), hidden=4)
    first, again = (
        engine.call(lambda: [*certify(few[0], few[1], few, plan)][-1].net.state_dict()) for _ in range(2)
    )
    assert all(torch.equal(first[name], again[name]) for name in first)


def test_a_file_holds_the_network_to_float16_and_reads_back_the_same_twice():
    torch.manual_seed(0)
    net = ProvedNet((3, 4, 5, 6), 7).eval()
    data = half_weights_of(net)
    again = proved_net_of(data)
    assert half_weights_of(again) == data
    for name, tensor in net.state_dict().items():
        kept = again.state_dict()[name]
        assert kept.dtype == torch.float32
        assert torch.allclose(kept, tensor, rtol=2**-10, atol=1e-6)


def test_the_network_that_ships_fits_in_two_megabytes():
    assert len(half_weights_of(ProvedNet(WIDE.widths, WIDE.hidden))) < 2_000_000
