"""HopSkipJump: labels alone, never more questions than allowed, and home as near as the border lets it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from tests.attacks.methods import HALF, Closed, digit, linear, oblong, said, toy
from tests.helpers import WEIGHTS, flat
from trickcore import towards
from trickcore.attacks import HopSkipJump, hopskipjump
from trickcore.pictures.drawing import drawn_png
from trickcore.pictures.files import encode, to_8bit


class OneHot(nn.Module):
    """Tells only which answer wins."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x):
        logits = self.net(x)
        return 50.0 * nn.functional.one_hot(logits.argmax(1), logits.shape[1]).float()


def other(x, k: int):
    """A picture of the same net that is another class."""
    net = toy(linear())
    return next(oblong(seed) for seed in range(100) if said(net, oblong(seed)) != k)


def ran(settings, *, goal=None, seed=0, mask=1.0, net=None, x=None):
    x = oblong() if x is None else x
    classifier = toy(Closed(net or linear()))
    goal = said(toy(linear()), x) if goal is None else goal
    return classifier, x, list(hopskipjump(classifier, x, goal, settings, mask=mask, seed=seed))


def test_it_starts_at_the_picture_given_and_every_picture_after_that_is_what_is_wanted():
    x = oblong()
    k = said(toy(linear()), x)
    start = other(x, k)
    _, _, run = ran(HopSkipJump(questions=400, start=start), x=x)
    assert torch.equal(run[0].x_adv, x)
    assert torch.equal(run[1].x_adv, start)
    assert all(said(toy(linear()), step.x_adv) != k for step in run[1:])
    assert run[-1].distance < run[1].distance


@pytest.mark.parametrize("norm", ["l2", "linf"])
def test_on_a_linear_network_it_comes_home_to_the_border(norm):
    x = oblong()
    logits = flat(x[None])[0] @ WEIGHTS.T
    k, dual = int(logits.argmax()), {"l2": 2, "linf": 1}[norm]
    nearest = min(
        (logits[k] - logits[j]) / np.linalg.norm(WEIGHTS[k] - WEIGHTS[j], dual) for j in range(4) if j != k
    )
    settings = HopSkipJump(norm, 4000, start=other(x, k), whole_levels=False)
    _, _, run = ran(settings, x=x)
    assert nearest * 0.999 <= run[-1].distance <= 1.25 * nearest
    assert run[-1].distance == min(step.distance for step in run[1:])


@pytest.mark.parametrize("questions", [1, 2, 12, 60, 333])
def test_it_never_asks_more_than_it_may(questions):
    classifier, _x, run = ran(
        HopSkipJump(questions=questions, start=other(oblong(), said(toy(linear()), oblong())))
    )
    shown = len(run)
    assert run[-1].questions <= questions
    assert classifier.net.asked == run[-1].questions + shown, "what the chart shows is asked beside"
    assert [step.questions for step in run] == sorted(step.questions for step in run)


def test_a_network_that_tells_only_its_label_gives_the_same_pictures():
    start = other(oblong(), said(toy(linear()), oblong()))
    runs = [ran(HopSkipJump(questions=300, start=start), net=net)[2] for net in (linear(), OneHot(linear()))]
    assert [step.index for step in runs[0]] == [step.index for step in runs[1]]
    assert all(torch.equal(a.x_adv, b.x_adv) for a, b in zip(*runs, strict=True))


def test_only_what_may_move_moves_and_a_start_that_is_not_enough_there_is_refused():
    x = oblong()
    k = said(toy(linear()), x)
    net = toy(linear())
    for seed in range(200):
        start = x + HALF * (oblong(seed) - x)
        if said(net, start) != k:
            break
    _, _, run = ran(HopSkipJump(questions=300, start=oblong(seed)), mask=HALF)
    assert all(not (step.x_adv - x)[:, :, 2:].any() for step in run)
    with pytest.raises(ValueError, match="with the picture itself outside of the mask, got one that is read"):
        ran(HopSkipJump(questions=300, start=x), mask=HALF)


def test_a_target_needs_a_start_that_is_read_as_it():
    target = (said(toy(linear()), oblong()) + 1) % 4
    with pytest.raises(ValueError, match="got none: a target is not found in random noise"):
        ran(HopSkipJump(), goal=towards(target))
    with pytest.raises(ValueError, match="expected a start that is read as"):
        ran(HopSkipJump(start=oblong()), goal=towards(target))
    with pytest.raises(ValueError, match="expected a start of the picture's shape"):
        ran(HopSkipJump(start=torch.zeros(3, 4, 4)), goal=towards(target))


def test_without_a_start_random_noise_is_asked_about():
    _, x, run = ran(HopSkipJump(questions=300))
    k = said(toy(linear()), x)
    assert run[1].distance > 0
    assert int(run[-1].probs.argmax()) != k


def test_the_seed_decides_and_nothing_else_is_drawn_from():
    before = torch.get_rng_state()
    start = other(oblong(), said(toy(linear()), oblong()))
    ends = [
        ran(HopSkipJump(questions=300, start=start, whole_levels=False), seed=s)[2][-1].x_adv
        for s in (1, 1, 2)
    ]
    assert torch.equal(ends[0], ends[1])
    assert not torch.equal(ends[0], ends[2])
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("norm", ["l2", "linf"])
def test_a_digit_walks_home_and_its_file_is_still_what_was_wanted(norm):
    classifier, x = digit("5")
    start = classifier.read(drawn_png("8"))
    run = list(hopskipjump(classifier, x, towards(8), HopSkipJump(norm, 800, start=start)))
    saved = classifier.read(encode(to_8bit(run[-1].x_adv)))
    assert said(classifier, saved) == 8
    assert torch.allclose(saved, run[-1].x_adv, atol=1e-6), "it was of whole levels already"
    assert run[-1].distance < 0.7 * run[1].distance


def test_what_is_wanted_already_takes_one_question():
    _, _, run = ran(HopSkipJump(), goal=towards(said(toy(linear()), oblong())))
    assert [(step.questions, step.distance) for step in run] == [(1, 0)]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"norm": "l1"}, "expected norm l2 or linf, got 'l1'"),
        ({"questions": 0}, "expected questions >= 1, got 0"),
        ({"gamma": 0.0}, "expected gamma > 0, got 0.0"),
        ({"initial": 0}, "expected initial >= 1, got 0"),
        ({"most": 0}, "expected most >= 1, got 0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(given, says):
    with pytest.raises(ValueError, match=says):
        HopSkipJump(**given)
