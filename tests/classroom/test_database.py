"""A database that is gone for a while: told in a sentence, and found again with all that was in it."""

from __future__ import annotations

import socket
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.classroom.conftest import joined
from tests.faults.disks import filled, read_only, small_disk
from trickcore.classroom import database
from trickcore.classroom.lessons import Classroom
from trickcore.classroom.people import FULL
from trickcore.classroom.records import Unusable


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "class.sqlite3"


@pytest.fixture
def kept(file) -> Classroom:
    """A class in that file."""
    room = Classroom(f"sqlite:///{file}")
    room.lesson()
    return room


def asked(room: Classroom) -> tuple[object, ...]:
    """All that the pages of wall, teacher and pupil ask for again and again."""
    return room.version(), room.board(), room.pupils(), room.tally(), room.question(), room.challenge()


def test_a_file_that_was_moved_away_is_missed_and_no_other_is_made(kept, file):
    ada = joined(kept)
    away = file.with_name("away")
    file.rename(away)
    for ask in (asked, joined, Classroom.begin):
        with pytest.raises(Unusable, match=r"cannot be used: sqlite:.*its file is gone.*Check that"):
            ask(kept)
    assert not file.exists()
    away.rename(file)
    found = kept.pupil(ada.token)
    assert found is not None
    assert found.nickname == "Ada"
    joined(kept, "Ben")
    assert [pupil.nickname for pupil in Classroom(f"sqlite:///{file}").pupils()] == ["Ada", "Ben"]


def test_a_folder_that_is_gone_is_missed(kept, file, tmp_path):
    joined(kept)
    away = tmp_path.with_name(f"{tmp_path.name} away")
    tmp_path.rename(away)
    with pytest.raises(Unusable, match="its file is gone"):
        asked(kept)
    away.rename(tmp_path)
    assert len(kept.pupils()) == 1


def test_another_file_in_its_place_is_not_written_to(kept, file):
    joined(kept)
    file.unlink()
    file.write_bytes(b"no database at all")
    with pytest.raises(Unusable, match="another file has taken its place: start the page again"):
        joined(kept, "Ben")
    assert file.read_bytes() == b"no database at all"


def test_a_file_that_is_no_database_is_refused_in_a_sentence(file):
    file.write_bytes(b"no database at all" * 100)
    with pytest.raises(Unusable, match="not a database"):
        Classroom(f"sqlite:///{file}")


def test_a_file_that_another_program_holds_is_waited_for_and_then_told(file, monkeypatch):
    monkeypatch.setattr(database, "PATIENCE", 0.2)
    room = Classroom(f"sqlite:///{file}")
    room.lesson()
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unusable, match="locked"):
        joined(room)
    assert room.pupils() == []  # one reads on
    other.execute("ROLLBACK")
    assert joined(room).nickname == "Ada"
    other.close()


def test_of_many_who_write_while_it_is_held_none_waits_for_all_before_it(file, monkeypatch):
    monkeypatch.setattr(database, "PATIENCE", 0.5)
    room = Classroom(f"sqlite:///{file}")
    room.lesson()
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waited: list[tuple[float, str]] = []

    def write(number: int) -> None:
        began = time.monotonic()
        with pytest.raises(Unusable) as refused:
            joined(room, f"pupil {number}")
        waited.append((time.monotonic() - began, str(refused.value)))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(waited) == 30
    assert max(seconds for seconds, _ in waited) < 8, "one after the other it would be thirty times as long"
    assert all("cannot be used" in words for _, words in waited)
    other.execute("ROLLBACK")
    other.close()
    assert joined(room).nickname == "Ada"
    assert len(room.pupils()) == 1


def many(room: Classroom) -> None:
    for number in range(FULL - 1):
        joined(room, f"pupil {number}")


def test_a_full_disk_and_one_that_takes_no_writes_are_told_and_nothing_committed_is_lost(tmp_path):
    """A small disk in memory, filled, emptied, and made read-only."""
    with small_disk(tmp_path / "disk") as disk:
        room = Classroom(f"sqlite:///{disk / 'class.sqlite3'}")
        room.lesson()
        ada = joined(room)
        file = filled(disk)
        with pytest.raises(Unusable, match=r"cannot be used: sqlite.*(full|disk I/O).*may be written to"):
            many(room)  # there may be room for some in what is open already
        there = [pupil.nickname for pupil in room.pupils()]
        assert there[0] == "Ada"
        assert room.pupil(ada.token) is not None, "one reads on"
        file.unlink()
        assert joined(room, "Ben").nickname == "Ben"
        assert [pupil.nickname for pupil in room.pupils()] == [*there, "Ben"]
        room.close()
        read_only(disk, True)
        with pytest.raises(Unusable, match=r"cannot be used.*(readonly|read-only|unable to open)"):
            joined(Classroom(f"sqlite:///{disk / 'class.sqlite3'}"))
        read_only(disk, False)
        again = Classroom(f"sqlite:///{disk / 'class.sqlite3'}")
        assert [pupil.nickname for pupil in again.pupils()] == [*there, "Ben"]
        again.close()


def test_a_postgres_that_another_holds_or_that_never_answers_is_waited_for_and_then_told(
    postgres, monkeypatch
):
    """The one that never answers is a socket that takes calls and says nothing."""
    import psycopg

    monkeypatch.setattr(database, "PATIENCE", 0.4)
    with psycopg.connect(postgres.format("postgres"), autocommit=True) as admin:
        admin.execute("CREATE DATABASE a_slow_lesson")
    room = Classroom(postgres.format("a_slow_lesson"))
    room.lesson()
    with ThreadPoolExecutor(2) as waiting, psycopg.connect(postgres.format("a_slow_lesson")) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", (database.LOCK,))
        with pytest.raises(Unusable, match=r"cannot be used: postgresql.*timeout"):
            waiting.submit(joined, room).result(timeout=60)
        assert room.pupils() == []  # one reads on
        other.execute("LOCK TABLE pupils")
        with pytest.raises(Unusable, match="timeout"):
            waiting.submit(room.pupils).result(timeout=60)
    assert joined(room).nickname == "Ada"
    room.close()
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"postgresql://teacher:secret@127.0.0.1:{silent.getsockname()[1]}/class"
        with pytest.raises(Unusable, match="timeout") as refused:
            Classroom(address)
    assert "secret" not in str(refused.value)


def test_a_postgres_that_hung_up_is_called_again_and_one_that_is_gone_is_told(postgres):
    import psycopg

    with psycopg.connect(postgres.format("postgres"), autocommit=True) as admin:
        admin.execute("CREATE DATABASE a_lesson")
        room = Classroom(postgres.format("a_lesson"))
        room.lesson()
        ada = joined(room)
        hang_up = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'a_lesson'"
        admin.execute(hang_up)
        assert room.pupil(ada.token) is not None
        admin.execute("ALTER DATABASE a_lesson ALLOW_CONNECTIONS false")
        admin.execute(hang_up)
        with pytest.raises(Unusable, match=r"cannot be used: postgresql.*a_lesson"):
            asked(room)
        admin.execute("ALTER DATABASE a_lesson ALLOW_CONNECTIONS true")
        assert [pupil.nickname for pupil in room.pupils()] == ["Ada"]
        room.close()
