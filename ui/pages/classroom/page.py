"""Class: the teacher's page. The PIN, then the wall and the controls; or the wall alone, for a projector."""

from __future__ import annotations

import streamlit as st

from trickcore.classroom.records import Refused
from ui import classroom, state, text
from ui.guard import guarded
from ui.pages.classroom import lesson, predict
from ui.pages.classroom.board import board
from ui.widgets import main_button, viewport


def ask_pin() -> None:
    """Five tries, then a wait: the sentence says how long."""
    st.header("Class")
    st.markdown("For the teacher: the PIN stands in the terminal in which the server was started.")
    with st.form("pin", border=False):
        st.text_input("PIN", type="password", key="pin", max_chars=20)
        place = st.empty()
        pressed = main_button.submit("Open", help="Opens the wall and the controls of the lesson.")
    if pressed:
        if trouble := classroom.enter(str(state.widget("pin").get() or "").strip()):
            place.error(text.escape(trouble), icon=":material/lock:")
        else:
            st.rerun()


def _project(on: bool) -> None:
    state.projector.set(on)


def controls() -> None:
    """Everything the teacher does, beside the wall in small."""
    board(large=False)
    with st.container() if narrow else st.sidebar:
        main_button.button(
            "Projector",
            icon=":material/cast:",
            width="stretch",
            key="projector",
            help="The wall alone, in large type, for the whole class to see. The small button ends it.",
            on_click=_project,
            args=(True,),
        )
        lesson.challenge()
        predict.ask()
        lesson.permissions()
        lesson.as_it_goes()
        lesson.take_home()


projecting = bool(state.projector.get()) and classroom.teacher()
narrow = viewport.known() if projecting else viewport.narrow()  # which would draw a sidebar
notice = st.empty()
if not classroom.on():
    st.header("Class")
    st.info("This server was not started for a class. Start it with: python -m ui.serve --class")
elif not classroom.teacher():
    ask_pin()
elif projecting:
    board(large=True)
    st.button(
        "End",
        icon=":material/close:",
        key="end-projector",
        type="tertiary",
        help="Back to the teacher's controls.",
        on_click=_project,
        args=(False,),
    )
else:
    with guarded(notice, "{}", Refused):
        controls()
