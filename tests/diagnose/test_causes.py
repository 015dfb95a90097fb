"""Advice: each cause of a failure made by hand, and each produced by a real run that its remedy mends."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from torch import Tensor, nn

from trickcore import Classifier, Recipe, engine, load, measure
from trickcore.diagnose import causes as advice
from trickcore.diagnose.causes import Finding, advise, diagnose, examine
from trickcore.diagnose.gradient_check import GradientCheck
from trickcore.measure.verdict import Change, Reading, Verdict
from trickcore.networks.small_net import of_digits
from trickcore.pictures import samples
from trickcore.pictures.drawing import drawn_png
from trickcore.pictures.files import encode
from trickcore.runs import frames as film
from trickcore.runs.frames import Frame
from trickcore.runs.recipe import EPSILONS

LEVELS = 4.0
EPS = LEVELS / 255
RECIPE = Recipe(target=1, eps=LEVELS, steps=40)
FREE, WALL = GradientCheck(dead=0.0, blocked=0.4), GradientCheck(dead=0.0, blocked=0.8)
LABELS = ("ash", "birch", "cedar")


def reading(*chances: float) -> Reading:
    probs = np.array(chances, np.float32)
    label = int(probs.argmax())
    return Reading(label, LABELS[label], float(probs[label]), probs)


def verdict(
    after: Reading | None = None, target: int | None = 1, outcome: str = "not", linf: float = EPS
) -> Verdict:
    before, after = reading(0.9, 0.04, 0.06), after or reading(0.7, 0.2, 0.1)
    change = Change(linf=linf, l2=0.1, changed=0.9, psnr=40.0 if linf else math.inf, ssim=0.99)
    wanted = 1 - after.probs[0] if target is None else after.probs[target]
    return Verdict(outcome, before, after, change, target, float(wanted))  # type: ignore[arg-type]


def run(
    losses: Sequence[float], distance: float = EPS, end: tuple[float, ...] = (0.7, 0.2, 0.1)
) -> list[Frame]:
    """A run of such losses that went so far in all; only its last answer matters."""
    last = len(losses) - 1
    probs = [(0.9, 0.04, 0.06)] * last + [end]
    pixels = np.zeros((8, 8, 3), np.uint8)
    return [
        Frame(i, np.array(p, np.float32), loss, distance * i / last, pixels)
        for i, (p, loss) in enumerate(zip(probs, losses, strict=True))
    ]


LEVEL = [8 * 0.8**i for i in range(41)]  # ever less is won
FALLING = [8 - 0.1 * i for i in range(41)]
ZIGZAG = [8.0, *[6.0, 7.0] * 20]
FLAT = [8.0] * 41


def found(
    losses: Sequence[float] = LEVEL,
    gradient: GradientCheck = FREE,
    *,
    said: Verdict | None = None,
    recipe: Recipe = RECIPE,
    distance: float = EPS,
    end: tuple[float, ...] = (0.7, 0.2, 0.1),
    truth: tuple[int, ...] | None = None,
) -> list[Finding]:
    return diagnose(said or verdict(), run(losses, distance, end), recipe, gradient, LABELS, truth)


def only(findings: list[Finding]) -> Finding:
    assert len(findings) == 1, findings
    return findings[0]


def changes(finding: Finding) -> dict[str, Any]:
    assert finding.remedy is not None
    return finding.remedy.settings


# Made by hand


def test_a_trick_that_worked_needs_no_advice_and_a_run_that_has_not_begun_gets_none():
    assert found(said=verdict(outcome="tricked")) == []
    assert diagnose(verdict(), [], RECIPE, WALL, LABELS) == []
    assert advise([]) == ""


def test_the_advice_in_a_sentence_is_the_first_finding():
    both = found(FALLING, WALL)
    assert [one.cause for one in both] == ["too few steps", "epsilon"]
    assert advise(both) == both[0].words


@pytest.mark.parametrize(("shape", "usual"), [((8, 8, 3), 2.0), ((8, 8), 76.5)])
def test_epsilon_zero_is_the_first_thing_to_be_said(shape, usual):
    still = [replace(frame, pixels=np.zeros(shape, np.uint8)) for frame in run(FLAT, 0.0)]
    one = only(diagnose(verdict(linf=0), still, replace(RECIPE, eps=0.0), GradientCheck(1.0, 1.0), LABELS))
    assert one.cause == "nothing may move"
    assert one.words == f"Epsilon is 0, so nothing may move. Try epsilon {usual:g}."
    assert changes(one) == {"eps": usual}


def test_a_gradient_that_is_zero_is_told_and_the_way_out_depends_on_what_was_wanted():
    one = only(found(FLAT, GradientCheck(dead=0.97, blocked=0.0)))
    assert one.cause == "vanished gradient"
    assert "for 97\u00a0% of the values it is exactly 0 or no number" in one.words
    assert changes(one) == {"random_start": True}
    away = only(
        found(FLAT, GradientCheck(1.0, 0.0), said=verdict(target=None), recipe=replace(RECIPE, target=None))
    )
    assert changes(away) == {"target": 2}, "the runner-up of the untouched picture"
    masked = only(found(FLAT, GradientCheck(1.0, 0.0, 0.1), recipe=replace(RECIPE, mask="frame")))
    assert changes(masked) == {"mask": "everywhere"}
    begun = only(found(FLAT, GradientCheck(1.0, 0.0), recipe=replace(RECIPE, random_start=True)))
    assert begun.remedy is None


def test_an_answer_that_is_no_number_is_a_vanished_gradient_too():
    one = only(found([8.0, math.nan, *[8.0] * 39], FREE))
    assert one.cause == "vanished gradient"
    assert "no number" in one.words
    assert "0\u00a0%" not in one.words


@pytest.mark.parametrize("target", [1, None])
def test_a_trick_that_rounding_undid_is_offered_a_repair(target):
    one = only(found(said=verdict(target=target), recipe=replace(RECIPE, target=target), end=(0.4, 0.5, 0.1)))
    assert one.cause == "rounding"
    assert ("50.0\u00a0%" if target else "60.0\u00a0%") in one.words
    assert one.remedy is not None
    assert one.remedy.repair
    assert not one.remedy.settings


def test_changes_that_a_file_cannot_hold_are_told_so():
    one = only(found(said=verdict(linf=0), recipe=replace(RECIPE, eps=0.3), distance=0.3 / 255))
    assert one.cause == "rounding"
    assert "changes of less than half a level vanish" in one.words
    assert changes(one) == {"eps": 1.0}


def test_a_run_that_was_stopped_is_told_to_go_on():
    one = only(found(FALLING[:11]))
    assert one.cause == "stopped"
    assert "after 10 of its 40 steps" in one.words
    assert changes(one) == {}
    early = found(FALLING[:11], recipe=replace(RECIPE, stop_at=0.1))
    assert "stopped" not in [one.cause for one in early], "nobody stopped it, it was sure enough"


@pytest.mark.parametrize(
    ("recipe", "settings"),
    [
        (replace(RECIPE, alpha=0.01), {"alpha": None}),
        (replace(RECIPE, raw=True), {"raw": False, "alpha": None}),
        (replace(RECIPE, alpha=50.0), {"steps": 80}),
    ],
)
def test_steps_that_are_too_small_are_told_how_far_they_went(recipe, settings):
    one = only(found(recipe=recipe, distance=0.3 * EPS))
    assert one.cause == "steps too small"
    assert "together they went 30\u00a0% of the way to epsilon" in one.words
    assert changes(one) == settings


def test_a_random_start_does_not_hide_that_the_steps_were_too_small():
    recipe = replace(RECIPE, random_start=True, alpha=0.01)
    assert "went 10\u00a0% of the way" in only(found(recipe=recipe)).words, "40 steps of 0.01 towards 4"
    assert "steps too small" not in [one.cause for one in found(recipe=replace(recipe, alpha=0.1))]


def test_steps_that_shoot_past_are_told_how_often():
    one = only(found(ZIGZAG, recipe=replace(RECIPE, alpha=4.0)))
    assert one.cause == "overshooting"
    assert "50\u00a0% of them made it worse" in one.words
    assert changes(one) == {"alpha": None}
    assert changes(only(found(ZIGZAG))) == {"steps": 80}, "more of them are smaller by themselves"
    assert changes(only(found(ZIGZAG, recipe=replace(RECIPE, alpha=0.2)))) == {"alpha": 0.05}
    at_wall = found(ZIGZAG, replace(WALL, free=0.1), recipe=replace(RECIPE, alpha=4.0))
    assert [finding.cause for finding in at_wall] == ["overshooting", "mask too small", "epsilon"]


def test_trembling_at_the_wall_is_no_overshooting_and_random_views_have_ups_of_their_own():
    trembling = [8.0, *[6.0, 6.02] * 20]  # up 20 times by 0.02 in the second half: a fifth of the fall
    assert only(found(trembling, WALL)).cause == "epsilon"
    assert only(found([8 * 0.8**i + 0.01 * (i % 2) for i in range(41)], FREE)).cause == "hard"
    assert only(found(ZIGZAG, WALL, recipe=replace(RECIPE, alpha=4.0, views=4))).cause == "epsilon"


def test_a_small_mask_is_told_before_epsilon():
    mask, wall = found(LEVEL, replace(WALL, free=0.1), recipe=replace(RECIPE, mask="glasses"))
    assert (mask.cause, wall.cause) == ("mask too small", "epsilon")
    assert (
        "only 10.0\u00a0% of the pixels may change, and 80\u00a0% of their values can go no further"
        in mask.words
    )
    assert changes(mask) == {"mask": "everywhere"}
    mask, few = found([8.0, 4.0], replace(FREE, free=0.1), recipe=replace(RECIPE, steps=1, mask="glasses"))
    assert mask.words == "The mask is too small: only 10.0\u00a0% of the pixels may change."
    assert few.cause == "too few steps"
    assert [one.cause for one in found(FALLING, replace(WALL, free=0.1))] == ["too few steps", "epsilon"]
    assert [one.cause for one in found(LEVEL, replace(WALL, free=0.6))] == ["epsilon"]


def test_a_loss_still_falling_asks_for_more_steps():
    one = only(found(FALLING))
    assert one.cause == "too few steps"
    assert one.words == "It was still getting better when the 40 steps ran out. Try 80."
    assert changes(one) == {"steps": 80}
    most = only(found([8 - 0.01 * i for i in range(201)], recipe=replace(RECIPE, steps=200)))
    assert most.remedy is None, "the slider ends there"


def test_a_single_step_with_room_left_asks_for_more_steps():
    one = only(found([8.0, 4.0], recipe=replace(RECIPE, steps=1)))
    assert one.cause == "too few steps"
    assert "60\u00a0% of the values could still go the right way, but one step cannot find it" in one.words
    assert changes(one) == {"steps": 30}


def test_a_change_held_back_by_epsilon_is_told_by_how_much():
    one = only(found(LEVEL, WALL))
    assert one.cause == "epsilon"
    assert one.words.startswith("Epsilon is the limit here: 80\u00a0% of the values can go no further")
    assert one.words.endswith("Try epsilon 6.")
    assert changes(one) == {"eps": 6.0}


def test_under_l2_the_whole_change_is_at_the_limit():
    one = only(
        found(
            LEVEL, GradientCheck(0.0, 0.55), recipe=replace(RECIPE, norm="l2"), distance=EPS * math.sqrt(192)
        )
    )
    assert one.cause == "epsilon"
    assert "the change is as long as it may be" in one.words


def test_where_nothing_is_found_epsilon_may_be_tried():
    one = only(found(LEVEL, FREE))
    assert one.cause == "hard"
    assert one.words == "Within this epsilon more steps hardly make it better. Try epsilon 6."


@pytest.mark.parametrize("eps", EPSILONS[1:])
def test_the_epsilon_to_try_is_the_slider_s_next_stop_that_a_file_can_hold(eps):
    one = only(found(LEVEL, WALL, recipe=replace(RECIPE, eps=eps), distance=eps / 255))
    if eps == EPSILONS[-1]:
        assert one.remedy is None
        assert "it is as large as it goes" in one.words or "epsilon is as large as it goes" in one.words
    else:
        assert changes(one)["eps"] == min(stop for stop in EPSILONS if stop > eps and stop >= 1)


@pytest.mark.parametrize(("works", "stop"), [(0.98, 1.0), (1.0, 1.0), (5.2, 6.0), (16.1, 25.5)])
def test_once_the_smallest_epsilon_was_searched_for_the_advice_is_what_was_measured(works, stop):
    recipe = replace(RECIPE, eps=0.7)
    before = found(LEVEL, WALL, recipe=recipe, distance=0.7 / 255)
    one = only(advice.with_search(before, works))
    assert one.cause == "epsilon"
    assert one.words.endswith(f". Epsilon {stop:g} is enough: the smallest that worked was {works:.3g}.")
    assert changes(one) == {"eps": stop, "alpha": None}, "the search had automatic steps"
    assert advice.with_search([one], works) == [one], "told once"


def test_where_no_epsilon_was_enough_none_is_advised():
    one = only(advice.with_search(found(LEVEL, FREE), None))
    assert one.words.endswith("hardly make it better, and no epsilon was enough. Try another class.")
    assert one.remedy is None


def test_a_search_changes_no_other_advice():
    others = found(FALLING)
    assert advice.with_search(others, 3.0) == others


def test_the_class_it_already_is_is_told_even_where_it_worked():
    again = replace(RECIPE, target=0)
    one = only(found(said=verdict(target=0, outcome="tricked"), recipe=again))
    assert one.cause == "already the target"
    assert one.words.startswith("ash is what the network saw from the start")
    assert changes(one) == {"target": 2}


def test_an_untouched_picture_that_was_read_wrongly_is_told_last_and_only_where_the_truth_is_known():
    assert [one.cause for one in found(LEVEL, WALL, truth=(1, 2))] == ["epsilon", "already wrong"]
    assert [one.cause for one in found(LEVEL, WALL, truth=(0, 2))] == ["epsilon"]
    one = only(found(said=verdict(outcome="tricked"), truth=(1,)))
    assert "the network saw ash (90.0\u00a0%), which is wrong" in one.words
    assert one.remedy is None


def test_the_truth_is_known_of_samples_and_drawn_digits():
    assert samples.truth("sample:cat") == (281, 282, 285)
    assert samples.truth("digit:5-a") == (5,)
    assert samples.truth("blank:white") is None
    assert samples.truth("file") is None
    assert set(samples.TRUTH) == set(samples.SAMPLES)


# Real runs


@dataclass(frozen=True, slots=True, eq=False)
class Ran:
    verdict: Verdict
    findings: list[Finding]


def ran(classifier: Classifier, data: bytes, recipe: Recipe, origin: str = "file") -> Ran:
    def on_its_thread() -> Ran:
        frames = list(film.run_recipe(classifier, data, recipe))
        pixels = [frames[i].pixels for i in (0, -1)]
        first, last = (encode(one) for one in pixels if one is not None)
        said = measure.verdict(classifier, first, last, recipe.target)
        truth = samples.truth(origin)
        return Ran(said, examine(classifier, first, last, said, frames, recipe, truth))

    return engine.call(on_its_thread)


FIVE = drawn_png("5")
CAT = samples.sample("cat")
ROBUST, STANDARD = Recipe(network="digits-robust", eps=76.5), Recipe(network="digits-standard", eps=76.5)
MENDED = [
    ("epsilon", replace(ROBUST, target=8)),
    ("epsilon", replace(STANDARD, target=0, eps=16.0, norm="l2")),
    ("steps too small", replace(STANDARD, target=8, eps=48.0, alpha=0.1)),
    ("steps too small", Recipe(eps=4.0, steps=5, alpha=0.01)),
    ("too few steps", Recipe(steps=2)),
    ("overshooting", Recipe(eps=16.0, steps=10, alpha=64.0)),
    ("mask too small", replace(STANDARD, target=8, eps=255.0, mask="frame")),
    ("mask too small", Recipe(eps=16.0, steps=12, mask="sticker")),
    ("nothing may move", replace(STANDARD, target=8, eps=0.0)),
]


@pytest.mark.parametrize(("cause", "recipe"), MENDED, ids=[f"{c}, {r.network}" for c, r in MENDED])
def test_a_real_run_that_fell_short_is_told_why_and_the_remedy_mends_it(cause, recipe, lite0):
    classifier, data = (
        (lite0, CAT) if recipe.network == "efficientnet-lite0" else (load(recipe.network), FIVE)
    )
    before = ran(classifier, data, recipe)
    assert before.verdict.outcome != "tricked"
    first = before.findings[0]
    assert first.cause == cause
    after = ran(classifier, data, replace(recipe, **changes(first)))
    assert after.verdict.wanted > before.verdict.wanted
    assert after.verdict.outcome == "tricked"


def test_a_network_too_sure_of_itself_has_no_gradient_left_and_aiming_at_a_class_finds_one():
    """Logits a thousand times as large: the softmax is exactly 1, and its slope exactly 0."""
    standard = load("digits-standard")

    class Sure(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return 1000 * standard.net(x)

    sure = of_digits("sure", Sure())
    away = replace(STANDARD, target=None, eps=76.5)
    before = ran(sure, FIVE, away)
    assert before.verdict.change.linf == 0, "a sign of 0 goes nowhere"
    first = before.findings[0]
    assert first.cause == "vanished gradient"
    assert "100\u00a0%" in first.words
    assert ran(sure, FIVE, replace(away, **changes(first))).verdict.outcome == "tricked"


def test_a_real_trick_that_rounding_undid_is_told_so(lite0):
    found = ran(lite0, samples.sample("photographer"), Recipe(target=504, eps=0.5, steps=20)).findings
    assert found[0].cause == "rounding"
    assert found[0].remedy is not None
    assert found[0].remedy.repair


def test_a_real_run_towards_what_it_already_is_is_told_so_and_sent_elsewhere():
    standard = load("digits-standard")
    here = ran(standard, FIVE, replace(STANDARD, target=5, steps=5))
    assert here.verdict.outcome == "tricked"
    assert [one.cause for one in here.findings] == ["already the target"]
    there = replace(STANDARD, **changes(here.findings[0]))
    assert ran(standard, FIVE, there).verdict.outcome == "tricked"


def test_a_real_picture_that_is_read_wrongly_from_the_start_is_told_so(lite0):
    """An astronaut, whom the network takes for a football helmet."""
    data = samples.sample("astronaut")
    causes = [one.cause for one in ran(lite0, data, Recipe(steps=1), "sample:astronaut").findings]
    assert "already wrong" in causes
    cat = [one.cause for one in ran(lite0, CAT, Recipe(steps=1), "sample:cat").findings]
    assert "already wrong" not in cat
