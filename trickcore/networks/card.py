"""Card: what is known of a network before it is loaded."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from trickcore.language import _, later


class WeightsError(RuntimeError):
    """Weights that cannot be had or read; the message is a sentence for a person."""


NO_NUMBER = later(
    "The network's answer to this picture is no number (NaN): its weights hold such values, or its layers "
    "overflow. None of it is shown. Choose another network, or fetch this one again."
)


NOT_MEASURED = later(
    "The weights of {network} in {path} are missing or not those that were measured. Get the file again with "
    "the project, or run: make train"
)


class AnswerError(WeightsError):
    """A network whose answer is no probability; the message is a sentence for a person."""

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence or _(NO_NUMBER))


def downloads() -> bool:
    """Whether weights may be fetched. TRICK_DOWNLOADS=0 forbids it, as on a public server: visitors would
    fill its disk."""
    return os.environ.get("TRICK_DOWNLOADS", "").strip() != "0"


def check_downloads(title: str) -> None:
    """Raises WeightsError where weights may not be fetched."""
    if not downloads():
        raise WeightsError(
            _(
                "{network} is not on this machine, and this server downloads no networks "
                "(TRICK_DOWNLOADS=0). Choose one that is ready.",
                network=title,
            )
        )


@dataclass(frozen=True, slots=True)
class Card:
    """What is known of a network before it is loaded."""

    name: str
    title: str
    megabytes: float  # of the weights: what a download would take
    accuracy: float  # top-1, 0 to 1: ImageNet's validation set as published, MNIST's test set for digits
    ready: bool  # the weights are on this machine
    digits: bool = False  # it reads a digit, small and grey, not a photo
    own: bool = False  # a network of the visitor's own: see `own_networks`
    labels: tuple[str, ...] = field(default=(), repr=False)  # of one's own; of others see `labels_of`
