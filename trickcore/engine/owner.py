"""The thread that owns torch where there are no workers, and does for everybody else what they ask.

OpenMP keeps a pool of workers for every thread that ever ran a parallel region; once the pools
hold more threads than the machine has cores, each small operation costs up to ten times as much.
A web page has a thread per visitor and run, so none of them may touch torch: they call this one.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future
from contextlib import nullcontext, suppress
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_END = object()
_NAME = "torch-owner"
# Its `put` may be called in the midst of another one. The garbage collector does so when it finds a stream
# that was left: at a ThreadPoolExecutor, which holds a lock meanwhile, the thread then waited for itself.
_jobs: SimpleQueue[tuple[Future[Any], Callable[..., Any], tuple[Any, ...]] | None] = SimpleQueue()
_begin = threading.Lock()
_thread: threading.Thread | None = None
_over = False


def call(fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run fn on the thread that owns torch and return its result, or raise what it raised."""
    if here():
        return fn(*args, **kwargs)
    result: T = _submit(lambda: fn(*args, **kwargs)).result()
    return result


def stream(items: Iterable[T] | Callable[P, Iterable[T]], *args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
    """Yield from an iterable whose every item is made on the thread that owns torch.

    One item is made ahead, so that making and showing overlap. Callers take turns, an item each, first
    come first served. Closing the stream closes the iterable, on the same thread.
    """
    if here():
        yield from items(*args, **kwargs) if callable(items) else items
        return
    source: Iterator[T] = call(lambda: iter(items(*args, **kwargs) if callable(items) else items))
    ahead: Future[object] = _submit(next, source, _END)
    try:
        while (item := ahead.result()) is not _END:
            ahead = _submit(next, source, _END)
            yield item  # type: ignore[misc]  # _END, the one object that is no T, ended the loop
    finally:
        ahead.cancel()
        if isinstance(source, Generator):
            with suppress(RuntimeError):  # the interpreter is shutting down, and the thread is gone
                _submit(source.close)


def _submit(fn: Callable[..., Any], *args: Any) -> Future[Any]:
    """What will come of a job for the thread, which is started with its first. Raises RuntimeError at the
    end of the program."""
    global _thread
    if _over:
        raise RuntimeError("the program ends, and the thread that owns torch with it")
    with _begin if _thread is None else nullcontext():
        if _thread is None:
            _thread = threading.Thread(target=_work, name=f"{_NAME}_0", daemon=True)
            _thread.start()
            atexit.register(_end, _thread)
    future: Future[Any] = Future()
    _jobs.put((future, fn, args))
    return future


def _work() -> None:
    while (job := _jobs.get()) is not None:
        future, fn, args = job
        if future.set_running_or_notify_cancel():
            try:
                future.set_result(fn(*args))
            except BaseException as error:
                future.set_exception(error)
        del job, future, fn, args  # nothing is held until the next one comes


def _end(thread: threading.Thread) -> None:
    """What was asked for is still done: torch is not to be interrupted by the end of the program."""
    global _over
    _over = True
    _jobs.put(None)
    thread.join()


def here() -> bool:
    """Whether this is the thread itself."""
    return threading.current_thread().name.startswith(_NAME)
