"""Turns: which of a worker's jobs goes on next.

A turn is a slice of time. Jobs that have given nothing yet come first, then live ones, and heavy ones only
where none is live. Among the live ones each gets time in inverse proportion to its length (stride
scheduling, Waldspurger and Weihl 1995), so that a short run is not held up by long ones and no long one
is forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass

SLICE = 0.15  # seconds


@dataclass(slots=True)
class Turn:
    """A job's claim on a worker's time."""

    number: int
    heavy: bool
    length: float  # about how many items
    passed: float = 0.0  # time it was given, times its length
    begun: bool = False  # it has given its first item
    paused: bool = False


class Turns:
    """The jobs of one worker, in the order in which they came."""

    def __init__(self) -> None:
        self._turns: dict[int, Turn] = {}

    def add(self, number: int, *, heavy: bool, length: float) -> None:
        """A newcomer starts level with those who are there, not with those who have left."""
        level = min((turn.passed for turn in self._turns.values() if turn.heavy is heavy), default=0.0)
        self._turns[number] = Turn(number, heavy, max(length, 1.0), level)

    def remove(self, number: int) -> None:
        self._turns.pop(number, None)

    def pause(self, number: int, paused: bool) -> None:
        if number in self._turns:
            self._turns[number].paused = paused

    def next(self, most: int = 1) -> list[int]:
        """Who goes on: up to so many live ones side by side, a heavy one alone, nobody if nobody can."""
        ready = [turn for turn in self._turns.values() if not turn.paused]
        ready.sort(key=lambda turn: (turn.heavy, turn.begun, turn.passed))
        live = [turn for turn in ready if not turn.heavy]
        return [turn.number for turn in live[:most] or ready[:1]]

    def spent(self, number: int, seconds: float) -> None:
        """What a turn took; the job has given something by now."""
        if (turn := self._turns.get(number)) is not None:
            turn.passed += seconds * turn.length
            turn.begun = True
