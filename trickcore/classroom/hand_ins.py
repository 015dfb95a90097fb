"""Hand-ins: measured by the server itself, kept, voted on, and placed on the board."""

from __future__ import annotations

import threading

from sqlalchemy.orm import Session

from trickcore import engine
from trickcore.classroom import entries, rows
from trickcore.classroom.database import Database
from trickcore.classroom.records import Board, Entry, Refused
from trickcore.classroom.room import Clock, Room
from trickcore.classroom.scores import score
from trickcore.classroom.tables import ChallengeRow, EntryRow, PupilRow
from trickcore.jobs import classroom as jobs
from trickcore.language import _
from trickcore.networks.catalogue import WeightsError
from trickcore.pictures.files import ImageError
from trickcore.pictures.samples import truth

LARGEST = 4_000_000  # bytes of a hand-in; a PNG of 600 x 600 has 1,100,000


class HandIns(Room):
    """The hand-ins of the challenge that is on."""

    def __init__(self, database: Database, now: Clock) -> None:
        super().__init__(database, now)
        self._seen: tuple[int, Board] | None = None
        self._looking = threading.Lock()

    def ticket(self, token: str) -> str:
        """What a hand-in needs, good once: a request that is sent again counts once. Raises Refused for
        somebody who has not joined."""
        with self._database.writing(quiet=True) as session:
            pupil = rows.pupil_needed(session, rows.lesson_needed(session), token)
            return entries.make_ticket(session, pupil, self._now())

    def hand_in(self, token: str, png: bytes, ticket: str) -> Entry:
        """A picture, measured here from its own pixels; whatever else a browser says of it counts for
        nothing. A picture that is refused leaves the ticket good. Takes as long as the engine does."""
        if not 0 < len(png) <= LARGEST:
            raise Refused(_("A hand-in is the PNG of your run, of at most 4 MB."))
        with self._database.writing(quiet=True) as session:
            pupil, row = self._may_hand_in(session, token)
            entries.check_room(session, pupil, row)
            entries.spend(session, pupil, ticket)
            challenge = rows.challenge_of(row)
        try:
            measured = engine.call(
                jobs.measured,
                challenge.networks,
                challenge.picture,
                png,
                challenge.recipe,
                truth(challenge.origin) or (),
            )
            worth = score(challenge, measured)
            with self._database.writing() as session:
                pupil, row = self._may_hand_in(session, token)
                if row.id != challenge.id:
                    raise Refused(
                        _("Meanwhile another challenge is on. Have a look at it, and try that one.")
                    )
                self._touched(session)
                kept = entries.keep(session, pupil, row, measured, worth, self._now()).id
        except BaseException as error:
            with self._database.writing(quiet=True) as session:
                entries.give_back(session, ticket)
            if isinstance(error, ImageError | WeightsError | engine.WorkerLostError):
                raise Refused(str(error)) from None
            raise
        return self.entry(kept)

    def board(self) -> Board:
        """How the class stands; read anew only when something has changed."""
        with self._looking, self._database.reading() as session:
            version = rows.state(session).version  # first: what is read after it may be newer, never older
            if self._seen is None or self._seen[0] != version:
                self._seen = version, self._board(session)
            return self._seen[1]

    def entry(self, entry_id: int) -> Entry:
        """A hand-in with its picture. Raises Refused where it is gone."""
        with self._database.reading() as session:
            row = session.get(EntryRow, entry_id) if rows.is_id(entry_id) else None
            lesson = rows.lesson_on(session)
            challenge = session.get(ChallengeRow, row.challenge_id) if row is not None else None
            if challenge is not None and lesson is not None and challenge.lesson_id == lesson.id:
                everything = entries.read(session, rows.challenge_of(challenge), hidden=True)
                (found,) = (entry for entry in everything if entry.id == entry_id)
                return entries.with_pictures(session, found)
        raise Refused(_("This hand-in is no longer there."))

    def vote(self, token: str, entry_id: int, digit: int) -> None:
        """What a pupil reads in another's picture; the last vote counts."""
        with self._database.writing() as session:
            lesson = self._touched(session)
            pupil = rows.pupil_needed(session, lesson, token)
            entries.vote(session, pupil, rows.challenge_needed(session, lesson), entry_id, digit)

    def votes(self, entry_id: int) -> dict[int, int]:
        """How many read which digit in a picture."""
        with self._database.reading() as session:
            return entries.votes_on(session, entry_id) if rows.is_id(entry_id) else {}

    def to_vote(self, token: str) -> Entry | None:
        """The picture on which a pupil should vote next, fewest votes first; None when there is none."""
        with self._database.reading() as session:
            lesson = rows.lesson_needed(session)
            pupil = rows.pupil_needed(session, lesson, token)
            row = rows.challenge_on(session, lesson)
            found = None
            if row is not None and row.wanted is not None:
                found = entries.unread(session, pupil, row)
        return None if found is None else self.entry(found)

    def _may_hand_in(self, session: Session, token: str) -> tuple[PupilRow, ChallengeRow]:
        lesson = rows.lesson_needed(session)
        pupil, challenge = rows.pupil_needed(session, lesson, token), rows.challenge_needed(session, lesson)
        if lesson.frozen:
            raise Refused(_("The board is closed at the moment. Keep your picture until it opens again."))
        return pupil, challenge

    def _board(self, session: Session) -> Board:
        lesson = rows.lesson_on(session)
        if lesson is None:
            return Board((), (), 0, None)
        row = rows.challenge_on(session, lesson)
        challenge = rows.challenge_of(row) if row is not None else None
        return entries.board(session, challenge, rows.count_pupils(session, lesson))
