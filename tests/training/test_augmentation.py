"""Digits as other hands would write them: still digits, all different, and the same for the same seed."""

from __future__ import annotations

import pytest
import torch
from torch import Generator

from trickcore.pictures import mnist
from trickcore.training import augmentation
from trickcore.training.augmentation import rewritten


def seeded(seed: int = 5) -> Generator:
    return Generator().manual_seed(seed)


@pytest.fixture
def only(monkeypatch):
    """All that another hand may do is left out, but for what is named."""

    def keep(**kept: float) -> None:
        for name in ("TURN", "STRETCH", "SLANT", "BEND"):
            monkeypatch.setattr(augmentation, name, kept.get(name, 0.0))

    return keep


def centre_and_spread(images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Where each picture's ink lies, (N, 2) as x and y from the middle, and its covariance, (N, 2, 2)."""
    side = images.shape[-1]
    at = torch.arange(side) - (side - 1) / 2
    places = torch.stack(torch.meshgrid(at, at, indexing="xy"), -1).reshape(-1, 2)
    ink = images.flatten(1) / images.flatten(1).sum(1, keepdim=True)
    centre = ink @ places
    off = places - centre[:, None]
    return centre, torch.einsum("np,npi,npj->nij", ink, off, off)


def bars(n: int) -> torch.Tensor:
    """n upright bars in the middle of 28 x 28 pixels."""
    images = torch.zeros(n, 1, 28, 28)
    images[:, :, 6:22, 13:15] = 1
    return images


def test_they_are_pictures_of_the_same_kind_and_what_came_in_is_left_alone():
    images = mnist.small()[0][:50]
    before = images.clone()
    found = rewritten(images, seeded())
    assert found.shape == images.shape
    assert found.dtype == torch.float32
    assert found.min() >= 0
    assert found.max() <= 1
    assert torch.equal(images, before)


def test_each_is_changed_by_a_draw_of_its_own_that_the_seed_repeats():
    images = bars(6)
    found = rewritten(images, seeded())
    assert torch.equal(found, rewritten(images, seeded()))
    assert not torch.equal(found, rewritten(images, seeded(6)))
    for i in range(6):
        assert not any(torch.equal(found[i], found[k]) for k in range(i))
        assert not torch.equal(found[i], images[i])


def test_a_hand_that_changes_nothing_writes_the_same_digit(only):
    only()
    images = mnist.small()[0][:20]
    assert torch.allclose(rewritten(images, seeded()), images, atol=1e-5)


def test_none_at_all_are_none():
    assert rewritten(torch.zeros(0, 1, 28, 28), seeded()).shape == (0, 1, 28, 28)


def test_turned_bars_lean_either_way_by_no_more_than_is_allowed(only):
    only(TURN=15.0)
    centre, spread = centre_and_spread(rewritten(bars(300), seeded()))
    assert centre.abs().max() < 0.1, "about the middle"
    lean = torch.rad2deg(0.5 * torch.atan2(2 * spread[:, 0, 1], spread[:, 1, 1] - spread[:, 0, 0]))
    assert 13 < lean.max() < 15.5
    assert -15.5 < lean.min() < -13


def test_stretched_bars_are_longer_and_shorter(only):
    only(STRETCH=0.15)
    centre, spread = centre_and_spread(rewritten(bars(300), seeded()))
    assert centre.abs().max() < 0.1
    long = (spread[:, 1, 1] * 12).sqrt()
    assert 17.5 < long.max() < 16 / 0.85 + 0.5
    assert 16 / 1.15 - 0.5 < long.min() < 14.5


def test_slanted_bars_shift_sideways_with_their_height(only):
    only(SLANT=0.25)
    _, spread = centre_and_spread(rewritten(bars(300), seeded()))
    slant = spread[:, 0, 1] / spread[:, 1, 1]
    assert 0.23 < slant.max() < 0.26
    assert -0.26 < slant.min() < -0.23
    assert ((spread[:, 1, 1] * 12).sqrt() - 16).abs().max() < 0.3, "as high as before"


def test_bent_bars_are_no_longer_straight(only):
    only(BEND=1.0)
    found = rewritten(bars(50), seeded())
    rows = found[:, 0, 8:20].double()
    across = (rows * torch.arange(28)).sum(2) / rows.sum(2)  # where each row has its ink
    height = torch.arange(12).double() - 5.5
    straight = (across @ height / height.square().sum())[:, None] * height + across.mean(1, keepdim=True)
    assert (across - straight).abs().amax(1).median() > 0.1
    assert (across - 13.5).abs().max() < 6
