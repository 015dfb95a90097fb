"""Room: what all parts of a class share, its database and its clock."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from trickcore.classroom import rows
from trickcore.classroom.database import Database
from trickcore.classroom.tables import LessonRow, State

Clock = Callable[[], float]  # epoch seconds


class Room:
    """A database and a clock."""

    def __init__(self, database: Database, now: Clock) -> None:
        self._database = database
        self._now = now

    def close(self) -> None:
        """Lets go of the database's connections."""
        self._database.close()

    def version(self) -> int:
        """A number that grows with every change, in whatever process."""
        with self._database.reading() as session:
            return session.execute(sa.select(State.version)).scalar_one()

    def _touched(self, session: Session) -> LessonRow:
        """The lesson that is on, in which something is about to change. Raises Refused without one."""
        lesson = rows.lesson_needed(session)
        lesson.touched = self._now()
        return lesson
