"""How often a trick outlives the world: a plain one, and one made over random views (EOT).

python -m benchmarks.survival [photo ...] [--views 1000] [--target "king penguin"]

1,000 random views of each, in the ranges of Athalye et al. 2018 (rotation +-22.5 degrees, scale 0.9 to 1.4,
shift up to a tenth, lightness +-0.05, noise up to 0.1), the same views for every picture. The plain trick has
the same epsilon and number of steps and the page's other defaults. None of the views is one that a trick was
made on (see trickcore.views.evaluation_seed). Photos are files; without any, two of
scikit-image's and a drawn digit.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from trickcore import Classifier, Recipe, engine, load, measure
from trickcore.measure import survival
from trickcore.measure.survival import Survival, Tally
from trickcore.pictures import drawing, samples
from trickcore.pictures.files import encode, to_png
from trickcore.runs import frames
from trickcore.text import named, percent

PHOTO = Recipe(eps=16, steps=60, momentum=1.0, views=8)
DIGIT = Recipe(network="digits-standard", target=0, eps=76.5, steps=200, alpha=2.0, momentum=1.0, views=32)


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    noun: str
    data: bytes
    recipe: Recipe


def main() -> None:
    settings = _settings()
    cases = [Case(Path(file).stem, Path(file).read_bytes(), PHOTO) for file in settings.photos]
    if not cases:
        cases = [Case(name, samples.sample(name), PHOTO) for name in ("cat", "espresso")]
        cases.append(Case("a drawn 7", drawing.drawn_png("7"), DIGIT))
    print("| picture | target | eps | trick | made in | taken for the target | no longer what it was |")
    print("|---|---|---|---|---|---|---|")
    for case in cases:
        for row in rows(case, settings):
            print("| " + " | ".join(row) + " |", flush=True)


def rows(case: Case, settings: argparse.Namespace) -> Iterator[tuple[str, ...]]:
    """The untouched picture, the plain trick and the tougher one."""
    classifier = engine.call(load, case.recipe.network)
    target = case.recipe.target
    if settings.target and not case.recipe.network.startswith("digits"):
        target = classifier.labels.index(settings.target)
    assert target is not None
    tough = replace(case.recipe, target=target)
    plain = replace(tough, views=0, momentum=0.0, alpha=None)
    original = engine.call(lambda: to_png(classifier.read(case.data)))
    name = engine.call(lambda: measure.read(classifier, classifier.read(original)).name)
    head = (f"{case.noun} ({name})", named(classifier.labels, target))
    views = f"{tough.views} random views a step (EOT)"
    for what, recipe in (("plain", plain), (views, tough)):
        start = time.perf_counter()
        *_, last = engine.stream(frames.run_recipe(classifier, case.data, recipe))
        made = time.perf_counter() - start
        assert last.pixels is not None
        counted = count(classifier, original, encode(last.pixels), target, settings)
        if recipe is plain:
            lost = Tally(counted.clean.asked - counted.clean.hits, counted.clean.asked)
            yield (*head, "0", "none", "", "", share(lost))
        how = f"{what}, {recipe.steps} steps"
        yield (*head, f"{recipe.eps:g}", how, f"{made:.0f} s", share(counted.wanted), share(counted.fooled))


def count(
    classifier: Classifier, original: bytes, saved: bytes, target: int, settings: argparse.Namespace
) -> Survival:
    found = survival.survival(classifier, original, saved, target, n=settings.views, seed=settings.seed)
    *_, last = engine.stream(found)
    return last


def share(tally: Tally) -> str:
    low, high = tally.interval
    return f"{percent(tally.share)} ({100 * low:.1f} to {100 * high:.1f})"


def _settings() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.survival", description=__doc__.splitlines()[0]
    )
    parser.add_argument("photos", nargs="*", help="photo files; without any, what ships")
    parser.add_argument("--views", type=int, default=1000, help="random views of each picture (1000)")
    parser.add_argument("--target", default="", help="what photos should become (king penguin)")
    parser.add_argument("--seed", type=int, default=0, help="which views are drawn, as on the page (0)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
