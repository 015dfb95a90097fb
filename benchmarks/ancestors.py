"""The ancestors' results again, on the embedded network, measured on the saved picture.

    python -m benchmarks.ancestors [--photos FOLDER] [--network efficientnet-lite0]

Cats and canvases are there already. Photographs of a giant panda, a tabby and a Persian cat are found
in FOLDER by a part of their file's name; the rows of those that are not there are left out.
Prints one Markdown table. "Before" and "after" are the target's probability.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.playing import own_class, play
from trickcore import Classifier, Recipe, engine, labels_of, load
from trickcore.pictures import samples
from trickcore.text import percent


@dataclass(frozen=True, slots=True)
class Tale:
    """One ancestor's result, and the settings that stand beside it here."""

    picture: str  # a sample, a canvas, or a part of a photo's file name
    target: str | None  # a label; None for more of what the picture is taken for already
    source: str  # who, and on which network where that is known
    figure: str  # theirs
    recipe: Recipe


EVANS = "Evans 2016, GoogLeNet"
GOODFELLOW = "Goodfellow et al. 2015, GoogLeNet"
LIVZ = "livz 2017, GoogLeNet"
SOUTERRE = "Souterre"

PENGUIN = "cat to king penguin 51.84 %, 30 steps, 0.9 grey levels in all"
MOUSE = "cat to computer mouse 96.72 %, 10 steps, 0.9 grey levels in all"
PERSIAN = "Persian cat 13.94 % to 99.9 %, 10 steps, 0.9 grey levels in all"
VULTURE = "panda 99.57 % to vulture 98.9 %, 100 steps, 0.9 grey levels in all"
GIBBON = "panda 57.7 % to gibbon 99.3 %, one step of about 1 grey level"
SPOON = "tabby 86 % to spoon 98.65 %, clip 0.1, about three hours"

UNTIL_SURE = Recipe(eps=25.5, steps=100, stop_at=0.98)

TALES = (
    Tale("cat", "king penguin", LIVZ, PENGUIN, Recipe(eps=0.9, steps=30)),
    Tale("cat", "king penguin", LIVZ, PENGUIN, Recipe(eps=2, steps=30)),
    Tale("tabby", "king penguin", LIVZ, PENGUIN, Recipe(eps=0.9, steps=30)),
    Tale("cat", "mouse", LIVZ, MOUSE, Recipe(eps=0.9, steps=10)),
    Tale("cat", "mouse", LIVZ, MOUSE, Recipe(eps=2, steps=10)),
    Tale("tabby", "mouse", LIVZ, MOUSE, Recipe(eps=0.9, steps=10)),
    Tale("cat", None, LIVZ, PERSIAN, Recipe(eps=0.9, steps=10)),
    Tale("persian", None, LIVZ, PERSIAN, Recipe(eps=0.9, steps=10)),
    Tale("panda", "vulture", EVANS, VULTURE, Recipe(eps=0.9, steps=100)),
    Tale("panda", "vulture", EVANS, VULTURE, Recipe(eps=2, steps=30)),
    Tale("panda", "gibbon", GOODFELLOW, GIBBON, Recipe(eps=1, steps=1, alpha=1)),
    Tale("panda", "gibbon", GOODFELLOW, GIBBON, Recipe(eps=1, steps=30)),
    Tale("panda", "gibbon", GOODFELLOW, GIBBON, Recipe(eps=2, steps=30)),
    Tale("black", "paper towel", EVANS, "black to paper towel 90 %", Recipe(eps=4, steps=20)),
    Tale("white", "pineapple", SOUTERRE, "white to pineapple, clip 0.1", Recipe(eps=25.5, steps=40)),
    Tale("cat", "wooden spoon", SOUTERRE, SPOON, UNTIL_SURE),
    Tale("tabby", "wooden spoon", SOUTERRE, SPOON, UNTIL_SURE),
)


def index_of(label: str, labels: Sequence[str]) -> int:
    """The index of the one class of that name. Raises ValueError when there is none, or more than one."""
    found = [k for k, name in enumerate(labels) if name == label]
    if len(found) != 1:
        raise ValueError(f"expected one class called {label!r}, got {found}")
    return found[0]


def find(picture: str, classifier: Classifier, photos: Path | None) -> bytes | None:
    """The picture file, or None for a photo that is not in the folder."""
    if picture in samples.SAMPLES:
        return samples.sample(picture)
    for canvas in samples.CANVASES:
        if picture == canvas:
            return samples.blank(canvas, classifier.size)
    files = sorted(photos.iterdir()) if photos else []
    return next((file.read_bytes() for file in files if picture in file.name.lower()), None)


def tell(tale: Tale, classifier: Classifier, data: bytes) -> str:
    """Play it, and give the table's row."""
    target = index_of(tale.target, classifier.labels) if tale.target else own_class(classifier, data)
    recipe = replace(tale.recipe, network=classifier.name, target=target)
    played = play(classifier, data, recipe)
    before, after = played.verdict.before, played.verdict.after
    odds = f"{percent(before.probs[target])} to {percent(played.verdict.wanted)}"
    if played.verdict.outcome != "tricked":
        odds += f" (read as {after.name}, {percent(after.probability)})"
    columns = (
        f"{tale.picture} to {tale.target or 'more of itself'}",
        tale.source,
        tale.figure,
        f"{before.name}, {percent(before.probability)}",
        odds,
        f"{recipe.eps:g}",
        f"{played.steps} of {recipe.steps}" if recipe.stop_at else f"{played.steps}",
        f"{played.seconds:.1f}",
    )
    return f"| {' | '.join(columns)} |"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--photos", type=Path, metavar="FOLDER", help="photographs, found by name")
    options.add_argument("--network", default="efficientnet-lite0", help="any name in the catalogue")
    given = options.parse_args()
    labels = labels_of(given.network)
    for tale in TALES:
        if tale.target is not None:
            index_of(tale.target, labels)  # a name that is not there stops it now, not at the last row
    classifier = engine.call(load, given.network)
    print(f"\n{given.network}: targeted sign steps of 2.5 eps / steps (a single step of eps)\n")
    print("| story | who | their figure | read as | before to after | eps, grey levels | steps | seconds |")
    print("|---|---|---|---|---|---|---|---|")
    missing = []
    for tale in TALES:
        data = find(tale.picture, classifier, given.photos)
        if data is None:
            missing.append(tale.picture)
        else:
            print(tell(tale, classifier, data), flush=True)
    if missing:
        names = ", ".join(dict.fromkeys(missing))
        print(
            f"\nLeft out, for want of a photo: {names} ({len(missing)} rows). Put a file with that word in "
            "its name into a folder and give it: --photos FOLDER."
        )


if __name__ == "__main__":
    main()
