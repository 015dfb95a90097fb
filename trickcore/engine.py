"""Who computes, and where: one thread owns torch, and everybody else asks it.

OpenMP keeps a pool of workers for every thread that ever ran a parallel region; once the pools
hold more threads than the machine has cores, each small operation costs up to ten times as much.
A web page has a thread per visitor and run, so none of them may touch torch: they call this one.
"""

from __future__ import annotations

import os
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
    if _here():
        return fn(*args, **kwargs)
    return _owner.submit(fn, *args, **kwargs).result()


def stream(items: Iterable[T] | Callable[P, Iterable[T]], *args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
    """Yield from an iterable whose every item is made on the thread that owns torch.

    Given a function and its arguments, the iterable is what it returns there. One item is made ahead, so
    that making and showing overlap. Callers take turns, an item each, first come first served. Closing
    the stream closes the iterable, on the same thread.
    """
    if _here():
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


def device() -> str:
    """Where networks run: TRICKCORE_DEVICE if set, else "cuda", "mps" or "cpu", the first there is.

    Raises ValueError, with a sentence for a person, when TRICKCORE_DEVICE names what is not there.
    """
    import torch

    found = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    wanted = os.environ.get("TRICKCORE_DEVICE", "").strip().lower()
    if not wanted:
        return next(name for name, there in found.items() if there)
    if not found.get(wanted.partition(":")[0], False):
        here = ", ".join(name for name, there in found.items() if there)
        raise ValueError(
            f"TRICKCORE_DEVICE asks for {wanted!r}, which this machine does not have; it has: {here}."
        )
    return wanted


def _here() -> bool:
    return threading.current_thread().name.startswith(_NAME)
