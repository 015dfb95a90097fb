"""A worker: a process with one torch thread, that does the jobs it is sent, a slice of time each in turn."""

from __future__ import annotations

import inspect
import os
import pickle
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Client, Connection
from typing import Any

from trickcore.engine.devices import (
    memory_full,
    return_memory,
    running_on,
    runs_a_pass,
    settle_threads,
)
from trickcore.engine.jobs import traits_of
from trickcore.engine.shared_passes import SharedPasses
from trickcore.engine.turns import SLICE, Turns

IDLE = 5.0  # seconds without work, before memory is given back


@dataclass(slots=True)
class Doing:
    """A job that was begun."""

    fn: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    items: Iterator[Any] | None = None
    device: str | None = None  # where it is told to run


class Worker:
    """Messages in: start, pause, cancel. Messages out, each with the job's number: items, done, failed; and
    "again", where the graphics card's memory is full, so that the job is begun again on the CPU.

    Live jobs have their turns side by side, up to `together` of them, and share the passes of networks.
    """

    def __init__(self, connection: Connection, together: int = 1) -> None:
        self.connection = connection
        self.passes = SharedPasses(together)
        self.turns = Turns()
        self.doing: dict[int, Doing] = {}

    def serve(self) -> None:
        """Until the connection ends."""
        while True:
            numbers = self.turns.next(self.passes.most)
            if not numbers and not self.connection.poll(IDLE):
                return_memory()
            while self.connection.poll(0 if numbers else None):
                self._obey(pickle.loads(self.connection.recv_bytes()))
                numbers = self.turns.next(self.passes.most)
            if numbers:
                self.passes.run([partial(self._turn, number, len(numbers)) for number in numbers])

    def _obey(self, message: tuple[Any, ...]) -> None:
        word, number, *rest = message
        if word == "start":
            job, heavy, length = rest
            try:
                self.doing[number] = Doing(*pickle.loads(job))
            except Exception as error:  # a module that cannot be imported here, say
                self._failed(number, error)
                return
            self.turns.add(number, heavy=heavy, length=length)
        elif word == "pause":
            self.turns.pause(number, rest[0])
        else:
            self._forget(number)

    def _turn(self, number: int, beside: int) -> None:
        """A slice of time for a job; so many have it at once, and each is charged its share."""
        begin = time.perf_counter()
        doing, out = self.doing[number], list[Any]()
        failed: Exception | None = None
        ended: tuple[Any] | None = None
        try:
            with running_on(doing.device):
                ended = self._slice(doing, out, begin)
        except Exception as error:
            failed = error
        seconds = (time.perf_counter() - begin) / beside
        self.turns.spent(number, seconds)
        if out or ended is None:
            self._send("items", number, self._thinned(doing, out), seconds)
            seconds = 0.0
        if failed is not None and doing.device is None and memory_full(failed):
            self._begin_again_on_cpu(number, doing, failed)
        elif failed is not None:
            self._failed(number, failed)
        elif ended is not None:
            self._forget(number)
            self._send("done", number, *ended, seconds)
        failed = None  # which holds this frame, and those in which the graphics card's memory is in use

    def _slice(self, doing: Doing, out: list[Any], begin: float) -> tuple[Any] | None:
        """Begins a job, or goes on with it: items go to `out`. Its result, once it has ended."""
        first = doing.items is None
        if doing.items is None:
            result = doing.fn(*doing.args, **doing.kwargs)
            if not inspect.isgenerator(result):
                return (result,)
            doing.items = result
        while not out or (not first and time.perf_counter() - begin < SLICE):
            try:
                out.append(next(doing.items))
            except StopIteration:
                return (None,)
        return None

    def _begin_again_on_cpu(self, number: int, doing: Doing, why: Exception) -> None:
        """In its next turn, when the memory that it had on the graphics card is free for others."""
        print(f"the graphics card's memory is full, a job goes to the CPU: {why}", file=sys.stderr)
        if inspect.isgenerator(doing.items):
            doing.items.close()
        doing.items, doing.device = None, "cpu"
        self._send("again", number)

    def _thinned(self, doing: Doing, items: list[Any]) -> list[Any]:
        """Items without what only the newest is asked for."""
        thin = traits_of(doing.fn).thin
        if thin is None or len(items) < 2:
            return items
        return [*(thin(item, *doing.args, **doing.kwargs) for item in items[:-1]), items[-1]]

    def _forget(self, number: int) -> None:
        self.turns.remove(number)
        doing = self.doing.pop(number, None)
        if doing is not None and inspect.isgenerator(doing.items):
            doing.items.close()

    def _failed(self, number: int, error: Exception) -> None:
        self._forget(number)
        where = "".join(traceback.format_exception(error))
        try:
            pickle.loads(pickle.dumps(error))
        except Exception:  # it holds what cannot be sent: its words can
            error = RuntimeError(f"{type(error).__name__}: {error}")
        self._send("failed", number, error, where)

    def _send(self, *message: Any) -> None:
        self.connection.send_bytes(pickle.dumps(message, protocol=5))


def main(address: str, key: bytes, number: int) -> None:
    """Does jobs for the pool at this address until it hangs up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for the server
    settle_threads()
    try:
        with Client(address, authkey=key) as connection:
            connection.send((number, os.getpid()))
            Worker(connection, runs_a_pass()).serve()
    except (EOFError, OSError):
        pass  # the server is gone


if __name__ == "__main__":
    given = pickle.loads(sys.stdin.buffer.read())
    main(*given)
