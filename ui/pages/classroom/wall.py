"""The wall: how the class stands, for a projector six metres away. It has no controls and never reloads."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import streamlit as st

from trickcore.classroom.challenges import KINDS, task_in_words
from trickcore.classroom.records import Board, Entry, Games, Refused, Tally
from trickcore.classroom.scores import shown
from trickcore.language import _, language, later, many
from ui import classroom, state, text
from ui.guard import BLOCKED
from ui.pages.classroom.teacher import code_picture

OLD = later(
    "The class's database cannot be used at the moment. This is how it stood; the page Class says why."
)
ROWS, LATEST = 10, 3  # of the board, and of the last verdicts
_HERE = Path(__file__).parent
_CSS, _JS = ((_HERE / f"wall.{kind}").read_text("utf-8") for kind in ("css", "js"))
_wall = st.components.v2.component("trick.wall", html='<main class="wall"></main>', css=_CSS, js=_JS)


@st.fragment(run_every=1)
def show() -> None:
    """The wall, read anew when the class has changed."""
    try:
        room = classroom.room()
        data = state.wall.set(_data(id(room), room.version(), language()))
    except Refused as refused:
        last = state.wall.get()
        if last is None:
            st.error(text.escape(str(refused)), icon=BLOCKED)
            return
        data = {**last, "trouble": _(OLD)}
    left = _wall(key="wall", data=data, on_leave_change=lambda: None)
    if left.leave:
        state.projecting.forget()
        st.rerun()


@st.cache_data(max_entries=4, show_spinner=False)
def _data(_of: int, version: int, spoken: str) -> dict[str, Any]:
    room = classroom.room()
    lesson, challenge = room.lesson(), room.challenge()
    found = content(room.board(), room.tally(), challenge.kind if challenge else None, room.games())
    if lesson.frozen:
        found["pupils"] = _("{pupils}, board closed", pupils=found["pupils"])
    return found | {
        "challenge": challenge is not None,
        "title": _(challenge.title) if challenge else _("No challenge yet"),
        "task": task_in_words(challenge) if challenge else _("Join with your phone."),
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
        "pupils": _pupils(board.pupils),
        "rows": [
            {**_line(entry), "place": place, "score": number(entry, kind)}
            for place, entry in enumerate(counted, 1)
        ],
        "latest": [_line(entry) for entry in board.latest[:LATEST]],
        "first": None if board.first is None else _first(board.first),
        "question": None if tally is None else _question(tally),
        "games": None if games is None else _games(games),
        "words": {
            "predict": _("Predict first"),
            "latest": _("Just handed in"),
            "join": _("Join at"),
            "code": _("QR code to join"),
        },
    }


def _line(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "name": entry.nickname,
        "reached": _("✓ counts") if entry.score.reached else _("not yet"),
        "answer": entry.answer,
        "picture": _url(entry.thumbnail, "jpeg"),
    }


def _pupils(count: int) -> str:
    return many("{n} pupil", "{n} pupils", count)


def _first(entry: Entry) -> dict[str, Any]:
    return {"id": entry.id, "words": _("First in class: {name}", name=entry.nickname)}


def number(entry: Entry, kind: str | None) -> str:
    """The one number of a row, with its unit."""
    value = entry.score.value
    return "" if value is None or kind not in KINDS else shown(kind, value)


def _question(tally: Tally) -> dict[str, Any]:
    question = tally.question
    return {
        "text": question.text,
        "total": tally.total,
        "told": question.right is not None,
        "options": [
            {
                "count": count,
                "right": place == question.right,
                "words": _option(option, count, question.right, place),
            }
            for place, (option, count) in enumerate(zip(question.options, tally.counts, strict=True))
        ],
    }


def _option(answer: str, count: int, right: int | None, place: int) -> str:
    if right is None:
        return _("{answer}: {n}", answer=answer, n=count)
    if place == right:
        return _("✓ {answer}: {n}, right", answer=answer, n=count)
    return _("{answer}: {n}, not right", answer=answer, n=count)


def _games(games: Games) -> dict[str, Any]:
    return {
        "title": _("Which one is real?"),
        "mean": _("{mean:.1f} of {pairs} told apart", mean=games.mean, pairs=games.pairs),
        "words": _("{pupils}; guessing gives {hits}", pupils=_pupils(games.pupils), hits=games.pairs // 2),
        "counts": games.counts,
    }


def _url(picture: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}" if picture else ""
