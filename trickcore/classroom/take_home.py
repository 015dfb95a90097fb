"""Take home: a lesson as a table and as one HTML file, from the records alone."""

from __future__ import annotations

import base64
import csv as tables
import io
from dataclasses import dataclass
from pathlib import Path
from time import localtime, strftime

import sqlalchemy as sa
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy.orm import Session

from trickcore.classroom import entries, questions, rows
from trickcore.classroom.challenges import KINDS, task_in_words
from trickcore.classroom.records import Challenge, Entry, Games, Lesson, Tally
from trickcore.classroom.tables import LessonRow, PupilRow, QuestionRow
from trickcore.language import _, again, language, many
from trickcore.text import cell

FOLDER = Path(__file__).parent
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"  # nothing is fetched or run
COLUMNS = (
    "challenge", "place", "nickname", "score", "unit", "counts", "measured", "answer", "probability", "at",
    "hidden",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Round:
    """A challenge and what came of it."""

    challenge: Challenge
    best: tuple[Entry, ...]  # of each pupil, those of hidden pupils included
    tries: int  # hand-ins in all


@dataclass(frozen=True, slots=True)
class Went:
    """How a lesson went."""

    lesson: Lesson
    pupils: int
    hidden: frozenset[int]  # pupils whose names are not to be shown
    rounds: tuple[Round, ...]
    tallies: tuple[Tally, ...]
    games: Games | None


def lesson_as_it_went(session: Session, lesson: LessonRow) -> Went:
    """A lesson with its challenges and questions."""
    hidden = sa.select(PupilRow.id).where(PupilRow.lesson_id == lesson.id, PupilRow.hidden)
    asked = sa.select(QuestionRow).where(QuestionRow.lesson_id == lesson.id).order_by(QuestionRow.id)
    return Went(
        rows.lesson_of(lesson),
        rows.count_pupils(session, lesson),
        frozenset(session.scalars(hidden)),
        tuple(_round(session, rows.challenge_of(row)) for row in rows.challenges(session, lesson)),
        tuple(questions.tally_of(session, row) for row in session.scalars(asked)),
        questions.games_of(session, lesson),
    )


def _round(session: Session, challenge: Challenge) -> Round:
    everything = entries.read(session, challenge, hidden=True)
    best = entries.bests(everything, KINDS[challenge.kind].smaller)
    return Round(challenge, tuple(entries.with_thumbnails(session, best)), len(everything))


def csv(went: Went) -> str:
    """A row for the best of each pupil in each challenge."""
    out = io.StringIO()
    table = tables.writer(out, lineterminator="\n")
    table.writerow(COLUMNS)
    for one in went.rounds:
        for place, entry in enumerate(one.best, 1):
            counts = entry.score.reached
            value = "" if entry.score.value is None else f"{entry.score.value:g}"
            table.writerow(
                [
                    cell(one.challenge.title),
                    place if counts else "",
                    cell(entry.nickname),
                    value,
                    KINDS[one.challenge.kind].unit,
                    _yes(counts),
                    cell(entry.score.words),
                    cell(entry.answer),
                    f"{entry.probability:.4f}",
                    strftime("%Y-%m-%d %H:%M:%S", localtime(entry.at)),
                    _yes(entry.pupil_id in went.hidden),
                ]
            )
    return out.getvalue()


def _yes(true: bool) -> str:
    return "yes" if true else "no"


def report(went: Went, dark: bool = False) -> str:
    """The lesson as one HTML file that loads nothing: in the reader's own light or dark, or dark."""
    pages = Environment(loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined)
    pages.globals.update(_=_, many=many, again=again, task=task_in_words, language=language())
    pages.filters["base64"] = lambda data: base64.b64encode(data).decode()
    when = strftime("%d %B %Y, %H:%M", localtime(went.lesson.started))
    return pages.get_template("report.html.j2").render(went=went, dark=dark, when=when, policy=POLICY)
