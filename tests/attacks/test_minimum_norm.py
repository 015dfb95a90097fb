"""FMN: the least change that is enough, beside distances worked by hand and its authors' own library."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from torch import nn

from tests.attacks.methods import HALF, cat, digit, linear, oblong, said, toy
from tests.helpers import WEIGHTS, Linear, flat
from trickcore import Classifier, towards
from trickcore.attacks import FMN, fmn
from trickcore.attacks.losses import aim_of
from trickcore.attacks.minimum_norm import _Search, project
from trickcore.pictures.drawing import drawn_png
from trickcore.pictures.files import encode, to_8bit

ORDERS = {"l1": 1, "l2": 2, "linf": math.inf}
DUALS = {"l1": math.inf, "l2": 2, "linf": 1}


def ran(settings, *, goal=None, mask=1.0, x=None):
    x = oblong() if x is None else x
    classifier = toy(linear())
    goal = said(classifier, x) if goal is None else goal
    return classifier, x, list(fmn(classifier, x, goal, settings, mask=mask))


def hair_s_breadth() -> tuple[Classifier, torch.Tensor, np.ndarray, float]:
    """A picture that a tenth of a grey level in every value would trick; the slope, and the lead over it."""
    x = oblong()
    at = flat(x[None])[0]
    slope = np.random.default_rng(8).normal(size=30)
    lead = 0.1 / 255 * np.abs(slope).sum()
    slope -= (slope @ at - lead) / (at @ at) * at
    lead = slope @ at
    return toy(Linear(np.stack([slope, np.zeros(30), slope - 9, slope - 9]))), x, slope, lead


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


@pytest.mark.parametrize("norm", ORDERS)
def test_with_a_mask_it_finds_the_distance_along_what_may_move(norm):
    x, free = oblong(), flat(HALF.expand(1, 3, 2, 5))[0] > 0
    logits = flat(x[None])[0] @ WEIGHTS.T
    k = int(logits.argmax())
    slope = WEIGHTS[k] - WEIGHTS[(k + 1) % 4]
    ahead = 0.02 * np.abs(slope[free]).sum()  # so near that no value has to go beyond black or white
    low = np.stack([slope, slope - slope * (ahead / (slope @ flat(x[None])[0])), slope - 9, slope - 9])
    expected = (low[0] - low[1]) @ flat(x[None])[0] / np.linalg.norm((low[0] - low[1])[free], DUALS[norm])
    _, second, *_ = run = list(fmn(toy(Linear(low)), x, 0, FMN(norm, 200, whole_levels=False), mask=HALF))
    if norm == "l2":
        assert second.distance == pytest.approx(1.05 * expected / 2, rel=0.01), "half way, by the slope there"
    assert run[-1].distance == pytest.approx(expected, rel=0.02)


def test_under_l2_a_step_leaves_of_a_small_change_what_it_was():
    """The first alpha, 1, is a hundred times as long as this change, which stands square to the gradient."""
    classifier, x, slope, _ = hair_s_breadth()
    search = _Search(classifier, x[None], aim_of(0), FMN("l2", 100), torch.ones_like(x[None]))
    aside = np.random.default_rng(1).normal(size=30)
    aside -= (aside @ slope) / (slope @ slope) * slope
    before = torch.from_numpy(0.01 * aside / np.linalg.norm(aside)).float().view_as(search.delta)
    search.delta, search.least, search.bound = before, 0.02, 0.01  # a picture that was enough is known
    search.move(0)
    assert (search.delta - before).norm() < 0.6 * search.bound
    assert search.delta.norm() <= search.bound + 1e-6


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


@pytest.mark.parametrize("norm", ["l2", "linf"])
def test_a_change_of_less_than_half_a_level_is_rounded_away_from_the_picture_where_it_takes_that(norm):
    """Under L2 the values with the steepest slopes go, one level each, and no more of them than it takes."""
    classifier, x, slope, lead = hair_s_breadth()
    *_, between = fmn(classifier, x, 0, FMN(norm, 100, whole_levels=False))
    assert (between.x_adv - x).abs().max() < 0.5 / 255, "all its values are nearest to the picture's own"
    *_, last = fmn(classifier, x, 0, FMN(norm, 100))
    assert int(last.probs.argmax()) == 1
    levels = 255 * (last.x_adv - x)
    assert torch.allclose(levels, levels.round(), atol=1e-3)
    assert levels.abs().max() == pytest.approx(1, abs=1e-3)
    enough = 1 + int((np.sort(np.abs(slope))[::-1].cumsum() / 255 <= lead).sum())
    if norm == "l2":
        assert last.distance == pytest.approx(math.sqrt(enough) / 255, rel=1e-3)
    else:
        assert last.distance == pytest.approx(1 / 255, rel=1e-3)


class Between(nn.Module):
    """Says 1 of what lies between two whole levels, and 0 of what is near one."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        height = (torch.pi * 255 * x).sin().square().flatten(1).mean(1)
        return torch.stack([0.5 - height, height - 0.5], 1)


def test_where_no_file_is_enough_it_ends_with_the_least_change_that_is():
    x = oblong() + 0.1 / 255
    classifier = Classifier("between", Between(), ("near", "between"), (2, 5), 3, resize=None)
    *_, last = fmn(classifier, x, 0, FMN("linf", 60, alpha_init=1 / 255, alpha_final=1e-5))
    assert int(last.probs.argmax()) == 1
    assert last.distance == pytest.approx(0.15 / 255, rel=0.05), "a quarter of a level is half way up"


def test_a_photo_s_least_change_under_linf_is_one_whole_level_and_still_enough():
    classifier, x = cat()
    k = said(classifier, x)
    *_, last = fmn(classifier, x, k, FMN("linf", 8))
    saved = classifier.read(encode(to_8bit(last.x_adv)))
    assert said(classifier, saved) != k
    assert last.distance == pytest.approx(1 / 255, rel=1e-4)


class Flattening(nn.Module):
    """A value of black pushes as steeply as all others at first, and at most by 0.05 in the end."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        pushed = (0.05 * (1 - (-20 * x).exp())).flatten(1).sum(1)
        return torch.stack([torch.full_like(pushed, 5.0), pushed], 1)


def test_under_l0_many_values_are_found_within_few_steps_where_the_gradient_promised_that_few_would_do():
    """Five values by the slope, a hundred in truth; one more a step would end at half of them."""
    classifier = Classifier("flattening", Flattening(), ("stays", "goes"), (8, 20), 3, resize=None)
    run = list(fmn(classifier, torch.zeros(3, 8, 20), 0, FMN("l0", 40)))
    assert int(run[-1].probs.argmax()) == 1
    assert 100 < run[-1].distance < 200
    counts = [step.distance for step in run]
    assert all(after <= max(1.5 * before, before + 1, 7) for before, after in itertools.pairwise(counts))


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
