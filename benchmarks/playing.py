"""One run from picture file to verdict, as the page plays it, for the tables."""

from __future__ import annotations

import time
from dataclasses import dataclass

from trickcore import Classifier, Recipe, engine, measure
from trickcore.measure.verdict import Verdict
from trickcore.pictures.files import encode
from trickcore.runs import frames


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    verdict: Verdict  # of the PNG
    steps: int  # taken
    seconds: float  # from the first step to the last


def play(classifier: Classifier, data: bytes, recipe: Recipe) -> Played:
    """Run the recipe on a picture file, save the end as a PNG and ask the network about that."""
    start = time.perf_counter()
    *_, last = engine.stream(frames.run_recipe(classifier, data, recipe))
    seconds = time.perf_counter() - start
    assert last.pixels is not None  # shoot gives every frame its picture
    verdict = engine.call(measure.verdict, classifier, data, encode(last.pixels), recipe.target)
    return Played(verdict, last.index, seconds)


def own_class(classifier: Classifier, data: bytes) -> int:
    """What the network takes a picture file for."""
    return engine.call(lambda: measure.read(classifier, classifier.read(data)).label)
