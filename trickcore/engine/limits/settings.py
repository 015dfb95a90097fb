"""The limits that a server was given, by its environment. Without them there are none."""

from __future__ import annotations

import os
from dataclasses import dataclass

from trickcore.language import _

MOST = 10_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Whole numbers from 1; None is no limit."""

    runs_a_minute: int | None = None  # that a visitor may begin
    heavy_at_once: int | None = None  # of a visitor: training, counts, sweeps, runs over many views
    heavy_in_all: int | None = None  # of all visitors of this server


def limits() -> Limits:
    """TRICK_RUNS_A_MINUTE, TRICK_HEAVY_AT_ONCE and TRICK_HEAVY_IN_ALL. Raises ValueError, with a sentence
    for a person, for another word than a whole number from 1."""
    return Limits(
        _number("TRICK_RUNS_A_MINUTE", _("runs a minute")),
        _number("TRICK_HEAVY_AT_ONCE", _("long computations of a visitor at once")),
        _number("TRICK_HEAVY_IN_ALL", _("long computations of all visitors at once")),
    )


def _number(name: str, what: str) -> int | None:
    wanted = os.environ.get(name, "").strip()
    if not wanted:
        return None
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) <= 5 and 1 <= int(wanted) <= MOST):
        raise ValueError(
            _(
                "{name} asks for {wanted!r} {what}; a whole number from 1 to {most} is meant, or nothing for "
                "no limit.",
                name=name,
                wanted=wanted,
                what=what,
                most=MOST,
            )
        )
    return int(wanted)
