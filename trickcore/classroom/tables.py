"""Tables: what is kept of a class. A change here needs a new SCHEMA and a step in database.MIGRATIONS."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SCHEMA = 2
NEVER_AGAIN = {"sqlite_autoincrement": True}  # a number that was deleted is not given to another row


class Table(DeclarativeBase):
    type_annotation_map = {str: Text, bytes: LargeBinary}  # noqa: RUF012  # SQLAlchemy's own way to say it


class State(Table):
    """One row: which lesson is on, how often anything has changed, and the PIN as a hash."""

    __tablename__ = "state"

    id: Mapped[int] = mapped_column(primary_key=True)
    schema: Mapped[int]
    version: Mapped[int] = mapped_column(BigInteger, default=0)
    lesson_id: Mapped[int | None]  # no foreign key: a lesson may go first
    pin: Mapped[str] = mapped_column(default="")  # salt and scrypt hash, in hex


class LessonRow(Table):
    __tablename__ = "lessons"
    __table_args__ = NEVER_AGAIN

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    started: Mapped[float]
    touched: Mapped[float]  # the last time anything was changed
    frozen: Mapped[bool] = mapped_column(default=False)
    uploads: Mapped[bool] = mapped_column(default=False)
    challenge_id: Mapped[int | None]  # that is on
    question_id: Mapped[int | None]  # that was asked last


class PupilRow(Table):
    __tablename__ = "pupils"
    __table_args__ = (UniqueConstraint("lesson_id", "folded"), NEVER_AGAIN)

    id: Mapped[int] = mapped_column(primary_key=True)
    lesson_id: Mapped[int] = mapped_column(ForeignKey("lessons.id", ondelete="CASCADE"))
    token: Mapped[str] = mapped_column(unique=True)  # as a hash: who reads the file cannot be anybody
    nickname: Mapped[str]
    folded: Mapped[str]
    hidden: Mapped[bool] = mapped_column(default=False)
    joined: Mapped[float]


class ChallengeRow(Table):
    __tablename__ = "challenges"
    __table_args__ = NEVER_AGAIN

    id: Mapped[int] = mapped_column(primary_key=True)
    lesson_id: Mapped[int] = mapped_column(ForeignKey("lessons.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    title: Mapped[str]
    task: Mapped[str]
    picture: Mapped[bytes]
    noun: Mapped[str]
    origin: Mapped[str]
    recipe: Mapped[str]  # JSON, as runs.settings_json writes it
    networks: Mapped[str]  # JSON, as are the next two
    hide: Mapped[str]
    pin: Mapped[str]
    limit: Mapped[int | None]
    wanted: Mapped[int | None]


class EntryRow(Table):
    __tablename__ = "entries"
    __table_args__ = (
        UniqueConstraint("pupil_id", "challenge_id", "digest"),
        Index("entries_of_challenge", "challenge_id", "at"),
        NEVER_AGAIN,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    challenge_id: Mapped[int] = mapped_column(ForeignKey("challenges.id", ondelete="CASCADE"))
    pupil_id: Mapped[int] = mapped_column(ForeignKey("pupils.id", ondelete="CASCADE"))
    value: Mapped[float | None]
    words: Mapped[str]
    reached: Mapped[bool]  # as the networks see it; people may have a say, too
    at: Mapped[float]
    digest: Mapped[str]  # of the pixels
    png: Mapped[bytes]
    thumbnail: Mapped[bytes]
    answer: Mapped[str]
    probability: Mapped[float]


class TicketRow(Table):
    __tablename__ = "tickets"

    digest: Mapped[str] = mapped_column(primary_key=True)
    pupil_id: Mapped[int] = mapped_column(ForeignKey("pupils.id", ondelete="CASCADE"), index=True)
    made: Mapped[float]
    used: Mapped[bool] = mapped_column(default=False)


class VoteRow(Table):
    __tablename__ = "votes"

    entry_id: Mapped[int] = mapped_column(ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True)
    pupil_id: Mapped[int] = mapped_column(ForeignKey("pupils.id", ondelete="CASCADE"), primary_key=True)
    digit: Mapped[int]


class QuestionRow(Table):
    __tablename__ = "questions"
    __table_args__ = NEVER_AGAIN

    id: Mapped[int] = mapped_column(primary_key=True)
    lesson_id: Mapped[int] = mapped_column(ForeignKey("lessons.id", ondelete="CASCADE"), index=True)
    text: Mapped[str]
    options: Mapped[str]  # JSON
    right: Mapped[int | None]  # known to the teacher; pupils see it once it was told
    open: Mapped[bool] = mapped_column(default=True)
    told: Mapped[bool] = mapped_column(default=False)


class AnswerRow(Table):
    __tablename__ = "answers"

    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id", ondelete="CASCADE"), primary_key=True)
    pupil_id: Mapped[int] = mapped_column(ForeignKey("pupils.id", ondelete="CASCADE"), primary_key=True)
    option: Mapped[int]


class GameRow(Table):
    """A pupil's first game of "Which one is real?"."""

    __tablename__ = "games"

    pupil_id: Mapped[int] = mapped_column(ForeignKey("pupils.id", ondelete="CASCADE"), primary_key=True)
    correct: Mapped[int]  # of so many pairs
    pairs: Mapped[int]
    at: Mapped[float]


class TeacherRow(Table):
    __tablename__ = "teachers"

    token: Mapped[str] = mapped_column(primary_key=True)  # as a hash
    since: Mapped[float]


class GuessRow(Table):
    """Wrong tries of the PIN: of one visit, from one address, and under the name "" of all together."""

    __tablename__ = "guesses"

    who: Mapped[str] = mapped_column(primary_key=True)  # as a hash
    wrong: Mapped[int]
    last: Mapped[float]
    until: Mapped[float]  # no try is looked at before
