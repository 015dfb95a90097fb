"""What can be wrong with a trick, in a word each, and what one click can change about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from trickcore.language import Words, _, later
from trickcore.runs.fields import EPSILONS, control
from trickcore.runs.recipe import Recipe
from trickcore.text import named

# Where the page's controls end.
MOST_STEPS, SMALLEST_STEP = int(control("steps").most), control("alpha").least

ROUNDED = later("rounding to whole grey levels undid it")
TRY = later("{reason}. Try epsilon {eps:g}.")

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


def everywhere() -> Remedy:
    return Remedy(_("Change it everywhere"), {"mask": "everywhere"})


def epsilon(eps: float) -> Remedy:
    return Remedy(_("Use epsilon {eps:g}", eps=eps), {"eps": eps})


def nothing(usual: float) -> Finding:
    """Of an epsilon of 0."""
    words = _("Epsilon is 0, so nothing may move. Try epsilon {eps:g}.", eps=usual)
    return Finding("nothing may move", words, epsilon(usual))


def larger(recipe: Recipe) -> Remedy | None:
    """The slider's next stop, no less than a file can hold; None at its end. What lies beyond may be more
    than is needed, and only a search can say (see `smallest`)."""
    stops = [eps for eps in EPSILONS if eps > recipe.eps and eps >= 1]
    return epsilon(stops[0]) if stops else None


def enough(works: float) -> Remedy:
    """The slider's first stop that is no less than an epsilon that was seen to work with automatic steps."""
    stop = next(eps for eps in EPSILONS if eps >= works)
    return Remedy(_("Use epsilon {eps:g}", eps=stop), {"eps": stop, "alpha": None})


def longer(recipe: Recipe) -> Remedy:
    steps = min(MOST_STEPS, max(30, 2 * recipe.steps))
    return Remedy(_("Run {steps} steps", steps=steps), {"steps": steps})


def aim(label: int, labels: Sequence[str]) -> Remedy:
    return Remedy(_("Aim at {goal}", goal=named(labels, label)), {"target": label})


def with_search(found: Sequence[Finding], works: float | None) -> list[Finding]:
    """The findings of a run once a search for its smallest epsilon is over: what it found stands in place
    of the next stop to try. `works` is None where none did."""
    return [
        _searched(finding, works)
        if finding.cause in ("epsilon", "hard") and finding.remedy is not None
        else finding
        for finding in found
    ]


def _searched(finding: Finding, works: float | None) -> Finding:
    if not isinstance(finding.words, Words) or finding.words.template != TRY:
        return finding
    reason = finding.words.values["reason"]
    if works is None:
        words = _("{reason}, and no epsilon was enough. Try another class.", reason=reason)
        return Finding(finding.cause, words)
    remedy = enough(works)
    words = _(
        "{reason}. Epsilon {eps:g} is enough: the smallest that worked was {works:.3g}.",
        reason=reason,
        eps=remedy.settings["eps"],
        works=works,
    )
    return Finding(finding.cause, words, remedy)
