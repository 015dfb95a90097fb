"""Runs of every method: from a recipe, a picture and a goal to the Steps."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from trickcore import attacks
from trickcore.language import _
from trickcore.networks.classifier import Classifier, answer
from trickcore.pictures.origins import StartError, shipped
from trickcore.pictures.samples import SAMPLES
from trickcore.runs.recipe import Recipe

if TYPE_CHECKING:
    from torch import Tensor

    from trickcore.attacks.loop import Step
    from trickcore.attacks.losses import Aim

DIGITS = tuple(str(digit) for digit in range(10))


def steps_of(
    classifier: Classifier, x: Tensor, recipe: Recipe, goal: Aim, start: bytes | None = None
) -> Iterator[Step]:
    """The Steps of the recipe's method on pixels (C, H, W).

    `start` is the picture file that the method "hopskipjump" begins at where the recipe's `start` is "file".
    Raises ValueError, with a sentence, where a method cannot do what is asked for.
    """
    mask, attack = recipe.attack_on(x)
    norm: Any = recipe.norm  # each method has been asked whether it knows the norm
    common: dict[str, Any] = {"mask": mask, "seed": recipe.seed}
    match recipe.method:
        case "apgd":
            strongest = attacks.APGD(attack.ball, recipe.steps, stop_at=recipe.stop_at)
            return attacks.apgd(classifier, x, goal, strongest, **common)
        case "fmn":
            return attacks.fmn(classifier, x, goal, attacks.FMN(norm, recipe.steps), **common)
        case "pixels":
            few = attacks.Pixels(recipe.pixels, recipe.questions, stop_at=recipe.stop_at)
            return attacks.pixels(classifier, x, goal, few, **common)
        case "square":
            eps = attack.ball.eps
            if norm == "linf" and recipe.eps >= 1:
                # In whole levels nothing is lost when it is saved; it stops as soon as it has what is wanted.
                eps = math.floor(recipe.eps) / 255
            squares = attacks.Square(eps, norm, recipe.questions, stop_at=recipe.stop_at)
            return attacks.square(classifier, x, goal, squares, **common)
        case "hopskipjump":
            begin = start_of(classifier, x, recipe, start)
            jumps = attacks.HopSkipJump(norm, recipe.questions, start=begin)
            return attacks.hopskipjump(classifier, x, goal, jumps, **common)
    raise ValueError(f"expected a method of its own, got {recipe.method!r}")


def start_of(classifier: Classifier, x: Tensor, recipe: Recipe, start: bytes | None = None) -> Tensor | None:
    """The picture (C, H, W) that is the wanted class already; None where random noise will do.

    With a target and none given the first sample that is read as it. Raises ValueError where there is none.
    """
    if recipe.start == "file":
        if start is None:
            raise StartError(_("Give the picture to start from: it is a file, which no setting carries."))
        return classifier.read(start)
    if recipe.start:
        return classifier.read(shipped(recipe.start))
    if recipe.target is None:
        return None
    for name in starts(classifier):
        begin = classifier.read(shipped(name))
        if answer(classifier, begin) == recipe.target:
            return begin
    raise StartError(
        _(
            "To start from {goal} there has to be a picture of one already, and none of the samples is. "
            "Choose a class that a sample shows, give a picture to start from, or only ask that it stops "
            "being what it is.",
            goal=classifier.labels[recipe.target],
        )
    )


def starts(classifier: Classifier) -> tuple[str, ...]:
    """The pictures that are at hand to start from, as a recipe's `start` names them."""
    if classifier.channels == 1:
        return tuple(f"digit:{name}" for name in DIGITS)
    return tuple(f"sample:{name}" for name in SAMPLES)


def start_classes(classifier: Classifier) -> dict[str, int]:
    """What each of those pictures is read as, by its name."""
    return {name: answer(classifier, classifier.read(shipped(name))) for name in starts(classifier)}
