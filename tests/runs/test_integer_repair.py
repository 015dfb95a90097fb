"""The lattice: every iterate is a file, a step goes where it counts most, what rounding undid is mended."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.helpers import WEIGHTS, flat, gradient, softmax
from trickcore import Classifier, Recipe, away_from, engine, load, measure, towards
from trickcore.attacks import masks
from trickcore.attacks.balls import L2, Linf
from trickcore.pictures import samples
from trickcore.pictures.drawing import drawn_png
from trickcore.pictures.files import encode, read_image, to_png
from trickcore.runs import frames as film
from trickcore.runs import integer_repair
from trickcore.runs.frames import Frame

FIVE = drawn_png("5")


def levels(x: Tensor) -> np.ndarray:
    return np.rint(x.double().numpy() * 255)


@pytest.fixture
def file(x: Tensor) -> Tensor:
    """A picture in whole levels, away from black and white but for two values."""
    whole = (x[0] * 235 + 10).round()
    whole[0, 0, 0], whole[0, 0, 1] = 0, 255
    return whole / 255


@pytest.fixture
def broad(x: Tensor) -> Classifier:
    """The hand-worked linear network, its weights small so that no answer is certain."""
    from tests.helpers import Linear

    return Classifier("toy", Linear(WEIGHTS / 10), ("ash", "birch", "cedar", "date"), (2, 5))


def test_a_step_moves_the_strongest_fifth_of_what_may_move_by_one_level_down_the_gradient(broad, file):
    steps = list(integer_repair.repair(broad, file, file, towards(2), Linf(3 / 255), steps=1, lead=2))
    assert [step.index for step in steps] == [0, 1]
    assert torch.equal(steps[0].x_adv, file)
    weights = (WEIGHTS / 10).astype(np.float32).astype(np.float64)
    grad = gradient(weights, flat(file[None]), np.array([2]))[0]
    begin, end = (levels(step.x_adv).ravel() for step in steps)
    way = -np.sign(grad)
    free = (begin + way >= 0) & (begin + way <= 255)
    assert 0 < (~free).sum() < 3, "black or white keeps at least one of the two"
    strongest = np.argsort(np.where(free, -np.abs(grad), 0))[: round(0.2 * free.sum())]
    expected = begin.copy()
    expected[strongest] += way[strongest]
    np.testing.assert_array_equal(end, expected)


def test_probabilities_loss_and_distance_are_those_of_the_file(broad, file):
    *_, step = integer_repair.repair(broad, file, file, towards(2), Linf(3 / 255), steps=4, lead=2)
    weights = (WEIGHTS / 10).astype(np.float32).astype(np.float64)
    probs = softmax(flat(step.x_adv[None]) @ weights.T)[0]
    np.testing.assert_allclose(step.probs.numpy(), probs, rtol=1e-4)
    assert step.loss == pytest.approx(-math.log(probs[2]), rel=1e-4)
    assert step.distance * 255 == pytest.approx(np.abs(levels(step.x_adv) - levels(file)).max(), abs=1e-3)


class Bowl(nn.Module):
    """Surest of class 0 where the mean is 127.42 levels: a step too far makes it worse."""

    def forward(self, x: Tensor) -> Tensor:
        off = 255 * x.double().mean((1, 2, 3)) - 127.42
        return torch.stack([2 - 4 * off.square(), torch.zeros_like(off)], 1)


def test_a_step_that_raises_the_loss_is_taken_back_and_tried_with_half_as_many():
    bowl = Classifier("bowl", Bowl(), ("in", "out"), (10, 10))
    start = torch.full((3, 10, 10), 127 / 255)  # 126 of its 300 values should be a level brighter
    steps = list(integer_repair.repair(bowl, start, start, towards(0), Linf(3 / 255), steps=6, lead=0.999))
    losses = [step.loss for step in steps]
    assert all(after <= before for before, after in pairwise(losses))
    sums = [levels(step.x_adv).sum() - 300 * 127 for step in steps]
    assert sums == [0, 60, 120, 120, 120, 120, 128], "60, 30 and 15 more were too many, 8 were not"


@pytest.mark.parametrize(
    ("loss", "begun"), [(towards(0), 1), (away_from(1), 1)], ids=["towards what it is", "away from another"]
)
def test_a_file_that_needs_nothing_is_left_alone(loss, begun):
    bowl = Classifier("bowl", Bowl(), ("in", "out"), (10, 10))
    half = torch.full((3, 10, 10), 127 / 255)
    half[:, ::2] = 128 / 255
    steps = list(integer_repair.repair(bowl, half, half, loss, Linf(3 / 255), lead=0.0))
    assert len(steps) == begun
    assert torch.equal(steps[0].x_adv, half)


def test_a_loss_that_does_not_say_what_is_wanted_is_refused(broad, file):
    with pytest.raises(ValueError, match="made by towards or away_from"):
        next(integer_repair.repair(broad, file, file, lambda logits: logits[:, 0], Linf(3 / 255)))


@pytest.mark.parametrize(("eps", "expected"), [(0.3, 1), (0.9, 1), (1.0, 1), (1.5, 1), (2.0, 2), (25.5, 25)])
def test_epsilon_is_rounded_down_to_whole_levels_but_one_is_the_least(eps, expected):
    assert integer_repair.whole(Linf(eps / 255), 100).eps * 255 == pytest.approx(expected)


def test_under_l2_a_level_a_value_is_the_least():
    assert integer_repair.whole(L2(0.05), 784).eps == pytest.approx(28 / 255)
    assert integer_repair.whole(L2(3.0), 784).eps == 3.0


# Real runs


def tricked(classifier: Classifier, data: bytes, recipe: Recipe) -> tuple[bytes, bytes, list[Frame]]:
    """The first and the last picture of a run as files, and the run."""
    frames = list(film.run_recipe(classifier, data, recipe))
    first, last = frames[0].pixels, frames[-1].pixels
    assert first is not None
    assert last is not None
    return encode(first), encode(last), frames


@pytest.mark.parametrize("mask", ["everywhere", "frame"])
@pytest.mark.parametrize("eps", [3.7, 25.5])
def test_every_iterate_is_its_own_file_within_epsilon_and_mask(mask, eps):
    robust = load("digits-robust")
    recipe = Recipe(target=8, eps=eps, steps=1, alpha=eps / 2, mask=mask)  # so that there is room left
    original, saved, _ = tricked(robust, FIVE, recipe)
    x, y = robust.read(original), robust.read(saved)
    where = masks.mask(mask, (28, 28))
    steps = list(
        integer_repair.repair(
            robust, x, y, towards(8), integer_repair.whole(Linf(eps / 255), 784), mask=where
        )
    )
    assert len(steps) > 10, "it never gets there"
    for step in steps:
        assert torch.equal(read_image(to_png(step.x_adv), (28, 28), channels=1), step.x_adv)
        moved = np.abs(levels(step.x_adv) - levels(x))
        assert moved.max() <= math.floor(eps)
        assert not moved[where.numpy() == 0].any()
    assert steps[-1].loss <= steps[0].loss
    if mask == "everywhere":  # under a frame of 3 levels the network may not notice anything at all
        assert steps[-1].loss < steps[0].loss


def test_under_l2_the_change_never_grows_longer_than_allowed_or_than_it_was():
    robust = load("digits-robust")
    recipe = Recipe(target=8, eps=20.0, steps=10, norm="l2")
    original, saved, _ = tricked(robust, FIVE, recipe)
    x, y = robust.read(original), robust.read(saved)
    ball = integer_repair.whole(recipe.attack(784).ball, 784)
    steps = list(integer_repair.repair(robust, x, y, towards(8), ball))
    longest = max(20.0 * 28, float(np.linalg.norm(levels(y) - levels(x))))
    lengths = [float(np.linalg.norm(levels(step.x_adv) - levels(x))) for step in steps]
    assert max(lengths) <= longest + 1e-6
    assert steps[-1].loss < steps[0].loss


@pytest.mark.parametrize(
    ("photo", "target", "eps", "steps"), [("espresso", 673, 0.9, 5), ("photographer", 504, 0.5, 20)]
)
def test_a_photo_that_rounding_kept_from_its_target_becomes_it(lite0, photo, target, eps, steps):
    """By margins that do not hang on how many threads add up."""
    recipe = Recipe(target=target, eps=eps, steps=steps)
    data = samples.sample(photo)

    def on_its_thread() -> tuple[list[Frame], list[Frame], measure.Verdict, measure.Verdict]:
        original, saved, frames = tricked(lite0, data, recipe)
        more = list(integer_repair.repaired(lite0, original, saved, recipe, after=frames[-1].index))
        assert more[-1].pixels is not None
        mended = encode(more[-1].pixels)
        both = [measure.verdict(lite0, original, one, target) for one in (saved, mended)]
        return frames, more, both[0], both[1]

    frames, more, before, after = engine.call(on_its_thread)
    assert int(frames[-1].probs.argmax()) == target, "unrounded it is the target"
    assert before.outcome != "tricked"
    assert after.outcome == "tricked"
    assert round(after.change.linf * 255) == 1
    assert [frame.index for frame in more] == list(range(steps + 1, steps + 1 + len(more)))
    np.testing.assert_allclose(more[0].probs, before.after.probs, atol=1e-4)  # it begins with the file
    np.testing.assert_allclose(more[-1].probs, after.after.probs, atol=1e-4)
    best, second = np.sort(after.after.probs)[::-1][:2]
    assert best - second >= integer_repair.LEAD - 1e-4


def test_a_repair_untargeted_ends_when_another_answer_leads():
    standard = load("digits-standard")
    recipe = Recipe(target=None, eps=40.0, steps=3)
    original, _, _ = tricked(standard, FIVE, recipe)
    frames = list(integer_repair.repaired(standard, original, original, recipe, steps=200))
    assert int(frames[0].probs.argmax()) == 5
    assert int(frames[-1].probs.argmax()) != 5
    assert len(frames) < 201
    assert all(frame.pixels is not None for frame in frames)


def test_a_repair_is_the_same_each_time():
    robust = load("digits-robust")
    recipe = replace(Recipe(target=8, eps=10.0, steps=3), network="digits-robust")
    original, saved, _ = tricked(robust, FIVE, recipe)
    once, again = (list(integer_repair.repaired(robust, original, saved, recipe, steps=5)) for _ in range(2))
    for one, other in zip(once, again, strict=True):
        np.testing.assert_array_equal(one.pixels, other.pixels)
