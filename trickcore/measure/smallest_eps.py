"""The smallest epsilon that works: doubled until one does, then bisected, asked of the saved picture."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator
from dataclasses import dataclass, replace

import numpy as np

from trickcore import measure
from trickcore.measure.verdict import Verdict
from trickcore.networks.classifier import Classifier
from trickcore.pictures.files import encode, to_png
from trickcore.runs import frames
from trickcore.runs.recipe import Recipe

HALF = 0.5  # grey levels: no value of a saved picture moves by less
LARGEST = 255.0
RELATIVE = 0.05  # of the answer: close enough where that is more than the tolerance


@dataclass(frozen=True, slots=True, eq=False)
class Try:
    """One epsilon that was tried, and where the search stands after it. Epsilon in grey levels of 255."""

    number: int  # 0 is the untouched picture
    eps: float
    probability: float  # of what is wanted, in the saved 8-bit picture
    worked: bool  # measure.verdict says "tricked"
    name: str  # what the saved picture is taken for
    failed: float  # the largest epsilon below `works` that was seen to fail; 0 if none was
    works: float | None  # the smallest that was seen to work; None as long as none has
    over: bool  # the search has ended with this one
    saved: float = 0.0  # the file's own epsilon (see measure.own_epsilon)

    @property
    def answer(self) -> float | None:
        """The smallest epsilon that works, once the search is over; None if none does."""
        return self.works if self.over else None


def smallest(
    classifier: Classifier, data: bytes, recipe: Recipe, *, most: float = LARGEST, tolerance: float = 0.1
) -> Iterator[Try]:
    """The tries of a search for the smallest epsilon with which this recipe tricks this picture file.

    First the untouched picture, then half a level and twice as much each time until one works, at most
    `most`; then the middle between the largest that failed and the smallest that worked, until they are
    within `tolerance` grey levels or 5 %. The step size is automatic, so that it fits each epsilon, and
    every try takes all its steps. The answer did work; that no smaller one does is sure only where a larger
    epsilon never does worse, which the luck of the steps can break. Raises ValueError and ImageError.
    """
    return (
        trial for trial in search_stepwise(classifier, data, recipe, most, tolerance) if trial is not None
    )


def search_stepwise(
    classifier: Classifier, data: bytes, recipe: Recipe, most: float = LARGEST, tolerance: float = 0.1
) -> Iterator[Try | None]:
    """`smallest`, with a None for every step on the way, so that others may have their turn in between."""
    if not (0 < most <= LARGEST and tolerance > 0):
        raise ValueError(
            f"expected 0 < most <= {LARGEST:g} and tolerance > 0, got {most:g} and {tolerance:g}"
        )
    x = classifier.read(data)
    original, values = to_png(x), recipe.values((*x.shape[1:], x.shape[0]))
    # Under L2 epsilon is a mean: single values move further, so that less than half a level can do something.
    start, least = (HALF, HALF) if recipe.norm == "linf" else (tolerance, 0.0)
    verdict = measure.verdict(classifier, original, original, recipe.target)
    number, eps, failed, works = 0, 0.0, 0.0, None
    while True:
        worked = verdict.outcome == "tricked"
        failed, works = (failed, eps) if worked else (eps, works)
        if works is None:
            over = eps >= most
        else:
            over = works <= least or works - failed <= max(tolerance, RELATIVE * works)
        own = measure.own_epsilon(verdict.change, recipe.norm, values)
        yield Try(number, eps, verdict.wanted, worked, verdict.after.name, failed, works, over, own)
        if over:
            return
        number += 1
        eps = min(max(start, 2 * eps), most) if works is None else (failed + works) / 2
        verdict = yield from _tried(classifier, original, replace(recipe, eps=eps, alpha=None, stop_at=None))


def others(classes: int, known: Collection[int], n: int, seed: int = 0) -> list[int]:
    """n different classes to compare with, any but those known, each as likely."""
    free = [k for k in range(classes) if k not in known]
    return [int(k) for k in np.random.default_rng(seed).permutation(free)[:n]]


def _tried(classifier: Classifier, original: bytes, recipe: Recipe) -> Generator[None, None, Verdict]:
    """What comes of one epsilon, in the picture as it is saved."""
    pixels = None
    for frame in frames.run_recipe(classifier, original, recipe):
        pixels = frame.pixels
        yield None
    assert pixels is not None  # a run has a first frame, and run_recipe gives every frame its picture
    return measure.verdict(classifier, original, encode(pixels), recipe.target)
