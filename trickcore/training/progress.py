"""Progress: where a training stands, as values that can be saved, so that another can go on with it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice
from typing import Any

from torch import Generator, Tensor, nn


class Progress:
    """Where a training stands. `state` at a record, given to another Progress, goes on bit for bit as if it
    had never been stopped: weights, optimiser, learning rate, what chance is drawn from, batches done.

    It is given to `train` or `harden`, which fill it; `state` holds tensors and numbers, for `torch.save`.
    """

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        self.begun = state
        self.done = 0  # batches
        self.seconds = 0.0  # of training
        self.rng: Generator | None = None  # of the attack, where there is one
        self._parts: dict[str, Any] = {}  # what has a state_dict
        self._batches: Collection[Any] = ()
        self._epoch: Tensor | None = None  # the state of the batches' chance as their epoch began

    def attack_rng(self, seed: int) -> Generator:
        """What an attack's chance is drawn from, from the seed or from where it stood."""
        self.rng = Generator().manual_seed(seed)
        if self.begun is not None:
            self.rng.set_state(self.begun["rng"])
        return self.rng

    def begin(self, batches: Collection[Any], **parts: nn.Module | Any) -> None:
        """Put net, optimiser, learning rate and the batches where the training stood."""
        self._parts, self._batches = parts, batches
        if self.begun is None:
            return
        for name, part in parts.items():
            part.load_state_dict(self.begun[name])
        self.done, self.seconds = self.begun["done"], self.begun["seconds"]
        if (chance := _chance_of(batches)) is not None:
            chance.set_state(self.begun["epoch"])

    def epoch(self) -> Iterator[Any]:
        """The batches of an epoch; those that were learnt from before are drawn again and left out."""
        chance = _chance_of(self._batches)
        self._epoch = None if chance is None else chance.get_state()
        return islice(self._batches, self.done % len(self._batches), None)

    def state(self) -> dict[str, Any]:
        """All of it, at a record."""
        chance = _chance_of(self._batches)
        within = self.done % len(self._batches)
        return {
            **{name: part.state_dict() for name, part in self._parts.items()},
            "done": self.done,
            "seconds": self.seconds,
            "rng": None if self.rng is None else self.rng.get_state(),
            "epoch": self._epoch if within or chance is None else chance.get_state(),
        }


def _chance_of(batches: Collection[Any]) -> Generator | None:
    found: Generator | None = getattr(batches, "rng", None)
    return found
