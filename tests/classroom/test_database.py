"""A database that is gone for a while: told in a sentence, and found again with all that was in it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.classroom.conftest import joined
from trickcore.classroom import database
from trickcore.classroom.lessons import Classroom
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
