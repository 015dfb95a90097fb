"""Rows and the records they stand for; which lesson, pupil and challenge a session is about."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from trickcore.classroom.challenges import KINDS
from trickcore.classroom.records import Challenge, Lesson, Pupil, Refused
from trickcore.classroom.tables import ChallengeRow, LessonRow, PupilRow, State
from trickcore.language import _
from trickcore.runs import settings_json


def new_token() -> str:
    """A word that nobody guesses: 128 bits."""
    return secrets.token_urlsafe(16)


def hashed(token: str) -> str:
    """A token as it is kept. It is too long to be guessed, so one round is enough."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def is_id(number: int) -> bool:
    """Whether a row could have that number; a link may say anything, and databases refuse larger ones."""
    return type(number) is int and 0 < number < 2**31


def state(session: Session) -> State:
    return session.execute(sa.select(State)).scalar_one()


def lesson_on(session: Session) -> LessonRow | None:
    return session.scalars(sa.select(LessonRow).join(State, State.lesson_id == LessonRow.id)).one_or_none()


def lesson_needed(session: Session) -> LessonRow:
    lesson = lesson_on(session)
    if lesson is None:
        raise Refused(_("No lesson is on. Ask your teacher for the code, and join again."))
    return lesson


def pupil_of(session: Session, lesson: LessonRow, token: str) -> PupilRow | None:
    """The pupil of this lesson who has the token."""
    return session.scalars(
        sa.select(PupilRow).where(PupilRow.token == hashed(token), PupilRow.lesson_id == lesson.id)
    ).one_or_none()


def pupil_needed(session: Session, lesson: LessonRow, token: str) -> PupilRow:
    pupil = pupil_of(session, lesson, token)
    if pupil is None:
        raise Refused(_("You are not in this lesson. Join it with the code on the wall and a nickname."))
    return pupil


def count_pupils(session: Session, lesson: LessonRow) -> int:
    here = sa.select(sa.func.count()).where(PupilRow.lesson_id == lesson.id)
    return session.scalar(here) or 0


def challenges(session: Session, lesson: LessonRow | None) -> list[ChallengeRow]:
    """All that were set in a lesson, in that order."""
    if lesson is None:
        return []
    theirs = sa.select(ChallengeRow).where(ChallengeRow.lesson_id == lesson.id)
    return list(session.scalars(theirs.order_by(ChallengeRow.id)))


def challenge_on(session: Session, lesson: LessonRow) -> ChallengeRow | None:
    return session.get(ChallengeRow, lesson.challenge_id) if lesson.challenge_id is not None else None


def challenge_needed(session: Session, lesson: LessonRow) -> ChallengeRow:
    row = challenge_on(session, lesson)
    if row is None:
        raise Refused(_("No challenge is on. Wait until your teacher sets one."))
    return row


def lesson_of(row: LessonRow) -> Lesson:
    return Lesson(row.id, row.code, row.started, row.frozen, row.uploads)


def record_of_pupil(row: PupilRow, token: str = "") -> Pupil:
    return Pupil(row.id, token, row.nickname, row.hidden)


def challenge_of(row: ChallengeRow) -> Challenge:
    return Challenge(
        id=row.id,
        kind=row.kind,
        title=row.title,
        task=row.task,
        picture=row.picture,
        noun=row.noun,
        origin=row.origin,
        recipe=settings_json.from_json(row.recipe).recipe,
        networks=tuple(json.loads(row.networks)),
        hide=tuple(json.loads(row.hide)),
        pin=tuple(json.loads(row.pin)),
        limit=row.limit,
        wanted=row.wanted,
    )


def kept(session: Session, lesson: LessonRow, challenge: Challenge) -> ChallengeRow:
    """The row of a challenge: the lesson's own if it was set before, else a new one."""
    if challenge.kind not in KINDS:
        raise Refused(_("There is no challenge of the kind {kind!r}.", kind=challenge.kind))
    if challenge.id is not None:
        row = session.get(ChallengeRow, challenge.id)
        if row is not None and row.lesson_id == lesson.id and challenge_of(row) == challenge:
            return row
    challenge = replace(challenge, id=None)
    row = ChallengeRow(
        lesson_id=lesson.id,
        kind=challenge.kind,
        title=challenge.title,
        task=challenge.task,
        picture=challenge.picture,
        noun=challenge.noun,
        origin=challenge.origin,
        recipe=settings_json.to_json(challenge.recipe, challenge.origin),
        networks=json.dumps(challenge.networks),
        hide=json.dumps(challenge.hide),
        pin=json.dumps(challenge.pin),
        limit=challenge.limit,
        wanted=challenge.wanted,
    )
    session.add(row)
    session.flush()
    return row
