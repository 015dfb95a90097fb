"""Digits as jobs: a training as it goes, the network that comes of it, and accuracy measured anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from trickcore import engine
from trickcore.jobs import networks
from trickcore.jobs.networks import Network, classifier_of
from trickcore.measure.accuracy import Count
from trickcore.training.records import Gap, GapReport, Lesson, Snapshot


def learn(lesson: Lesson, state: bytes = b"") -> Iterator[Snapshot]:
    """A training to its end, from the `state` of a Snapshot on. Raises DigitsError without MNIST."""
    from trickcore.training.live import LiveTraining

    yield from LiveTraining(lesson, state).learn()


def learnt(lesson: Lesson, state: bytes) -> Network:
    """The network of a Snapshot's `state`, for other pages to trick."""
    from trickcore.networks.small_net import weights_of
    from trickcore.training.live import LiveTraining

    return networks.trained(weights_of(LiveTraining(lesson, state).net))


@engine.job(length=lambda gap: 20)
def with_gap(gap: Gap) -> Iterator[GapReport]:
    """Two networks taught side by side, one with a gap in its data. Raises DigitsError without MNIST."""
    from trickcore.training.gaps import learn

    yield from learn(gap)


@engine.job(shared=False)
def mnist_here() -> bool:
    """Whether MNIST can be had without a download."""
    from trickcore.pictures import mnist

    return mnist.mnist_here()


def fetch_mnist() -> None:
    """Download MNIST. It touches no tensor and takes its time, so it is no job for the engine: call it from
    any thread. Raises DigitsError."""
    from trickcore.pictures import mnist

    mnist.fetch_mnist()


def accuracy(asked: Mapping[str, Network], from_mnist: bool, count: int, kind: str) -> Iterator[Count]:
    """Accuracy at each eps of the card's grid, for networks by name, on the first `count` digits of MNIST's
    test set or of scikit-learn's: a Count after each batch. Raises DigitsError."""
    from trickcore.measure.accuracy import measure
    from trickcore.pictures import mnist

    images, labels = mnist.some(from_mnist, count)
    nets = {name: classifier_of(network).net for name, network in asked.items()}
    yield from measure(nets, images, labels, kind)
