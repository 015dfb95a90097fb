"""HopSkipJump: labels alone, never more questions than allowed, and home as near as the border lets it."""

from __future__ import annotations

import math
from typing import Any

import foolbox
import numpy as np
import pytest
import torch
from foolbox.attacks import HopSkipJumpAttack
from torch import Tensor, nn

from tests.attacks.methods import HALF, Closed, cat, digit, linear, oblong, said, toy
from tests.helpers import SHAPE, WEIGHTS, Linear, flat, softmax
from trickcore import Classifier, away_from, engine, load, towards
from trickcore.attacks import HopSkipJump, hopskipjump
from trickcore.networks.classifier import answer
from trickcore.pictures.drawing import drawn_png
from trickcore.pictures.files import encode, to_8bit, to_png
from trickcore.pictures.samples import sample

BOTH = pytest.mark.parametrize("norm", ["l2", "linf"])


class OneHot(nn.Module):
    """Tells only which answer wins."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x):
        logits = self.net(x)
        return 50.0 * nn.functional.one_hot(logits.argmax(1), logits.shape[1]).float()


class Above(nn.Module):
    """The second class where a weighted sum of the values is above a threshold."""

    def __init__(self, weights: np.ndarray, threshold: float) -> None:
        super().__init__()
        self.weights, self.threshold = torch.from_numpy(weights), threshold

    def forward(self, x):
        above = x.flatten(1).double() @ self.weights - self.threshold
        return torch.stack([torch.zeros_like(above), above], 1).float()


def filed(x: Tensor) -> Tensor:
    """The picture that a file keeps of pixels (3, H, W)."""
    return torch.from_numpy(to_8bit(x).copy()).permute(2, 0, 1).float() / 255


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


@BOTH
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


@BOTH
@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("given", [False, True])
@pytest.mark.parametrize("questions", [1, 2, 12, 14, 15, 60, 333, 1203])
def test_it_never_asks_more_than_it_may_and_ends_as_a_file(norm, whole, given, questions):
    k = said(toy(linear()), oblong())
    start = other(oblong(), k) if given else None
    classifier, _x, run = ran(HopSkipJump(norm, questions, start=start, whole_levels=whole))
    shown = len(run)
    assert questions < 1203 or run[-1].questions > questions - 60
    if questions > 1:
        assert said(toy(linear()), run[-1].x_adv) != k
    if whole:
        assert torch.equal(run[-1].x_adv, filed(run[-1].x_adv))
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
    with pytest.raises(ValueError, match="only the pixels inside of the mask come from it, it is read"):
        ran(HopSkipJump(questions=300, start=x), mask=HALF)


def plane(norm: str, values: Tensor | float = 1.0) -> tuple[Classifier, Tensor, float]:
    """Two classes, a picture in mid grey, and how far their border is for values (3, 2, 5) that may move."""
    drawn = np.random.default_rng(8)
    weights, x = drawn.normal(size=SHAPE), drawn.uniform(0.4, 0.6, SHAPE).astype(np.float32)
    lead = float((weights * x).sum())
    weights *= np.sign(lead)
    moving = weights * np.broadcast_to(np.asarray(values), SHAPE)
    nearest = abs(lead) / np.linalg.norm(moving.ravel(), {"l2": 2, "linf": 1}[norm])
    net = Closed(Linear(np.stack([weights.ravel(), np.zeros(30)])))
    return toy(net), torch.from_numpy(x), float(nearest)


@BOTH
@pytest.mark.parametrize("mask", [1.0, HALF], ids=["everywhere", "masked"])
def test_the_nearest_point_of_a_plane_is_found_within_a_few_per_cent(norm, mask):
    classifier, x, nearest = plane(norm, mask)
    settings = HopSkipJump(norm, 4000, whole_levels=False)
    *_, end = hopskipjump(classifier, x, away_from(0), settings, mask=mask)
    assert nearest * (1 - 1e-5) <= end.distance <= 1.04 * nearest


def test_the_first_search_ends_where_the_straight_line_crosses_the_border():
    classifier, x, _ = plane("l2")
    net: Any = classifier.net
    w = net.net.weights[0]
    start = 0.5 - 0.5 * w.view(SHAPE).sign()
    _, _, border, *_ = hopskipjump(classifier, x, 0, HopSkipJump(questions=300, start=start))
    here, there, found = (flat(one[None])[0] for one in (x, start, border.x_adv))
    w = w.double().numpy()
    crossing = (w @ here) / (w @ here - w @ there)
    share = (found - here) @ (there - here) / ((there - here) @ (there - here))
    assert crossing <= share + 1e-6 <= crossing + 1 / 30**1.5 + 2e-6  # within gamma / d^1.5 of the way
    np.testing.assert_allclose(found, here + share * (there - here), atol=1e-6)


def test_under_l_infinity_the_first_search_holds_every_value_within_one_bound():
    x = oblong()
    start = other(x, said(toy(linear()), x))
    _, _, run = ran(HopSkipJump("linf", start=start), x=x)
    change, bound = flat((start - x)[None])[0], run[2].distance
    expected = flat(x[None])[0] + change.clip(-bound, bound)
    np.testing.assert_allclose(flat(run[2].x_adv[None])[0], expected, atol=1e-6)
    assert 0 < bound < run[1].distance == pytest.approx(abs(change).max(), abs=1e-6)


@BOTH
@pytest.mark.parametrize("targeted", [False, True])
def test_every_step_says_what_numpy_says_of_its_picture(norm, targeted):
    x = oblong()
    own = said(toy(linear()), x)
    start = other(x, own)
    target = said(toy(linear()), start)
    goal = towards(target) if targeted else away_from(own)
    _, _, run = ran(HopSkipJump(norm, 900, start=start if targeted else None), goal=goal, x=x)
    assert len(run) > 6
    for step in run:
        expected = softmax(flat(step.x_adv[None])[0] @ WEIGHTS.T)
        np.testing.assert_allclose(step.probs.numpy(), expected, rtol=1e-4)
        loss = -np.log(expected[target]) if targeted else np.log(expected[own])
        assert step.loss == pytest.approx(loss, rel=1e-4, abs=1e-5)
        size = np.linalg.norm(flat((step.x_adv - x)[None])[0], {"l2": 2, "linf": np.inf}[norm])
        assert step.distance == pytest.approx(size, abs=1e-6)
        assert 0 <= step.x_adv.min() <= step.x_adv.max() <= 1
        assert step.index == step.questions - 1 == step.passes - 1
        assert not step.index or (expected.argmax() == target if targeted else expected.argmax() != own)
    assert len({step.index for step in run}) == len(run)


def test_where_rounding_alone_would_undo_it_the_file_is_a_little_farther_off():
    """The border is a third of a grey level away: to the nearest level every value would go back."""
    x, w = torch.full(SHAPE, 100 / 255), np.random.default_rng(1).uniform(0.5, 1.5, 30)
    net = Above(w, w.sum() * 100.33 / 255)
    classifier = Classifier("above", net, ("dark", "bright"), SHAPE[1:])
    ends = [
        list(hopskipjump(classifier, x, 0, HopSkipJump(questions=1500, whole_levels=whole)))[-1]
        for whole in (False, True)
    ]
    assert said(classifier, filed(ends[0].x_adv)) == 0
    saved = filed(ends[1].x_adv)
    assert torch.equal(saved, ends[1].x_adv)
    assert said(classifier, saved) == 1
    assert ends[0].distance < ends[1].distance <= math.sqrt(30) / 255


def test_noise_that_never_is_another_class_is_given_up_with_a_sentence():
    classifier = toy(Closed(linear(0.0)))  # says a whatever it sees
    with pytest.raises(ValueError, match="of 200 pictures of random colours none is read as anything but a"):
        list(hopskipjump(classifier, oblong(), 0, HopSkipJump()))
    (step,) = hopskipjump(classifier, oblong(), 0, HopSkipJump(questions=150))  # it gives what it has
    assert step.index == 0


def test_a_target_needs_a_start_that_is_read_as_it():
    target = (said(toy(linear()), oblong()) + 1) % 4
    with pytest.raises(ValueError, match="got none, and a target is not found in random noise"):
        ran(HopSkipJump(), goal=towards(target))
    with pytest.raises(ValueError, match="expected a start that is read as"):
        ran(HopSkipJump(start=oblong()), goal=towards(target))
    with pytest.raises(ValueError, match="expected a start of the picture's shape"):
        ran(HopSkipJump(start=torch.zeros(3, 4, 4)), goal=towards(target))
    with pytest.raises(ValueError, match=r"expected pixels in \[0, 1\], got 2 to 2"):
        ran(HopSkipJump(start=torch.full(SHAPE, 2.0)), goal=towards(target))
    with pytest.raises(ValueError, match="expected labels from 0 to 3, got 4"):
        ran(HopSkipJump(start=oblong()), goal=towards(4))


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


@BOTH
def test_a_digit_walks_home_and_its_file_is_still_what_was_wanted(norm):
    classifier, x = digit("5")
    start = classifier.read(drawn_png("8"))
    run = list(hopskipjump(classifier, x, towards(8), HopSkipJump(norm, 800, start=start)))
    saved = classifier.read(encode(to_8bit(run[-1].x_adv)))
    assert said(classifier, saved) == 8
    assert torch.allclose(saved, run[-1].x_adv, atol=1e-6), "it was of whole levels already"
    assert run[-1].distance < 0.7 * run[1].distance


def test_digits_come_as_near_as_foolbox_s_from_the_same_start():
    pairs = (("3", "8"), ("7", "1"), ("5", "6"))

    def ratios() -> list[float]:
        net, found = load("digits-standard"), []
        for picture, begin in pairs:
            x, start = net.read(drawn_png(picture)), net.read(drawn_png(begin))
            own = answer(net, x)
            settings = HopSkipJump(questions=2000, start=start, whole_levels=False)
            *_, end = hopskipjump(net, x, own, settings)
            model = foolbox.PyTorchModel(net.net, bounds=(0, 1), device="cpu")
            wrong = foolbox.criteria.Misclassification(torch.tensor([own]))
            with torch.random.fork_rng():
                torch.manual_seed(0)
                peer = HopSkipJumpAttack(steps=10)  # 2,247 probes and the searches beside
                theirs = peer.run(model, x[None], wrong, starting_points=start[None])
            found.append(end.distance / (theirs - x).norm().item())
        return found

    assert np.median(engine.call(ratios)) <= 1.1


@BOTH
@pytest.mark.parametrize("name", ["digits-standard", "digits-robust"])
def test_for_every_digit_there_is_noise_that_is_another(name, norm):
    def runs() -> list[tuple[float, float, int, int]]:
        net, found = load(name), []
        for drawn in map(str, range(10)):
            x = net.read(drawn_png(drawn))
            _, start, *_, end = hopskipjump(net, x, answer(net, x), HopSkipJump(norm, 400))
            saved = net.read(to_png(end.x_adv))
            found.append((start.distance, end.distance, answer(net, x), answer(net, saved)))
        return found

    for far, near, own, label in engine.call(runs):
        assert label != own
        assert near < 0.7 * far


def test_a_rocket_walks_home_to_a_cat_for_as_long_as_it_is_read_as_a_rocket():
    classifier, x = cat()
    start = classifier.read(sample("rocket"))
    target = answer(classifier, start)
    run = list(hopskipjump(classifier, x, towards(target), HopSkipJump(questions=170, start=start)))
    assert all(int(step.probs.argmax()) == target for step in run[1:])
    assert run[-1].distance < 0.95 * run[1].distance  # 170 questions are few
    assert answer(classifier, classifier.read(to_png(run[-1].x_adv))) == target


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
