"""The thread that owns torch where there are no workers, and does for everybody else what they ask.

OpenMP keeps a pool of workers for every thread that ever ran a parallel region; once the pools
hold more threads than the machine has cores, each small operation costs up to ten times as much.
A web page has a thread per visitor and run, so none of them may touch torch: they call this one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_END = object()
_NAME = "torch-owner"
_owner = ThreadPoolExecutor(max_workers=1, thread_name_prefix=_NAME)


def call(fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run fn on the thread that owns torch and return its result, or raise what it raised."""
    if here():
        return fn(*args, **kwargs)
    return _owner.submit(fn, *args, **kwargs).result()


def stream(items: Iterable[T] | Callable[P, Iterable[T]], *args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
    """Yield from an iterable whose every item is made on the thread that owns torch.

    One item is made ahead, so that making and showing overlap. Callers take turns, an item each, first
    come first served. Closing the stream closes the iterable, on the same thread.
    """
    if here():
        yield from items(*args, **kwargs) if callable(items) else items
        return
    source: Iterator[T] = call(lambda: iter(items(*args, **kwargs) if callable(items) else items))
    ahead: Future[object] = _owner.submit(next, source, _END)
    try:
        while (item := ahead.result()) is not _END:
            ahead = _owner.submit(next, source, _END)
            yield item  # type: ignore[misc]  # _END, the one object that is no T, ended the loop
    finally:
        ahead.cancel()
        if isinstance(source, Generator):
            with suppress(RuntimeError):  # the interpreter is shutting down, and the thread is gone
                _owner.submit(source.close)


def here() -> bool:
    """Whether this is the thread itself."""
    return threading.current_thread().name.startswith(_NAME)
