"""Where a sticker lies: pixel by pixel, on oblong pictures, beside the geometry of a turned square."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from trickcore.attacks.any_photo.placements import Placements, drawn, outline, stuck, texture_side
from trickcore.attacks.any_photo.settings import SHAPES

SIZE = (40, 70)


def one(half: float, turn: float = 0.0, right: float = 0.0, down: float = 0.0) -> Placements:
    return Placements(*(torch.tensor([value]) for value in (half, math.radians(turn), right, down)))


def covered(shape: str, where: Placements, side: int = 64) -> np.ndarray:
    """(H, W): how much of each pixel of a black picture a white sticker covers."""
    black = torch.zeros(1, 1, *SIZE)
    return stuck(black, torch.ones(1, side, side), outline(shape, side), where)[0, 0].numpy()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("turn", [0, 20])
def test_it_covers_the_share_of_the_picture_that_was_asked_for(shape, turn):
    for area in (0.05, 0.1, 0.2):
        where = drawn(8, shape, (area, area), turn, SIZE, torch.Generator().manual_seed(1))
        shares = []
        for k in range(8):
            own = Placements(*(values[k : k + 1] for values in where.all()))
            shares.append(covered(shape, own).mean())
        assert np.mean(shares) == pytest.approx(area, rel=0.05)
        assert np.ptp(shares) < 0.2 * area, "where its edges fall between pixels"


def test_a_turned_square_covers_the_pixels_that_geometry_says():
    half, turn, right, down = 9.0, 20.0, 11.5, -4.5
    y, x = np.mgrid[: SIZE[0], : SIZE[1]] + 0.5
    x, y = x - SIZE[1] / 2 - right, y - SIZE[0] / 2 - down
    angle = math.radians(turn)
    along, across = x * math.cos(angle) + y * math.sin(angle), y * math.cos(angle) - x * math.sin(angle)
    inside = np.maximum(abs(along), abs(across)) / half
    found = covered("square", one(half, turn, right, down))
    assert (found[inside < 0.92] > 0.99).all()
    assert (found[inside > 1.08] < 0.01).all()


def test_what_is_to_the_right_and_up_on_the_sticker_is_so_on_the_picture():
    texture = torch.zeros(1, 32, 32)
    texture[:, :16, 16:] = 1  # its upper right quarter
    found = stuck(torch.zeros(1, 1, *SIZE), texture, outline("square", 32), one(12.0, 0, 5.0, 3.0))[0, 0]
    y, x = np.nonzero(found.numpy() > 0.5)
    assert x.mean() + 0.5 == pytest.approx(35 + 5 + 6, abs=0.6)
    assert y.mean() + 0.5 == pytest.approx(20 + 3 - 6, abs=0.6)
    turned = stuck(torch.zeros(1, 1, *SIZE), texture, outline("square", 32), one(12.0, 90))[0, 0]
    y, x = np.nonzero(turned.numpy() > 0.5)
    assert x.mean() > 35, "clockwise by a quarter, the upper right quarter comes to lie at the lower right"
    assert y.mean() > 20


@pytest.mark.parametrize("shape", SHAPES)
def test_the_whole_sticker_is_within_the_picture_wherever_it_is_put(shape):
    where = drawn(200, shape, (0.1, 0.2), 22.5, SIZE, torch.Generator().manual_seed(2))
    black = torch.zeros(200, 1, *SIZE)
    found = stuck(black, torch.ones(1, 64, 64), outline(shape, 64), where)[:, 0]
    areas = (4 if shape == "square" else math.pi) * where.half**2
    lost = 1 - found.sum((1, 2)) / areas
    assert lost.max() < 0.1, "none of it is cut off"
    assert lost.abs().mean() < 0.04
    middles = torch.stack([where.right, where.down], 1)
    assert (middles.std(0) > 3).all(), "and it is put everywhere"
    assert where.turn.abs().max() <= math.radians(22.5)
    assert where.turn.std() > math.radians(8)


def test_beside_the_sticker_nothing_changes_and_each_picture_has_its_own_place():
    x = torch.rand(2, 3, *SIZE, generator=torch.Generator().manual_seed(3))
    where = Placements(
        torch.tensor([6.0, 6.0]), torch.zeros(2), torch.tensor([-20.0, 20.0]), torch.tensor([0.0, 5.0])
    )
    grey = torch.full((3, 12, 12), 0.5)
    found = stuck(x, grey, outline("round", 12), where)
    changed = (found != x).any(1)
    assert changed[0, :, 35:].sum() == 0
    assert changed[1, :, :35].sum() == 0
    for k in range(2):
        assert math.pi * 5**2 < changed[k].sum() < math.pi * 7.5**2


def test_the_texture_has_a_pixel_for_each_of_the_pictures():
    assert texture_side("square", 0.25, (100, 100)) == 50
    assert texture_side("round", math.pi / 16, (100, 100)) == 50
    assert outline("square", 7).sum() == 49
    assert outline("round", 100).sum() == pytest.approx(math.pi * 50**2, rel=0.01)
    with pytest.raises(ValueError, match="expected one of round, square, got 'star'"):
        outline("star", 10)
