"""Classroom: all that a page asks of a class. Every method may be called from many threads at once."""

from __future__ import annotations

import secrets
import time

import sqlalchemy as sa
from sqlalchemy.orm import Session

from trickcore.classroom import rows, take_home
from trickcore.classroom.database import Database
from trickcore.classroom.hand_ins import HandIns
from trickcore.classroom.people import Pupils, Teachers
from trickcore.classroom.questions import PlayedGames, Questions
from trickcore.classroom.records import Challenge, Lesson
from trickcore.classroom.room import Clock
from trickcore.classroom.tables import EntryRow, LessonRow, State

LETTERS = "BCDFGHJKMNPQRSTVWXZ"  # no I, L, O, which are taken for digits, and no vowels, so no words
CODE = 6
DAY = 24 * 3600.0


class Classroom(Teachers, Pupils, HandIns, Questions, PlayedGames):
    """A class and its lessons, kept in a database.

    `url` is the database's; without one TRICK_DATABASE_URL, else SQLite in a file of the user's data folder
    (TRICK_DATA overrides the folder). `now` tells the time in epoch seconds. Raises Refused, as all methods
    do, where the database cannot be used.
    """

    def __init__(self, url: str | None = None, *, now: Clock = time.time) -> None:
        super().__init__(Database(url), now)

    # The lesson

    def lesson(self) -> Lesson:
        """The lesson that is on; a new one where there is none."""
        with self._database.reading() as session:
            row = rows.lesson_on(session)
        if row is not None:
            return rows.lesson_of(row)
        with self._database.writing() as session:
            return rows.lesson_of(rows.lesson_on(session) or self._begun(session))

    def begin(self) -> Lesson:
        """A new lesson with a new code; the one before is kept until it is purged."""
        with self._database.writing() as session:
            return rows.lesson_of(self._begun(session))

    def end(self) -> None:
        """Deletes the lesson that is on and everything in it."""
        with self._database.writing() as session:
            session.execute(sa.delete(LessonRow).where(LessonRow.id == rows.state(session).lesson_id))
            session.execute(sa.update(State).values(lesson_id=None))

    def purge(self, days: float = 30) -> int:
        """Deletes the lessons in which nothing was done for so many days, and says how many they were."""
        with self._database.writing() as session:
            old = sa.delete(LessonRow).where(LessonRow.touched < self._now() - days * DAY)
            gone = session.execute(old.returning(LessonRow.id)).scalars().all()
            session.execute(sa.update(State).where(State.lesson_id.in_(gone)).values(lesson_id=None))
        return len(gone)

    def freeze(self, on: bool = True) -> None:
        """Whether hand-ins are refused."""
        with self._database.writing() as session:
            self._touched(session).frozen = on

    def allow_uploads(self, on: bool = True) -> None:
        """Whether pupils may use pictures of their own."""
        with self._database.writing() as session:
            self._touched(session).uploads = on

    def reset(self) -> None:
        """Forgets all hand-ins of the challenge that is on."""
        with self._database.writing() as session:
            lesson = self._touched(session)
            session.execute(sa.delete(EntryRow).where(EntryRow.challenge_id == lesson.challenge_id))

    # The challenge

    def set_challenge(self, challenge: Challenge) -> Challenge:
        """Sets a challenge for the class. One that was on before in this lesson comes back with its
        hand-ins, if it is just as it was; else the board begins empty."""
        with self._database.writing() as session:
            lesson = self._touched(session)
            row = rows.kept(session, lesson, challenge)
            lesson.challenge_id = row.id
            return rows.challenge_of(row)

    def challenge(self) -> Challenge | None:
        """The challenge that is on."""
        with self._database.reading() as session:
            lesson = rows.lesson_on(session)
            row = rows.challenge_on(session, lesson) if lesson is not None else None
            return rows.challenge_of(row) if row is not None else None

    def challenges(self) -> list[Challenge]:
        """All that were set in this lesson, in that order."""
        with self._database.reading() as session:
            return [rows.challenge_of(row) for row in rows.challenges(session, rows.lesson_on(session))]

    def no_challenge(self) -> None:
        """Takes the challenge off; its hand-ins are kept."""
        with self._database.writing() as session:
            self._touched(session).challenge_id = None

    # To take home

    def csv(self) -> str:
        """The best of each pupil in every challenge of the lesson, as a table that a spreadsheet opens."""
        with self._database.reading() as session:
            return take_home.csv(take_home.lesson_as_it_went(session, rows.lesson_needed(session)))

    def report(self, dark: bool = False) -> str:
        """The lesson as one HTML file that loads nothing: in the reader's own light or dark, or dark."""
        with self._database.reading() as session:
            lesson = take_home.lesson_as_it_went(session, rows.lesson_needed(session))
        return take_home.report(lesson, dark)

    def _begun(self, session: Session) -> LessonRow:
        now = self._now()
        taken = set(session.scalars(sa.select(LessonRow.code)))
        while (code := "".join(secrets.choice(LETTERS) for _ in range(CODE))) in taken:
            pass
        row = LessonRow(code=code, started=now, touched=now)
        session.add(row)
        session.flush()
        rows.state(session).lesson_id = row.id
        return row
