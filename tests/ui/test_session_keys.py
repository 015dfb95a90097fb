"""Session state: its keys stand in ui/state.py, and nobody else touches it."""

from __future__ import annotations

import ast
import re

from streamlit.testing.v1 import AppTest

from tests.helpers import ROOT
from trickcore.runs import fields
from ui import state

ENTRIES = {name: value for name, value in vars(state).items() if isinstance(value, state.Entry)}
SOURCES = [path for path in (ROOT / "ui").rglob("*.py") if path != ROOT / "ui" / "state.py"]


def test_nothing_but_state_touches_streamlits_session_state():
    touching = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "session_state"
    ]
    assert touching == []


def test_every_key_is_of_one_entry_and_of_no_widget():
    keys = [entry.key for entry in ENTRIES.values()]
    assert len(keys) > 30
    assert len(keys) == len(set(keys))
    drawn = {key for path in SOURCES for key in re.findall(r'\bkey="([^"{]+)"', path.read_text("utf-8"))}
    assert {"trick", "goal"} <= drawn
    drawn |= fields.link_names()
    assert drawn.isdisjoint(keys)


def test_every_entry_is_used_by_a_page():
    text = "".join(path.read_text("utf-8") for path in SOURCES)
    unused = [name for name in ENTRIES if f"state.{name}." not in text]
    assert unused == []


def _page() -> None:
    from ui import state

    assert state.run.get() is None
    assert not state.run.exists()
    assert state.train_wish.set("go") == "go"
    assert state.train_wish.exists()
    assert state.train_wish.pop() == "go"
    assert state.train_wish.pop() is None
    state.tour_right.get()[1] = True
    assert state.tour_right.get() == {1: True}, "made once, and kept"
    state.tour_right.forget()
    assert state.tour_right.get() == {}
    assert state.strokes("canvas-mask").get() == ()
    state.file("upload").set(("cat.png", b"bytes"))
    state.widget("eps").set(4.0)


def test_an_entry_is_set_read_and_forgotten_and_what_is_made_is_made_once():
    page = AppTest.from_function(_page).run()
    assert not page.exception, [error.value for error in page.exception]
    assert page.session_state["own.upload"] == ("cat.png", b"bytes")
    assert page.session_state["eps"] == 4.0
