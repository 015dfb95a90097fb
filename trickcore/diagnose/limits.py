"""What limits a run that followed the gradient: the mask, its steps, or epsilon."""

from __future__ import annotations

from trickcore.diagnose.gradient_check import GradientCheck
from trickcore.diagnose.remedies import MOST_STEPS, TRY, Cause, Finding, everywhere, larger, longer
from trickcore.language import _, many, row
from trickcore.runs.recipe import Recipe
from trickcore.text import percent

BLOCKED = 0.6  # of the values can go no further: 0.72 to 0.97 at the wall, 0.5 where the way is chance
FEW = 0.5  # of the pixels may move


def small_mask(gradient: GradientCheck, short: bool) -> Finding | None:
    if gradient.free >= FEW:
        return None
    free = percent(gradient.free)
    if gradient.blocked >= BLOCKED:
        words = _(
            "The mask is too small: only {free} of the pixels may change, and {share} of their values can go "
            "no further.",
            free=free,
            share=share_of(gradient.blocked),
        )
    elif short:
        words = _("The mask is too small: only {free} of the pixels may change.", free=free)
    else:
        words = _(
            "The mask is too small: only {free} of the pixels may change, and more steps hardly make it "
            "better.",
            free=free,
        )
    return Finding("mask too small", words, everywhere())


def few_steps(recipe: Recipe, gradient: GradientCheck, falling: bool) -> Finding:
    steps = many("one step", "{n} steps", recipe.steps)
    if falling:
        words = _("It was still getting better when the {steps} ran out.", steps=steps)
    elif recipe.norm == "l2":
        words = _("There is room left, but {steps} cannot find it.", steps=steps)
    else:
        words = _(
            "There is room left: {share} of the values could still go the right way, but {steps} cannot find "
            "it.",
            share=share_of(1 - gradient.blocked),
            steps=steps,
        )
    if recipe.steps >= MOST_STEPS:
        return Finding("too few steps", words)
    remedy = longer(recipe)
    return Finding("too few steps", row(words, _("Try {steps}.", steps=remedy.settings["steps"])), remedy)


def wall(recipe: Recipe, gradient: GradientCheck) -> Finding:
    if recipe.norm == "l2":
        held = _("Epsilon is the limit here: the change is as long as it may be")
    else:
        held = _(
            "Epsilon is the limit here: {share} of the values can go no further: they are at it, at black or "
            "at white",
            share=share_of(gradient.blocked),
        )
    return _more_epsilon("epsilon", held, recipe)


def hard(recipe: Recipe) -> Finding:
    return _more_epsilon("hard", _("Within this epsilon more steps hardly make it better"), recipe)


def _more_epsilon(cause: Cause, reason: str, recipe: Recipe) -> Finding:
    remedy = larger(recipe)
    if remedy is None:
        words = _("{reason}, and epsilon is as large as it goes. Try another class.", reason=reason)
        return Finding(cause, words)
    return Finding(cause, _(TRY, reason=reason, eps=remedy.settings["eps"]), remedy)


def share_of(part: float) -> str:
    return percent(part, 0)
