"""Games: how the class told real digits from forged ones ("Which one is real?")."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from trickcore.classroom import rows
from trickcore.classroom.records import Games, Refused
from trickcore.classroom.room import Room
from trickcore.classroom.tables import GameRow, LessonRow, PupilRow

PAIRS = 10


class PlayedGames(Room):
    """The first game of each pupil. A second one is no measure: the pairs may be the same."""

    def played(self, token: str, correct: int, pairs: int = PAIRS) -> bool:
        """Keeps how many pairs a pupil told apart, and says whether it was the first game, which counts.
        Raises Refused for a game that cannot be."""
        if type(correct) is not int or pairs != PAIRS or not 0 <= correct <= pairs:
            raise Refused(f"A game has {PAIRS} pairs. Play it to the end.")
        with self._database.reading() as session:
            if _played(session, rows.lesson_needed(session), token):
                return False
        with self._database.writing() as session:
            lesson = self._touched(session)
            pupil = rows.pupil_needed(session, lesson, token)
            if _played(session, lesson, token):
                return False
            session.add(GameRow(pupil_id=pupil.id, correct=correct, pairs=pairs, at=self._now()))
            return True

    def games(self) -> Games | None:
        """How the class did so far; None where nobody has played."""
        with self._database.reading() as session:
            lesson = rows.lesson_on(session)
            return games_of(session, lesson) if lesson is not None else None


def _played(session: Session, lesson: LessonRow, token: str) -> bool:
    pupil = rows.pupil_needed(session, lesson, token)
    return session.get(GameRow, pupil.id) is not None


def games_of(session: Session, lesson: LessonRow) -> Games | None:
    """The games of a lesson, those of pupils with hidden names counted."""
    theirs = (
        sa.select(GameRow.correct)
        .join(PupilRow, PupilRow.id == GameRow.pupil_id)
        .where(PupilRow.lesson_id == lesson.id)
    )
    found = session.scalars(theirs).all()
    return Games(tuple(found.count(right) for right in range(PAIRS + 1))) if found else None
