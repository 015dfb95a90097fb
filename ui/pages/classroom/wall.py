"""The wall: how the class stands, for a projector six metres away. It has no controls and never reloads."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import streamlit as st

from trickcore.classroom.challenges import KINDS
from trickcore.classroom.records import Board, Entry, Games, Refused, Tally
from trickcore.text import percent
from ui import classroom, state, text
from ui.guard import BLOCKED
from ui.pages.classroom.teacher import code_picture

OLD = "The class's database cannot be used at the moment. This is how it stood; the page Class says why."
ROWS, LATEST = 10, 3  # of the board, and of the last verdicts
_HERE = Path(__file__).parent
_CSS, _JS = ((_HERE / f"wall.{kind}").read_text("utf-8") for kind in ("css", "js"))
_wall = st.components.v2.component("trick.wall", html='<main class="wall"></main>', css=_CSS, js=_JS)


@st.fragment(run_every=1)
def show() -> None:
    """The wall, read anew when the class has changed."""
    try:
        room = classroom.room()
        data = state.wall.set(_data(id(room), room.version()))
    except Refused as refused:
        last = state.wall.get()
        if last is None:
            st.error(text.escape(str(refused)), icon=BLOCKED)
            return
        data = {**last, "trouble": OLD}
    left = _wall(key="wall", data=data, on_leave_change=lambda: None)
    if left.leave:
        state.projecting.forget()
        st.rerun()


@st.cache_data(max_entries=4, show_spinner=False)
def _data(_of: int, version: int) -> dict[str, Any]:
    room = classroom.room()
    lesson, challenge = room.lesson(), room.challenge()
    return content(room.board(), room.tally(), challenge.kind if challenge else None, room.games()) | {
        "challenge": challenge is not None,
        "title": challenge.title if challenge else "No challenge yet",
        "task": challenge.task if challenge else "Join with your phone.",
        "frozen": lesson.frozen,
        "code": lesson.code,
        "address": classroom.address().removeprefix("http://"),
        "qr": _url(code_picture(classroom.link(classroom.address(), lesson.code)), "png"),
    }


def content(
    board: Board, tally: Tally | None, kind: str | None, games: Games | None = None
) -> dict[str, Any]:
    """What is on the wall of a board, as JSON; names are text, and the browser sets them as text."""
    counted = [entry for entry in board.entries if entry.score.reached][:ROWS]
    return {
        "pupils": board.pupils,
        "rows": [
            {**_line(entry), "place": place, "score": number(entry, kind)}
            for place, entry in enumerate(counted, 1)
        ],
        "latest": [_line(entry) for entry in board.latest[:LATEST]],
        "first": None if board.first is None else {"id": board.first.id, "name": board.first.nickname},
        "question": None if tally is None else _question(tally),
        "games": None if games is None else _games(games),
    }


def _line(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "name": entry.nickname,
        "reached": entry.score.reached,
        "answer": entry.answer,
        "picture": _url(entry.thumbnail, "jpeg"),
    }


def number(entry: Entry, kind: str | None) -> str:
    """The one number of a row, with its unit."""
    value, unit = entry.score.value, KINDS[kind].unit if kind in KINDS else ""
    if value is None:
        return ""
    if unit == "probability":
        return percent(value)
    return f"{value:g} {unit.removesuffix('s') if value == 1 else unit}"


def _question(tally: Tally) -> dict[str, Any]:
    question = tally.question
    return {
        "text": question.text,
        "total": tally.total,
        "told": question.right is not None,
        "options": [
            {"text": option, "count": count, "right": place == question.right}
            for place, (option, count) in enumerate(zip(question.options, tally.counts, strict=True))
        ],
    }


def _games(games: Games) -> dict[str, Any]:
    who = "1 pupil" if games.pupils == 1 else f"{games.pupils} pupils"
    return {
        "title": "Which one is real?",
        "mean": f"{games.mean:.1f} of {games.pairs} told apart",
        "words": f"{who}; guessing gives {games.pairs // 2}",
        "counts": games.counts,
    }


def _url(picture: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}" if picture else ""
