"""Survival as jobs: what becomes of a trick in another file, in the world, and behind a defence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trickcore.jobs.networks import Network, classifier_of
from trickcore.jobs.runs import run_job
from trickcore.measure.defended import Seen
from trickcore.measure.survival import ComparisonAfter, Survival
from trickcore.networks.defences import BY_NAME, Defence
from trickcore.pictures.photograph_transforms import Ranges, Shot
from trickcore.runs.frames import Frame
from trickcore.runs.recipe import Recipe


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Both pictures after the same was done to them, and what they are taken for."""

    clean: bytes
    tricked: bytes
    comparison: ComparisonAfter


def as_file(
    network: Network,
    original: bytes,
    saved: bytes,
    form: str,
    settings: tuple[float, ...],
    label: int,
    target: int | None,
) -> Pair:
    """Both files saved in one of `reencode.FORMS`. `label` is what the original was taken for at first."""
    from trickcore.measure.survival import compare_after
    from trickcore.pictures.reencode import FORMS

    clean, tricked = (FORMS[form](data, *settings) for data in (original, saved))
    return Pair(clean, tricked, compare_after(classifier_of(network), clean, tricked, label, target))


def jpeg_chances(network: Network, data: bytes, label: int, qualities: Sequence[int]) -> Iterator[float]:
    """The probability of a class after the file was saved as a JPEG of each quality, as they come."""
    from functools import partial

    from trickcore.measure.survival import chances
    from trickcore.pictures.reencode import as_jpeg

    for quality in qualities:
        yield from chances(classifier_of(network), data, label, [partial(as_jpeg, quality=quality)])


def photographed(
    network: Network,
    original: bytes,
    saved: bytes,
    shot: Shot,
    seed: int,
    label: int,
    target: int | None,
) -> Pair:
    """Both files, each as the same photograph."""
    from trickcore.measure.survival import compare_after, photograph_file

    classifier = classifier_of(network)
    clean, tricked = (photograph_file(classifier, data, shot, seed) for data in (original, saved))
    return Pair(clean, tricked, compare_after(classifier, clean, tricked, label, target))


def drawn_shot(ranges: Ranges, seed: int) -> Shot:
    """The first shot of a seed."""
    from trickcore.pictures.photograph_transforms import drawn

    return drawn(ranges, seed)


def survival(
    network: Network,
    original: bytes,
    pictures: Sequence[bytes],
    target: int | None,
    ranges: Ranges,
    n: int,
    *,
    seed: int,
    batch: int = 16,
    show: int = 0,
) -> Iterator[tuple[Survival, ...]]:
    """The same n random photographs of every tricked picture, a Survival for each after each batch."""
    from trickcore.measure.survival import survival as counted

    classifier = classifier_of(network)
    streams = [
        counted(classifier, original, picture, target, ranges, n, seed=seed, batch=batch, show=show)
        for picture in pictures
    ]
    yield from zip(*streams, strict=True)


def read_through(network: Network, defence: str, strength: float, data: bytes, seed: int) -> Seen:
    """A picture file through a defence, and what the network says of it. Raises ImageError."""
    from trickcore.measure.defended import read_through as read

    return read(classifier_of(network), _defence(defence, strength), data, seed)


@run_job
def attack_through(
    network: Network, data: bytes, recipe: Recipe, defence: str, strength: float
) -> Iterator[Frame]:
    """The run that a recipe describes, made through a defence."""
    from trickcore.measure.defended import adapted

    yield from adapted(classifier_of(network), data, recipe, _defence(defence, strength))


def costs(network: Network, defences: Sequence[tuple[str, float]], seed: int) -> Iterator[tuple[int, int]]:
    """For each defence, by name and strength, as they come: so many of so many clean pictures are read
    right."""
    from trickcore.measure.defended import kept, references

    classifier = classifier_of(network)
    x, labels = references(classifier)
    for defence in defences:
        yield kept(classifier, _defence(*defence), x, labels, seed), len(labels)


def _defence(name: str, strength: float) -> Defence:
    return BY_NAME[name].at(strength)
