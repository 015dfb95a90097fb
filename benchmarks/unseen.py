"""How often the page's default trick works on pictures nobody chose settings for.

    python -m benchmarks.unseen [FOLDER] [--seed 0] [--eps 2] [--steps 30] [--most 20]

Every picture in FOLDER, in the order of their names, is to become a class drawn at random; without
FOLDER, the photographs that come with scikit-image. Prints a Markdown table and the share tricked, by
the PNG as it was saved.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import skimage

from benchmarks.playing import own_class, play
from trickcore import Classifier, ImageError, Recipe, engine, load
from trickcore.text import percent

GOAL = 0.9
# What in skimage/data is a photograph, through whichever lens: no drawings, scans or test patterns.
PHOTOGRAPHS = (
    "astronaut.png", "brick.png", "camera.png", "cell.png", "chelsea.png", "clock_motion.png", "coffee.png",
    "coins.png", "grass.png", "gravel.png", "hubble_deep_field.jpg", "ihc.png", "microaneurysms.png",
    "moon.png", "motorcycle_left.png", "motorcycle_right.png", "page.png", "retina.jpg", "rocket.jpg",
    "text.png",
)  # fmt: skip


def candidates(folder: Path | None) -> list[Path]:
    """The files to try, readable or not."""
    if folder:
        return sorted(file for file in folder.iterdir() if file.is_file())
    data = Path(skimage.__file__).parent / "data"
    return [data / name for name in PHOTOGRAPHS if (data / name).exists()]


def readable(classifier: Classifier, files: list[Path]) -> Iterator[tuple[Path, bytes, int]]:
    """Those that are pictures, with what the network takes them for."""
    for file in files:
        data = file.read_bytes()
        try:
            yield file, data, own_class(classifier, data)
        except ImageError:
            continue


def drawn(rng: np.random.Generator, own: int, classes: int) -> int:
    """Any class but its own, each as likely."""
    other = int(rng.integers(classes - 1))
    return other + (other >= own)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("folder", type=Path, nargs="?", metavar="FOLDER", help="pictures of any kind")
    options.add_argument("--seed", type=int, default=0, help="draws the targets (default 0)")
    options.add_argument("--eps", type=float, default=Recipe().eps, help="grey levels of 255 (default 2)")
    options.add_argument("--steps", type=int, default=Recipe().steps, help="default 30")
    options.add_argument("--most", type=int, default=20, help="pictures at most (default 20)")
    given = options.parse_args()
    classifier = engine.call(load)
    rng = np.random.default_rng(given.seed)
    where = given.folder or "scikit-image's photographs"
    print(f"\n{where}: targets from seed {given.seed}, eps {given.eps:g} grey levels, {given.steps} steps\n")
    print("| file | before | target | after | outcome |\n|---|---|---|---|---|")
    outcomes = []
    for file, data, own in islice(readable(classifier, candidates(given.folder)), given.most):
        target = drawn(rng, own, len(classifier.labels))
        recipe = Recipe(target=target, eps=given.eps, steps=given.steps)
        verdict = play(classifier, data, recipe).verdict
        before, after = (f"{r.name}, {percent(r.probability)}" for r in (verdict.before, verdict.after))
        wanted = f"{classifier.labels[target]} ({target})"
        print(f"| {file.name} | {before} | {wanted} | {after} | {verdict.outcome} |", flush=True)
        outcomes.append(verdict.outcome)
    if not outcomes:
        options.error(f"expected pictures in {where}, found none that can be read")
    share = outcomes.count("tricked") / len(outcomes)
    print(
        f"\nTricked: {outcomes.count('tricked')} of {len(outcomes)} ({percent(share)}). "
        f"Goal, at least {percent(GOAL)}: {'met' if share >= GOAL else 'missed'}."
    )


if __name__ == "__main__":
    main()
