"""Recipes: the settings of a run in the words of the page, and the attack they stand for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from trickcore import world
from trickcore.attack import Attack, Loss, away_from, towards
from trickcore.balls import L2, Linf
from trickcore.drawing import Stroke
from trickcore.views import as_is

Norm = Literal["linf", "l2"]

EPSILONS = (
    0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.0, 1.5, 2.0, 3.0,
    4.0, 6.0, 8.0, 12.0, 16.0, 25.5, 32.0, 48.0, 64.0, 76.5, 128.0, 255.0,
)  # fmt: skip
KING_PENGUIN = 145


@dataclass(frozen=True, slots=True)
class Recipe:
    """One run's settings. Epsilon and step size are in grey levels of 255, as people see them."""

    network: str = "efficientnet-lite0"
    target: int | None = KING_PENGUIN  # None: stop being what it is
    eps: float = 2.0
    steps: int = 30
    alpha: float | None = None  # None: automatic
    norm: Norm = "linf"
    raw: bool = False
    momentum: float = 0.0
    random_start: bool = False
    seed: int = 0
    stop_at: float | None = None
    mask: str = "everywhere"  # one of masks.MASKS: which pixels may move
    painted: tuple[Stroke, ...] = ()  # the mask "painted"
    views: int = 0  # random views a step (EOT); 0: the picture as it is

    @property
    def step_size(self) -> float:
        """Grey levels a step: 2.5 eps / steps (Madry et al. 2018), unless set by hand.

        With the raw gradient it is a learning rate, 40 times that: on photographs the gradient of
        -log p is about 1/40 nat a value (measured on the embedded network), so a typical value
        walks as far as it would with sign steps.
        """
        if self.alpha is not None:
            return self.alpha
        return 2.5 * self.eps / self.steps * (40 if self.raw else 1)

    def attack(self, values: int) -> Attack:
        """The attack on a picture of so many values (C x H x W).

        Under L2, epsilon is the root mean square move of a value, so the ball's radius is
        eps sqrt(values) and one slider speaks one language.
        """
        scale = math.sqrt(values) / 255 if self.norm == "l2" else 1 / 255
        ball = (L2 if self.norm == "l2" else Linf)(self.eps * scale, raw=self.raw)
        return Attack(
            ball,
            alpha=self.step_size * (1 / 255 if self.raw else scale),
            steps=self.steps,
            random_start=self.random_start,
            momentum=self.momentum,
            stop_at=self.stop_at,
            views=world.views(self.views) if self.views else as_is,
        )

    def loss(self, original: int) -> Loss:
        """What the attack lowers, given what the network said of the untouched picture."""
        return away_from(original) if self.target is None else towards(self.target)
