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
from collections.abc import Callable
from multiprocessing.connection import Connection, Listener
from typing import Any, Protocol

FORKS = sys.platform.startswith("linux")


class Link(Protocol):
    """What a connection of multiprocessing can, on every system."""

    def send_bytes(self, data: bytes, /) -> None: ...
    def recv_bytes(self) -> bytes: ...
    def close(self) -> None: ...


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
        self._started: list[subprocess.Popen[bytes]] = []
        self._stopping = False
        for work in (self._accept, self._begin):
            threading.Thread(target=work, name="workers", daemon=True).start()

    def replace(self, number: int) -> None:
        """A process in place of the one with this number."""
        if not self._stopping:
            self._one(number)

    def stop(self) -> None:
        self._stopping = True
        self._listener.close()
        if self._server is not None and self._server.stdin is not None:
            self._server.stdin.close()
        for process in [self._server, *self._started]:
            if process is not None:
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:
                    process.kill()

    def _begin(self) -> None:
        count = self._count
        if FORKS:
            where = self._fork_server()
            if not where:
                if not self._stopping:
                    self._broken("The process that computes could not be started; the server's log says why.")
                return
            if where != "cpu":  # a process that has spoken to a GPU cannot be forked, and one is enough
                assert self._server is not None
                assert self._server.stdin is not None
                self._server.stdin.close()
                self._server, count = None, 1
        for number in range(count):
            self._one(number)

    def _fork_server(self) -> str:
        """Starts it, and waits until it is warm; where networks run, or nothing if it ended."""
        server = self._popen("trickcore.engine.fork_server", stdout=subprocess.PIPE)
        assert server.stdin is not None
        assert server.stdout is not None
        self._server = server
        try:
            server.stdin.write(pickle.dumps((self._listener.address, self._key, self._warm)))
            server.stdin.flush()
            return server.stdout.readline().decode().strip()
        except OSError:
            return ""

    def _one(self, number: int) -> None:
        try:
            if self._server is not None and self._server.stdin is not None:
                self._server.stdin.write(b"%d\n" % number)
                self._server.stdin.flush()
                return
            process = self._popen("trickcore.engine.worker")
            assert process.stdin is not None
            self._started = [one for one in self._started if one.poll() is None] + [process]
            process.stdin.write(pickle.dumps((self._listener.address, self._key, number)))
            process.stdin.close()
        except (OSError, ValueError):
            if not self._stopping:
                self._broken("The process that computes ended and could not be started again.")

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
            self._reported(number, pid, link)
