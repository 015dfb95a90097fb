"""Transfer as jobs: a trick shown to other networks, made for several, and counted in several ways."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trickcore.jobs.networks import Network, classifier_of, together
from trickcore.jobs.runs import run_job
from trickcore.language import _, later
from trickcore.measure.transfer import NetworkReading, Rate
from trickcore.runs.frames import Frame
from trickcore.runs.recipe import Recipe

if TYPE_CHECKING:
    from trickcore.networks.classifier import Classifier

STEPS = 10  # as in Dong et al. 2018
DIGITS = 100
ONE, ANY = later("one class, drawn for each"), later("any other class")


@dataclass(frozen=True, slots=True)
class Way:
    """One way to craft, a row of the table."""

    goal: str
    momentum: bool
    together: bool = False  # on all the other networks at once, instead of on the one of the trick in hand

    def __str__(self) -> str:
        goal = _(self.goal)
        alone = (
            _("{goal}, with momentum", goal=goal) if self.momentum else _("{goal}, no momentum", goal=goal)
        )
        return _("{way}, made for all the others", way=alone) if self.together else alone


def across(network: Network, original: bytes, saved: bytes, target: int | None) -> NetworkReading:
    """What a network says of the clean and of the tricked picture file."""
    from trickcore.measure.transfer import across as compared

    (found,) = compared([classifier_of(network)], original, saved, target)
    return found


@run_job
def against(members: Sequence[Network], data: bytes, recipe: Recipe) -> Iterator[Frame]:
    """The run that a recipe describes, against several networks at once."""
    from trickcore.measure.transfer import against as run

    yield from run([classifier_of(member) for member in members], data, recipe)


def table(
    networks: Sequence[Network], own: int, recipe: Recipe, eps: float
) -> Iterator[tuple[Way, int, Rate, float]]:
    """The counts so far, way by way, of pictures made for the network at place `own` and shown to all: the
    way, the place of the network that read them, its counts, and the share of all of it that is done."""
    from trickcore.measure import transfer

    source = networks[own]
    digits = source.channels == 1
    pictures, labels = _pictures(classifier_of(source), digits)
    targets = transfer.drawn(labels, len(source.labels), recipe.seed)
    ways = ways_of(len(networks))
    for row, variant in enumerate(ways):
        asked = Recipe(target=None, eps=eps, steps=STEPS, momentum=float(variant.momentum), seed=recipe.seed)
        # What is crafted on the others is read by the one that was left out.
        rounds = (
            [(together([network for network in networks if network != out]), [out]) for out in networks]
            if variant.together
            else [(source, list(networks))]
        )
        for turn, (crafted_on, readers) in enumerate(rounds):
            goals = targets if variant.goal == ONE else None
            for rates in transfer.rates(
                classifier_of(crafted_on),
                [classifier_of(reader) for reader in readers],
                pictures,
                labels,
                asked,
                targets=goals,
                batch=DIGITS if digits else 2,
            ):
                done = (row + (turn + rates.done) / len(rounds)) / len(ways)
                for reader, rate in zip(readers, rates.networks, strict=True):
                    yield variant, networks.index(reader), rate, done


def ways_of(networks: int) -> list[Way]:
    """With two networks there are no others to craft on together."""
    alone = [Way(goal, momentum) for goal in (ONE, ANY) for momentum in (False, True)]
    return [*alone, *([Way(ANY, True, together=True)] if networks > 2 else [])]


def _pictures(own: Classifier, digits: bool) -> tuple[list[bytes], list[int]]:
    """Picture files, and what counts as right."""
    from trickcore.networks.classifier import answer
    from trickcore.pictures import mnist, samples
    from trickcore.pictures.files import to_png

    if digits:
        images, labels = mnist.some(False, DIGITS)
        return [to_png(image) for image in images], labels.tolist()
    files = [samples.sample(name) for name in samples.SAMPLES]
    return files, [answer(own, own.read(data)) for data in files]
