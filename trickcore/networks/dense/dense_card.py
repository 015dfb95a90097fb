"""The card of the small dense network: what is known of it before it is loaded."""

from __future__ import annotations

import json
from dataclasses import dataclass

from trickcore.pictures.files import ASSETS

NAME = "digits-dense"
WEIGHTS, CARD = ASSETS / "digits" / "dense.pt", ASSETS / "digits" / "dense.json"


@dataclass(frozen=True, slots=True)
class DenseCard:
    """What is known of the dense network that ships: measured on MNIST's 10,000 test digits."""

    sha256: str
    parameters: int
    hidden: int
    epochs: int
    seconds: float  # of training, on `machine`
    machine: str
    clean: float  # the share of test digits read rightly


def dense_card() -> DenseCard:
    """The card of the dense network. Raises OSError where it is missing."""
    return DenseCard(**json.loads(CARD.read_text()))
