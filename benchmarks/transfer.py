"""How far a trick travels: crafted on one network, read by others, and what makes it travel further.

    python -m benchmarks.transfer [--steps 10] [--batch 5] [--digits 200]

Photographs: the 20 of ImageNet in foolbox's package with their labels, and those of the page's samples
that at least two of the three networks take for the same thing untouched. Digits: scikit-learn's. Every
answer is that to the saved PNG, read by each network at its own size. Prints Markdown tables: right
answers before, and after the trick, of so many; with targets also how many were taken for the target.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import foolbox

from trickcore import Classifier, Recipe, load, measure
from trickcore.attacks.ensemble import ensemble
from trickcore.measure.transfer import Rate, drawn, rates
from trickcore.pictures import mnist, samples
from trickcore.pictures.files import to_png

PHOTOS = ("efficientnet-lite0", "efficientnet-lite1", "efficientnet-lite2")
DIGITS = ("digits-standard", "digits-robust")


@dataclass(frozen=True, slots=True)
class Way:
    """One way to craft."""

    sources: tuple[str, ...]  # one network, or several as an ensemble
    eps: float  # grey levels
    momentum: float = 1.0
    targeted: bool = False

    def __str__(self) -> str:
        goal = "targeted" if self.targeted else "untargeted"
        how = "momentum" if self.momentum else "no momentum"
        return f"{' + '.join(self.sources)} | {goal}, {how} | {self.eps:g}"


def photos(classifiers: Sequence[Classifier]) -> tuple[list[bytes], list[int]]:
    """Picture files and what is on them."""
    files = sorted((Path(foolbox.__file__).parent / "data").glob("imagenet_*.jpg"))
    pictures, labels = [file.read_bytes() for file in files], [int(file.stem.split("_")[2]) for file in files]
    for data in map(samples.sample, samples.SAMPLES):
        answers = Counter(measure.read(one, one.read(data)).label for one in classifiers)
        label, votes = answers.most_common(1)[0]
        if votes > 1:
            pictures.append(data)
            labels.append(label)
    return pictures, labels


def table(
    networks: dict[str, Classifier],
    ways: Sequence[Way],
    pictures: Sequence[bytes],
    labels: Sequence[int],
    steps: int,
    batch: int,
) -> None:
    """A row a way, a column a network."""
    print(f"\n{len(pictures)} pictures, {steps} steps\n")
    print("| crafted on | how | eps | " + " | ".join(networks) + " |\n" + "|---" * (3 + len(networks)) + "|")
    targets = drawn(labels, len(next(iter(networks.values())).labels))
    for way in ways:
        source = ensemble([networks[name] for name in way.sources])
        recipe = Recipe(target=None, eps=way.eps, steps=steps, momentum=way.momentum)
        goals = targets if way.targeted else None
        everyone = list(networks.values())
        *_, last = rates(source, everyone, pictures, labels, recipe, targets=goals, batch=batch)
        print(f"| {way} | " + " | ".join(map(_cell, last.networks)) + " |", flush=True)


def _cell(rate: Rate) -> str:
    hit = f", {rate.wanted.hits} as wanted" if rate.wanted.asked else ""
    return f"{rate.before.hits} to {rate.after.hits}{hit}"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--steps", type=int, default=10, help="of each attack (default 10, as in the paper)")
    options.add_argument("--batch", type=int, default=5, help="pictures at once (default 5)")
    options.add_argument("--digits", type=int, default=200, help="digits (default 200)")
    given = options.parse_args()

    pair = {name: load(name) for name in DIGITS}
    images, labels = mnist.some(False, given.digits)
    back_and_forth = [
        Way((name,), eps, momentum, targeted)
        for name in DIGITS
        for eps in (25.5, 76.5)
        for momentum, targeted in ((0.0, False), (1.0, False), (1.0, True))
    ]
    table(pair, back_and_forth, [to_png(one) for one in images], labels.tolist(), given.steps, 100)

    nets = {name: load(name) for name in PHOTOS}
    pictures, known = photos(list(nets.values()))
    first, others = PHOTOS[0], PHOTOS[1:]
    ways = [
        *(Way((first,), eps, momentum) for eps in (4, 16) for momentum in (0.0, 1.0)),
        *(Way((first,), eps, momentum, targeted=True) for eps in (4, 16) for momentum in (0.0, 1.0)),
        *(Way((other,), eps) for eps in (4, 16) for other in others),
        *(Way(tuple(two), eps) for eps in (4, 16) for two in ((PHOTOS[0], PHOTOS[1]), PHOTOS[1:])),
        *(Way((first, PHOTOS[1]), eps, targeted=True) for eps in (4, 16)),
    ]
    table(nets, ways, pictures, known, given.steps, given.batch)


if __name__ == "__main__":
    main()
