"""A class in either database: SQLite in a file, and a Postgres that the tests start themselves."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from trickcore.classroom.lessons import Classroom
from trickcore.classroom.records import Pupil


class Clock:
    """Time that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


def joined(room: Classroom, name: str = "Ada") -> Pupil:
    """A new pupil of the lesson that is on."""
    return room.join(room.lesson().code, name)


def found(program: str) -> str | None:
    """Debian keeps the server's programs beside the path."""
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), reverse=True)
    return str(places[0]) if places else shutil.which(program)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a server of one's own, on a socket in a folder; it refuses to run as root."""
    initdb, server, ready = found("initdb"), found("postgres"), found("pg_isready")
    if initdb is None or server is None or ready is None:
        pytest.skip("Postgres is not installed here: apt-get install postgresql")
    root = os.name == "posix" and os.geteuid() == 0
    user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if root else []
    if root and shutil.which("setpriv") is None:
        pytest.skip("Postgres does not run as root, and there is no setpriv to be somebody else by")
    with tempfile.TemporaryDirectory(prefix="pg", dir="/tmp") as name:
        folder, sockets = f"{name}/data", name
        if root:
            os.chown(name, 65534, 65534)
        make = [*user, initdb, "-D", folder, "-U", "teacher", "-A", "trust", "--no-sync"]
        subprocess.run(make, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        settings = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={sockets}", "-c", "fsync=off"]
        process = subprocess.Popen(
            [*user, server, "-D", folder, *settings], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            for _ in range(200):
                if subprocess.run([ready, "-h", sockets, "-q"]).returncode == 0:
                    break
                assert process.poll() is None, "Postgres ended at once"
                time.sleep(0.05)
            yield f"postgresql://teacher@/{{}}?host={sockets}"
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, tmp_path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'class.sqlite3'}"
    pattern = request.getfixturevalue("postgres")
    import psycopg

    name = f"class_{uuid4().hex}"
    with psycopg.connect(pattern.format("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return str(pattern.format(name))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def opened(url, clock) -> Iterator[Callable[[], Classroom]]:
    """Opens the class, as each start of the server does."""
    rooms: list[Classroom] = []

    def room() -> Classroom:
        rooms.append(Classroom(url, now=clock))
        return rooms[-1]

    yield room
    for each in rooms:
        each.close()


@pytest.fixture
def room(opened) -> Classroom:
    """With a lesson on, as the server begins one."""
    found: Classroom = opened()
    found.lesson()
    return found
