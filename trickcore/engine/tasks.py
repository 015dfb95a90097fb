"""Tasks: jobs that were asked for, what they gave so far, and the store in which the same one is found."""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from trickcore.engine.jobs import Traits, traits_of

# Of finished tasks that are kept for whoever asks the same.
MOST_BYTES, MOST_TASKS, MOST_SECONDS = 256_000_000, 1024, 120.0
GUESS = 0.04  # seconds an item, before one was measured


class Task:
    """A job on its way or done. All fields are the pool's, under its lock."""

    def __init__(
        self, number: int, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any],
        key: bytes | None, lock: threading.RLock,
    ) -> None:  # fmt: skip
        self.number, self.fn, self.args, self.kwargs, self.key = number, fn, args, kwargs, key
        self.traits: Traits = traits_of(fn)
        self.heavy = self.traits.heavy(*args, **kwargs)
        self.length = max(1.0, float(self.traits.length(*args, **kwargs)))
        self.streams = inspect.isgeneratorfunction(fn)
        self.changed = threading.Condition(lock)
        self.worker: Any = None
        self.readers = self.pausing = 0
        self.pinned = False  # kept whatever comes
        self.used = 0.0  # when it was last asked for
        self.begun_again = 0  # how often, since a worker was lost
        self.fell_back = False  # begun again on the CPU, since the graphics card's memory was full
        self.account: str | None = None  # for whom it is counted; see `limits.gate`
        self.held = self.counted = False  # until its time has come; once it was let in
        self.reset()

    def reset(self) -> None:
        """As before its first turn; what was given stays until it is given again."""
        if not (self.begun_again or self.fell_back):
            self.items: list[Any] = []
            self.size = 0
        self.skip = len(self.items)  # items that come a second time
        self.spent = 0.0
        self.value: Any = None
        self.done = self.cancelled = False
        self.error: Exception | None = None

    @property
    def over(self) -> bool:
        return self.done or self.cancelled

    @property
    def idle(self) -> bool:
        """All who read it do not want it for now."""
        return self.pausing >= self.readers

    @property
    def left(self) -> float:
        """About how many seconds of a worker's time it still needs."""
        made = len(self.items) - self.skip
        each = self.spent / made if made > 0 else GUESS
        return max(self.length - len(self.items), 0.5) * each

    def give(self, items: list[Any], size: int, seconds: float) -> None:
        """Takes in what came, and lets go what only the newest item is asked for."""
        self.spent += seconds
        again, self.skip = min(self.skip, len(items)), max(self.skip - len(items), 0)
        fresh = items[again:]
        if not fresh:
            return
        if self.items and self.traits.thin is not None:
            self.items[-1] = self.traits.thin(self.items[-1], *self.args, **self.kwargs)
        self.items += fresh
        self.size += size
        self.changed.notify_all()

    def end(self, value: Any = None, error: Exception | None = None, size: int = 0) -> None:
        self.value, self.error, self.done = value, error, True
        self.size += size
        self.args, self.kwargs = (), {}  # a picture, or a network's weights
        self.changed.notify_all()


class Store:
    """Tasks by what was asked. Those used last stay, for a while; a task on its way is never let go."""

    def __init__(
        self,
        most_bytes: int = MOST_BYTES,
        most_tasks: int = MOST_TASKS,
        most_seconds: float = MOST_SECONDS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.most_bytes, self.most_tasks, self.most_seconds = most_bytes, most_tasks, most_seconds
        self._now = now
        self._tasks: OrderedDict[bytes, Task] = OrderedDict()

    def get(self, key: bytes | None) -> Task | None:
        task = self._tasks.get(key) if key is not None else None
        if task is None or task.cancelled or task.error is not None:
            return None
        self._tasks.move_to_end(task.key or b"")
        task.used = self._now()
        return task

    def put(self, task: Task) -> None:
        if task.key is not None:
            task.used = self._now()
            self._tasks[task.key] = task

    def remove(self, task: Task) -> None:
        if task.key is not None and self._tasks.get(task.key) is task:
            del self._tasks[task.key]

    def tidy(self) -> None:
        """Lets the longest unused go, until what is kept is within bounds."""
        finished = [task for task in self._tasks.values() if task.done and not task.pinned]
        size = sum(task.size for task in finished)
        oldest = self._now() - self.most_seconds
        for count, task in enumerate(finished):
            full = size > self.most_bytes or len(finished) - count > self.most_tasks
            if not full and task.used >= oldest:
                return
            size -= task.size
            self.remove(task)

    def forget(self) -> None:
        """Lets all go that is finished."""
        for task in [task for task in self._tasks.values() if task.done]:
            self.remove(task)

    @property
    def size(self) -> int:
        """Bytes of the finished tasks that are kept."""
        return sum(task.size for task in self._tasks.values() if task.done)


def key_of(fn: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bytes | None:
    """What a job and its arguments are found by: a digest of all that is in them. None where the job may
    answer otherwise another time, or where an argument is of a kind that has no digest.

    Whoever has no bytes of a picture cannot make the digest: a result is found by those who could have
    asked for it themselves.
    """
    if not traits_of(fn).shared:
        return None
    digest = hashlib.sha256(f"{fn.__module__}.{fn.__qualname__}".encode())
    try:
        _feed(digest.update, [args, dict(kwargs)])
    except TypeError:
        return None
    return digest.digest()


def _feed(update: Callable[[bytes], None], thing: Any) -> None:
    """Each value with its type and length, so that no two lists of values read the same."""
    kind = type(thing).__name__
    if isinstance(thing, bytes):
        update(f"bytes {len(thing)}:".encode())
        update(thing)
    elif isinstance(thing, np.ndarray):
        update(f"array {thing.dtype.str} {thing.shape}:".encode())
        update(np.ascontiguousarray(thing).tobytes())
    elif thing is None or isinstance(thing, (bool, int, float, str, np.generic)):
        word = repr(thing)
        update(f"{kind} {len(word)}:{word}".encode())
    elif isinstance(thing, Mapping):
        _feed(update, list(thing.items()))
    elif isinstance(thing, (list, tuple, set, frozenset)):
        update(f"{kind} {len(thing)}:".encode())
        for item in sorted(thing, key=repr) if isinstance(thing, (set, frozenset)) else thing:
            _feed(update, item)
    elif dataclasses.is_dataclass(thing):
        update(f"{type(thing).__module__}.{kind}:".encode())
        for field in dataclasses.fields(thing):
            _feed(update, getattr(thing, field.name))
    else:
        raise TypeError(kind)
