"""Stickers for any photo, and one change for all photos: how often they work where they were not made.

    python -m benchmarks.stickers [--photos FOLDER] [--steps 800] [--classes "toaster,golf ball"]

Made over the photos on board with the network that is always here, and judged at 200 random places on others:
those held out, and the pictures of a folder. Each sticker covers 10 % of the picture, and is judged at other
sizes, too (Brown et al. 2017, arXiv:1712.09665, draw success against size in their figure 3). The universal
change is judged on 200 random cuts (Moosavi-Dezfooli et al. 2017, arXiv:1610.08401).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor

from trickcore import load
from trickcore.attacks import Sticker, Universal, sticker, universal
from trickcore.measure.one_for_all import LARGER, held_out, made_over, sticker_count, universal_count
from trickcore.measure.survival import Tally
from trickcore.networks.classifier import Classifier

T = TypeVar("T")
CLASSES = (
    "toaster",
    "golf ball",
    "banana",
    "king penguin",
    "peacock",
    "lemon",
    "pineapple",
    "strawberry",
    "monarch",
    "crossword puzzle",
)
PLACES = 200
LEVELS = (4, 8, 10, 16)  # of a universal change
SEED = 0


def pictures(classifier: Classifier, folder: Path | None) -> Tensor:
    """What is judged on: the photos held out, and those of a folder, none of which made anything."""
    files = [] if folder is None else sorted(path for path in folder.iterdir() if path.is_file())
    return held_out(classifier, [path.read_bytes() for path in files])


def end_of(items: Iterable[T]) -> T:
    """The last one."""
    *_, last = items
    return last


def share(tally: Tally) -> str:
    low, high = tally.interval
    return f"{tally.share:.1%} ({100 * low:.0f} to {100 * high:.0f})"


def stickers(classifier: Classifier, unseen: Tensor, names: Sequence[str], steps: int) -> None:
    made_of = made_over(classifier)
    sizes = " | ".join(f"{area:.0%} of the picture" for area in LARGER)
    print(f"Made over {len(made_of)} photos in {steps} steps, judged on {len(unseen)} others at {PLACES}.")
    print(f"\n| class | {sizes} | seconds |\n|---|{'---|' * len(LARGER)}---|", flush=True)
    for name in names:
        settings, start = Sticker(classifier.labels.index(name), steps=steps), time.perf_counter()
        texture = (end_of(sticker(classifier, made_of, settings, seed=SEED)).sticker * 255).round() / 255
        seconds = time.perf_counter() - start
        cells = [
            share(
                end_of(
                    sticker_count(classifier, unseen, texture, settings, PLACES, area=area, seed=SEED)
                ).read
            )
            for area in LARGER
        ]
        print(f"| {name} | {' | '.join(cells)} | {seconds:.0f} |", flush=True)


def changes(classifier: Classifier, unseen: Tensor, levels: Sequence[int], steps: int) -> None:
    made_of = made_over(classifier)
    print(f"\nOne change for all: made over {len(made_of)} photos in {steps} steps.")
    print("\n| epsilon (grey levels of 255) | read as something else | seconds |\n|---|---|---|", flush=True)
    for level in levels:
        settings, start = Universal(level / 255, steps=steps, photos=4), time.perf_counter()
        change = (end_of(universal(classifier, made_of, settings, seed=SEED)).change * 255).round() / 255
        seconds = time.perf_counter() - start
        found = universal_count(classifier, unseen, settings, change, PLACES, seed=SEED)
        print(f"| {level} | {share(found.fooled)} | {seconds:.0f} |", flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path, help="a folder of photos to judge on, besides those on board")
    parser.add_argument("--steps", type=int, default=800, help="of each sticker")
    parser.add_argument("--classes", default=",".join(CLASSES), help="ImageNet's names, with commas between")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)
    classifier = load()
    unseen = pictures(classifier, asked.photos)
    names = [name.strip() for name in asked.classes.split(",") if name.strip()]
    unknown = [name for name in names if name not in classifier.labels]
    if unknown:
        parser.error(f"no class is called {', '.join(unknown)}")
    stickers(classifier, unseen, names, asked.steps)
    changes(classifier, unseen, LEVELS, max(1, asked.steps // 8))


if __name__ == "__main__":
    main()
