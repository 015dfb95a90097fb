"""FMN: the least change that is enough, beside distances worked by hand and its authors' own library."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from tests.attacks.methods import HALF, digit, linear, oblong, said, toy
from tests.helpers import WEIGHTS, flat
from trickcore import towards
from trickcore.attacks import FMN, fmn
from trickcore.attacks.minimum_norm import project
from trickcore.pictures.drawing import drawn_png
from trickcore.pictures.files import encode, to_8bit

ORDERS = {"l1": 1, "l2": 2, "linf": math.inf}
DUALS = {"l1": math.inf, "l2": 2, "linf": 1}


def ran(settings, *, goal=None, mask=1.0, x=None):
    x = oblong() if x is None else x
    classifier = toy(linear())
    goal = said(classifier, x) if goal is None else goal
    return classifier, x, list(fmn(classifier, x, goal, settings, mask=mask))


@pytest.mark.parametrize("norm", ORDERS)
def test_on_a_linear_network_it_finds_the_distance_to_the_border(norm):
    """The distance to a plane is the lead over the dual norm of its slope; the nearest class is the least."""
    x = oblong()
    logits = flat(x[None])[0] @ WEIGHTS.T
    k = int(logits.argmax())
    distances = [
        (logits[k] - logits[j]) / np.linalg.norm(WEIGHTS[k] - WEIGHTS[j], DUALS[norm])
        for j in range(len(WEIGHTS))
        if j != k
    ]
    _, _, run = ran(FMN(norm, 200, whole_levels=False), x=x)
    assert int(run[-1].probs.argmax()) != k
    assert run[-1].distance == pytest.approx(min(distances), rel=0.02)
    assert run[-1].distance >= min(distances) * 0.999


@pytest.mark.parametrize("norm", ["l0", *ORDERS])
@pytest.mark.parametrize("mask", [1.0, HALF])
def test_steps_stay_in_0_to_1_say_their_norm_and_move_only_what_may_move(norm, mask):
    _, x, run = ran(FMN(norm, 40), goal=towards(2), mask=mask)
    assert torch.equal(run[0].x_adv, x)
    assert [step.index for step in run] == list(range(41))
    for step in run:
        delta = step.x_adv - x
        expected = (delta != 0).sum() if norm == "l0" else torch.linalg.vector_norm(delta, ORDERS[norm])
        assert step.distance == pytest.approx(float(expected), abs=1e-5)
        assert 0 <= step.x_adv.min() <= step.x_adv.max() <= 1
        if mask is HALF:
            assert not delta[:, :, 2:].any()


def test_a_step_is_a_pass_forward_and_one_back_and_the_end_a_few_forward():
    classifier, _, run = ran(FMN("l2", 30, whole_levels=False), goal=towards(2))
    assert [step.passes for step in run[:30]] == [2 * (k + 1) for k in range(30)]
    assert run[-1].passes == 62
    assert classifier.net.forwards + classifier.net.backwards == 62


@pytest.mark.parametrize("norm", ["l0", "l1", "l2", "linf"])
def test_a_digits_least_change_is_still_enough_once_it_is_saved(norm):
    classifier, x = digit("5")
    *_, last = fmn(classifier, x, towards(3), FMN(norm, 60))
    saved = classifier.read(encode(to_8bit(last.x_adv)))
    assert said(classifier, saved) == 3
    assert torch.allclose(saved, last.x_adv, atol=1e-6), "it was of whole levels already"


def test_what_is_wanted_already_needs_no_change():
    classifier, x, run = ran(FMN("l2", 30), goal=towards(said(toy(linear()), oblong())))
    assert [step.distance for step in run] == [0]
    assert torch.equal(run[0].x_adv, x)
    assert classifier.net.forwards == 1


def test_where_nothing_is_enough_it_ends_nearest_to_it():
    nothing = torch.zeros_like(HALF)
    nothing[:, 0, 0] = 1
    least = int((flat(oblong()[None]) @ WEIGHTS.T)[0].argmin())
    _, _, run = ran(FMN("l2", 30), goal=towards(least), mask=nothing)
    assert int(run[-1].probs.argmax()) != least, "one pixel is not enough"
    margins = [float(step.probs.log().topk(2).values[0] - step.probs.log()[least]) for step in run]
    assert margins[-1] == pytest.approx(min(margins), abs=1e-4)
    assert margins[-1] < margins[0]


@pytest.mark.parametrize("bound", [0.5, 2.0, 1e9])
def test_the_projection_on_an_l1_ball_is_the_nearest_point_of_it(bound):
    """Beside a search for the amount that every value is drawn in by."""
    delta = torch.from_numpy(np.random.default_rng(0).normal(size=(1, 3, 2, 5)).astype(np.float32))
    found = project(delta, bound, "l1")
    low, high = 0.0, float(delta.abs().max())
    for _ in range(60):
        by = (low + high) / 2
        low, high = (by, high) if (delta.abs() - by).clamp_min(0).sum() > bound else (low, by)
    expected = delta if delta.abs().sum() <= bound else delta.sign() * (delta.abs() - high).clamp_min(0)
    assert torch.allclose(found, expected, atol=1e-5)
    assert found.abs().sum() <= bound + 1e-4


def test_the_projection_under_l0_keeps_the_largest_values():
    delta = torch.tensor([[[[0.1, -0.9, 0.3, 0.2]]]])
    assert project(delta, 2, "l0").tolist() == [[[[0, pytest.approx(-0.9), pytest.approx(0.3), 0]]]]
    assert torch.equal(project(delta, 9, "l0"), delta)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"norm": "l3"}, "expected norm l0, l1, l2, linf, got 'l3'"),
        ({"steps": 0}, "expected steps >= 1, got 0"),
        ({"alpha_final": 2.0}, "expected 0 < alpha_final <= alpha_init, got 2.0 and 1.0"),
        ({"gamma_init": 1.0}, "expected 0 < gamma_final <= gamma_init < 1, got 0.001 and 1.0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(given, says):
    with pytest.raises(ValueError, match=says):
        FMN(**given)


@pytest.mark.slow
def test_it_comes_as_near_as_foolbox_ddn_on_drawn_digits():
    import foolbox

    classifier, _ = digit()
    names = [str(d) for d in range(10)]
    x = torch.stack([classifier.read(drawn_png(name)) for name in names])
    labels = torch.tensor([said(classifier, one) for one in x])
    net = foolbox.PyTorchModel(classifier.net, bounds=(0, 1))
    _, found, _ = foolbox.attacks.DDNAttack(steps=60)(
        net, x, foolbox.criteria.Misclassification(labels), epsilons=None
    )
    theirs = np.median((found - x).flatten(1).norm(dim=1).numpy())
    ours = [
        [*fmn(classifier, one, int(k), FMN("l2", 60, whole_levels=False))][-1].distance
        for one, k in zip(x, labels, strict=True)
    ]
    assert np.median(ours) <= 1.02 * theirs
