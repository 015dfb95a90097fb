"""The generator that ships, trained anew: assets/digits/generator.pt, and generator.json with its measures.

`python -m trickcore.training.digit_generator`, which `make train` runs; with `measure` what ships is only
measured again. It learns from MNIST, and is told which digit to draw. Of the moments it is looked at, the one
that drew best is kept: by Fréchet's distance to test digits, on other noise and digits than the card's.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from trickcore.measure import forgeries
from trickcore.networks.gan.card import CARD, DRAWN, WEIGHTS, packed
from trickcore.networks.gan.drawings import in_turn
from trickcore.networks.gan.generator import Generator, generator_of, sha256, to_bytes
from trickcore.networks.loaders import load
from trickcore.pictures.mnist import mnist
from trickcore.training.gan import Pair
from trickcore.training.loops import Digits

REAL = 5  # test digits of each class that the card takes along, to be guessed at


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


def make(plan: Plan = PLAN) -> None:
    """Train it, and write the weights and the card whenever it draws better than before."""
    (images, labels), (test, truth) = mnist(True, download=True), mnist(False, download=True)
    judge = _judge()
    seen = forgeries.features(judge, test[::2])
    pair = Pair(
        width=plan.width, classes=10, lr=plan.lr, lr_discriminator=plan.lr,
        average=plan.average, seed=plan.seed,
    )  # fmt: skip
    batches = Digits(images, labels, plan.batch, plan.seed)
    curve: list[dict[str, Any]] = []
    losses: list[tuple[float, float]] = []
    kept: tuple[Generator, dict[str, Any]] | None = None
    start = time.process_time()
    while pair.done < plan.steps:
        for real, asked in batches:
            losses.append(pair.step(real, asked))
            if pair.done % plan.every == 0:
                net = generator_of(to_bytes(pair.drawing))  # as it ships: in half precision
                forged, wanted = in_turn(net, DRAWN, plan.seed + 1)
                mean = np.mean(losses, 0)
                curve.append(
                    {
                        "step": pair.done,
                        "discriminator": round(float(mean[0]), 4),
                        "generator": round(float(mean[1]), 4),
                        "believed_real": round(pair.belief(real, asked), 4),
                        "believed_forged": round(pair.belief(forged, wanted), 4),
                        "as_asked": round(forgeries.read(judge, forged, wanted).as_asked, 4),
                        "frechet": round(forgeries.frechet(forgeries.features(judge, forged), seen), 3),
                    }
                )
                losses = []
                print(curve[-1], flush=True)
                if curve[-1]["frechet"] <= min(moment["frechet"] for moment in curve):
                    made = {
                        "plan": asdict(plan),
                        "step": pair.done,
                        "cpu_seconds": round(time.process_time() - start, 1),
                    }
                    kept = net, made
                    record(net, made, curve, (images, test, truth))
            if pair.done >= plan.steps:
                break
    if kept is not None:  # with the whole curve
        record(*kept, curve, (images, test, truth))


def record(
    net: Generator,
    made: dict[str, Any],
    curve: list[dict[str, Any]],
    digits: tuple[Tensor, Tensor, Tensor],
) -> None:
    """Write the weights, and the card with how they were `made` and what they are worth."""
    weights = to_bytes(net)
    card = {
        "sha256": sha256(weights),
        "parameters": sum(p.numel() for p in net.parameters()),
        **made,
        **measured(net, *digits, made["plan"]["seed"] + 2),
        "curve": curve,
    }
    for path, data in ((WEIGHTS, weights), (CARD, (json.dumps(card, indent=1) + "\n").encode())):
        part = path.with_suffix(".part")
        part.write_bytes(data)
        os.replace(part, path)


def measured(net: Generator, images: Tensor, test: Tensor, truth: Tensor, seed: int) -> dict[str, Any]:
    """What the card says of it. `images` are those it learnt from, `test` and `truth` others and theirs."""
    judge = _judge()
    forged, asked = in_turn(net, DRAWN, seed)
    reading = forgeries.read(judge, forged, asked)
    seen = [forgeries.features(judge, some) for some in (forged, test[1::4], test[3::4])]
    places, distances = forgeries.nearest(forged[:200], images)
    _, others = forgeries.nearest(test[::50], images)
    rng = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(truth), generator=rng)
    real = torch.stack([test[order[truth[order] == digit][:REAL]] for digit in range(10)])
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
            {"place": int(place), "distance": round(float(distance), 3), "pixels": _packed(images[place])}
            for place, distance in zip(places[:10], distances[:10], strict=True)
        ],
        "real": _packed(real),
    }


def _judge() -> nn.Module:
    net = load("digits-standard").net
    assert isinstance(net, nn.Module)
    return net


def _packed(images: Tensor) -> str:
    return packed((images.reshape(-1, 28, 28) * 255).round().byte().numpy())


def measure_again() -> None:
    """What ships, measured anew: the weights stay as they are."""
    card = json.loads(CARD.read_text())
    made = {name: card[name] for name in ("plan", "step", "cpu_seconds")}
    images, (test, truth) = mnist(True)[0], mnist(False)
    record(generator_of(WEIGHTS.read_bytes()), made, card["curve"], (images, test, truth))


if __name__ == "__main__":
    if sys.argv[1:] == ["measure"]:
        measure_again()
    else:
        make()
