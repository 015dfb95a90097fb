"""Runs as jobs: pictures as a network sees them, the frames of a run, and what came of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from trickcore import engine
from trickcore.diagnose.remedies import Finding
from trickcore.jobs.networks import Network, classifier_of
from trickcore.measure.smallest_eps import Try
from trickcore.pictures.files import Pixels
from trickcore.runs.frames import Frame
from trickcore.runs.machine import Machine
from trickcore.runs.outcome import Reading, Verdict
from trickcore.runs.recipe import Recipe


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What was measured of a finished run."""

    verdict: Verdict
    machine: Machine  # that it was made on
    findings: list[Finding]  # why it fell short, if it did


def seen(network: Network, data: bytes) -> Pixels:
    """A picture file as the network sees it. Raises ImageError."""
    from trickcore.pictures.files import to_8bit

    return to_8bit(classifier_of(network).read(data))


def readings(network: Network, files: Sequence[bytes]) -> list[Reading]:
    """What the network says of each picture file. Raises ImageError."""
    from trickcore.measure.verdict import read

    classifier = classifier_of(network)
    return [read(classifier, classifier.read(data)) for data in files]


def reading(network: Network, data: bytes) -> Reading:
    """What the network says of a picture file. Raises ImageError."""
    return readings(network, [data])[0]


def _thin(frame: Frame, network: Network, data: bytes, recipe: Recipe, *more: Any) -> Frame:
    """A frame that is no longer the newest has its picture only where a run keeps it."""
    return frame if frame.kept else replace(frame, pixels=None)


def _length(network: Network, data: bytes, recipe: Recipe, *more: Any) -> int:
    """How many passes a run takes."""
    return (recipe.length + 1) * max(recipe.views, 1)


LONG = 200  # steps of a run that is still a live one, to whoever shares the machine


def _heavy(network: Network, data: bytes, recipe: Recipe, *more: Any) -> bool:
    """Whether a run takes many passes a step (EOT), or is as long as many runs."""
    return recipe.views > 0 or recipe.length > LONG


# For a job that yields Frames, whose arguments begin with a network, a picture file and a recipe.
run_job = engine.job(heavy=_heavy, length=_length, thin=_thin)


@run_job
def frames(network: Network, data: bytes, recipe: Recipe, start: bytes | None = None) -> Iterator[Frame]:
    """The run that a recipe describes, on a picture file. Raises ImageError."""
    from trickcore.runs.frames import run_recipe

    yield from run_recipe(classifier_of(network), data, recipe, start)


@engine.job(heavy=False, length=lambda network, original, saved, recipe, after: recipe.steps)
def repaired(network: Network, original: bytes, saved: bytes, recipe: Recipe, after: int) -> Iterator[Frame]:
    """The frames of a repair of the saved picture, that follow the one with index `after`."""
    from trickcore.runs import integer_repair

    yield from integer_repair.repaired(classifier_of(network), original, saved, recipe, after=after)


def starts(network: Network) -> dict[str, int]:
    """What each picture is read as that the method "hopskipjump" may start from, by the picture's name."""
    from trickcore.runs import method_runs

    return method_runs.start_classes(classifier_of(network))


def verdict(network: Network, original: bytes, saved: bytes, target: int | None) -> Verdict:
    """What the network says of both files as anyone would open them, and what that amounts to."""
    from trickcore.measure.verdict import verdict as measured

    return measured(classifier_of(network), original, saved, target)


def result(
    network: Network,
    original: bytes,
    saved: bytes,
    run: Sequence[Frame],
    recipe: Recipe,
    truth: Collection[int] | None,
) -> Result:
    """What the network says of both files as anyone would open them, and why if the trick fell short.

    Of `run` the first picture is needed, of the other frames only the numbers (see `numbers`); `truth` are
    the classes that are right for the picture, where that is known.
    """
    from trickcore.diagnose.causes import examine
    from trickcore.measure.verdict import verdict as measured
    from trickcore.runs import machine

    classifier = classifier_of(network)
    judgement = measured(classifier, original, saved, recipe.target)
    findings = examine(classifier, original, saved, judgement, run, recipe, truth)
    return Result(judgement, machine.here(), findings)


def numbers(run: Sequence[Frame]) -> list[Frame]:
    """A run without its pictures, but for the first: what `result` is to be sent."""
    return [frame if place == 0 else replace(frame, pixels=None) for place, frame in enumerate(run)]


def smallest_epsilon(network: Network, data: bytes, recipe: Recipe) -> Iterator[Try | None]:
    """The tries of a search for the smallest epsilon, with a None for every step on the way."""
    from trickcore.measure.smallest_eps import search_stepwise

    yield from search_stepwise(classifier_of(network), data, recipe)
