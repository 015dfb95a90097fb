"""APGD: within its ball, never worse than plain PGD for as many passes, and as good as its authors' code."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn

from tests.attacks.methods import HALF, linear, oblong, said, toy
from tests.helpers import WEIGHTS, flat
from trickcore import L2, Attack, Classifier, Linf, away_from, load, towards, trick
from trickcore.attacks import APGD, apgd
from trickcore.attacks.auto_pgd import _Pace, ratio_to_other, ratio_to_target
from trickcore.pictures.drawing import DRAWN, drawn_png


def ran(settings, *, goal=None, seed=0, mask=1.0, x=None):
    x = oblong() if x is None else x
    classifier = toy(linear())
    goal = said(classifier, x) if goal is None else goal
    return classifier, x, list(apgd(classifier, x, goal, settings, mask=mask, seed=seed))


@pytest.mark.parametrize("ball", [Linf(0.05), L2(0.2)])
@pytest.mark.parametrize("mask", [1.0, HALF])
@pytest.mark.parametrize("steps", [1, 2, 7, 40])
def test_every_step_is_within_the_ball_and_moves_only_what_may_move(ball, mask, steps):
    _, x, run = ran(APGD(ball, steps), goal=towards(2), mask=mask)
    assert torch.equal(run[0].x_adv, x)
    assert [step.index for step in run] == list(range(steps + 1))
    for step in run:
        delta = step.x_adv - x
        size = delta.abs().max() if isinstance(ball, Linf) else delta.norm()
        assert size <= ball.eps + 1e-6
        assert step.distance == pytest.approx(size.item(), abs=1e-6)
        assert 0 <= step.x_adv.min() <= step.x_adv.max() <= 1
        if mask is HALF:
            assert not delta[:, :, 2:].any()


def test_on_a_linear_network_it_ends_at_the_best_picture_of_the_ball():
    x, eps = oblong(), 0.05
    k = int((flat(x[None]) @ WEIGHTS.T).argmax())
    _, _, run = ran(APGD(Linf(eps), 30), goal=towards((k + 1) % 4), x=x)
    others = [trick(toy(linear()), x, towards((k + 1) % 4), Attack(Linf(eps), eps / 4, 200))]
    best = max(float(step.probs[(k + 1) % 4]) for run_of in others for step in run_of)
    assert float(run[-1].probs[(k + 1) % 4]) == pytest.approx(best, abs=0.02)


@pytest.mark.parametrize(("steps", "parts"), [(1, 1), (6, 1), (19, 1), (20, 2), (40, 3)])
def test_it_takes_as_many_passes_as_the_plain_loop_and_one_more_for_each_part_after_the_first(steps, parts):
    classifier, x, run = ran(APGD(Linf(1e-4), steps))
    assert int(run[-1].probs.argmax()) == said(classifier, x), "nothing is enough in so small a ball"
    asked = [step.passes for step in run]
    plain = [*trick(toy(linear()), x, towards(2), Attack(Linf(1e-4), 1e-5, steps))][-1].passes
    assert run[-1].passes == plain + parts - 1
    assert asked == sorted(asked)
    net = linear()
    *_, last = apgd(toy(net), x, towards(2), APGD(Linf(1e-4), steps))
    assert last.passes == net.forwards + net.backwards


def test_what_is_wanted_already_needs_no_step_unless_it_is_to_be_surer():
    k = said(toy(linear()), oblong())
    classifier, x, run = ran(APGD(Linf(0.05), 30), goal=towards(k))
    assert [step.index for step in run] == [0]
    assert torch.equal(run[0].x_adv, x)
    assert classifier.net.forwards == 1
    sure = float(run[0].probs[k])
    *_, surer = ran(APGD(Linf(0.5), 30, stop_at=(1 + sure) / 2), goal=towards(k))[2]
    assert surer.index > 0
    assert float(surer.probs[k]) >= (1 + sure) / 2


def spiked(x: torch.Tensor) -> tuple[Classifier, int]:
    """A network in which long steps pass the best place by: the lead over a class falls, and rises again."""

    class Valley(nn.Module):
        def forward(self, at: torch.Tensor) -> torch.Tensor:
            way = 100 * (at - x).flatten(1).mean(1)
            return torch.stack([torch.ones_like(way), 3 - 4 * (way - 0.7).abs(), 0 * way, 0 * way], 1)

    return toy(Valley()), 1


@pytest.mark.parametrize("steps", [2, 3, 4, 6, 11])
def test_the_last_step_is_the_best_of_all(steps):
    x = oblong()
    classifier, target = spiked(x)
    run = list(apgd(classifier, x, towards(target), APGD(Linf(0.02), steps)))
    sure = [float(step.probs[target]) for step in run]
    assert sure[-1] == max(sure)
    away = [1 - float(step.probs[0]) for step in apgd(classifier, x, 0, APGD(Linf(0.02), steps))]
    assert away[-1] == max(away)


def test_it_ends_early_when_it_is_as_sure_as_asked():
    _, _, run = ran(APGD(Linf(0.5), 60, stop_at=0.9), goal=towards(2))
    assert run[-1].probs[2] >= 0.9
    assert len(run) < 61
    assert all(float(step.probs[2]) < 0.9 for step in run[:-1])


def test_the_seed_decides_the_random_starts_and_nothing_else_is_drawn_from():
    before = torch.get_rng_state()
    second = 22  # the first step after the random start: 21 of 30 are the first part's
    runs = [ran(APGD(Linf(1e-3), 30), seed=seed)[2][second].x_adv for seed in (3, 3, 4)]
    assert torch.equal(runs[0], runs[1])
    assert not torch.equal(runs[0], runs[2])
    assert torch.equal(torch.get_rng_state(), before)


def test_with_a_target_the_second_part_goes_on_from_the_best_picture_and_chance_has_no_part():
    goal = towards(int((flat(oblong()[None]) @ WEIGHTS.T)[0].argsort()[0]))
    first, again = (ran(APGD(Linf(1e-3), 30), goal=goal, seed=seed)[2] for seed in (3, 4))
    assert all(torch.equal(one.x_adv, other.x_adv) for one, other in zip(first, again, strict=True))
    sure = [float(step.probs[goal.label]) for step in first[:22]]
    best = first[sure.index(max(sure))].x_adv
    assert (first[22].x_adv - best).abs().max() <= 2 * 1e-3 * 9 / 50 + 1e-6, (
        "one step from it, of 9 steps' first size"
    )


def test_the_ratios_are_the_papers_worked_by_hand():
    logits = torch.tensor([[5.0, 3.0, 2.0, 1.0, 0.0]])
    spread = 5.0 - (2.0 + 1.0) / 2
    assert ratio_to_other(logits, 0, 2).item() == pytest.approx((5.0 - 2.0) / spread)
    assert ratio_to_target(logits, 1).item() == pytest.approx((5.0 - 3.0) / spread)
    assert ratio_to_target(torch.tensor([[1.0, 3.0]]), 0).item() == pytest.approx(2.0 / 2.0), "of two classes"


def test_the_step_is_halved_where_too_few_steps_were_better_and_where_nothing_changed():
    """Checks of 20 steps: after 5 of them, then 4 later, and so on down to every second."""
    falling = _Pace(1.0, 20, 0.75, 10.0)
    halved = []
    for done in range(1, 21):
        falling.better(10.0 - done)
        halved.append(falling.halved(done))
    assert not any(halved), "all steps were better"
    rising = _Pace(1.0, 20, 0.75, 10.0)
    at = []
    for done in range(1, 21):
        rising.better(10.0 + done)
        at += [done] if rising.halved(done) else []
    assert at[:2] == [math.ceil(0.22 * 20), math.ceil(0.22 * 20) + 4]
    assert rising.alpha == pytest.approx(2.0 ** -len(at))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"steps": 0}, "expected steps >= 1, got 0"),
        ({"targets": 0}, "expected targets >= 1, got 0"),
        ({"rho": 0.0}, "expected rho above 0 and at most 1, got 0.0"),
        ({"stop_at": 0.0}, "expected stop_at above 0 and at most 1, got 0.0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(given, says):
    with pytest.raises(ValueError, match=says):
        APGD(Linf(0.1), **given)


@pytest.mark.slow
@pytest.mark.parametrize("steps", [10, 30])
def test_it_tricks_no_fewer_drawn_digits_than_pgd_with_as_many_passes(steps):
    classifier, tricked = load("digits-robust"), np.zeros(2, int)
    for name in DRAWN:
        x = classifier.read(drawn_png(name))
        k, eps = said(classifier, x), 0.34
        attack = Attack(Linf(eps), 2.5 * eps / steps, steps)
        for place, run in enumerate(
            (apgd(classifier, x, k, APGD(Linf(eps), steps)), trick(classifier, x, away_from(k), attack))
        ):
            *_, last = run
            tricked[place] += int(last.probs.argmax()) != k
    assert tricked[0] >= tricked[1]
    assert tricked[0] > 0


@pytest.mark.slow
def test_it_tricks_as_many_digits_as_the_authors_targeted_attack_but_for_one():
    from pyautoattack import AutoAttack

    classifier, eps = load("digits-robust"), 0.34
    x = torch.stack([classifier.read(drawn_png(name)) for name in DRAWN[::2]])
    labels = torch.tensor([said(classifier, one) for one in x])
    judge = AutoAttack(classifier.net, norm="Linf", eps=eps, version="custom", attacks=["apgd-t"], seed=0)
    judge.apgd_targeted.n_iter = 40
    found, _ = judge.run_standard_evaluation(x, labels, batch_size=len(x))
    theirs = int((classifier.net(found).argmax(1) != labels).sum())
    ours = 0
    for one, k in zip(x, labels, strict=True):
        *_, last = apgd(classifier, one, int(k), APGD(Linf(eps), 360))
        ours += int(last.probs.argmax()) != int(k)
    assert ours >= theirs - 1
