"""BlackBox: every picture is a question, none of them with a gradient, and at most a few at once."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from tests.attacks.methods import Closed, linear, oblong
from trickcore.attacks.black_box import BlackBox


class Batches(nn.Module):
    """Notes how many pictures it was given at once."""

    def __init__(self) -> None:
        super().__init__()
        self.net = linear()
        self.sizes: list[int] = []

    def forward(self, x):
        self.sizes.append(len(x))
        return self.net(x)


def test_questions_are_counted_by_the_picture_and_answered_as_by_the_network():
    box, x = BlackBox(Closed(linear())), torch.stack([oblong(k) for k in range(6)])
    expected = linear()(x)
    assert torch.allclose(box.probabilities(x), expected.softmax(1), atol=1e-6)
    assert torch.equal(box.labels(x[:2]), expected[:2].argmax(1))
    assert box.asked == 8


def test_what_is_shown_in_a_chart_is_no_question():
    box = BlackBox(Closed(linear()))
    assert float(box.shown(oblong()[None]).sum()) == pytest.approx(1)
    assert box.asked == 0


def test_pictures_that_ask_for_a_gradient_get_none():
    x = oblong()[None].requires_grad_()
    assert not BlackBox(Closed(linear())).probabilities(x).requires_grad


def test_few_pictures_go_through_at_once_so_that_others_have_their_turn():
    net = Batches()
    BlackBox(net, at_once=4).labels(torch.stack([oblong(k) for k in range(9)]))
    assert net.sizes == [4, 4, 1]
