"""How to make one change for many photos. What a page asks needs no tensor."""

from __future__ import annotations

import math
from dataclasses import dataclass

from trickcore.language import later

SHAPES = (later("round"), later("square"))


@dataclass(frozen=True, slots=True)
class Sticker:
    """How to make one."""

    target: int
    shape: str = "round"  # one of SHAPES
    area: float = 0.1  # the share of the picture it covers
    steps: int = 200
    photos: int = 4  # pictures a step, each with a placement of its own
    alpha: float = 32 / 255  # the first step's size; falls to 0 as half a cosine
    momentum: float = 0.9

    def __post_init__(self) -> None:
        if self.shape not in SHAPES:
            raise ValueError(f"expected one of {', '.join(SHAPES)}, got {self.shape!r}")
        if not 0 < self.area <= 0.5:
            raise ValueError(f"expected area above 0 and at most 0.5, got {self.area}")
        if self.steps < 1 or self.photos < 1:
            raise ValueError(f"expected steps and photos >= 1, got {self.steps} and {self.photos}")
        if not (math.isfinite(self.alpha) and self.alpha > 0):
            raise ValueError(f"expected alpha > 0, got {self.alpha}")
        if not 0 <= self.momentum < math.inf:
            raise ValueError(f"expected momentum >= 0, got {self.momentum}")


@dataclass(frozen=True, slots=True)
class Universal:
    """How to search."""

    eps: float = 10 / 255  # of every value, on the [0, 1] scale; 10 levels in the paper
    target: int | None = None  # None: away from whatever each picture is taken for
    steps: int = 100
    photos: int = 8  # pictures a step
    alpha: float | None = None  # the first step's size, which falls to 0; None: a quarter of eps
    momentum: float = 0.9

    def __post_init__(self) -> None:
        if not 0 <= self.eps <= 1:
            raise ValueError(f"expected eps from 0 to 1, got {self.eps}")
        if self.steps < 1 or self.photos < 1:
            raise ValueError(f"expected steps and photos >= 1, got {self.steps} and {self.photos}")
        if self.alpha is not None and not (math.isfinite(self.alpha) and self.alpha >= 0):
            raise ValueError(f"expected alpha >= 0, got {self.alpha}")
        if not 0 <= self.momentum < math.inf:
            raise ValueError(f"expected momentum >= 0, got {self.momentum}")
