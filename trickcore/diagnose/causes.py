"""Why a trick fell short, and what to change: each cause is measured, in the order one would mend them."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from trickcore.diagnose.gradient_check import GradientCheck, check_gradient
from trickcore.diagnose.limits import BLOCKED, few_steps, hard, share_of, small_mask, wall
from trickcore.diagnose.other_methods import reached, shortcomings, undone, wanted
from trickcore.diagnose.remedies import (
    MOST_STEPS,
    SMALLEST_STEP,
    Cause,
    Finding,
    Remedy,
    aim,
    epsilon,
    everywhere,
    longer,
    nothing,
    with_search,
)
from trickcore.language import _, row
from trickcore.measure.verdict import Verdict, convincing
from trickcore.networks.classifier import Classifier
from trickcore.runs.frames import Frame
from trickcore.runs.methods import GRADIENT
from trickcore.runs.recipe import Recipe
from trickcore.text import percent

__all__ = ["Cause", "Finding", "Remedy", "advise", "diagnose", "examine", "with_search"]

# Where each cause begins, set between what was measured of runs that do and do not have it.
DEAD = 0.9  # of the values' gradients are exactly 0, or no number
NEAR = 0.5  # of the way to epsilon, and no farther: the steps were too small
RISES = 0.2  # of the late steps raise the loss...
CLIMB = 0.15  # ...by so much of all that it ever fell: 0.2 to 2.6 where steps are too large, else under 0.11
CLIMB_WALLED = 0.4  # held at the wall it trembles, by up to 0.2
ALONG = 0.4  # under L2, the cosine: 0.54 to 0.77 at the wall, 0.13 and less before
FALLS = 0.1  # of the fall came in the last quarter: 0.13 to 0.25 when cut short, else under 0.08
ENOUGH = 30  # steps; with fewer, more of them helped wherever there was room
RELATIVES = 20  # ImageNet's list keeps kinds together: a cat's relatives stand so near to it


def examine(
    classifier: Classifier,
    original: bytes,
    saved: bytes,
    verdict: Verdict,
    run: Sequence[Frame],
    recipe: Recipe,
    truth: Collection[int] | None = None,
) -> list[Finding]:
    """`diagnose`, the gradient measured where a trick fell short. Asks the network: for torch's thread."""
    plain = recipe.method != GRADIENT or verdict.outcome == "tricked"
    seen = None if plain else check_gradient(classifier, original, saved, recipe)
    return diagnose(verdict, run, recipe, seen or GradientCheck(0.0, 0.0), classifier.labels, truth)


def diagnose(
    verdict: Verdict,
    run: Sequence[Frame],
    recipe: Recipe,
    gradient: GradientCheck,
    labels: Sequence[str],
    truth: Collection[int] | None = None,
) -> list[Finding]:
    """Every cause that was measured, the one to mend first first; empty when there is nothing to say.

    `truth` are the classes that would be right for the untouched picture, where that is known.
    """
    if not run:
        return []
    found = _already(verdict, labels)
    if verdict.outcome != "tricked":
        of_method = (
            _shortcomings(verdict, run, recipe, gradient, labels)
            if recipe.method == GRADIENT
            else shortcomings(verdict, run, recipe)
        )
        found = found or of_method
    return [*found, *_right(verdict, labels, truth), *_wrong(verdict, truth)]


def advise(found: Sequence[Finding]) -> str:
    """The first finding in words; empty when there is none."""
    return found[0].words if found else ""


def _shortcomings(
    verdict: Verdict, run: Sequence[Frame], recipe: Recipe, gradient: GradientCheck, labels: Sequence[str]
) -> list[Finding]:
    for finding in (
        _nothing(run, recipe),
        _vanished(verdict, run, recipe, gradient, labels),
        _rounding(verdict, run, recipe, gradient),
        _stopped(run, recipe),
        _too_small(run, recipe, gradient),
    ):
        if finding is not None:
            return [finding]
    falling, walled = _falling(run), gradient.blocked >= (ALONG if recipe.norm == "l2" else BLOCKED)
    past = _overshooting(run, recipe, CLIMB_WALLED if walled else CLIMB)
    short = not past and (falling or (recipe.steps < ENOUGH and not walled))
    found = [
        past,
        None if falling and not past else small_mask(gradient, short),
        few_steps(recipe, gradient, falling) if short else None,
        wall(recipe, gradient) if walled else None,
        None if past or short or walled else hard(recipe),
    ]
    return [finding for finding in found if finding is not None]


def _already(verdict: Verdict, labels: Sequence[str]) -> list[Finding]:
    if verdict.target != verdict.before.label:
        return []
    other = int(verdict.before.probs.argsort()[-2])
    words = _(
        "{name} is what the network saw from the start, so there is nothing to turn it into: it can only "
        "become surer. Choose another class.",
        name=verdict.before.name,
    )
    return [Finding("already the target", words, aim(other, labels))]


def _right(verdict: Verdict, labels: Sequence[str], truth: Collection[int] | None) -> list[Finding]:
    if truth is None or convincing(verdict, truth) == verdict.outcome:
        return []
    likeliest = [int(k) for k in verdict.after.probs.argsort()[::-1] if k not in truth]
    far = [k for k in likeliest if all(abs(k - right) > RELATIVES for right in truth)]
    other = next(iter([*far, *likeliest]), None)
    remedy = None if other is None else aim(other, labels)
    return [Finding("still right", _("Choose a class to become that lies farther off."), remedy)]


def _wrong(verdict: Verdict, truth: Collection[int] | None) -> list[Finding]:
    if truth is None or verdict.before.label in truth:
        return []
    words = _(
        "Before anything was changed the network saw {name} ({chance}), which is wrong. To fool a network "
        "that is wrong already says little: try another picture too.",
        name=verdict.before.name,
        chance=percent(verdict.before.probability),
    )
    return [Finding("already wrong", words)]


def _nothing(run: Sequence[Frame], recipe: Recipe) -> Finding | None:
    if recipe.eps:
        return None
    pixels = run[0].pixels
    return nothing(76.5 if pixels is not None and pixels.ndim == 2 else 2.0)


def _vanished(
    verdict: Verdict, run: Sequence[Frame], recipe: Recipe, gradient: GradientCheck, labels: Sequence[str]
) -> Finding | None:
    if gradient.dead < DEAD and all(math.isfinite(frame.loss) for frame in run):
        return None
    if gradient.dead >= DEAD:
        words = _(
            "The gradient has vanished: for {share} of the values it is exactly 0 or no number, so a step "
            "has nothing to go by.",
            share=share_of(gradient.dead),
        )
    else:
        words = _("On the way the network's answer became no number, so a step has nothing to go by.")
    if recipe.target is None:
        other = int(verdict.before.probs.argsort()[-2])
        more = _(
            "The network is too sure of itself to feel a push away. Aim at a class, {name} say.",
            name=labels[other],
        )
        return Finding("vanished gradient", row(words, more), aim(other, labels))
    if recipe.mask != "everywhere" and not recipe.random_start:
        more = _("What may change here does not matter to the network. Let it change elsewhere.")
        return Finding("vanished gradient", row(words, more), everywhere())
    more = _("Start from random noise, which may lie where it is not flat, or try another network.")
    start = None if recipe.random_start else Remedy(_("Start from random noise"), {"random_start": True})
    return Finding("vanished gradient", row(words, more), start)


def _rounding(
    verdict: Verdict, run: Sequence[Frame], recipe: Recipe, gradient: GradientCheck
) -> Finding | None:
    end = run[-1]
    if reached(verdict, end) and not recipe.views:  # over random views it is their mean that did
        more = _("A few more steps, in whole levels, can repair that.")
        words = row(undone(wanted(verdict, end)), more)
        return Finding("rounding", words, Remedy(_("Repair the file"), repair=True))
    if not verdict.change.linf and recipe.eps < 1 and _went(run, recipe, gradient) >= NEAR:
        less = _(
            "A file holds whole grey levels of 255, so changes of less than half a level vanish when the "
            "picture is saved. Try epsilon 1."
        )
        return Finding("rounding", less, epsilon(1.0))
    return None


def _stopped(run: Sequence[Frame], recipe: Recipe) -> Finding | None:
    end = run[-1].index
    if end >= recipe.steps or recipe.stop_at is not None:
        return None
    steps = recipe.steps
    words = _("It was stopped after {end} of its {steps} steps. Let it run to the end.", end=end, steps=steps)
    return Finding("stopped", words, Remedy(_("Run all {steps} steps", steps=steps)))


def _too_small(run: Sequence[Frame], recipe: Recipe, gradient: GradientCheck) -> Finding | None:
    went = _went(run, recipe, gradient)
    if went >= NEAR:
        return None
    words = _(
        "The steps are too small: together they went {share} of the way to epsilon. Make them larger, or "
        "leave their size automatic.",
        share=share_of(went),
    )
    if recipe.alpha is not None and recipe.alpha < _automatic(recipe):
        remedy = Remedy(_("Make the step size automatic"), {"alpha": None})
    elif recipe.raw:
        remedy = Remedy(_("Step along the sign"), {"raw": False, "alpha": None})
    else:
        remedy = longer(recipe)
    return Finding("steps too small", words, remedy)


def _overshooting(run: Sequence[Frame], recipe: Recipe, climb: float) -> Finding | None:
    if recipe.views:  # each step is judged on other views, so that ups and downs are chance
        return None
    losses = np.array([frame.loss for frame in run])
    late = np.diff(losses[-1 - max(1, len(losses) // 2) :])
    fell = losses[0] - losses.min()
    rose = late[late > 0].sum()
    share = float((late > 0).mean()) if len(late) else 0.0
    if share < RISES or rose < climb * fell:
        return None
    words = _(
        "The steps are too large, so they shoot past: in the second half {share} of them made it worse. Make "
        "them smaller.",
        share=share_of(share),
    )
    if recipe.alpha is not None and recipe.alpha > _automatic(recipe):
        remedy = Remedy(_("Make the step size automatic"), {"alpha": None})
    elif recipe.alpha is None and recipe.steps < MOST_STEPS:
        remedy = longer(recipe)  # the automatic size shrinks as the steps become more
    else:
        smaller = max(SMALLEST_STEP, round(recipe.step_size / 4, 3))
        remedy = Remedy(_("Use steps of {size:.3g}", size=smaller), {"alpha": smaller})
    return Finding("overshooting", words, remedy)


def _falling(run: Sequence[Frame]) -> bool:
    """Whether the loss was still on its way down when the steps ran out."""
    losses = [frame.loss for frame in run]
    late = losses[-1 - max(1, (len(losses) - 1) // 4)] - losses[-1]
    return len(losses) > 2 and late > 0 and late >= FALLS * (losses[0] - min(losses))


def _went(run: Sequence[Frame], recipe: Recipe, gradient: GradientCheck) -> float:
    """How far the steps went, of the way to epsilon; what a random start went does not count."""
    if not recipe.eps:
        return 0.0
    values = 1 if run[0].pixels is None else round(gradient.free * run[0].pixels.size)
    attack = recipe.attack(max(1, values))
    went = run[-1].distance / attack.ball.eps
    if recipe.random_start and not recipe.raw:
        went = min(went, attack.alpha * attack.steps / attack.ball.eps)
    return went


def _automatic(recipe: Recipe) -> float:
    return replace(recipe, alpha=None).step_size
