"""A generator and a discriminator whose learning can be watched: a GanReport at each of forty moments."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

import numpy as np
import torch
from torch import Tensor

from trickcore.pictures import mnist
from trickcore.training.gan import Pair
from trickcore.training.loops import Digits
from trickcore.training.records import GanReport, GanSettings

MOMENTS = 40
SHOWN = 25
HELD_OUT = 200  # real pictures that the discriminator is asked about and never learns from
MOST = 6_000  # of MNIST's training digits
WIDTH, BATCH, LR = 32, 64, 1e-3
AVERAGE = 0.98  # of a training this short


def learn(settings: GanSettings) -> Iterator[GanReport]:
    """From nothing to the last step. Raises ValueError, and DigitsError when MNIST is not here."""
    if settings.steps < 1:
        raise ValueError(f"expected at least one step, got {settings.steps}")
    real, others, labels = _digits(settings)
    pair = Pair(width=WIDTH, lr=LR, lr_discriminator=LR, average=AVERAGE, seed=settings.seed)
    noise = pair.noise(HELD_OUT)
    batches = Digits(real, labels, BATCH, settings.seed, shift=1)
    moments = {round(settings.steps * i / (MOMENTS - 1)) for i in range(1, MOMENTS)}
    losses = [pair.losses(others[:BATCH], noise[:BATCH])]
    yield _report(pair, losses, others, noise, 0.0)
    losses, seconds, start = [], 0.0, perf_counter()
    while pair.done < settings.steps:
        for pictures, _ in batches:
            losses.append(pair.step(pictures))
            if pair.done not in moments:
                continue
            seconds += perf_counter() - start
            yield _report(pair, losses, others, noise, seconds)
            losses, start = [], perf_counter()
            if pair.done == settings.steps:
                return


def _report(
    pair: Pair, losses: list[tuple[float, float]], others: Tensor, noise: Tensor, seconds: float
) -> GanReport:
    with torch.no_grad():
        forged = pair.drawing(noise)
    mean = np.mean(losses, 0)
    pixels = (forged[:SHOWN, 0] * 255).round().byte().numpy()
    return GanReport(
        pair.done,
        float(mean[0]),
        float(mean[1]),
        pair.belief(others),
        pair.belief(forged),
        pixels,
        seconds,
    )


def _digits(settings: GanSettings) -> tuple[Tensor, Tensor, Tensor]:
    """Pictures to learn from, others, and the labels of the first."""
    rng = torch.Generator().manual_seed(settings.seed)
    if settings.mnist:
        images, labels = mnist.mnist(train=True)
        chosen = torch.randperm(len(labels), generator=rng)[:MOST]
        return images[chosen], mnist.mnist(train=False)[0][:HELD_OUT], labels[chosen]
    images, labels = mnist.small()
    order = torch.randperm(len(labels), generator=rng)
    return images[order[HELD_OUT:]], images[order[:HELD_OUT]], labels[order[HELD_OUT:]]
