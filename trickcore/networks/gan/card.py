"""What is known of the generator that ships, and of what it draws: records without tensors."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from trickcore.pictures.files import ASSETS, Pixels

NOISE = 32  # numbers that a picture is drawn from
DRAWN = 2_000  # forgeries that the card is measured on
WEIGHTS = ASSETS / "digits" / "generator.pt"
CARD = ASSETS / "digits" / "generator.json"
SIDE = 28


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """A forged digit, and what the standard network reads in it."""

    pixels: Pixels  # (28, 28)
    asked: int  # the class that was asked for
    answer: int
    probability: float


@dataclass(frozen=True, slots=True, eq=False)
class Twins:
    """A real digit and a forged one of the same class; which is which is drawn by lot."""

    left: Pixels
    right: Pixels
    label: int
    real: int  # 0: the left one is real


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """Of one forgery of each class: the nearest digit that the generator learnt from."""

    pixels: Pixels
    place: int  # in MNIST's training set
    distance: float  # L2, pixels on [0, 1]


@dataclass(frozen=True, slots=True)
class Looked:
    """One of the moments that the generator was looked at while it learnt."""

    step: int
    discriminator: float  # loss since the moment before, nats
    generator: float
    believed_real: float  # mean probability of being real that the discriminator gives real digits
    believed_forged: float
    as_asked: float  # share of drawings read as the class that was asked for
    frechet: float  # to test digits, other ones than the card's


@dataclass(frozen=True, slots=True, eq=False)
class GeneratorCard:
    """What was measured of the generator that ships."""

    sha256: str
    parameters: int
    step: int  # of training
    seed: int  # of the noise it was measured on
    surely: float  # share of its forgeries that the standard network gives a digit more than 90 %
    as_asked: float  # share read as the class that was asked for
    spread: tuple[int, ...]  # how many of 2,000 were read as each digit
    frechet: float  # to test digits
    frechet_of_real: float  # other test digits to the same
    nearest: float  # median L2 distance to the nearest digit learnt from
    nearest_least: float
    nearest_of_real: float  # the same of test digits
    nearest_of_real_least: float
    known: tuple[Known, ...]  # one a class
    real: NDArray[np.uint8]  # (10, 5, 28, 28): test digits of each class
    curve: tuple[Looked, ...]


@cache
def card() -> GeneratorCard:
    """The card of the generator that ships."""
    found = json.loads(CARD.read_text())
    plain = (
        "sha256", "parameters", "step", "seed", "surely", "as_asked", "frechet", "frechet_of_real", "nearest",
        "nearest_least", "nearest_of_real", "nearest_of_real_least",
    )  # fmt: skip
    return GeneratorCard(
        **{name: found[name] for name in plain},
        spread=tuple(found["spread"]),
        known=tuple(
            Known(unpacked(one["pixels"])[0], one["place"], one["distance"]) for one in found["shown"]
        ),
        real=unpacked(found["real"]).reshape(10, -1, SIDE, SIDE),
        curve=tuple(Looked(**moment) for moment in found["curve"]),
    )


def packed(pictures: NDArray[np.uint8]) -> str:
    """Pictures (N, 28, 28), compressed, in base64."""
    return base64.b64encode(zlib.compress(np.ascontiguousarray(pictures).tobytes(), 9)).decode()


def unpacked(text: str) -> NDArray[np.uint8]:
    """The pictures (N, 28, 28) that were packed."""
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), np.uint8).reshape(-1, SIDE, SIDE)
