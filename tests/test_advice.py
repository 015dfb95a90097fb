"""Advice: each cause of a failure, made by hand, and the sentence it gets."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from trickcore import Attack, Linf
from trickcore.advice import advise
from trickcore.film import Frame
from trickcore.measure import Change, Reading, Verdict

LEVELS = 4.0
EPS = LEVELS / 255
ATTACK = Attack(Linf(EPS), alpha=EPS / 4, steps=8)


def reading(*chances: float) -> Reading:
    probs = np.array(chances, np.float32)
    label = int(probs.argmax())
    return Reading(label, "abc"[label], float(probs[label]), probs)


def verdict(after: Reading, target: int | None = 1, outcome: str = "not", linf: float = EPS) -> Verdict:
    before = reading(0.9, 0.04, 0.06)
    change = Change(linf=linf, l2=0.1, changed=0.9, psnr=40.0 if linf else math.inf, ssim=0.99)
    wanted = 1 - after.probs[0] if target is None else after.probs[target]
    return Verdict(outcome, before, after, change, target, float(wanted))  # type: ignore[arg-type]


def run(chances: Sequence[tuple[float, ...]], distance: float = EPS, at_limit: float = 0.2) -> list[Frame]:
    """A run in which only the end's distance and share at the limit matter."""
    end = len(chances) - 1
    return [
        Frame(i, np.array(p, np.float32), 1.0, distance * i / end, at_limit if i == end else 0.0, None)
        for i, p in enumerate(chances)
    ]


STUCK = [(0.9, 0.04, 0.06), *[(0.7, 0.2, 0.1)] * 8]
RISING = [(0.9 - 0.05 * i, 0.04 + 0.05 * i, 0.06) for i in range(9)]
SAVED = reading(0.7, 0.2, 0.1)


def test_a_trick_that_worked_needs_no_advice():
    assert advise(verdict(reading(0.1, 0.8, 0.1), outcome="tricked"), run(STUCK), ATTACK, LEVELS) == ""


def test_a_run_that_has_not_begun_gets_none_either():
    assert advise(verdict(SAVED), [], ATTACK, LEVELS) == ""


def test_epsilon_zero_is_the_first_thing_to_be_said():
    attack = Attack(Linf(0.0), alpha=0.1, steps=8)
    said = advise(verdict(SAVED, linf=0), run(STUCK, distance=0, at_limit=0), attack, 0)
    assert said == "Epsilon is 0, so nothing may move. Try epsilon 2."


@pytest.mark.parametrize(("target", "end"), [(1, (0.4, 0.5, 0.1)), (None, (0.4, 0.5, 0.1))])
def test_a_trick_that_rounding_undid_is_told_so(target, end):
    said = advise(verdict(SAVED, target), run([*STUCK, end]), ATTACK, LEVELS)
    assert said.startswith("Before it was saved the picture did fool the network: rounding")
    assert said.endswith("Try epsilon 8.")


@pytest.mark.parametrize(("levels", "larger"), [(0.1, "1"), (0.4, "1"), (0.9, "1.8"), (25.5, "51")])
def test_the_epsilon_to_try_is_twice_as_large_and_no_less_than_a_file_can_hold(levels, larger):
    attack = Attack(Linf(levels / 255), alpha=0.1, steps=8)
    said = advise(verdict(SAVED), run([*STUCK, (0.4, 0.5, 0.1)], levels / 255), attack, levels)
    assert said.endswith(f"Try epsilon {larger}.")


def test_changes_that_a_file_cannot_hold_are_told_so():
    attack = Attack(Linf(0.3 / 255), alpha=0.1, steps=8)
    said = advise(verdict(SAVED, linf=0), run(STUCK, distance=0.3 / 255, at_limit=0.9), attack, 0.3)
    assert "changes of less than half a level vanish" in said
    assert said.endswith("Try epsilon 1.")


def test_steps_that_are_too_small_are_told_how_far_they_went():
    said = advise(verdict(SAVED), run(STUCK, distance=0.3 * EPS, at_limit=0), ATTACK, LEVELS)
    assert said.startswith("The steps are too small: together they went 30% of the way to epsilon.")
    assert "Raise the step size" in said


def test_a_change_held_back_by_epsilon_is_told_by_how_much():
    said = advise(verdict(SAVED), run(STUCK, at_limit=0.73), ATTACK, LEVELS)
    assert said == "Epsilon is the limit here: 73% of the values are at it. Try epsilon 8."


def test_a_change_that_is_at_the_limit_as_a_whole_is_told_so():
    said = advise(verdict(SAVED), run(STUCK, at_limit=1.0), ATTACK, LEVELS)
    assert said == "Epsilon is the limit here: the change is at it. Try epsilon 8."


@pytest.mark.parametrize("target", [1, None])
def test_a_probability_still_rising_asks_for_more_steps(target):
    said = advise(verdict(SAVED, target), run(RISING), ATTACK, LEVELS)
    assert said == "The probability was still rising when the steps ran out. Try twice as many steps."


def test_otherwise_everything_may_be_tried():
    said = advise(verdict(SAVED), run(STUCK), ATTACK, LEVELS)
    assert said == "Try epsilon 8, more steps, or another class."


TOP = 76.5  # levels of 255: 0.3 of white to black, where the slider ends


def widest(levels: float) -> Attack:
    return Attack(Linf(levels / 255), alpha=levels / 255 / 4, steps=8)


@pytest.mark.parametrize("share", [0.73, 1.0])
def test_an_epsilon_that_holds_back_but_cannot_grow_asks_for_another_class(share):
    held = "73% of the values are at it" if share < 1 else "the change is at it"
    said = advise(verdict(SAVED), run(STUCK, TOP / 255, share), widest(TOP), TOP)
    assert said == f"Epsilon is the limit here: {held}, and it is as large as it goes. Try another class."


def test_where_epsilon_cannot_grow_it_is_not_among_what_may_be_tried():
    said = advise(verdict(SAVED), run(STUCK, TOP / 255), widest(TOP), TOP)
    assert said == "Try more steps or another class: epsilon is as large as it goes."


@pytest.mark.parametrize(
    ("levels", "larger"), [(38.0, "76"), (38.25, "76.5"), (48.0, "76.5"), (64.0, "76.5")]
)
@pytest.mark.parametrize("at_limit", [0.2, 1.0])
def test_an_epsilon_that_can_grow_a_little_is_told_how_far(levels, larger, at_limit):
    said = advise(verdict(SAVED), run(STUCK, levels / 255, at_limit), widest(levels), levels)
    assert "as large as it goes" not in said
    assert f"Try epsilon {larger}" in said


def test_no_epsilon_is_asked_for_that_the_slider_does_not_have():
    said = advise(verdict(SAVED), run([*STUCK, (0.4, 0.5, 0.1)], TOP / 255), widest(TOP), TOP)
    assert "Before it was saved the picture did fool the network" in said
    assert "Try epsilon" not in said
