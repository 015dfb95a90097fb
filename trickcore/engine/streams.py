"""Streams: the items of a job that workers do, read by one who may leave, pause or come back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from trickcore.engine.pool import Pool
from trickcore.engine.standing import Standing
from trickcore.engine.tasks import Task

T = TypeVar("T")


class Stream(Iterator[T], Generic[T]):
    """An iterator that takes nothing before it is asked, and from then on is given what comes at any pace.

    Two who read the same job read the same task. One who lets go and reads on again is given what is
    still missing.
    """

    def __init__(
        self, pool: Pool, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        self._pool, self._job = pool, (fn, args, kwargs)
        self._task: Task | None = None
        self._at = 0  # items taken
        self._paused = self._closed = False
        self.begun_again = False  # a worker was lost on the way
        self.fell_back = False  # it was begun again on the CPU: see Task

    def __next__(self) -> T:
        if self._closed:
            raise StopIteration
        pool = self._pool
        with pool.lock:
            while True:
                task = self._read()
                if self._at < len(task.items):
                    item: T = task.items[self._at]
                    self._at += 1
                    return item
                if task.done:
                    self._note(task)
                    self.close()
                    if task.error is not None:
                        raise task.error
                    raise StopIteration
                pool.wait(task)

    def ready(self) -> bool:
        """Whether the next item, or the end, is there already."""
        with self._pool.lock:
            task = self._task
            return self._closed or (task is not None and (self._at < len(task.items) or task.done))

    def standing(self) -> Standing | None:
        """Where it stands among the jobs of its worker; None before it was begun and when it is over."""
        with self._pool.lock:
            return self._pool.standing(self._task) if self._task is not None else None

    def pause(self, paused: bool) -> None:
        """Whether to make no more for now, as far as this reader is concerned."""
        with self._pool.lock:
            if paused is not self._paused:
                self._paused = paused
                if self._task is not None:
                    self._pool.pause(self._task, 1 if paused else -1)

    def release(self) -> None:
        """Let go of the task: without other readers it ends. Reading on takes it up anew."""
        with self._pool.lock:
            task, self._task = self._task, None
            if task is not None:
                self._note(task)
                self._pool.release(task, paused=self._paused)

    def close(self) -> None:
        """Read no more."""
        self._closed = True
        self.release()

    def __del__(self) -> None:
        if hasattr(self, "_closed"):
            self.close()

    def _read(self) -> Task:
        """The task; it is taken up if it was let go. The lock is held."""
        if self._task is None or self._task.cancelled:
            fn, args, kwargs = self._job
            self._task = self._pool.acquire(fn, args, kwargs)
            self._pool.reads(self._pool.visitor(), self)
            if self._paused:
                self._pool.pause(self._task, 1)
        self._note(self._task)
        return self._task

    def _note(self, task: Task) -> None:
        self.begun_again |= task.begun_again > 0
        self.fell_back |= task.fell_back
