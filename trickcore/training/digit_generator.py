"""The generator that ships, trained anew: assets/digits/generator.pt, and generator.json with its measures.

`python -m trickcore.training.digit_generator`, which `make train` runs. It learns from MNIST, and is told
which digit to draw. Of the moments it is measured at, the one that drew best is kept: by Fréchet's distance
to test digits, on other noise than the card's.
"""

from __future__ import annotations

import base64
import json
import os
import time
import zlib
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from trickcore.measure import forgeries
from trickcore.networks.gan import CARD, NOISE, WEIGHTS, Generator, generator_of, sha256, to_bytes
from trickcore.networks.loaders import load
from trickcore.pictures.files import to_8bit
from trickcore.pictures.mnist import mnist
from trickcore.training.gan import Pair
from trickcore.training.loops import Digits

DRAWN = 2_000  # forgeries that the card is measured on
SHOWN = 10  # forgeries with the nearest digit it learnt from, one of each class


@dataclass(frozen=True, slots=True)
class Plan:
    """How it is made."""

    steps: int = 12_000
    batch: int = 64
    width: int = 64
    lr: float = 5e-4
    average: float = 0.998
    every: int = 250
    seed: int = 0


PLAN = Plan()


def draw(net: Generator, count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Forgeries (N, 1, 28, 28) of the classes 0 to 9 in turn, and these classes (N,)."""
    rng = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % 10
    with torch.no_grad():
        return net(torch.randn(count, NOISE, generator=rng), labels), labels


def make(plan: Plan = PLAN) -> dict[str, Any]:
    """Train it, write the weights and the card whenever it draws better than before; the card."""
    (images, labels), (test, _) = mnist(True, download=True), mnist(False, download=True)
    judge = load("digits-standard").net
    seen = forgeries.features(judge, test[::2])
    print(f"two halves of the test digits: {forgeries.frechet(seen[::2], seen[1::2]):.2f}", flush=True)
    pair = Pair(
        width=plan.width, classes=10, lr=plan.lr, lr_discriminator=plan.lr,
        average=plan.average, seed=plan.seed,
    )  # fmt: skip
    batches = Digits(images, labels, plan.batch, plan.seed)
    curve: list[dict[str, Any]] = []
    card: dict[str, Any] = {}
    losses: list[tuple[float, float]] = []
    start = time.process_time()
    while pair.done < plan.steps:
        for real, asked in batches:
            losses.append(pair.step(real, asked))
            if pair.done % plan.every:
                continue
            net = generator_of(to_bytes(pair.drawing))  # as it ships: in half precision
            forged, wanted = draw(net, DRAWN, plan.seed + 1)
            reading = forgeries.read(judge, forged, wanted)
            mean = np.mean(losses, 0)
            curve.append(
                {
                    "step": pair.done,
                    "discriminator": round(float(mean[0]), 4),
                    "generator": round(float(mean[1]), 4),
                    "believed_real": round(pair.belief(real, asked), 4),
                    "believed_forged": round(pair.belief(forged, wanted), 4),
                    "as_asked": round(reading.as_asked, 4),
                    "frechet": round(forgeries.frechet(forgeries.features(judge, forged), seen), 3),
                }
            )
            losses = []
            print(curve[-1], flush=True)
            if curve[-1]["frechet"] <= min(moment["frechet"] for moment in curve):
                card = record(net, plan, curve, images, test, time.process_time() - start)
            if pair.done >= plan.steps:
                break
    return card


def record(
    net: Generator, plan: Plan, curve: list[dict[str, Any]], images: Tensor, test: Tensor, seconds: float
) -> dict[str, Any]:
    """Write the weights and the card."""
    weights = to_bytes(net)
    card = {
        "sha256": sha256(weights),
        "bytes": len(weights),
        "parameters": sum(p.numel() for p in net.parameters()),
        "plan": asdict(plan),
        "step": curve[-1]["step"],
        "cpu_seconds": round(seconds, 1),
        **measured(net, images, test, plan.seed + 2),
        "curve": curve,
    }
    for path, data in ((WEIGHTS, weights), (CARD, (json.dumps(card, indent=1) + "\n").encode())):
        part = path.with_suffix(".part")
        part.write_bytes(data)
        os.replace(part, path)
    return card


def measured(net: Generator, images: Tensor, test: Tensor, seed: int) -> dict[str, Any]:
    """What the card says of it. `images` are those it learnt from, `test` are others."""
    judge = load("digits-standard").net
    forged, asked = draw(net, DRAWN, seed)
    reading = forgeries.read(judge, forged, asked)
    seen = [forgeries.features(judge, some) for some in (forged, test[1::4], test[3::4])]
    places, distances = forgeries.nearest(forged[:200], images)
    _, others = forgeries.nearest(test[::50], images)
    return {
        "seed": seed,
        "drawn": DRAWN,
        "surely": round(reading.surely, 4),
        "as_asked": round(reading.as_asked, 4),
        "spread": reading.spread,
        "frechet": round(forgeries.frechet(seen[0], seen[1]), 3),
        "frechet_of_real": round(forgeries.frechet(seen[2], seen[1]), 3),
        "nearest": round(float(distances.median()), 3),
        "nearest_least": round(float(distances.min()), 3),
        "nearest_of_real": round(float(others.median()), 3),
        "nearest_of_real_least": round(float(others.min()), 3),
        "shown": [
            {"place": int(place), "distance": round(float(distance), 3), "pixels": packed(images[place])}
            for place, distance in zip(places[:SHOWN], distances[:SHOWN], strict=True)
        ],
    }


def packed(image: Tensor) -> str:
    """A picture (1, 28, 28) as its 8-bit pixels, compressed, in base64."""
    return base64.b64encode(zlib.compress(to_8bit(image).tobytes(), 9)).decode()


if __name__ == "__main__":
    make()
