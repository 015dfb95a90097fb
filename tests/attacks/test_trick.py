"""`trick`: one picture's run, step by step, with all that was seen on the way."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from tests.helpers import CLASSES, SHAPE, WEIGHTS, flat, softmax
from trickcore import L2, Attack, Classifier, Linf, away_from, pgd, towards, trick

BALLS = [Linf(0.1), L2(0.5), Linf(0.1, raw=True), L2(0.5, raw=True)]


def probs(x: torch.Tensor) -> np.ndarray:
    return softmax(flat(x[None])[0] @ WEIGHTS.T)


@pytest.mark.parametrize("steps", [1, 5])
def test_a_run_is_steps_plus_one_steps_from_as_many_forward_and_steps_backward_passes(toy, x, steps):
    run = list(trick(toy, x[0], towards(1), Attack(Linf(0.1), 0.02, steps)))
    assert [step.index for step in run] == list(range(steps + 1))
    assert (toy.net.forwards, toy.net.backwards) == (steps + 1, steps)


def test_a_random_start_costs_one_forward_pass_more(toy, x):
    run = list(trick(toy, x[0], towards(1), Attack(Linf(0.1), 0.02, 5, random_start=True)))
    assert [step.index for step in run] == list(range(6))
    assert (toy.net.forwards, toy.net.backwards) == (7, 5)


@pytest.mark.parametrize("random_start", [False, True])
@pytest.mark.parametrize("ball", BALLS)
def test_every_step_says_what_numpy_says_of_its_picture(toy, x, ball, random_start):
    attack = Attack(ball, 0.4 * ball.eps, 6, random_start=random_start)
    for step in trick(toy, x[2], towards(1), attack, seed=2):
        expected = probs(step.x_adv)
        np.testing.assert_allclose(step.probs.numpy(), expected, rtol=1e-4)
        assert step.probs.shape == (CLASSES,)
        assert step.probs.sum().item() == pytest.approx(1, abs=1e-6)
        assert step.loss == pytest.approx(-np.log(expected[1]), rel=1e-4)
        p = 2 if isinstance(ball, L2) else np.inf
        delta = flat(step.x_adv[None])[0] - flat(x)[2]
        assert step.distance == pytest.approx(np.linalg.norm(delta, p), abs=1e-6)
        assert step.distance <= ball.eps + 1e-6
        assert step.x_adv.shape == SHAPE
        assert not step.x_adv.requires_grad


@pytest.mark.parametrize("random_start", [False, True])
def test_index_0_is_the_untouched_picture_bit_for_bit(toy, x, random_start):
    first, second, *_ = trick(toy, x[0], towards(1), Attack(Linf(0.1), 0.02, 3, random_start=random_start))
    assert torch.equal(first.x_adv, x[0])
    assert first.distance == 0
    assert not torch.equal(second.x_adv, x[0])


def test_trick_walks_the_path_of_pgd(toy, x):
    attack = Attack(Linf(0.1), 0.02, 4, random_start=True, momentum=1.0)
    mask = torch.tensor([[[1, 1, 0, 1, 1], [1, 0, 1, 1, 1]]])
    run = trick(toy, x[0], towards(1), attack, mask=mask, seed=9)
    path = pgd(toy.net, x[:1], towards(1), attack, mask=mask, rng=torch.Generator().manual_seed(9))
    for step, after in zip(list(run)[1:], path, strict=True):
        assert torch.equal(step.x_adv, after[0])


def test_the_seed_decides_the_path(toy, x):
    def path(seed: int) -> list[torch.Tensor]:
        attack = Attack(Linf(0.1), 0.02, 3, random_start=True)
        return [step.x_adv for step in trick(toy, x[0], towards(1), attack, seed=seed)]

    assert all(map(torch.equal, path(seed=7), path(seed=7)))
    assert not all(map(torch.equal, path(seed=7), path(seed=8)))


@pytest.mark.parametrize("ball", BALLS)
def test_a_targeted_run_lowers_the_loss_and_raises_the_target(toy, x, ball):
    target = int(probs(x[0]).argmin())
    run = list(trick(toy, x[0], towards(target), Attack(ball, 0.2 * ball.eps, 10)))
    assert run[-1].loss < run[0].loss - 0.1
    assert probs(run[-1].x_adv)[target] > 1.2 * probs(x[0])[target]


@pytest.mark.parametrize("ball", BALLS)
def test_an_untargeted_run_lowers_the_loss_and_the_original(toy, x, ball):
    original = int(probs(x[0]).argmax())
    run = list(trick(toy, x[0], away_from(original), Attack(ball, 0.2 * ball.eps, 10)))
    assert run[-1].loss < run[0].loss - 0.1
    assert probs(run[-1].x_adv)[original] < 0.9 * probs(x[0])[original]


def test_a_run_ends_at_the_step_that_reaches_stop_at(toy, x):
    run = list(trick(toy, x[0], towards(1), Attack(Linf(0.5), 0.02, 40, stop_at=0.6)))
    assert 2 < len(run) < 41
    assert probs(run[-1].x_adv)[1] >= 0.6 > probs(run[-2].x_adv)[1]
    assert [step.index for step in run] == list(range(len(run)))


def test_a_random_start_that_happens_to_be_wanted_is_not_lost(toy, x):
    """A run with stop_at ends with a picture that reached it, even if chance alone got there."""
    original = int(probs(x[0]).argmax())
    attack = Attack(Linf(1.0), 0.1, 20, random_start=True, stop_at=0.97)
    for seed in range(20):
        run = list(trick(toy, x[0], away_from(original), attack, seed=seed))
        assert probs(x[0])[original] > 0.03 >= probs(run[-1].x_adv)[original]


def test_a_step_cannot_be_changed(toy, x):
    step = next(iter(trick(toy, x[0], towards(1), Attack(Linf(0.1), 0.02, 1))))
    with pytest.raises(dataclasses.FrozenInstanceError):
        step.loss = 0.0  # type: ignore[misc]


def test_the_picture_given_is_left_alone(toy, x):
    before = x.clone()
    list(trick(toy, x[0], towards(1), Attack(Linf(0.1), 0.02, 3)))
    list(pgd(toy.net, x, towards(1), Attack(Linf(0.1), 0.02, 3)))
    assert torch.equal(x, before)
    assert not x.requires_grad


@pytest.mark.parametrize(
    ("picture", "sentence"),
    [
        (torch.zeros(2, 5), r"shape \(3, H, W\) for toy, got \(2, 5\)"),
        (torch.zeros(1, 3, 2, 5), r"shape \(3, H, W\) for toy, got \(1, 3, 2, 5\)"),
        (torch.zeros(1, 2, 5), r"shape \(3, H, W\) for toy, got \(1, 2, 5\)"),
        (torch.zeros(3, 2, 5, dtype=torch.uint8), "expected float32 pixels, got torch.uint8"),
        (torch.zeros(3, 2, 5, dtype=torch.float64), "expected float32 pixels, got torch.float64"),
        (torch.full((3, 2, 5), 255.0), r"expected pixels in \[0, 1\], got 255 to 255"),
        (torch.full((3, 2, 5), -0.5), r"expected pixels in \[0, 1\], got -0.5 to -0.5"),
        (torch.full((3, 2, 5), torch.nan), r"expected pixels in \[0, 1\], got nan to nan"),
    ],
)
def test_what_is_no_picture_is_refused_with_what_was_expected_and_what_came(toy, picture, sentence):
    with pytest.raises(ValueError, match=sentence):
        list(trick(toy, picture, towards(1), Attack(Linf(0.1), 0.02, 1)))


def test_a_grey_picture_is_for_a_network_of_one_channel(net):
    grey = Classifier("grey", net, ("a", "b", "c", "d"), (5, 6), channels=1)
    x = torch.full((1, 5, 6), 0.5)
    *_, end = trick(grey, x, towards(1), Attack(Linf(0.1), 0.05, 3))
    assert end.x_adv.shape == (1, 5, 6)
    assert probs(end.x_adv)[1] > probs(x)[1]


def test_the_whole_tricks_the_real_network_under_l2_too(lite0):
    """A cat becomes a king penguin (145) within a root mean square move of 2 grey levels."""
    from trickcore import Recipe, engine
    from trickcore.pictures import samples

    def run():
        image = lite0.read(samples.sample("cat"))
        return list(trick(lite0, image, towards(145), Recipe(norm="l2", steps=8).attack(image.numel())))

    steps = engine.call(run)
    assert steps[0].probs[145] < 0.01
    assert steps[-1].probs[145] > 0.9
    assert steps[-1].distance <= 2 / 255 * (3 * 224 * 224) ** 0.5 * (1 + 1e-6)
