"""What can be wrong with a trick, in a word each, and what one click can change about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from trickcore.charts import named
from trickcore.recipes import EPSILONS, Recipe

MOST_STEPS, SMALLEST_STEP = 200, 0.001  # where the page's controls end

Cause = Literal[
    "nothing may move",
    "already the target",
    "vanished gradient",
    "rounding",
    "stopped",
    "steps too small",
    "overshooting",
    "mask too small",
    "epsilon",
    "too few steps",
    "hard",
    "already wrong",
    "still right",
]


@dataclass(frozen=True, slots=True)
class Remedy:
    """One click: settings of the Recipe to change before it is run again, or a repair of the file."""

    label: str
    settings: dict[str, Any] = field(default_factory=dict)
    repair: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """A cause, a sentence or two about it for a person, and what can be done with one click."""

    cause: Cause
    words: str
    remedy: Remedy | None = None


EVERYWHERE = Remedy("Change it everywhere", {"mask": "everywhere"})


def epsilon(eps: float) -> Remedy:
    return Remedy(f"Use epsilon {eps:g}", {"eps": eps})


def larger(recipe: Recipe) -> Remedy | None:
    """The slider's stop nearest to twice as much, no less than a file can hold; None at its end."""
    there = [eps for eps in EPSILONS if eps > recipe.eps and eps >= 1]
    return epsilon(min(there, key=lambda eps: abs(eps - 2 * recipe.eps))) if there else None


def longer(recipe: Recipe) -> Remedy:
    steps = min(MOST_STEPS, max(30, 2 * recipe.steps))
    return Remedy(f"Run {steps} steps", {"steps": steps})


def aim(label: int, labels: Sequence[str]) -> Remedy:
    return Remedy(f"Aim at {named(labels, label)}", {"target": label})
