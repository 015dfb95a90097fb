"""Processes of the workers: forked from one warm process on Linux, started one by one elsewhere.

Not `multiprocessing`'s own start methods: these import the main module again in the child, and in a page's
thread that is whatever script Streamlit runs.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Listener
from queue import SimpleQueue
from typing import Any, NamedTuple, Protocol

from trickcore.engine.tasks import Task
from trickcore.language import _, later

FORKS = sys.platform.startswith("linux")
TRIES = 2  # to start a process, until it is told that it cannot be
LATE = 60.0  # seconds after which one that has not reported in is taken for lost


GIVEN_UP = later(
    "The process that computes ended twice in the middle of this, so it was given up. Nothing else was lost. "
    "Try again, or with a smaller network."
)


class WorkerLostError(RuntimeError):
    """The process that computes ended twice in the middle of a job; the message is for a person."""


def alive(pid: int) -> bool:
    """Whether a process is there, as far as can be asked: of two that end at once, one is noticed first."""
    if os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


class Link(Protocol):
    """What a connection of multiprocessing can, on every system."""

    def send_bytes(self, data: bytes, /) -> None: ...
    def recv_bytes(self) -> bytes: ...
    def close(self) -> None: ...


@dataclass(eq=False)
class Worker:
    """A process that has reported in, and what it was given."""

    number: int
    pid: int
    link: Link
    tasks: dict[int, Task] = field(default_factory=dict)
    # What it is to be sent: a worker that is busy sending reads nothing, so that nobody may wait for it.
    outbox: SimpleQueue[bytes | None] = field(default_factory=SimpleQueue)

    def load(self, heavy: bool) -> tuple[float, float]:
        """How busy it is, for a newcomer that is heavy or live."""
        on = [task for task in self.tasks.values() if not task.pausing and not task.held]
        live = sum(task.left for task in on if not task.heavy)
        hard = sum(1.0 for task in on if task.heavy)
        return (hard, live) if heavy else (live + 0.2 * min(hard, 1), hard)


class Awaited(NamedTuple):
    """A process that was started and has not reported in."""

    since: float
    process: subprocess.Popen[bytes]  # itself, or the one that forks it


class Processes:
    """Starts them, hears who reports in, and starts others in place of those that ended."""

    def __init__(
        self,
        count: int,
        warm: tuple[Callable[..., Any], tuple[Any, ...]] | None,
        key: bytes,
        reported: Callable[[int, int, Link], None],
        broken: Callable[[str], None],
    ) -> None:
        self._count, self._key, self._reported, self._broken = count, key, reported, broken
        self._warm = pickle.dumps(warm) if warm is not None else None
        self._listener = Listener(authkey=key, backlog=count + 4)
        self._server: subprocess.Popen[bytes] | None = None  # that forks
        self._on_gpu = False
        self._started: list[subprocess.Popen[bytes]] = []
        self._awaited: dict[int, Awaited] = {}
        self._starting = threading.Lock()
        self._stopping = False
        threading.Thread(target=self._accept, name="workers", daemon=True).start()
        self.begin()

    def begin(self) -> None:
        """Starts all of them, in the background; once more after they could not be started."""
        threading.Thread(target=self._begin, name="workers", daemon=True).start()

    def replace(self, number: int) -> None:
        """A process in place of the one with this number."""
        for _attempt in range(TRIES):
            if self._stopping or not self._prepared():
                return
            try:
                self._one(number)
                return
            except (OSError, ValueError):  # the fork server is just ending: it is started anew
                if self._server is not None:
                    with suppress(subprocess.TimeoutExpired):
                        self._server.wait(1)
        if not self._stopping:
            self._broken(
                _("The process that computes ended and could not be started again. Try again in a moment.")
            )

    def look_after(self) -> None:
        """Starts others in place of those that ended, or hang, before they have reported in."""
        now = time.monotonic()
        for number, one in list(self._awaited.items()):
            ended = one.process.poll() is not None
            if (ended or now - one.since > LATE) and self._awaited.pop(number, None) is not None:
                threading.Thread(target=self.replace, args=(number,), name="workers", daemon=True).start()

    def stop(self) -> None:
        self._stopping = True
        self._listener.close()
        if self._server is not None and self._server.stdin is not None:
            with suppress(OSError):  # it has ended already
                self._server.stdin.close()
        for process in [self._server, *self._started]:
            if process is not None:
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:
                    process.kill()

    def _begin(self) -> None:
        if self._prepared():
            for number in range(1 if self._on_gpu else self._count):
                self.replace(number)

    def _prepared(self) -> bool:
        """Whether there is a fork server that lives, where one is needed; that there is none is told.

        One that has ended is started anew, and so is one that ends while it loads.
        """
        with self._starting:
            for _attempt in range(TRIES):
                if not FORKS or self._on_gpu:
                    return True
                if self._server is not None and self._server.poll() is None:
                    return True
                where = self._fork_server()
                if self._stopping:
                    return False
                if where and where != "cpu":  # who has spoken to a GPU cannot be forked, and one is enough
                    assert self._server is not None
                    assert self._server.stdin is not None
                    self._server.stdin.close()
                    self._server, self._on_gpu = None, True
        self._broken(
            _(
                "The process that computes could not be started; the server's log says why. Try again in a "
                "moment."
            )
        )
        return False

    def _fork_server(self) -> str:
        """Starts it, and waits until it is warm; where networks run, or nothing if it ended."""
        server = self._popen("trickcore.engine.fork_server", stdout=subprocess.PIPE)
        assert server.stdin is not None
        assert server.stdout is not None
        self._server = server
        try:
            server.stdin.write(pickle.dumps((self._listener.address, self._key, self._warm)))
            server.stdin.flush()
            where = server.stdout.readline().decode().strip()
        except OSError:
            where = ""
        if not where:
            server.wait()  # it has ended, or closed what it would speak through
        return where

    def _one(self, number: int) -> None:
        if self._server is not None and self._server.stdin is not None:
            self._awaited[number] = Awaited(time.monotonic(), self._server)
            self._server.stdin.write(b"%d\n" % number)
            self._server.stdin.flush()
            return
        process = self._popen("trickcore.engine.worker")
        assert process.stdin is not None
        self._started = [one for one in self._started if one.poll() is None] + [process]
        self._awaited[number] = Awaited(time.monotonic(), process)
        process.stdin.write(pickle.dumps((self._listener.address, self._key, number)))
        process.stdin.close()

    def _popen(self, module: str, stdout: int | None = None) -> subprocess.Popen[bytes]:
        one = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        found = {"PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)}
        command = [sys.executable, "-m", module]
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=stdout, env={**os.environ, **one, **found}
        )

    def _accept(self) -> None:
        while not self._stopping:
            try:
                link: Connection = self._listener.accept()  # type: ignore[type-arg, unused-ignore]
                number, pid = link.recv()
            except (OSError, EOFError):  # the listener was closed, or somebody hung up
                continue
            except Exception:  # somebody who does not have the key
                continue
            self._awaited.pop(number, None)
            self._reported(number, pid, link)
