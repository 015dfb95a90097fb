"""Recipes: what people set, in grey levels, and the attack it becomes."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
import torch

from tests.helpers import ROOT, softmax
from trickcore import L2, Linf, Recipe, engine, load
from trickcore.attacks import masks
from trickcore.pictures.drawing import drawn_png
from trickcore.runs import frames as film
from trickcore.runs import recipe as recipes
from trickcore.runs import stories
from trickcore.runs.frames import Frame
from trickcore.runs.recipe import EPSILONS

VALUES = 3 * 224 * 224


@pytest.mark.parametrize(
    ("eps", "steps", "expected"), [(2, 30, 1 / 6), (0.9, 10, 0.225), (8, 1, 20), (0, 30, 0)]
)
def test_the_automatic_step_is_two_and_a_half_epsilons_over_the_steps(eps, steps, expected):
    assert Recipe(eps=eps, steps=steps).step_size == pytest.approx(expected)


def test_a_step_set_by_hand_stays_as_it_is_set():
    assert Recipe(eps=2, steps=30, alpha=0.7).step_size == 0.7
    assert Recipe(eps=2, steps=30, alpha=0.7, raw=True).step_size == 0.7
    assert Recipe(eps=2, steps=30, alpha=0.0).step_size == 0


def test_the_automatic_learning_rate_of_the_raw_gradient_is_forty_times_the_step():
    assert Recipe(eps=2, steps=30, raw=True).step_size == pytest.approx(40 / 6)


def test_epsilon_in_grey_levels_becomes_a_radius_on_the_scale_of_the_pixels():
    attack = Recipe(eps=2, steps=30).attack(VALUES)
    assert attack.ball == Linf(2 / 255)
    assert attack.alpha == pytest.approx(5 / 30 / 255)
    assert attack.steps == 30


def test_under_l2_epsilon_is_the_root_mean_square_move_of_a_value():
    attack = Recipe(eps=2, steps=30, norm="l2").attack(VALUES)
    assert isinstance(attack.ball, L2)
    assert not attack.ball.raw
    assert attack.ball.eps == pytest.approx(2 / 255 * math.sqrt(150_528))
    assert attack.alpha / attack.ball.eps == pytest.approx(2.5 / 30)
    everything_by_two = torch.full((1, 3, 224, 224), 2 / 255)
    assert attack.ball.norm(everything_by_two).item() == pytest.approx(attack.ball.eps, rel=1e-4)


@pytest.mark.parametrize(("mask", "free"), [("everywhere", 784), ("frame", 208)])
def test_under_l2_a_mask_leaves_epsilon_the_root_mean_square_move_of_what_may_move(mask, free):
    """A frame two pixels wide of a digit has 784 - 24 * 24 of them; the run goes to the ball's edge."""
    digits = load("digits-standard")
    recipe = Recipe("digits-standard", target=0, eps=10, steps=30, norm="l2", mask=mask)

    def run() -> list[Frame]:
        return list(film.run_recipe(digits, drawn_png("7"), recipe))

    frames = engine.call(run)
    assert max(frame.distance for frame in frames) <= 10 / 255 * math.sqrt(free) + 1e-6
    assert frames[-1].distance > 0.9 * 10 / 255 * math.sqrt(free)
    assert masks.values(masks.mask(mask, (28, 28)), torch.zeros(1, 28, 28)) == free
    assert recipe.values((28, 28)) == free


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_the_raw_gradients_learning_rate_is_the_same_in_either_ball(norm):
    attack = Recipe(eps=2, steps=30, norm=norm, raw=True, alpha=51).attack(VALUES)
    assert isinstance(attack.ball, Linf | L2)
    assert attack.ball.raw
    assert attack.alpha == pytest.approx(0.2)


def test_the_other_settings_are_handed_on():
    recipe = Recipe(steps=7, momentum=0.9, random_start=True, stop_at=0.95)
    attack = recipe.attack(VALUES)
    assert (attack.steps, attack.momentum, attack.random_start, attack.stop_at) == (7, 0.9, True, 0.95)


def test_a_recipe_that_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="eps is a number of grey levels from 0 to 255, got -1"):
        Recipe(eps=-1)


def test_the_loss_goes_towards_the_target_or_away_from_the_original():
    logits = np.array([[1.0, 3.0, -2.0]])
    p = softmax(logits)[0]
    given = torch.from_numpy(logits)
    assert Recipe(target=2).loss(1)(given).item() == pytest.approx(-np.log(p[2]))
    assert Recipe(target=0).loss(1)(given).item() == pytest.approx(-np.log(p[0]))
    assert Recipe(target=None).loss(1)(given).item() == pytest.approx(np.log(p[1]))


def test_the_epsilons_to_choose_from_rise_from_nothing():
    assert EPSILONS[0] == 0
    assert list(EPSILONS) == sorted(set(EPSILONS))
    assert Recipe().eps in EPSILONS


def test_a_recipe_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        Recipe().eps = 4.0  # type: ignore[misc]


def test_settings_stories_and_remedies_need_no_torch():
    names = ("recipe", "fields", "stories", "settings_json", "script")
    imports = ", ".join([*(f"trickcore.runs.{name}" for name in names), "trickcore.diagnose.remedies"])
    code = f"import sys, {imports}; print({{'torch', 'scipy', 'timm', 'torchvision'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "set()\n", done.stderr


def test_the_stories_are_found_where_they_were():
    assert recipes.STORIES is stories.STORIES
    assert recipes.BY_NAME is stories.BY_NAME
    from trickcore.recipes import BY_NAME, STORIES  # type: ignore[import-untyped,import-not-found,unused-ignore]

    assert (STORIES, BY_NAME) == (stories.STORIES, stories.BY_NAME)
    with pytest.raises(AttributeError, match="no attribute 'TALES'"):
        _ = recipes.TALES
