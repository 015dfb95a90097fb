"""Square: it only asks, stays in its ball, and needs about as many questions as its authors' code."""

from __future__ import annotations

import itertools
import statistics

import numpy as np
import pytest
import torch

from tests.attacks.methods import HALF, Closed, digit, linear, oblong, said, toy
from tests.helpers import WEIGHTS, flat
from trickcore import away_from, towards
from trickcore.attacks import Square, square
from trickcore.pictures.drawing import DRAWN, drawn_png

EPS = 8 / 255


def ran(settings, *, goal=None, seed=0, mask=1.0, net=None, x=None):
    x = oblong() if x is None else x
    classifier = toy(net or Closed(linear()))
    goal = said(toy(linear()), x) if goal is None else goal
    return classifier, x, list(square(classifier, x, goal, settings, mask=mask, seed=seed))


@pytest.mark.parametrize("norm", ["linf", "l2"])
@pytest.mark.parametrize("mask", [1.0, HALF])
def test_every_step_is_within_eps_and_0_to_1_and_moves_only_what_may_move(norm, mask):
    eps = 0.2 if norm == "linf" else 0.7
    _, x, run = ran(Square(eps, norm, 80, stop_at=1.0), mask=mask)
    assert torch.equal(run[0].x_adv, x)
    assert run[0].distance == 0
    for step in run:
        delta = step.x_adv - x
        size = delta.abs().max() if norm == "linf" else delta.norm()
        assert size <= eps + 1e-6
        assert step.distance == pytest.approx(size.item(), abs=1e-6)
        assert 0 <= step.x_adv.min() <= step.x_adv.max() <= 1
        if mask is HALF:
            assert not delta[:, :, 2:].any()
    assert (run[-1].x_adv != x).any()


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_each_question_is_counted_and_the_best_picture_so_far_never_gets_worse(norm):
    classifier, _, run = ran(Square(0.05, norm, 60, stop_at=1.0), goal=towards(2))
    assert classifier.net.asked == run[-1].questions == run[-1].passes == 60
    assert [step.index for step in run] == list(range(60)), "a step for each question of a short run"
    losses = [step.loss for step in run[1:]]
    assert all(later <= now + 1e-6 for now, later in itertools.pairwise(losses))


def test_a_long_run_is_told_in_about_250_steps_and_ends_with_its_last_question():
    _, _, run = ran(Square(1e-6, questions=1000, stop_at=1.0))
    assert 240 <= len(run) <= 252
    assert run[-1].questions == 1000


def test_on_a_linear_network_it_finds_the_corner_that_is_worked_by_hand():
    """Of logits that are linear the worst picture within eps is known: each value at its end."""
    x, eps = oblong(), 0.1
    k = int((flat(x[None]) @ WEIGHTS.T).argmax())
    target = (k + 1) % len(WEIGHTS)
    gains = WEIGHTS[target] - WEIGHTS[k]
    best = (flat(x[None])[0] + eps * np.sign(gains)) @ gains
    _, _, run = ran(Square(eps, questions=3000, stop_at=1.0), goal=towards(target), x=x)
    reached = flat(run[-1].x_adv[None])[0] @ gains
    began = flat(x[None])[0] @ gains
    assert reached - began > 0.8 * (best - began)
    assert set(np.round((run[-1].x_adv - x).abs().unique().numpy(), 5)) <= {np.float32(0.1)}, "corners only"


def test_a_change_of_whole_levels_stays_on_the_levels_that_a_file_holds():
    _, _, run = ran(Square(7 / 255, questions=40, stop_at=1.0))
    for step in run:
        levels = 255 * step.x_adv
        assert torch.allclose(levels, levels.round(), atol=1e-3)


def test_it_stops_as_soon_as_it_has_what_is_wanted_or_when_that_is_as_sure_as_asked():
    _, _, soon = ran(Square(0.3, questions=500))
    _, _, sure = ran(Square(0.3, questions=500, stop_at=0.9))
    k = int(soon[0].probs.argmax())
    assert int(soon[-1].probs.argmax()) != k
    assert all(int(step.probs.argmax()) == k for step in soon[:-1])
    assert 1 - sure[-1].probs[k] >= 0.9
    assert len(sure) >= len(soon)


def test_what_is_wanted_already_takes_one_question():
    classifier, x, run = ran(Square(0.3), goal=towards(said(toy(linear()), oblong())))
    assert len(run) == classifier.net.asked == 1
    assert torch.equal(run[0].x_adv, x)


def test_the_seed_decides_and_nothing_else_is_drawn_from():
    before = torch.get_rng_state()
    runs = [ran(Square(0.05, questions=40, stop_at=1.0), seed=seed)[2][-1].x_adv for seed in (3, 3, 4)]
    assert torch.equal(runs[0], runs[1])
    assert not torch.equal(runs[0], runs[2])
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"eps": -1.0}, "expected eps >= 0, got -1.0"),
        ({"eps": 0.1, "norm": "l1"}, "expected norm linf or l2, got 'l1'"),
        ({"eps": 0.1, "questions": 0}, "expected questions >= 1, got 0"),
        ({"eps": 0.1, "p_init": 0.0}, "expected p_init above 0 and at most 1, got 0.0"),
        ({"eps": 0.1, "stop_at": 2.0}, "expected stop_at above 0 and at most 1, got 2.0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(given, says):
    with pytest.raises(ValueError, match=says):
        Square(**given)


@pytest.mark.slow
def test_it_needs_about_as_many_questions_as_the_authors_code_on_drawn_digits():
    from pyautoattack.square import SquareAttack

    classifier, _ = digit()
    ours, theirs = [], []
    for name in DRAWN[:12]:
        x = classifier.read(drawn_png(name))
        k = said(classifier, x)
        *_, last = square(classifier, x, k, Square(76 / 255, questions=1000), seed=1)
        ours.append(last.questions if last.probs.argmax() != k else 1001)
        closed = Closed(classifier.net)
        peer = SquareAttack(closed, norm="Linf", eps=76 / 255, n_queries=1000, seed=1)
        with torch.no_grad():
            peer.perturb(x[None], torch.tensor([k]))
        theirs.append(closed.asked)
    assert statistics.median(ours) <= 1.6 * statistics.median(theirs), (ours, theirs)


def test_away_from_a_class_and_the_class_alone_mean_the_same():
    x = oblong()
    k = said(toy(linear()), x)
    ends = [
        ran(Square(0.05, questions=30, stop_at=1.0), goal=goal)[2][-1].x_adv for goal in (k, away_from(k))
    ]
    assert torch.equal(*ends)
