"""Why a run by another method fell short: each cause made by hand, with the one click that mends it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.diagnose.test_causes import EPS, LABELS, reading, verdict
from trickcore import Recipe
from trickcore.diagnose.causes import diagnose
from trickcore.diagnose.gradient_check import GradientCheck
from trickcore.runs.frames import Frame

PLAIN = GradientCheck(0.0, 0.0)


def run(chances, indexes, end=(0.7, 0.2, 0.1)):
    """A run in which class 1 had such chances at such indexes; only its last answer is `end`."""
    pixels = np.zeros((8, 8, 3), np.uint8)
    probs = [(0.9 - p, p, 0.1) for p in chances[:-1]] + [end]
    return [
        Frame(i, np.array(p, np.float32), 1.0, EPS, pixels, passes=i, questions=i)
        for i, p in zip(indexes, probs, strict=True)
    ]


def found(recipe, frames, said=None):
    (first, *_) = diagnose(said or verdict(target=recipe.target), frames, recipe, PLAIN, LABELS)
    return first


SQUARE = Recipe(method="square", target=1, eps=4.0, questions=1000)


def test_nothing_may_move_at_epsilon_0():
    finding = found(Recipe(method="square", target=1, eps=0.0), run([0.05, 0.2], [0, 2000]))
    assert (finding.cause, finding.remedy.settings) == ("nothing may move", {"eps": 2.0})


def test_what_still_grew_likelier_at_the_end_is_given_more_questions():
    finding = found(SQUARE, run([0.04, 0.08, 0.1, 0.2], [0, 500, 800, 1000]))
    assert finding.words == "It was still getting better when the 1,000 questions ran out. Give it more."
    assert (finding.cause, finding.remedy.settings) == ("too few steps", {"questions": 2000})


def test_what_stood_still_is_given_more_epsilon():
    finding = found(SQUARE, run([0.04, 0.2, 0.2, 0.2], [0, 500, 800, 1000]))
    assert (finding.cause, finding.remedy.settings) == ("hard", {"eps": 6.0})
    assert "more questions hardly make it better" in finding.words


@pytest.mark.parametrize(("pixels", "more"), [(1, 2), (20, 40), (400, 500)])
def test_few_pixels_that_stood_still_are_made_more(pixels, more):
    recipe = Recipe(method="pixels", target=1, pixels=pixels, questions=1000)
    finding = found(recipe, run([0.04, 0.2, 0.2, 0.2], [0, 500, 800, 1000]))
    assert (finding.cause, finding.remedy.settings) == ("hard", {"pixels": more})


def test_where_no_limit_can_be_moved_it_is_more_questions_or_another_class():
    recipe = Recipe(method="pixels", target=1, pixels=500, questions=1000)
    still = run([0.04, 0.2, 0.2, 0.2], [0, 500, 800, 1000])
    assert found(recipe, still).remedy.settings == {"questions": 2000}
    most = Recipe(method="pixels", target=1, pixels=500, questions=20_000)
    finding = found(most, run([0.04, 0.2, 0.2, 0.2], [0, 5000, 18_000, 20_000]))
    assert finding.remedy is None
    assert "Try another class" in finding.words


def test_what_was_stopped_is_to_run_to_its_end():
    finding = found(SQUARE, run([0.04, 0.2], [0, 300]))
    assert finding.cause == "stopped"
    assert finding.words == "It was stopped after 300 of its 1,000 questions. Let it run to the end."


@pytest.mark.parametrize(
    ("method", "repair", "settings"), [("fmn", True, {}), ("square", False, {"stop_at": 0.9})]
)
def test_what_rounding_undid_is_repaired_where_one_may_look_inside_else_made_surer(method, repair, settings):
    recipe = Recipe(method=method, target=1, steps=30, questions=1000)
    frames = run([0.04, 0.5], [0, 30 if method == "fmn" else 1000], end=(0.3, 0.6, 0.1))
    finding = found(recipe, frames, verdict(reading(0.6, 0.3, 0.1)))
    assert finding.cause == "rounding"
    assert (finding.remedy.repair, finding.remedy.settings) == (repair, settings)
    assert "rounding to whole grey levels undid it" in finding.words


def test_least_change_that_was_not_found_runs_longer():
    recipe = Recipe(method="fmn", target=1, steps=30)
    finding = found(recipe, run([0.04, 0.2, 0.2, 0.2], [0, 10, 25, 30]))
    assert (finding.cause, finding.remedy.settings) == ("too few steps", {"steps": 60})
