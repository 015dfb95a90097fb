"""A generator and a discriminator: shapes, chance, learning, and the worth of what ships."""

from __future__ import annotations

import hashlib
import json
from functools import cache

import numpy as np
import pytest
import torch
from torch import nn

from trickcore import engine
from trickcore.measure import forgeries
from trickcore.networks.catalogue import WeightsError
from trickcore.networks.gan import drawings
from trickcore.networks.gan.card import CARD, WEIGHTS, card, packed, unpacked
from trickcore.networks.gan.generator import Discriminator, Generator, generator_of, to_bytes
from trickcore.networks.loaders import load
from trickcore.pictures import mnist
from trickcore.training import gan_live
from trickcore.training.gan import Pair
from trickcore.training.records import GanReport, GanSettings

REAL = mnist.small()[0][:64]


@cache
def learnt(settings: GanSettings) -> tuple[GanReport, ...]:
    return engine.call(lambda: tuple(gan_live.learn(settings)))


@pytest.mark.parametrize("classes", [0, 10])
def test_noise_becomes_pictures_and_pictures_become_one_logit_each(classes):
    labels = torch.arange(3) if classes else None
    pictures = Generator(16, classes)(torch.randn(3, 32), labels)
    assert pictures.shape == (3, 1, 28, 28)
    assert 0 <= pictures.min() < pictures.max() <= 1
    assert Discriminator(8, classes)(pictures, labels).shape == (3,)


def test_a_generator_of_classes_is_told_one():
    with pytest.raises(ValueError, match="expected a class"):
        Generator(16, 10)(torch.randn(3, 32))


def test_a_step_of_the_discriminator_lowers_its_loss_on_the_same_pictures():
    pair = Pair(width=16, lr=1e-3, lr_discriminator=1e-3)
    forged = pair.drawing(pair.noise(64))
    before = pair.step_discriminator(pair.judge(REAL, forged))
    after = float(pair.judge(REAL, forged).detach())
    assert after < before - 0.02


def test_the_losses_are_those_of_goodfellow_with_a_smoothed_label_worked_by_hand():
    pair = Pair(width=16)
    noise = pair.noise(64)
    told, fooled = pair.losses(REAL, noise)
    with torch.no_grad():
        forged = pair.drawing(noise)
        real, fake = (pair.discriminator(x).double().numpy() for x in (REAL, forged))
    real, fake = 1 / (1 + np.exp(-real)), 1 / (1 + np.exp(-fake))
    by_hand = -np.mean(0.9 * np.log(real) + 0.1 * np.log(1 - real)) - np.mean(np.log(1 - fake))
    # Spectral norm's estimate moves a little with each pass.
    assert told == pytest.approx(by_hand, abs=0.02)
    assert fooled == pytest.approx(-np.mean(np.log(fake)), abs=0.02)
    assert pair.belief(forged) == pytest.approx(fake.mean(), abs=0.02)


def test_the_same_seed_draws_the_same_and_another_something_else():
    first, again = (list(gan_live.learn(GanSettings(steps=3, seed=5))) for _ in range(2))
    assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(first, again, strict=True))
    assert [one.discriminator for one in first] == [one.discriminator for one in again]
    other = list(gan_live.learn(GanSettings(steps=3, seed=6)))
    assert not np.array_equal(first[-1].pixels, other[-1].pixels)


def test_gibberish_becomes_something_with_the_ink_of_digits_in_at_most_forty_moments():
    found = learnt(GanSettings(steps=150))
    assert [one.step for one in found] == sorted({one.step for one in found})
    assert (found[0].step, found[-1].step, len(found)) == (0, 150, 40)
    assert found[-1].pixels.shape == (25, 28, 28)
    ink = REAL.mean()
    edge = [one.pixels[:, :3].mean() / 255 for one in (found[0], found[-1])]
    assert edge[0] > 0.3, "at first it is grey all over"
    assert edge[1] < 0.1, "then the paper is black"
    assert abs(found[-1].pixels.mean() / 255 - ink) < 0.1
    assert found[-1].pixels.std(0).mean() > 20, "and the drawings differ from each other"
    assert max(one.believed_real - one.believed_forged for one in found) > 0.2
    assert all(0 < belief < 1 for one in found for belief in (one.believed_real, one.believed_forged))


def test_a_training_of_no_steps_is_refused():
    with pytest.raises(ValueError, match="at least one step"):
        next(gan_live.learn(GanSettings(steps=0)))


def test_weights_in_half_precision_draw_what_they_drew():
    net = Generator(16, 10, seed=3).eval()
    noise, labels = torch.randn(20, 32), torch.arange(20) % 10
    with torch.no_grad():
        assert torch.allclose(generator_of(to_bytes(net))(noise, labels), net(noise, labels), atol=2e-3)


def test_frechets_distance_of_normal_clouds_is_what_their_means_and_spreads_say():
    rng = np.random.default_rng(0)
    one, other = rng.normal(0, 1, (20_000, 3)), rng.normal([3, 0, 0], [2, 1, 1], (20_000, 3))
    assert forgeries.frechet(one, other) == pytest.approx(9 + 1, rel=0.05)
    assert forgeries.frechet(one, one) == pytest.approx(0, abs=1e-6)


def test_the_nearest_of_known_pictures_is_found():
    known = REAL[:30]
    near = known[[7, 3]] + torch.tensor([0.01, 0.02])[:, None, None, None]
    places, distances = forgeries.nearest(near, known)
    assert places.tolist() == [7, 3]
    assert distances.tolist() == pytest.approx([0.28, 0.56], rel=1e-3)


def test_a_way_leads_from_one_noise_to_the_other_on_the_sphere():
    first, second = drawings.noise_of(2, 4)
    found = drawings.way(first, second, 5)
    assert torch.allclose(found[0], first, atol=1e-5)
    assert torch.allclose(found[-1], second, atol=1e-5)
    lengths = found.norm(dim=1)
    assert lengths.min() > 0.9 * min(first.norm(), second.norm()), "not through the middle"
    with pytest.raises(ValueError, match="one direction"):
        drawings.way(first, first, 5)


def test_what_ships_is_small_and_is_what_its_card_says():
    data = WEIGHTS.read_bytes()
    assert len(data) <= 1_000_000
    assert hashlib.sha256(data).hexdigest() == card().sha256
    assert sum(p.numel() for p in drawings.shipped().parameters()) == card().parameters
    assert len(CARD.read_bytes()) < 50_000
    best = min(json.loads(CARD.read_text())["curve"], key=lambda moment: moment["frechet"])
    assert best["step"] == card().step, "the moment that drew best was kept"


def test_weights_that_are_not_those_of_the_card_are_refused(monkeypatch, tmp_path):
    (tmp_path / "generator.pt").write_bytes(b"something else")
    monkeypatch.setattr(drawings, "WEIGHTS", tmp_path / "generator.pt")
    drawings.shipped.cache_clear()
    with pytest.raises(WeightsError, match="make train"):
        drawings.shipped()


def test_the_cards_measures_are_had_again_on_five_hundred_other_drawings():
    judge = load("digits-standard").net
    assert isinstance(judge, nn.Module)
    found = forgeries.read(judge, *drawings.in_turn(drawings.shipped(), 500, card().seed + 1))
    assert found.as_asked == pytest.approx(card().as_asked, abs=0.02)
    assert found.surely == pytest.approx(card().surely, abs=0.03)
    shares = np.array(found.spread) / 500
    assert np.abs(shares - np.array(card().spread) / 2_000).max() < 0.02
    assert card().as_asked > 0.9


def test_no_drawing_of_the_card_is_a_copy_of_the_digit_nearest_to_it():
    forged, _ = drawings.in_turn(drawings.shipped(), 2_000, card().seed)
    for picture, known in zip(forged[:10, 0], card().known, strict=True):
        distance = float((picture - torch.from_numpy(known.pixels / np.float32(255))).norm())
        assert distance == pytest.approx(known.distance, abs=0.002)
        assert distance > 1


def test_pictures_are_packed_and_unpacked():
    pictures = np.random.default_rng(1).integers(0, 256, (3, 28, 28), np.uint8)
    assert np.array_equal(unpacked(packed(pictures)), pictures)


def test_of_ten_pairs_each_has_one_of_the_cards_real_digits_and_the_seed_draws_them():
    found = drawings.twins(3)
    assert sorted(pair.label for pair in found) == list(range(10))
    for pair in found:
        real, forged = (pair.left, pair.right)[:: 1 if pair.real == 0 else -1]
        known = card().real[pair.label]
        assert any(np.array_equal(real, one) for one in known)
        assert not any(np.array_equal(forged, one) for one in known)
    sides = {drawings.twins(seed)[i].real for seed in range(3) for i in range(10)}
    assert sides == {0, 1}
    again = drawings.twins(3)
    assert all(np.array_equal(a.left, b.left) and a.real == b.real for a, b in zip(found, again, strict=True))
    assert any(a.label != b.label for a, b in zip(found, drawings.twins(4), strict=True))
