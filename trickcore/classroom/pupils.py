"""Pupils: who joined, under what nickname, and how a device finds its pupil again."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from trickcore.classroom import nicknames, rows
from trickcore.classroom.records import Pupil, Refused
from trickcore.classroom.room import Room
from trickcore.classroom.tables import PupilRow

FULL = 200  # pupils in a lesson


class Pupils(Room):
    """Those who joined the lesson that is on."""

    def join(self, code: str, nickname: str) -> Pupil:
        """A new pupil, whose token is the device's own. Raises Refused for a wrong code, a nickname that is
        taken or is none, and a full class."""
        name = nicknames.cleaned(nickname)
        with self._database.writing() as session:
            lesson = rows.lesson_on(session)
            if lesson is None or "".join(code.split()).upper() != lesson.code:
                raise Refused("That code is not the one of this lesson. Look at the wall, and type it again.")
            lesson.touched = self._now()
            if rows.count_pupils(session, lesson) >= FULL:
                raise Refused(f"The class is full: {FULL} pupils have joined. Ask your teacher.")
            row = PupilRow(
                lesson_id=lesson.id,
                token=rows.hashed(token := rows.new_token()),
                nickname=name,
                folded=nicknames.folded(name),
                joined=self._now(),
            )
            session.add(row)
            try:
                session.flush()
            except IntegrityError:
                raise Refused(f"Somebody is called {name} already. Choose another nickname.") from None
            return rows.record_of_pupil(row, token)

    def pupil(self, token: str) -> Pupil | None:
        """The pupil of this lesson who has the token."""
        with self._database.reading() as session:
            lesson = rows.lesson_on(session)
            row = rows.pupil_of(session, lesson, token) if lesson is not None else None
            return rows.record_of_pupil(row, token) if row is not None else None

    def pupils(self) -> list[Pupil]:
        """All who joined, in that order; without their tokens."""
        with self._database.reading() as session:
            lesson = rows.lesson_on(session)
            found = sa.select(PupilRow).where(PupilRow.lesson_id == lesson.id) if lesson is not None else None
            ordered = [] if found is None else session.scalars(found.order_by(PupilRow.id)).all()
            return [rows.record_of_pupil(row) for row in ordered]

    def hide(self, pupil_id: int, on: bool = True) -> None:
        """Takes a pupil's name and pictures off the wall, or puts them back."""
        with self._database.writing() as session:
            lesson = self._touched(session)
            if not rows.is_id(pupil_id):
                raise Refused("There is no such pupil in this lesson.")
            this = sa.update(PupilRow).where(PupilRow.id == pupil_id, PupilRow.lesson_id == lesson.id)
            session.execute(this.values(hidden=on))
