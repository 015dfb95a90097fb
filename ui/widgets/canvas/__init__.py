"""A place to draw a digit, or to paint over a picture: with mouse, finger or pen, or with the keyboard."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from trickcore.language import _, later
from trickcore.pictures.drawing import CANVAS_ERASER, CANVAS_PEN, MOST, Stroke, from_json
from ui import state

_HTML, _CSS, _JS = (
    (Path(__file__).parent / f"canvas.{kind}").read_text("utf-8") for kind in ("html", "css", "js")
)
_canvas = st.components.v2.component("trick.canvas", html=_HTML, css=_CSS, js=_JS)

KEYS = later(
    "With the keyboard: arrow keys move the pen (with Shift four squares), Space puts it down and lifts it, "
    "E changes between pen and eraser, Backspace takes back, Delete clears."
)
# What the browser says; it fills in the numbers.
WORDS = {
    "pen": later("Pen"),
    "eraser": later("Eraser"),
    "undo": later("Undo"),
    "undo_tip": later("Take back the last stroke (Ctrl+Z)"),
    "clear": later("Clear"),
    "clear_tip": later("Start again (Delete)"),
    "empty": later("Drawing area: empty"),
    "one": later("Drawing area: 1 stroke"),
    "several": later("Drawing area: {count} strokes"),
    "where": later("row {row}, column {column}"),
    "pen_up": later("Pen up at row {row}, column {column}"),
    "pen_down": later("Pen down at row {row}, column {column}"),
    "eraser_up": later("Eraser up at row {row}, column {column}"),
    "eraser_down": later("Eraser down at row {row}, column {column}"),
    "drawn": later("Stroke drawn"),
    "erased": later("Erased"),
    "back": later("Taken back"),
    "cleared": later("Cleared"),
}


@dataclass(frozen=True, slots=True)
class Paper:
    """What is drawn on, and with what. Nothing here is a visitor's text, nor a file as they sent it."""

    hint: str = later("Draw a digit here")
    picture: bytes = b""  # a PNG made by us, under the ink; without one the paper is black
    ink: str = "#fff"
    cover: float = 1.0  # how much of the picture the ink hides, 0 to 1
    pen: float = CANVAS_PEN  # widths in sides of the canvas
    eraser: float = CANVAS_ERASER


BLACK = Paper()


def canvas(key: str, strokes: tuple[Stroke, ...], paper: Paper = BLACK) -> tuple[Stroke, ...]:
    """What is drawn now. `strokes` is what to start from; when they change, they replace the drawing.

    The drawing is kept in the session under f"{key}.strokes", through reruns and changes of page.
    """
    given, drawn = state.given_strokes(key), state.strokes(key)
    if given.get() != strokes:
        given.set(strokes)
        replace(key, strokes)
    revision = state.canvas_revision(key).get()
    result = _canvas(
        key=key,
        data={
            "revision": revision,
            "strokes": [_plain(stroke) for stroke in drawn.get()],
            "words": {name: _(text) for name, text in WORDS.items()},
            "tools": _("Drawing tools"),
            "hint": _(paper.hint),
            "keys": _(KEYS),
            "picture": _url(paper.picture),
            "ink": paper.ink,
            "cover": paper.cover,
            "pen": paper.pen,
            "eraser": paper.eraser,
            "most": MOST,
        },
        default={"strokes": None},
        on_strokes_change=lambda: None,
    )
    return drawn.set(_received(result.strokes, revision, drawn.get()))


def replace(key: str, strokes: tuple[Stroke, ...]) -> None:
    """Put these strokes on the canvas in place of what is drawn, before `canvas` is called with them."""
    state.strokes(key).set(strokes)
    revision = state.canvas_revision(key)
    revision.set(revision.get() + 1)


def _received(value: Any, revision: int, otherwise: tuple[Stroke, ...]) -> tuple[Stroke, ...]:
    """The browser's strokes, unless they belong to a drawing that was replaced meanwhile."""
    if not isinstance(value, dict) or value.get("revision") != revision:
        return otherwise
    try:
        return from_json(value.get("strokes"))  # type: ignore[arg-type]  # whatever it is, it is checked
    except ValueError:
        return otherwise


def _url(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}" if png else ""


def _plain(stroke: Stroke) -> dict[str, Any]:
    return {"points": [list(point) for point in stroke.points], "erases": stroke.erases}
