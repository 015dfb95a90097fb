"""The doors: `call` and `stream` lead to the pool for jobs, once it was started, else to the thread."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, ParamSpec, TypeVar

from trickcore.engine import owner
from trickcore.engine.devices import runs_wanted, settle_threads, workers
from trickcore.engine.jobs import findable
from trickcore.engine.limits.gate import Gate
from trickcore.engine.limits.settings import limits
from trickcore.engine.pool import Pool
from trickcore.engine.standing import Standing
from trickcore.engine.streams import Stream

P = ParamSpec("P")
T = TypeVar("T")

_pool: Pool | None = None
_lock = threading.Lock()


def call(fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of a function, computed where torch is, or the error that it raised.

    Raises WorkerLostError if the process that computes ended twice in the middle of it.
    """
    if _pool is not None and findable(fn):
        result: T = _pool.call(fn, args, kwargs)
        return result
    return owner.call(fn, *args, **kwargs)


def stream(items: Iterable[T] | Callable[P, Iterable[T]], *args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
    """Yield from an iterable, or from what a function returns, whose every item is made where torch is.

    Nothing is made before the first is asked for. On the thread one item is made ahead; workers make all
    the rest at their pace (see `Stream`). Closing the stream ends the work.
    """
    if _pool is not None and callable(items) and findable(items):
        return Stream(_pool, items, args, kwargs)
    return owner.stream(items, *args, **kwargs)


def start(
    *warm: Any,
    visitor: Callable[[], str | None] | None = None,
    account: Callable[[], str | None] | None = None,
    waiting: Callable[[Standing | None], None] | None = None,
) -> Pool | None:
    """Start the workers, if they have not been: as many as `workers` says. None where that is 0: then the
    thread has one torch thread, as they would have.

    `warm` is a job and its arguments that they do before anything else; `visitor` says for whom the current
    thread asks, `account` for whom that is counted where there are limits, and `waiting` is called by a
    thread that waits, some times a second.
    """
    global _pool
    with _lock:
        count = workers() if _pool is None else 0
        runs_wanted()  # what makes no sense is refused here, not by each worker
        if _pool is None and not count:
            owner.call(settle_threads)
        if count:
            _pool = Pool(count, (warm[0], warm[1:]) if warm else None, Gate(limits()))
            atexit.register(stop)
        if _pool is not None:
            _pool.visitor = visitor or _pool.visitor
            _pool.account = account or _pool.account
            _pool.waiting = waiting or _pool.waiting
        return _pool


def stop() -> None:
    """End the workers, if there are any; from then on the thread does all."""
    global _pool
    with _lock:
        ending, _pool = _pool, None
    if ending is not None:
        ending.stop()


def pool() -> Pool | None:
    """The workers, if they were started."""
    return _pool


def ready(source: Iterator[Any] | None) -> bool:
    """Whether a stream's next item, or its end, is there already."""
    return isinstance(source, Stream) and source.ready()


def standing(source: Iterator[Any] | None) -> Standing | None:
    """Where a stream stands among others; None where that is not known."""
    return source.standing() if isinstance(source, Stream) else None
