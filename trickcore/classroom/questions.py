"""What the class is asked: what it foretells before a run is started, and which digit is real."""

from __future__ import annotations

import json
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from trickcore.classroom import rows
from trickcore.classroom.nicknames import line
from trickcore.classroom.records import Games, Question, Refused, Tally
from trickcore.classroom.room import Room
from trickcore.classroom.tables import AnswerRow, GameRow, LessonRow, PupilRow, QuestionRow
from trickcore.language import _

LONGEST_TEXT, LONGEST_OPTION = 300, 80  # characters
FEWEST, MOST = 2, 6  # options
PAIRS = 10  # of a game, "Which one is real?"


class Questions(Room):
    """What the class is asked, one question at a time."""

    def ask(self, text: str, options: Sequence[str], right: int | None = None) -> Question:
        """A new question, in place of the one before. `right` can be said now, and is kept to itself until it
        is told. Raises Refused for a text or answers that are missing, too long or the same."""
        with self._database.writing() as session:
            lesson = self._touched(session)
            row = _new(session, lesson, text, options, right)
            lesson.question_id = row.id
            return question_of(row)

    def question(self) -> Question | None:
        """The one that was asked last."""
        with self._database.reading() as session:
            lesson = rows.lesson_on(session)
            row = _asked(session, lesson) if lesson is not None else None
            return question_of(row) if row is not None else None

    def no_question(self) -> None:
        """Takes the question off; its answers are kept."""
        with self._database.writing() as session:
            self._touched(session).question_id = None

    def answer(self, token: str, option: int) -> None:
        """A pupil's answer; the last one counts. Raises Refused once the question is closed."""
        with self._database.writing() as session:
            lesson = self._touched(session)
            pupil, row = rows.pupil_needed(session, lesson, token), _asked_needed(session, lesson)
            if not row.open:
                raise Refused(_("The question is closed. Wait for the next one."))
            _check(option, len(json.loads(row.options)))
            session.merge(AnswerRow(question_id=row.id, pupil_id=pupil.id, option=option))

    def answered(self, token: str) -> int | None:
        """What a pupil has answered so far."""
        with self._database.reading() as session:
            lesson = rows.lesson_needed(session)
            pupil, row = rows.pupil_needed(session, lesson, token), _asked_needed(session, lesson)
            given = session.get(AnswerRow, (row.id, pupil.id))
            return given.option if given is not None else None

    def tally(self) -> Tally | None:
        """How the class answered so far."""
        with self._database.reading() as session:
            lesson = rows.lesson_on(session)
            row = _asked(session, lesson) if lesson is not None else None
            return tally_of(session, row) if row is not None else None

    def tell(self, right: int | None = None) -> None:
        """Closes the question and says which answer was right: what was said when it was asked, unless told
        now."""
        with self._database.writing() as session:
            row = _asked_needed(session, self._touched(session))
            right = row.right if right is None else right
            if right is None:
                raise Refused(_("Say which answer was right."))
            _check(right, len(json.loads(row.options)))
            row.right, row.open, row.told = right, False, True


class PlayedGames(Room):
    """The first game of each pupil. A second one is no measure: the pairs may be the same."""

    def played(self, token: str, correct: int, pairs: int = PAIRS) -> bool:
        """Keeps how many pairs a pupil told apart, and says whether it was the first game, which counts.
        Raises Refused for a game that cannot be."""
        if type(correct) is not int or pairs != PAIRS or not 0 <= correct <= pairs:
            raise Refused(_("A game has {pairs} pairs. Play it to the end.", pairs=PAIRS))
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


def _new(
    session: Session, lesson: LessonRow, text: str, options: Sequence[str], right: int | None
) -> QuestionRow:
    """A new question, in place of the one before. Raises Refused."""
    text, options = line(text), [line(option) for option in options]
    if not 0 < len(text) <= LONGEST_TEXT:
        raise Refused(_("Write a question of at most {most} characters.", most=LONGEST_TEXT))
    if not FEWEST <= len(options) <= MOST or not all(0 < len(option) <= LONGEST_OPTION for option in options):
        raise Refused(
            _(
                "A question has {fewest} to {most} answers, of at most {characters} characters each.",
                fewest=FEWEST,
                most=MOST,
                characters=LONGEST_OPTION,
            )
        )
    if len(set(options)) < len(options):
        raise Refused(_("Two of the answers are the same. Change one of them."))
    if right is not None:
        _check(right, len(options))
    row = QuestionRow(lesson_id=lesson.id, text=text, options=json.dumps(options), right=right)
    session.add(row)
    session.flush()
    return row


def _asked(session: Session, lesson: LessonRow) -> QuestionRow | None:
    return session.get(QuestionRow, lesson.question_id) if lesson.question_id is not None else None


def _asked_needed(session: Session, lesson: LessonRow) -> QuestionRow:
    row = _asked(session, lesson)
    if row is None:
        raise Refused(_("No question is asked at the moment."))
    return row


def question_of(row: QuestionRow) -> Question:
    """What everybody may see of it."""
    return Question(
        row.id, row.text, tuple(json.loads(row.options)), row.open, row.right if row.told else None
    )


def tally_of(session: Session, row: QuestionRow) -> Tally:
    question = question_of(row)
    given = session.execute(
        sa.select(AnswerRow.option, PupilRow.nickname, PupilRow.hidden)
        .join(PupilRow, PupilRow.id == AnswerRow.pupil_id)
        .where(AnswerRow.question_id == row.id)
    ).all()
    counts = tuple(sum(one.option == option for one in given) for option in range(len(question.options)))
    right = (one.nickname for one in given if one.option == question.right and not one.hidden)
    return Tally(question, counts, len(given), tuple(sorted(right, key=str.casefold)))


def _check(option: int, options: int) -> None:
    if type(option) is not int or not 0 <= option < options:
        raise Refused(_("Choose one of the answers."))


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
