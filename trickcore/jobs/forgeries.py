"""Forged digits as jobs: a generator as it learns, and what the one that ships draws."""

from __future__ import annotations

from collections.abc import Iterator

from trickcore import engine
from trickcore.jobs import networks
from trickcore.networks.gan.card import DRAWN, Drawing, Twins, card
from trickcore.training.records import GanReport, GanSettings

STOPS = 21  # on the way from one noise to another


@engine.job(length=lambda settings: 40)
def learn(settings: GanSettings) -> Iterator[GanReport]:
    """A generator and a discriminator that learn from each other. Raises DigitsError without MNIST."""
    from trickcore.training import gan_live

    yield from gan_live.learn(settings)


def drawn(digit: int, count: int, seed: int) -> tuple[Drawing, ...]:
    """So many forgeries of a digit. Raises WeightsError."""
    import torch

    from trickcore.networks.gan import drawings

    return _read(drawings.noise_of(count, seed), torch.full((count,), digit))


def walk(digit: int, first: int, second: int) -> tuple[Drawing, ...]:
    """A digit on the way from the noise of one seed to that of another. Raises WeightsError, ValueError."""
    import torch

    from trickcore.networks.gan import drawings

    begin, end = drawings.noise_of(1, first)[0], drawings.noise_of(1, second)[0]
    return _read(drawings.way(begin, end, STOPS), torch.full((STOPS,), digit))


def examples() -> tuple[Drawing, ...]:
    """A forgery of each class, in order: those whose nearest digits the card knows. Raises WeightsError."""
    import torch

    from trickcore.networks.gan import drawings

    return _read(drawings.noise_of(DRAWN, card().seed)[:10], torch.arange(10))


def twins(seed: int) -> tuple[Twins, ...]:
    """Ten pairs of a real digit and a forged one. Raises WeightsError."""
    from trickcore.networks.gan import drawings

    return drawings.twins(seed)


def _read(noise: object, labels: object) -> tuple[Drawing, ...]:
    import torch

    from trickcore.networks.gan import drawings
    from trickcore.pictures.files import to_8bit

    assert isinstance(noise, torch.Tensor)
    assert isinstance(labels, torch.Tensor)
    judge = networks.classifier_of(networks.named("digits-standard")).net
    images = drawings.drawn(drawings.shipped(), noise, labels)
    with torch.no_grad():
        best = judge(images).softmax(1).max(1)
    return tuple(
        Drawing(to_8bit(image), int(asked), int(answer), float(probability))
        for image, asked, answer, probability in zip(images, labels, best.indices, best.values, strict=True)
    )
