"""How the digit networks are made: their plans, what is written down of them, and the table."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from trickcore import Linf, engine, load
from trickcore.measure import accuracy as digits
from trickcore.measure.accuracy import FGSM, GRID, PGD, accuracy, attack_of
from trickcore.networks import catalogue, loaders
from trickcore.networks.proved_net import ProvedNet, half_weights_of, proved_net_of
from trickcore.networks.small_net import weights_of
from trickcore.pictures import mnist
from trickcore.training import SmallNet, digit_networks
from trickcore.training.certified import CertifiedEpoch, CertifiedPlan
from trickcore.training.digit_networks import Plan

BOTH = ("standard", "robust")

TINY = {
    "standard": Plan(epochs=6, width=4, hidden=8, batch=8, shift=1),
    "robust": Plan(epochs=5, width=4, hidden=8, batch=8, eps=0.1, attack_steps=2, trades=1.0, seed=1),
}


@pytest.fixture
def workshop(tmp_path, monkeypatch) -> Iterator[Path]:
    """Where making writes to, with few and small things to make."""
    images, labels = mnist.small()

    def few(train: bool, *, download: bool = False) -> Any:
        return (images[:240], labels[:240]) if train else (images[240:280], labels[240:280])

    monkeypatch.setattr(digit_networks, "mnist", few)
    monkeypatch.setattr(digit_networks, "PLANS", TINY)
    monkeypatch.setattr(digit_networks, "NARROW", CertifiedPlan(epochs=1, widths=(2, 2, 2, 2), hidden=4))
    digit_networks.narrow.cache_clear()
    for module in (catalogue, loaders):
        monkeypatch.setattr(module, "ASSETS", tmp_path)
    for room in (digit_networks, digits):
        monkeypatch.setattr(room, "CARD", tmp_path / "digits" / "card.json")
    digits.reports.cache_clear()
    yield tmp_path / "digits"
    digits.reports.cache_clear()
    digit_networks.narrow.cache_clear()


def correct(which: str, images: torch.Tensor, labels: torch.Tensor, kind: str, eps: float) -> float:
    net = load(f"digits-{which}").net
    return accuracy(net, images, labels, attack_of(kind, eps))


@pytest.mark.parametrize("which", BOTH)
def test_the_card_tells_how_the_network_was_made_and_that_is_the_plan(which):
    report, plan = digits.report(which), digit_networks.PLANS[which]
    assert report.epochs == plan.epochs
    weights = torch.load(digits.CARD.parent / f"{which}.pt", weights_only=True)
    w, h = plan.width, plan.hidden
    by_hand = 17 * w + 32 * w**2 + 2 * w + 98 * w * h + h + 10 * h + 10
    if which == "robust":  # what first learns for proofs is its other half; ten biases serve both
        first = digit_networks.NARROW
        by_hand += sum(p.numel() for p in ProvedNet(first.widths, first.hidden).parameters()) - 10
    assert report.parameters == sum(v.numel() for v in weights.values()) == by_hand
    assert report.seconds > 0
    assert report.machine


def test_the_proved_network_learns_twice_is_measured_and_what_it_ends_as_is_kept(workshop, monkeypatch):
    """Here by epochs that are given; the second training begins with what the first ended as."""
    images, labels = mnist.small()
    narrow, wide = ([ProvedNet((width, 2, 2, 2), 4) for _ in range(2)] for width in (2, 3))

    def certified(images, labels, held_out, plan, begin=None):
        assert len(labels) == 228
        assert len(held_out[1]) == 12
        assert begin is (narrow[-1] if plan == digit_networks.WIDE else None)
        for i, net in enumerate(narrow if begin is None else wide):
            yield CertifiedEpoch(i + 1, 0.4, 1.0, 0.9, 0.5 - 0.1 * i, 10.0 * (i + 1), net)

    monkeypatch.setattr(digit_networks, "certify", certified)
    found = engine.call(digit_networks.make, "proved")
    assert digit_networks.narrow()[0] is narrow[-1], "the robust network's half, learnt once"
    data = (workshop / "proved.pt").read_bytes()
    assert data == half_weights_of(wide[-1])
    assert found == digits.report("proved")
    assert hashlib.sha256(data).hexdigest() == found.sha256
    assert found.seconds == 20 + 20
    assert found.clean == found.proved[0] == accuracy(proved_net_of(data), images[240:280], labels[240:280])


def made_of(which: str, net: SmallNet, test: tuple[torch.Tensor, torch.Tensor], seconds: float) -> Any:
    return digit_networks.record(which, net, weights_of(net), 3, test, seconds)


def test_what_is_made_is_measured_written_down_and_loaded_again(workshop):
    images, labels = (every[240:280] for every in mnist.small())
    other = ProvedNet((2, 2, 2, 2), 4)
    engine.call(digit_networks.record, "proved", other, half_weights_of(other), 1, (images, labels), 1.0)
    for which in BOTH:
        engine.call(digit_networks.make, which)
        found = digits.report(which)
        data = (workshop / f"{which}.pt").read_bytes()
        assert hashlib.sha256(data).hexdigest() == found.sha256
        half = sum(p.numel() for p in other.parameters()) - 10 if which == "robust" else 0
        assert found.parameters == 68 + 512 + 8 + 3_136 + 8 + 80 + 10 + half
        assert found.epochs == TINY[which].epochs
        assert found.seconds > 0
        assert found.autoattack is None
        for figures, kind in ((found.fgsm, FGSM), (found.pgd, PGD)):
            assert figures[0] == found.clean
            assert figures[2] < figures[0], "else no attack could be told from another"
            assert figures[2] == engine.call(correct, which, images, labels, kind, GRID[2])
        assert len(found.fgsm) == len(found.pgd) == len(GRID)
    assert list(digits.reports()) == ["proved", *BOTH], "the second did not push the first off the card"
    assert json.loads((workshop / "card.json").read_text())["eps"] == list(GRID)


def test_what_making_gives_back_is_what_the_card_says(workshop):
    images, labels = (every[:20] for every in mnist.small())
    found = engine.call(made_of, "standard", SmallNet(4, 8), (images, labels), 1.5)
    assert found == digits.report("standard")


def test_the_robust_plan_hardens_and_the_standard_one_does_not(monkeypatch):
    asked: dict[str, Any] = {}

    def noted(name: str) -> Any:
        return lambda *given, **settings: asked.setdefault(name, (given, settings)) and ()

    for name in ("train", "harden"):
        monkeypatch.setattr(digit_networks, name, noted(name))
    images, labels = (every[:20] for every in mnist.small())
    for which, plan in digit_networks.PLANS.items():
        asked.clear()
        net, *_ = digit_networks.lessons(plan, images, labels, (images, labels))
        ((name, (given, settings)),) = asked.items()
        assert name == {"standard": "train", "robust": "harden"}[which]
        assert given[0] is net
        batches = given[1]
        assert (batches.batch, batches.seed, batches.shift) == (plan.batch, plan.seed, plan.shift)
        assert (settings["epochs"], settings["average"]) == (plan.epochs, plan.average)
        if which == "robust":
            attack = given[2]
            assert attack.ball == Linf(plan.eps)
            assert attack.ball.eps > 0.3
            assert (attack.steps, attack.random_start) == (plan.attack_steps, True)
            assert attack.alpha * attack.steps == pytest.approx(2.5 * plan.eps)
            assert settings["judge"] == attack_of(PGD, 0.3)
            assert (settings["ramp"], settings["trades"]) == (plan.ramp, plan.trades)


@pytest.mark.parametrize("which", BOTH)
def test_a_plan_gives_the_net_first_and_then_a_record_an_epoch(which):
    images, labels = mnist.small()
    few, held_out = (images[:64], labels[:64]), (images[64:84], labels[64:84])
    net, *records = engine.call(lambda: list(digit_networks.lessons(TINY[which], *few, held_out)))
    assert isinstance(net, SmallNet)
    assert [record.epoch for record in records] == list(range(1, TINY[which].epochs + 1))
    fresh = SmallNet(4, 8, seed=TINY[which].seed).state_dict()
    assert not any(torch.equal(v, fresh[k]) for k, v in net.state_dict().items())


def test_the_table_sets_ours_beside_the_published(workshop):
    net = SmallNet(4, 8)
    images, labels = (every[:20] for every in mnist.small())
    found = engine.call(made_of, "robust", net, (images, labels), 12.34)
    assert found.seconds == 12.3
    known = {**json.loads((workshop / "card.json").read_text())["networks"]["robust"]}
    at = GRID.index(0.3)
    known["fgsm"][at], known["pgd"][at], known["proved"][at] = 0.5, 0.25, 0.0625
    digit_networks.write("robust", digits.Report(**{**known, "clean": 0.9876, "autoattack": 0.125}))
    lines = digit_networks.table().splitlines()
    assert "| ours, robust | 98.76% | 50.00% | 25.00% | 12.50% | 6.25% |" in lines
    assert "| Madry et al. 2018, robust | 98.80% | 95.60% | 93.20% | 88.50% |  |" in lines
    assert "| TRADES, Zhang et al. 2019 |  |  |  | 92.81% |  |" in lines
    assert {line.count("|") for line in lines} == {7}
