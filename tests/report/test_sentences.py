"""A finished run in words: epsilons that are never rounded away, and a chart that its file belies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from trickcore import Recipe, measure
from trickcore.diagnose import causes as advice
from trickcore.diagnose.gradient_check import GradientCheck
from trickcore.measure.verdict import Change, Reading, Verdict
from trickcore.report import sentences
from trickcore.runs.frames import Frame
from trickcore.text import levels

LABELS = ("ash", "birch", "cedar")
GREY = np.full((6, 8, 3), 100, np.uint8)


def change(levels: float, l2: float = 0.0) -> Change:
    return Change(linf=levels / 255, l2=l2, changed=0.5, psnr=40.0, ssim=0.9)


def reading(*chances: float) -> Reading:
    probs = np.array(chances, np.float32)
    label = int(probs.argmax())
    return Reading(label, LABELS[label], float(probs[label]), probs)


def frames(*end: float) -> list[Frame]:
    ends = [(0.9, 0.05, 0.05), end]
    return [Frame(i, np.array(p, np.float32), 1.0, 0.1, GREY) for i, p in enumerate(ends)]


def verdict(*after: float) -> Verdict:
    said = reading(*after)
    outcome = "tricked" if said.label == 1 else "not"
    return Verdict(outcome, reading(0.9, 0.05, 0.05), said, change(2), 1, after[1])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("number", "said"),
    [(1, "1 level"), (1.0, "1 level"), (0.9, "0.9 levels"), (25.5, "25.5 levels"), (2, "2 levels")],
)
def test_a_number_of_levels_is_not_rounded_and_in_the_right_number(number, said):
    assert levels(number) == said


@pytest.mark.parametrize(
    ("eps", "moved", "said"),
    [
        (2.0, 2, ""),
        (0.5, 1, "epsilon 0.5 asked, as saved: 1"),
        (76.5, 77, "epsilon 76.5 asked, as saved: 77"),
        (25.5, 8, "epsilon 25.5 asked, as saved: 8"),
        (0.3, 0, "epsilon 0.3 asked, as saved: 0"),
    ],
)
def test_the_epsilon_asked_stands_beside_the_file_s_own_where_they_differ(eps, moved, said):
    assert sentences.asked_and_saved(change(moved), Recipe(eps=eps), GREY) == said
    ((name, row),) = sentences.epsilons(change(moved), Recipe(eps=eps), GREY)
    assert (name, row) == ("Epsilon, as saved", f"{moved} of 255 ({eps:g} asked)")


@pytest.mark.parametrize(("mask", "free"), [("everywhere", 48), ("frame", 24)])
def test_under_l2_the_file_s_own_is_the_root_mean_square_of_what_may_move(mask, free):
    """Every value that may move moved by 3: its root mean square is 3, whatever the largest move was."""
    recipe = Recipe(eps=4, norm="l2", mask=mask)
    found = change(7, l2=3 / 255 * np.sqrt(3 * free))
    assert recipe.values(GREY.shape) == 3 * free
    assert measure.own_epsilon(found, "l2", 3 * free) == pytest.approx(3)
    assert sentences.asked_and_saved(found, recipe, GREY) == "root mean square: epsilon 4 asked, as saved: 3"


def test_a_move_that_rounding_made_larger_than_epsilon_says_what_was_asked():
    assert sentences.at_most(2, Recipe(eps=2)) == "at most 2 of 255"
    assert sentences.at_most(77, Recipe(eps=76.5)) == "76.5 of 255 asked, 77 as saved"
    assert sentences.at_most(1, Recipe(eps=0.5)) == "0.5 of 255 asked, 1 as saved"
    assert sentences.at_most(14, Recipe(eps=2, norm="l2")) == "at most 14 of 255", (
        "a mean, which one may exceed"
    )


def test_where_chart_and_file_agree_nothing_is_said():
    assert sentences.apart(frames(0.2, 0.7, 0.1), verdict(0.3, 0.6, 0.1), LABELS, Recipe(target=1)) == ""


@pytest.mark.parametrize("views", [0, 8])
def test_a_flip_that_the_file_does_not_have_is_told_and_why(views):
    recipe = Recipe(target=1, views=views)
    said = sentences.apart(frames(0.2, 0.7, 0.1), verdict(0.6, 0.3, 0.1), LABELS, recipe)
    assert said.startswith("The chart ends at birch (1), 70.0\u00a0%, and the file does not: ")
    assert ("mean over a step's random views" in said) is (views > 0)
    assert ("before the picture is rounded to whole grey levels" in said) is (views == 0)


def test_a_flip_that_only_the_file_has_is_told_too():
    said = sentences.apart(frames(0.6, 0.3, 0.1), verdict(0.3, 0.6, 0.1), LABELS, Recipe(target=1, views=4))
    assert said.startswith("The chart ends at ash (0), 60.0\u00a0%, and the file does not: ")


def test_rounding_is_blamed_once_and_never_for_what_the_mean_over_views_shows():
    """The advice says it where there are no views; over views it would be untrue."""
    run, said, recipe = frames(0.2, 0.7, 0.1), verdict(0.6, 0.3, 0.1), Recipe(target=1)
    found = advice.diagnose(said, run, recipe, GradientCheck(0.0, 0.4), LABELS)
    assert found[0].cause == "rounding"
    assert sentences.apart(run, said, LABELS, recipe, advice.advise(found)) == ""
    views = replace(recipe, views=8)
    causes = [one.cause for one in advice.diagnose(said, run, views, GradientCheck(0.0, 0.4), LABELS)]
    assert "rounding" not in causes


@pytest.mark.parametrize(
    ("passes", "said"),
    [
        ([2, 4, 5], "5 passes"),
        ([1], "1 pass"),
        ([2, 40, 2, 4, 2, 6], "50 passes"),
        ([2, 2001], "2,001 passes"),
    ],
)
def test_the_cost_counts_the_passes_of_every_repair_too(passes, said):
    run = [replace(frames(0.9, 0.05, 0.05)[0], index=i, passes=n) for i, n in enumerate(passes)]
    assert sentences.cost(run, Recipe()) == said


def test_the_cost_of_what_only_asks_is_its_questions():
    run = [replace(frames(0.9, 0.05, 0.05)[0], passes=1200, questions=1200)]
    assert sentences.cost(run, Recipe(method="square")) == "1,200 questions"


@pytest.mark.parametrize(
    ("norm", "size", "said"),
    [
        ("linf", 1 / 255, "Least change found: 1 of 255 (L-infinity)."),
        ("l2", 0.4567, "Least change found: 0.457 on the 0 to 1 scale (L2)."),
        ("l1", 12.0, "Least change found: 12 on the 0 to 1 scale (L1)."),
        ("l0", 1.0, "Least change found: 1 value (L0)."),
        ("l0", 1234.0, "Least change found: 1,234 values (L0)."),
    ],
)
def test_the_least_change_is_told_in_its_norm_where_a_method_looks_for_it(norm, size, said):
    run = [replace(frames(0.9, 0.05, 0.05)[0], distance=size)]
    assert sentences.least(run, Recipe(method="fmn", norm=norm)) == said
    assert sentences.least(run, Recipe()) == sentences.least(run, Recipe(method="pixels")) == ""


def test_few_pixels_are_counted_where_the_method_is_about_them():
    after = GREY.copy()
    after[0, 0, 1] += 1
    after[3, 4] = 255
    assert sentences.pixels_changed(GREY, after, Recipe(method="pixels")) == "2 pixels changed."
    assert sentences.pixels_changed(GREY, after, Recipe()) == ""


@pytest.mark.parametrize(
    ("recipe", "says", "silent"),
    [
        (Recipe(), {"Epsilon", "Steps", "Step size", "Direction"}, {"Method", "Questions", "Pixels"}),
        (Recipe(method="square"), {"Method", "Epsilon", "Questions"}, {"Steps", "Step size", "Direction"}),
        (Recipe(method="fmn", norm="l0"), {"Method", "Norm", "Steps"}, {"Epsilon", "Questions"}),
        (Recipe(method="pixels"), {"Method", "Pixels", "Questions"}, {"Epsilon", "Norm", "Steps"}),
        (
            Recipe(method="hopskipjump", start="sample:rocket"),
            {"Method", "Norm", "Questions", "Starts from"},
            {"Epsilon", "Steps"},
        ),
    ],
)
def test_what_a_run_was_made_with_is_what_its_method_reads(recipe, says, silent):
    names = {
        name for name, _ in sentences.made_with(recipe, [str(k) for k in range(1000)], network="a network")
    }
    assert says <= names
    assert not silent & names
