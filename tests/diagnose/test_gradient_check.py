"""The gradient check, worked by hand: the logits are ten times the means of red, green and blue."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.helpers import plain, softmax
from trickcore import Classifier, Recipe
from trickcore.diagnose.gradient_check import check_gradient
from trickcore.pictures.files import to_png

LEVELS = 4.0
RECIPE = Recipe(target=1, eps=LEVELS, steps=40)
LABELS = ("ash", "birch", "cedar")
GREY = plain(8, 12, 100 / 255, 100 / 255, 100 / 255)


def moved(red: int, green: int, blue: int) -> bytes:
    """Grey, each channel moved by so many levels."""
    return to_png(GREY + torch.tensor([red, green, blue]).view(3, 1, 1) / 255)


@pytest.mark.parametrize(
    ("levels", "blocked"),
    [((-2, 2, -2), 1.0), ((-2, 2, -1), 2 / 3), ((0, 0, 0), 0.0), ((2, -2, 2), 0.0), ((-2, 1, 2), 1 / 3)],
)
def test_blocked_are_the_values_that_epsilon_keeps_from_going_on(colours, levels, blocked):
    towards_green = Recipe(target=1, eps=2.0)  # red and blue go down, green up
    seen = check_gradient(colours, to_png(GREY), moved(*levels), towards_green)
    assert seen.blocked == pytest.approx(blocked)
    assert (seen.dead, seen.free) == (0.0, 1.0)


def test_black_and_white_block_too(colours):
    black_red = plain(8, 12, 0, 1, 100 / 255)
    seen = check_gradient(colours, to_png(black_red), to_png(black_red), Recipe(target=1, eps=2.0))
    assert seen.blocked == pytest.approx(2 / 3), "red is black, green is full, blue may go"


def test_only_what_may_move_counts(colours):
    halves = GREY.clone()
    halves[:, 1:-1, 1:-1] -= 2 / 255  # all but the frame; only red and blue go that way
    inner = check_gradient(colours, to_png(GREY), to_png(halves), Recipe(target=1, eps=2.0))
    frame = check_gradient(colours, to_png(GREY), to_png(halves), Recipe(target=1, eps=2.0, mask="frame"))
    assert inner.blocked == pytest.approx(2 / 3 * 60 / 96)
    assert frame.blocked == 0
    assert frame.free == pytest.approx(36 / 96)


def test_under_l2_the_share_is_the_cosine_between_the_change_and_the_way_down(colours):
    levels = np.array([-3.0, 3.0, 0.0])
    length = math.sqrt((levels**2).mean())
    seen = check_gradient(colours, to_png(GREY), moved(-3, 3, 0), Recipe(target=1, eps=length, norm="l2"))
    chances = softmax(10 * (100 + levels) / 255)
    way = np.array([0, 1, 0]) - chances
    cosine = way @ levels / np.linalg.norm(way) / np.linalg.norm(levels)
    assert seen.blocked == pytest.approx(cosine, abs=1e-5)
    inside = check_gradient(
        colours, to_png(GREY), moved(-3, 3, 0), Recipe(target=1, eps=2 * length, norm="l2")
    )
    assert inside.blocked == 0


class Deaf(nn.Module):
    """Hears red alone; where there is none of it, its answer is no number."""

    def forward(self, x: Tensor) -> Tensor:
        red = x[:, :1].mean((2, 3))
        return torch.cat([red, -red, red / red], 1)


def test_dead_is_the_share_of_gradients_that_are_zero_or_no_number_at_the_worse_of_the_two_pictures():
    deaf = Classifier("deaf", Deaf(), LABELS, (8, 12))
    black = to_png(plain(8, 12, 0, 0.5, 0.5))
    assert check_gradient(deaf, to_png(GREY), moved(1, 0, 0), RECIPE).dead == pytest.approx(2 / 3)
    assert check_gradient(deaf, black, to_png(GREY), RECIPE).dead == 1
    assert check_gradient(deaf, to_png(GREY), black, RECIPE).dead == 1
