"""The wall of a class, for a projector: large type, one number a row, and nothing read as HTML."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from trickcore.classroom.challenges import KINDS
from trickcore.classroom.records import Board, Challenge, Lesson, Score, Tally
from trickcore.text import percent

ROWS, LATEST = 10, 3
_HERE = Path(__file__).parent
_wall = st.components.v2.component(
    "trick.wall",
    html=(_HERE / "wall.html").read_text(),
    css=(_HERE / "wall.css").read_text(),
    js=(_HERE / "wall.js").read_text(),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """All that the wall shows."""

    lesson: Lesson
    challenge: Challenge | None
    board: Board
    tally: Tally | None
    address: str
    qr: str


def wall(seen: Seen, *, large: bool) -> None:
    """The board as it stands; `large` for a projector."""
    _wall(key=f"wall-{large}", data=as_data(seen, large=large))


def as_data(seen: Seen, *, large: bool) -> dict[str, Any]:
    """What the browser is sent: words and numbers, which it sets as text."""
    board, given = seen.board, seen.challenge
    rows = [
        {
            "place": place if entry.score.reached else 0,
            "name": entry.nickname,
            "score": _number(given, entry.score),
            "picture": "data:image/jpeg;base64," + base64.b64encode(entry.thumbnail).decode(),
            "first": board.first is not None and entry.pupil_id == board.first.pupil_id,
        }
        for place, entry in enumerate(board.entries[:ROWS], 1)
    ]
    latest = [f"{entry.nickname}: {entry.answer}" for entry in board.latest[:LATEST]]
    return {
        "large": large,
        "title": given.title if given else "Waiting for the challenge",
        "task": given.task if given else "",
        "pupils": f"{board.pupils} pupil{'s' if board.pupils != 1 else ''}",
        "code": seen.lesson.code,
        "address": seen.address,
        "qr": seen.qr,
        "frozen": seen.lesson.frozen,
        "rows": rows,
        "latest": latest,
        "first": board.first.nickname if board.first else "",
        "question": _question(seen.tally),
    }


def _number(given: Challenge | None, score: Score) -> str:
    """One number a row: what counts. Where it does not count yet, why."""
    if given is None or not score.reached or score.value is None:
        return score.words
    if KINDS[given.kind].unit == "probability":
        return percent(score.value)
    return f"{score.value:g} level{'s' if score.value != 1 else ''}"


def _question(tally: Tally | None) -> dict[str, Any] | None:
    if tally is None:
        return None
    question, most = tally.question, max([1, *tally.counts])
    bars: Sequence[dict[str, Any]] = [
        {
            "option": option,
            "count": count,
            "share": count / most,
            "right": question.right == number if question.right is not None else None,
        }
        for number, (option, count) in enumerate(zip(question.options, tally.counts, strict=True))
    ]
    right = ", ".join(tally.who_was_right)
    return {"text": question.text, "open": question.open, "bars": list(bars), "who": right}
