"""This machine as a sweep's engine: worker processes, one torch thread each."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from trickcore import engine
from trickcore.engine.devices import workers as workers_here
from trickcore.engine.pool import Pool
from trickcore.engine.streams import Stream
from trickcore.jobs.networks import FEW, Network, classifier_of, device, named
from trickcore.measure.robustness import Row
from trickcore.networks.card import WeightsError
from trickcore.sweep.trials import Chunk, Refused, outcomes

AHEAD = 1000  # rows that may wait to be taken
ENOUGH = 5.0  # seconds that workers are waited for, at the start and at the end


def warm(networks: Sequence[str]) -> None:
    """Loads networks and takes a step with each, so that those who are forked have all that torch makes at
    the first of a shape; what is wrong with one is told when it is asked for."""
    from trickcore.sweep.batches import batch_of, seconds

    for name in networks[:FEW]:
        with suppress(WeightsError):
            classifier = classifier_of(named(name))
            seconds(classifier, batch_of(classifier), "cpu", tries=0)


class ThisMachine:
    """The workers that a page started, or some of its own, which end with it.

    With `workers=0` the thread that owns torch does it all. Workers of its own have the `networks` loaded
    before they begin, once for all of them.
    """

    def __init__(self, workers: int | None = None, networks: Sequence[str] = ()) -> None:
        pool = engine.pool()
        self._own: Pool | None = None
        count = workers_here() if workers is None else workers
        if pool is None and count:
            pool = self._own = Pool(count, (warm, (tuple(networks),)))
        self._pool = pool
        self.workers = max(count, 1)
        self._stopped = threading.Event()
        self._hands: list[threading.Thread] = []

    @property
    def gpu(self) -> bool:
        return bool(self._call(device) != "cpu")

    def pids(self) -> list[int]:
        """The process numbers of the workers there are."""
        return self._pool.pids() if self._pool is not None else []

    def networks(self, names: Sequence[str]) -> list[Network]:
        return [self._call(named, name) for name in names]

    def computed(self, chunks: Iterator[Chunk]) -> Iterator[tuple[int, Row | Refused | None]]:
        """Each worker is given a chunk, and the next when it has done it."""
        end = time.monotonic() + ENOUGH
        while self._own is not None and len(self.pids()) < self.workers and time.monotonic() < end:
            time.sleep(0.005)  # who comes a moment later would find all chunks with those who are there
        out: queue.Queue[Any] = queue.Queue(AHEAD)
        taking = threading.Lock()

        def put(thing: Any) -> None:
            while not self._stopped.is_set():
                try:
                    out.put(thing, timeout=0.2)
                    return
                except queue.Full:
                    continue

        def work() -> None:
            try:
                while not self._stopped.is_set():
                    with taking:
                        chunk = next(chunks, None)
                    if chunk is None:
                        break
                    for item in self._stream(chunk):
                        put((chunk.number, item))
                        if self._stopped.is_set():
                            return
                    put((chunk.number, None))
            except BaseException as error:
                put(error)
            else:
                put(None)

        self._hands = [
            threading.Thread(target=work, name=f"sweep-{n}", daemon=True) for n in range(self.workers)
        ]
        for hand in self._hands:
            hand.start()
        left = len(self._hands)
        try:
            while left:
                thing = out.get()
                if isinstance(thing, BaseException):
                    raise thing
                if thing is None:
                    left -= 1
                else:
                    yield thing
        finally:
            self._stopped.set()

    def close(self) -> None:
        self._stopped.set()
        if self._own is not None:
            self._own.stop()
        for hand in self._hands:  # a thread that Python's end cuts off may take the process with it
            hand.join(ENOUGH)

    def _stream(self, chunk: Chunk) -> Iterator[Row | Refused]:
        if self._pool is None:
            return engine.stream(outcomes, chunk)
        return Stream(self._pool, outcomes, (chunk,), {})

    def _call(self, job: Any, *args: Any) -> Any:
        return engine.call(job, *args) if self._pool is None else self._pool.call(job, args, {})
