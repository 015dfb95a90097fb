"""Database: SQLite in a file, or Postgres; one writer at a time in both.

So a check and what follows from it are one. A server that is killed loses nothing that was committed.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, TimeoutError
from sqlalchemy.orm import Session

from trickcore.classroom.records import Refused, Unusable
from trickcore.classroom.tables import SCHEMA, State, Table
from trickcore.language import _, later

FILE = "class.sqlite3"
PATIENCE = 20  # seconds that one waits for another's write
LOCK = 0x7472_6963_6B  # Postgres's advisory lock: "trick"
# What brings a database from one schema to the next: statements for the schema that they begin with.
MIGRATIONS: Mapping[int, tuple[str, ...]] = {
    1: (
        "CREATE TABLE games (pupil_id INTEGER NOT NULL PRIMARY KEY REFERENCES pupils (id) ON DELETE CASCADE, "
        "correct INTEGER NOT NULL, pairs INTEGER NOT NULL, at FLOAT NOT NULL)",
    ),
}


class Database:
    """Where a class is kept, opened and brought up to date. Raises Refused where it cannot be."""

    def __init__(self, url: str | None = None) -> None:
        self._url = _url(url or os.environ.get("TRICK_DATABASE_URL") or None)
        self._turn = threading.Lock()
        try:
            self._engine = _engine(self._url)
            with self.writing(quiet=True) as session:
                _up_to_date(session.connection())
        except ImportError:
            raise Refused(
                _('For a Postgres database its driver is needed. Run: pip install "psycopg[binary]"')
            ) from None

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees the database as it was at one moment."""
        with self._refusing(), Session(self._engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self, *, quiet: bool = False) -> Iterator[Session]:
        """A session that is committed at the end and has the database to itself; the version grows, unless it
        is `quiet`, about something that no page shows."""
        with self._refusing(), self._in_turn(), Session(self._engine, expire_on_commit=False) as session:
            session.connection(execution_options={"writes": True})
            if self._engine.dialect.name == "postgresql":
                session.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
            yield session
            if not quiet:
                session.execute(sa.update(State).values(version=State.version + 1))
            session.commit()

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """One writer of this process after the other, none of whom waits for all who wait before it."""
        if not self._turn.acquire(timeout=PATIENCE):
            raise TimeoutError(_("others have been writing for too long"))
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        """A database that is gone is a sentence; the address is shown without its password."""
        try:
            yield
        except (DBAPIError, TimeoutError) as error:
            if isinstance(error, sa.exc.IntegrityError):
                raise
            cause = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
            raise Unusable(
                _(
                    "The class's database cannot be used: {address} ({cause}). Check that it is there and "
                    "may be written to; TRICK_DATABASE_URL says where it is.",
                    address=self._url.render_as_string(hide_password=True),
                    cause=cause,
                )
            ) from error


def folder() -> Path:
    """Where the file is kept: TRICK_DATA, else where programs keep a user's data."""
    if wanted := os.environ.get("TRICK_DATA"):
        return Path(wanted).expanduser()
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    return base / "trick-a-neural-network"


def _url(text: str | None) -> URL:
    """The address in SQLAlchemy's spelling; Postgres's own are taken, too."""
    if text is None:
        place = folder()
        try:
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise Refused(
                _(
                    "The folder for the class's data cannot be made: {place} ({why}). Name another one with "
                    "TRICK_DATA.",
                    place=place,
                    why=error.strerror,
                )
            ) from None
        return URL.create("sqlite", database=str(place / FILE))
    for spelling in ("postgres://", "postgresql://"):
        if text.startswith(spelling):
            text = "postgresql+psycopg://" + text.removeprefix(spelling)
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise Refused(_(_WRONG)) from None
    if url.drivername not in ("sqlite", "postgresql+psycopg") or (
        url.drivername == "sqlite" and url.database in (None, "", ":memory:")
    ):
        raise Refused(_(_WRONG))
    return url


_WRONG = later(
    "The address of the class's database is not one that is known. Write sqlite:///folder/file.sqlite3 or "
    "postgresql://user:password@host/name into TRICK_DATABASE_URL, or nothing, for a file of its own."
)


def _engine(url: URL) -> sa.Engine:
    if url.drivername == "sqlite":
        engine = sa.create_engine(
            url, connect_args={"timeout": PATIENCE}, pool_size=8, max_overflow=32, pool_timeout=PATIENCE
        )
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
        _mind_file(engine, str(url.database))
        return engine
    wait = max(2, int(PATIENCE))  # seconds, of which libpq takes no fewer
    engine = sa.create_engine(
        url,
        pool_size=8,
        max_overflow=8,
        pool_timeout=PATIENCE,
        pool_pre_ping=True,
        connect_args={"connect_timeout": wait, "tcp_user_timeout": 1000 * wait},
    )
    sa.event.listen(engine, "connect", _prepare_postgres)
    return engine


def _prepare_postgres(connection: Any, record: object) -> None:
    """A wait for another's lock, and for an answer, ends."""
    for setting in ("lock_timeout", "statement_timeout"):
        connection.execute(f"SET {setting} = {int(1000 * PATIENCE)}")
    connection.commit()


def _prepare_sqlite(connection: Any, record: object) -> None:
    connection.isolation_level = None  # the driver begins no transactions of its own: `_begin_sqlite` does
    for pragma in (
        "journal_mode = WAL",  # readers and the writer do not wait for each other
        "synchronous = FULL",  # not even a pulled plug loses what was committed
        "foreign_keys = ON",
        "secure_delete = ON",  # what is deleted is overwritten
    ):
        connection.execute(f"PRAGMA {pragma}")


def _mind_file(engine: sa.Engine, path: str) -> None:
    """A file that was moved away or replaced is noticed by the next session.

    SQLite would go on writing to the old one, which nobody finds again, and make an empty one for a new
    connection; and the log it keeps beside the file is not that of another.
    """
    opened: list[tuple[int, int] | None] = []

    def check(*ignored: object) -> None:
        if not opened or opened[0] == (now := _file(path)):
            return
        raise sqlite3.OperationalError(
            _("its file is gone")
            if now is None
            else _("another file has taken its place: start the page again")
        )

    def note(*ignored: object) -> None:
        if not opened:
            opened.append(_file(path))

    sa.event.listen(engine, "do_connect", check)
    sa.event.listen(engine, "connect", note)
    sa.event.listen(engine, "checkout", check)


def _file(path: str) -> tuple[int, int] | None:
    """Which file it is, whatever is in it."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _begin_sqlite(connection: Connection) -> None:
    """A writer asks for the lock at once: one that began by reading would be turned away later."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _up_to_date(connection: Connection) -> None:
    if not sa.inspect(connection).has_table(State.__tablename__):
        Table.metadata.create_all(connection)
        connection.execute(sa.insert(State).values(id=1, schema=SCHEMA, version=0, pin=""))
        return
    found = connection.execute(sa.select(State.schema)).scalar_one()
    if found > SCHEMA:
        raise Refused(
            _(
                "The class's database was written by a newer version of this program. Install that version, "
                "or name another database with TRICK_DATABASE_URL."
            )
        )
    for schema in range(found, SCHEMA):
        for statement in MIGRATIONS[schema]:
            connection.execute(sa.text(statement))
    connection.execute(sa.update(State).values(schema=SCHEMA))
