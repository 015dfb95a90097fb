"""Explanations as jobs: what lies round a trick, where a network looks, what makes more of a class."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from trickcore import engine
from trickcore.explain.grad_cam import Looks
from trickcore.explain.landscape import Path, Plane, Survey
from trickcore.explain.records import Answer, Done, Dream, ForwardPass, Lines, Noise
from trickcore.jobs.networks import Network, classifier_of
from trickcore.pictures.files import Pixels
from trickcore.runs.frames import Frame

if TYPE_CHECKING:
    from trickcore.attacks.views import Views


def survey(network: Network, plane: Plane, target: int) -> Iterator[Survey]:
    """What the network says on a grid of the plane, coarse to fine."""
    from trickcore.explain import landscape

    yield from landscape.survey(classifier_of(network), plane, target)


@engine.job(heavy=True)
def path(network: Network, plane: Plane, pictures: Sequence[Pixels], target: int) -> Path:
    """A run's saved pictures over the plane."""
    from trickcore.explain import landscape

    return landscape.path(classifier_of(network), plane, pictures, target)


def lines(network: Network, original: Pixels, target: int, eps: float) -> Iterator[Done | Lines]:
    """Scores along the sign of the gradient, after how far they are. Raises ValueError where eps or the
    gradient is 0."""
    from trickcore.explain import landscape

    yield from landscape.lines_stepwise(classifier_of(network), original, target, eps)


def noise_band(network: Network, pictures: Sequence[Pixels], n: int, seed: int) -> Iterator[Noise]:
    """For each picture (the first is the untouched one) the same changes at other pixels, n times."""
    from trickcore.explain import landscape

    yield from landscape.noise_band(classifier_of(network), pictures, n=n, seed=seed)


@engine.job(heavy=True)
def looks(network: Network, original: bytes, saved: bytes, classes: tuple[int, ...]) -> Looks:
    """Where the network looks for each class. Raises ValueError for a network that keeps no map."""
    from trickcore.explain import grad_cam

    return grad_cam.looks(classifier_of(network), original, saved, classes)


@engine.job(heavy=True)
def ask(network: Network, data: bytes, pair: tuple[int, int], shake: bool, seed: int) -> Answer:
    """What would make a picture more of each class; with `shake` averaged over copies that are shaken."""
    from trickcore import explain

    views = _shaking(shake, network)
    return explain.ask(classifier_of(network), data, pair, views=views, seed=seed)


@engine.job(heavy=False)
def forward_pass(network: Network, data: bytes) -> ForwardPass:
    """A picture's way through a digit network, unit by unit. Raises ImageError, and ValueError for a network
    of another shape."""
    from trickcore.explain import forward_pass as explained

    return explained.forward_pass(classifier_of(network), data)


@engine.job(heavy=False)
def climbed(
    network: Network,
    data: bytes,
    label: int,
    *,
    steps: int,
    stride: float,
    until_taken: bool,
    shake: bool,
    seed: int,
) -> Iterator[Frame]:
    """The gradient of a class added to a picture file, again and again: see `explain.climb`."""
    from trickcore import explain

    yield from explain.climbed(
        classifier_of(network),
        data,
        label,
        steps=steps,
        stride=stride,
        until_taken=until_taken,
        views=_shaking(shake, network),
        seed=seed,
    )


def dreamt(
    network: Network, data: bytes, *, steps: int, budget: float, shake: bool, seed: int
) -> Iterator[Dream]:
    """One start pulled towards every class at once: see `explain.dream`."""
    from trickcore import explain

    views = _shaking(shake, network)
    yield from explain.dreamt(
        classifier_of(network), data, steps=steps, budget=budget, views=views, seed=seed
    )


def _shaking(on: bool, network: Network) -> Views:
    """How the picture is shaken before a gradient is taken; a photo bears less than a digit."""
    from trickcore.attacks.views import as_is, shaken

    if not on:
        return as_is
    return shaken(0.5, 1, 32) if network.channels == 1 else shaken(0.1, 1, 4)
