"""The pool: worker processes, who is sent which job, and what is done when one of them dies."""

from __future__ import annotations

import logging
import pickle
import secrets
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any, Protocol

from trickcore.engine.limits.gate import Gate
from trickcore.engine.processes import GIVEN_UP, Link, Processes, Worker, alive
from trickcore.engine.processes import WorkerLostError as WorkerLostError
from trickcore.engine.standing import Standing, among
from trickcore.engine.tasks import Store, Task, key_of
from trickcore.language import _

TICK = 0.2  # seconds between two looks of somebody who waits
log = logging.getLogger(__name__)


REST = 5.0  # seconds before processes that could not be started are tried again


class Reader(Protocol):
    """Somebody who reads a task, and can be made to let it go."""

    def release(self) -> None: ...


class Pool:
    """So many workers; `warm` is a job with its arguments that they have done before they begin."""

    def __init__(
        self,
        workers: int,
        warm: tuple[Callable[..., Any], tuple[Any, ...]] | None = None,
        gate: Gate | None = None,
    ) -> None:
        self.lock = threading.RLock()
        self.store = Store()
        self.visitor: Callable[[], str | None] = lambda: None  # for whom the current thread asks
        self.account: Callable[[], str | None] = lambda: None  # for whom that is counted
        self.waiting: Callable[[Standing | None], None] = lambda standing: None  # called while one waits
        self._gate = gate or Gate()
        self._here = threading.local()
        self._numbers = count(1)
        self._workers: dict[int, Worker] = {}
        self._queue: list[Task] = []  # until there is a worker
        self._readers: dict[str, weakref.WeakSet[Any]] = {}
        self._stopping = False
        self.trouble = ""  # why there are no workers
        self._since = 0.0  # when that was last known
        self.fell_back = 0  # jobs that were too large for the graphics card's memory
        self._processes = Processes(workers, warm, secrets.token_bytes(32), self._reported, self._broken)

    # For those who ask

    def acquire(self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Task:
        """The task of a job: one that was begun or done already, else a new one. To be released."""
        key = key_of(fn, args, kwargs)
        with self.lock:
            self._let_in()
            task = self.store.get(key)
            if task is None:
                task = Task(next(self._numbers), fn, args, kwargs, key, self.lock)
                self.store.put(task)
            rests = task.idle or task.held  # new, or held, or not wanted by its readers for now
            task.readers += 1
            task.pinned |= getattr(self._here, "pinning", False)
            if rests and not task.over and self._gate.ask(task, self.account()):
                self._go_on(task)
            return task

    @contextmanager
    def pinned(self) -> Iterator[None]:
        """What this thread asks for meanwhile is kept for good."""
        self._here.pinning = True
        try:
            yield
        finally:
            self._here.pinning = False

    def tidy(self) -> None:
        """Lets go what nobody asked for of late, and lets in what was held for long enough."""
        with self.lock:
            self._let_in()
            self.store.tidy()

    def release(self, task: Task, *, paused: bool = False) -> None:
        """One reader fewer; what nobody reads any more is not gone on with."""
        with self.lock:
            task.readers -= 1
            task.pausing -= paused
            if task.readers == 0 and not task.over:
                task.cancelled = True
                self.store.remove(task)
                self._take_away(task, "cancel")
            else:
                self.pause(task, 0)

    def pause(self, task: Task, change: int) -> None:
        """So many readers more, or fewer, do not want it for now; it pauses while that is all of them."""
        with self.lock:
            rests = task.idle or task.held
            task.pausing += change
            if change < 0 and rests and not task.over and self._gate.ask(task, self.account()):
                self._go_on(task)  # others may have begun meanwhile
            elif task.worker is not None and not task.over:
                self._send(task.worker, "pause", task.number, task.idle or task.held)

    def call(self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The result of a job, or the error that it raised."""
        task = self.acquire(fn, args, kwargs)
        try:
            with self.lock:
                while not task.over:
                    self.wait(task)
                self.store.tidy()
            if task.error is not None:
                raise task.error
            return task.value
        finally:
            self.release(task)

    def wait(self, task: Task) -> None:
        """Until there is news of the task, or for a moment; the lock is held. Whoever is told may raise."""
        if not task.changed.wait(TICK) and not task.over:
            self._processes.look_after()
            self._let_in()
            standing = self.standing(task)
            self.lock.release()
            try:
                self.waiting(standing)
            finally:
                self.lock.acquire()

    def standing(self, task: Task) -> Standing | None:
        """Where a task stands; None once it is over."""
        with self.lock:
            if (held := self._gate.reason(task)) is not None and not task.over:
                return Standing(0, held.seconds, bool(task.items), held)
            others = task.worker.tasks.values() if task.worker is not None else self._queue
            return None if task.over else among(task, others)

    def reads(self, visitor: str | None, reader: Reader) -> None:
        """Whom a reader reads for, so that `leave` finds it."""
        if visitor is not None:
            with self.lock:
                self._readers.setdefault(visitor, weakref.WeakSet()).add(reader)

    def visitors(self) -> list[str]:
        """Those for whom somebody reads."""
        with self.lock:
            return list(self._readers)

    def leave(self, visitor: str) -> None:
        """A visitor has gone: nothing is gone on with for them alone."""
        with self.lock:
            for reader in list(self._readers.pop(visitor, ())):
                reader.release()

    def forget(self) -> None:
        """Finished results may be others by now, as after a download."""
        with self.lock:
            self.store.forget()

    def pids(self) -> list[int]:
        """The process numbers of the workers there are."""
        with self.lock:
            return [worker.pid for worker in self._workers.values()]

    def busy(self) -> int:
        """How many tasks are not over."""
        with self.lock:
            return len(self._unassigned()) + sum(len(worker.tasks) for worker in self._workers.values())

    def stop(self) -> None:
        """Ends all workers; whoever waits is told."""
        with self.lock:
            self._stopping = True
            for task in [*self._unassigned(), *(t for w in self._workers.values() for t in w.tasks.values())]:
                task.end(error=WorkerLostError(_("The server is being stopped.")))
            self._queue.clear()
            for worker in self._workers.values():
                self._hang_up(worker)
            self._workers.clear()
        self._processes.stop()

    # Workers

    def _reported(self, number: int, pid: int, link: Link) -> None:
        worker = Worker(number, pid, link)
        with self.lock:
            if (
                self._stopping or number in self._workers
            ):  # the latter: it came after all, when it was replaced
                link.close()
                return
            self._workers[number] = worker
            queue, self._queue = self._queue, []
            for task in queue:
                self._assign(task)
        for work in (self._listen, self._post):
            threading.Thread(target=work, args=(worker,), name=f"worker-{number}", daemon=True).start()

    def _broken(self, why: str) -> None:
        with self.lock:
            self.trouble, self._since = why, time.monotonic()
            for task in self._queue:
                task.end(error=WorkerLostError(why))
            self._queue.clear()

    def _unassigned(self) -> list[Task]:
        return [*self._queue, *(task for task in self._gate.held if task.worker is None)]

    def _let_in(self) -> None:
        """Those whose time has come. The lock is held."""
        for task in self._gate.let_in():
            self._go_on(task)

    def _go_on(self, task: Task) -> None:
        if task.worker is not None:
            self._send(task.worker, "pause", task.number, task.idle)
        elif task not in self._queue:
            self._assign(task)

    def _assign(self, task: Task) -> None:
        """To the worker that is least busy. The lock is held."""
        if self.trouble and not self._workers:
            if time.monotonic() - self._since < REST:
                task.end(error=WorkerLostError(self.trouble))
                return
            self.trouble = ""
            self._processes.begin()
        there = [worker for worker in self._workers.values() if alive(worker.pid)]
        if not there:
            self._queue.append(task)
            return
        worker = min(there, key=lambda worker: worker.load(task.heavy))
        worker.tasks[task.number], task.worker = task, worker
        try:
            job = pickle.dumps((task.fn, task.args, task.kwargs), protocol=5)
        except Exception as error:
            self._take_away(task)
            self.store.remove(task)
            task.end(error=TypeError(f"a job's arguments cannot be sent to a worker: {error}"))
            return
        self._send(worker, "start", task.number, job, task.heavy, task.length)

    def _take_away(self, task: Task, word: str = "") -> None:
        if task in self._queue:
            self._queue.remove(task)
        worker, task.worker = task.worker, None
        if worker is not None:
            worker.tasks.pop(task.number, None)
            if word:
                self._send(worker, word, task.number)

    def _send(self, worker: Worker, *message: Any) -> None:
        worker.outbox.put(pickle.dumps(message, protocol=5))

    def _post(self, worker: Worker) -> None:
        try:
            while (data := worker.outbox.get()) is not None:
                worker.link.send_bytes(data)
        except (OSError, ValueError, TypeError):  # the last: closed in between
            pass  # it has died, and whoever listens to it will notice

    def _hang_up(self, worker: Worker) -> None:
        worker.outbox.put(None)
        worker.link.close()

    def _listen(self, worker: Worker) -> None:
        try:
            while True:
                try:
                    data = worker.link.recv_bytes()
                except TypeError:  # closed in between, as the pool was stopped
                    return
                word, number, *rest = pickle.loads(data)
                with self.lock:
                    task = worker.tasks.get(number)
                    if task is not None:
                        self._heard(task, word, rest, len(data))
        except (EOFError, OSError):
            self._lost(worker)

    def _heard(self, task: Task, word: str, rest: list[Any], size: int) -> None:
        if word == "items":
            task.give(rest[0], size, rest[1])
            return
        if word == "again":
            task.fell_back = True
            self.fell_back += 1
            task.reset()
            return
        self._take_away(task)
        if word == "done":
            task.end(rest[0], size=size)
        else:
            self.store.remove(task)
            log.info("a job failed in its worker: %s", rest[1])
            task.end(error=rest[0])
        self.store.tidy()

    def _lost(self, worker: Worker) -> None:
        """Its jobs are begun again, once."""
        with self.lock:
            if self._stopping or self._workers.get(worker.number) is not worker:
                return
            log.warning("worker %d (process %d) ended; it is replaced", worker.number, worker.pid)
            del self._workers[worker.number]
            self._hang_up(worker)
            for task in list(worker.tasks.values()):
                task.worker = None
                if task.begun_again >= (1 if task.spent else 3):  # it may never have got to its turn
                    self.store.remove(task)
                    task.end(error=WorkerLostError(_(GIVEN_UP)))
                    continue
                task.begun_again += 1
                task.reset()
                self._assign(task)
                self.pause(task, 0)
        self._processes.replace(worker.number)
