"""The gate before the workers: a task within the limits is let in, another is held until it is its time.

Only work that is really begun is counted: what was computed already, or is computed for somebody else, is
given to whoever asks. What is held is not lost: whoever asked for it waits, and it begins by itself.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from trickcore.engine.limits.settings import Limits
from trickcore.engine.tasks import Task

MINUTE = 60.0  # seconds
Why = Literal["runs", "own", "all"]


@dataclass(frozen=True, slots=True)
class Held:
    """Why a task is not worked at yet: its visitor began so many runs within a minute ("runs"), has so much
    heavy work on ("own"), or all visitors together have ("all")."""

    why: Why
    limit: int
    seconds: float  # until it begins; of heavy work about how long
    before: int = 0  # heavy tasks of all visitors that have been waiting for longer


class Gate:
    """The tasks that are held, in the order in which they came. All of it is under the pool's lock.

    An account is for whom work is counted; None is the server itself, for which there is no limit.
    """

    def __init__(self, limits: Limits | None = None, now: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits or Limits()
        self._now = now
        self._begun: deque[tuple[float, str]] = deque()  # of the last minute: when, and whose
        self._heavy: list[Task] = []  # that were let in
        self._held: list[Task] = []

    @property
    def held(self) -> list[Task]:
        return [task for task in self._held if not task.over]

    def ask(self, task: Task, account: str | None) -> bool:
        """Whether a task may be worked at, if it is counted for this account; else it is held."""
        if self._why(task, account) is None:
            self._let_in(task, account)
        elif not task.held:
            task.account, task.held = account, True
            self._held.append(task)
        return not task.held

    def let_in(self) -> list[Task]:
        """Those that were held and may be worked at from now on."""
        self._held = self.held
        found = []
        for task in list(self._held):
            if not task.idle and self._why(task, task.account) is None:
                self._let_in(task, task.account)
                found.append(task)
        return found

    def reason(self, task: Task) -> Held | None:
        """Why a task is held; None where it is not."""
        why = self._why(task, task.account) if task.held else None
        if why is None:
            return None
        waiting = self._held[: self._held.index(task)]
        if why == "runs":
            limit = self.limits.runs_a_minute or 1
            begun = self._runs(task.account)
            place = sum(one.account == task.account for one in waiting)
            ends = begun[min(len(begun) - limit + place, len(begun) - 1)] + MINUTE
            return Held(why, limit, max(0.0, ends - self._now()))
        on = self._on(task)
        if why == "own":
            on = [one for one in on if one.account == task.account]
        limit = (self.limits.heavy_at_once if why == "own" else self.limits.heavy_in_all) or 1
        before = sum(one.heavy and not one.idle for one in waiting) if why == "all" else 0
        return Held(why, limit, min(one.left for one in on), before)

    def _why(self, task: Task, account: str | None) -> Why | None:
        """What forbids that a task begins."""
        if account is None:
            return None
        limits = self.limits
        fresh = task.streams and not task.counted
        if limits.runs_a_minute and fresh and len(self._runs(account)) >= limits.runs_a_minute:
            return "runs"
        if task.heavy:
            on = self._on(task)
            if limits.heavy_at_once and sum(one.account == account for one in on) >= limits.heavy_at_once:
                return "own"
            if limits.heavy_in_all and len(on) >= limits.heavy_in_all:
                return "all"
        return None

    def _let_in(self, task: Task, account: str | None) -> None:
        task.account, task.held = account, False
        if task in self._held:
            self._held.remove(task)
        if account is None or task.counted:
            return
        task.counted = True
        if task.streams:
            self._begun.append((self._now(), account))
        if task.heavy:
            self._heavy.append(task)

    def _runs(self, account: str | None) -> list[float]:
        """When this account's runs of the last minute began."""
        while self._begun and self._begun[0][0] <= self._now() - MINUTE:
            self._begun.popleft()
        return [when for when, whose in self._begun if whose == account]

    def _on(self, task: Task) -> list[Task]:
        """The heavy work that is being done, but for the task."""
        self._heavy = [one for one in self._heavy if not one.over]
        return [one for one in self._heavy if one is not task and not one.idle and not one.held]
