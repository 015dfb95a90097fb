"""People: pupils, who join under a nickname and are found again by their device; teachers, who know the PIN.

The PIN is kept hashed and stands few wrong tries.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import os
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from trickcore.classroom import nicknames, rows
from trickcore.classroom.records import Pupil, Refused
from trickcore.classroom.room import Room
from trickcore.classroom.rows import hashed, new_token, state
from trickcore.classroom.tables import GuessRow, PupilRow, State, TeacherRow
from trickcore.language import _

FULL = 200  # pupils in a lesson
# Wrong tries until one has to wait: of one visit, from one address, of all together. A visit's own wait is
# doubled with each wrong try. The other two stay as they are: they hold people who did nothing wrong, too.
EACH, ADDRESS, ALL = 5, 20, 100
WAIT, LONGEST = 60.0, 3600.0  # seconds of a wait, and of a visit's longest
FORGOTTEN = 24 * 3600.0  # seconds after which wrong tries and a teacher's token are forgotten
EVERYBODY = ""
MOST = 64  # characters of a PIN


class Pupils(Room):
    """Those who joined the lesson that is on."""

    def join(self, code: str, nickname: str) -> Pupil:
        """A new pupil, whose token is the device's own. Raises Refused for a wrong code, a nickname that is
        taken or is none, and a full class."""
        name = nicknames.cleaned(nickname)
        with self._database.writing() as session:
            lesson = rows.lesson_on(session)
            if lesson is None or not _same(code, lesson.code):
                raise Refused(
                    _("That code is not the one of this lesson. Look at the wall, and type it again.")
                )
            lesson.touched = self._now()
            if rows.count_pupils(session, lesson) >= FULL:
                raise Refused(_("The class is full: {most} pupils have joined. Ask your teacher.", most=FULL))
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
                raise Refused(
                    _("Somebody is called {name} already. Choose another nickname.", name=name)
                ) from None
            return rows.record_of_pupil(row, token)

    def is_code(self, code: str) -> bool:
        """Whether it is the code of the lesson that is on, however it was typed."""
        with self._database.reading() as session:
            lesson = rows.lesson_on(session)
            return lesson is not None and _same(code, lesson.code)

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
                raise Refused(_("There is no such pupil in this lesson."))
            this = sa.update(PupilRow).where(PupilRow.id == pupil_id, PupilRow.lesson_id == lesson.id)
            session.execute(this.values(hidden=on))


class Teachers(Room):
    """Who knows the PIN."""

    def set_pin(self, pin: str) -> None:
        """The PIN, told when the server starts. Another one than before ends every teacher's token; the same
        one, after a restart, ends none."""
        if not 4 <= len(pin) <= MOST:
            raise Refused(_("A PIN has 4 to {most} characters.", most=MOST))
        with self._database.reading() as session:
            if _matches(pin, state(session).pin):
                return
        salt = os.urandom(16)
        with self._database.writing() as session:
            session.execute(sa.update(State).values(pin=f"{salt.hex()} {_scrypt(pin, salt).hex()}"))
            session.execute(sa.delete(TeacherRow))
            session.execute(sa.delete(GuessRow))

    def enter(self, pin: str, visit: str, address: str = "") -> str:
        """A teacher's token for the PIN, good for a day.

        After five wrong tries of a visit the next one has to wait, also one with the right PIN. A visit
        begins anew with each reload, so an address has twenty, and all together a hundred; then one try a
        minute is looked at. So a few guesses of a pupil's do not keep a teacher behind the same address
        waiting, and guessing on for a day finds one PIN in 600.

        A try counts as wrong until it was found to be right, so that many at once are no way round the wait.
        Raises Refused, with the time to wait where it is that.
        """
        bounds = {hashed(f"visit {visit}"): EACH, hashed(f"address {address}"): ADDRESS, EVERYBODY: ALL}
        kept, now = self._counted(bounds), self._now()
        if not _matches(pin, kept):
            raise Refused(_("That PIN is wrong. It stands in the terminal in which the page was started."))
        token = new_token()
        with self._database.writing(quiet=True) as session:
            if state(session).pin != kept:
                raise Refused(_("The PIN has just been changed. Enter the new one."))
            counted = sa.update(GuessRow).where(GuessRow.who.in_(bounds))
            session.execute(counted.values(wrong=GuessRow.wrong - 1, until=0.0))
            session.execute(sa.delete(GuessRow).where(GuessRow.who == next(iter(bounds))))
            session.execute(sa.delete(TeacherRow).where(TeacherRow.since < now - FORGOTTEN))
            session.add(TeacherRow(token=hashed(token), since=now))
        return token

    def is_teacher(self, token: str) -> bool:
        with self._database.reading() as session:
            row = session.get(TeacherRow, hashed(token)) if token else None
            return row is not None and row.since > self._now() - FORGOTTEN

    def leave(self, token: str) -> None:
        """Ends a teacher's token."""
        with self._database.writing(quiet=True) as session:
            session.execute(sa.delete(TeacherRow).where(TeacherRow.token == hashed(token)))

    def _counted(self, bounds: Mapping[str, int]) -> str:
        """One more try under each of these names, unless it comes too early; the PIN as it is kept."""
        now = self._now()
        with self._database.writing(quiet=True) as session:
            session.execute(sa.delete(GuessRow).where(GuessRow.last < now - FORGOTTEN))
            found = {name: session.get(GuessRow, name) for name in bounds}
            for row in found.values():
                if row is not None and row.last > now:  # the clock was put back: a wait is as long as it was
                    row.until, row.last = row.until - (row.last - now), now
            left = max((row.until - now for row in found.values() if row is not None), default=0.0)
            for (name, row), most in zip(found.items(), bounds.values(), strict=True):
                if left > 0:
                    break
                counted = row or GuessRow(who=name, wrong=0, last=now, until=0.0)
                counted.wrong, counted.last = counted.wrong + 1, now
                if counted.wrong >= most:
                    doubled = min(counted.wrong - most, 20) if most == EACH else 0
                    counted.until = now + min(WAIT * 2.0**doubled, LONGEST)
                session.add(counted)
            kept = state(session).pin
        if left > 0:
            raise Refused(_("Too many wrong tries. Wait {time}, then try again.", time=_time(left)))
        return kept


def _same(typed: str, code: str) -> bool:
    return "".join(typed.split()).upper() == code


def _scrypt(pin: str, salt: bytes) -> bytes:
    """16 MB and some 50 ms a try."""
    return hashlib.scrypt(pin.encode("utf-8", "replace"), salt=salt, n=2**14, r=8, p=1, dklen=32)


def _matches(pin: str, kept: str) -> bool:
    """In the same time whatever was typed, also where there is no PIN yet."""
    salt, __, digest = (kept or f"{'00' * 16} ").partition(" ")
    typed = _scrypt(pin[: MOST + 1], bytes.fromhex(salt))
    return hmac.compare_digest(typed, bytes.fromhex(digest)) and bool(kept)


def _time(left: float) -> str:
    seconds = math.ceil(left)
    return f"{seconds} s" if seconds < 90 else f"{round(seconds / 60)} min"
