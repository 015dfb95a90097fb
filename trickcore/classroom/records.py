"""Records of a class, as pages see them: nothing here knows of a database. Times are epoch seconds."""

from __future__ import annotations

from dataclasses import dataclass, field

from trickcore.runs.recipe import Recipe


class Refused(ValueError):  # noqa: N818  # what happened to a visitor, who made no error
    """Something the class does not take: the message is a sentence for a person, with what to do."""


class Unusable(Refused):
    """The database is gone, locked or broken: nothing can be done until it is back."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """The lesson that is on."""

    id: int
    code: str  # six letters, no I, L, O
    started: float
    frozen: bool  # nothing may be handed in
    uploads: bool  # pupils may use their own pictures


@dataclass(frozen=True, slots=True)
class Challenge:
    """What the class tries to do, and where everybody begins."""

    id: int | None  # None until it was set
    kind: str  # a key of challenges.KINDS
    title: str  # a short line
    task: str  # a sentence or two for a pupil
    picture: bytes = field(repr=False)  # the original file
    noun: str  # "cat"
    origin: str  # "sample:cat", "digit:3" or "file"
    recipe: Recipe
    networks: tuple[str, ...]  # that have to be fooled; the first says how large a picture has to be
    hide: tuple[str, ...] = ()  # controls that pupils do not see
    pin: tuple[str, ...] = ()  # controls that they see and cannot change
    limit: int | None = None  # grey levels of 255 that any value of a hand-in may move, at most
    wanted: int | None = None  # the digit that people should read, where people are asked


@dataclass(frozen=True, slots=True)
class Pupil:
    """Someone who joined."""

    id: int
    token: str = field(repr=False)  # the device's own; "" wherever it is not the device that asks
    nickname: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class Score:
    """What a hand-in is worth."""

    value: float | None  # in the kind's unit; None where it did not do what was asked
    words: str  # a short line for the wall
    reached: bool  # it counts


@dataclass(frozen=True, slots=True)
class Entry:
    """One hand-in, as it was measured."""

    id: int
    pupil_id: int
    nickname: str
    score: Score
    at: float
    png: bytes = field(repr=False)  # the picture; b"" on a Board, where `Classroom.entry` has it
    thumbnail: bytes = field(repr=False)  # a small JPEG
    answer: str  # what the (first) network says
    probability: float
    first: bool  # nobody in the class reached it earlier


@dataclass(frozen=True, slots=True)
class Board:
    """How the class stands. Pupils whose names are hidden are left out, but counted."""

    entries: tuple[Entry, ...]  # the best of each pupil: what counts, best first; then the rest by time
    latest: tuple[Entry, ...]  # the last five hand-ins, the newest first
    pupils: int  # how many joined
    first: Entry | None  # of the first who reached it


@dataclass(frozen=True, slots=True)
class Games:
    """How the class told real digits from forged ones: the first game of each pupil."""

    counts: tuple[int, ...]  # pupils who had 0, 1, 2 ... pairs right; one more than there are pairs

    @property
    def pupils(self) -> int:
        return sum(self.counts)

    @property
    def pairs(self) -> int:
        return len(self.counts) - 1

    @property
    def mean(self) -> float:
        """Pairs right, on average."""
        return sum(right * pupils for right, pupils in enumerate(self.counts)) / max(1, self.pupils)


@dataclass(frozen=True, slots=True)
class Question:
    """What the class is asked to foretell."""

    id: int
    text: str
    options: tuple[str, ...]
    open: bool  # answers are taken
    right: int | None  # the index of the right option, once it was told


@dataclass(frozen=True, slots=True)
class Tally:
    """How the class answered."""

    question: Question
    counts: tuple[int, ...]  # answers for each option
    total: int
    who_was_right: tuple[str, ...]  # nicknames that are not hidden, by alphabet; none until it was told
