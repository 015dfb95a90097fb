"""The door of a class: a nickname, and nothing else, from whoever comes by its link."""

from __future__ import annotations

import streamlit as st

from trickcore.classroom.records import Refused
from ui import classroom, state, text
from ui.widgets import device, main_button


def enter() -> None:
    """Before any page is run: whoever came with a code joins first. Ends the script where they have not."""
    if not classroom.on():
        return
    try:
        with st.container() if state.projector.get() else st.sidebar:
            device.remember()
        if not classroom.code() or classroom.teacher() or classroom.pupil() is not None:
            return
        _join(classroom.code())
    except Refused as error:
        st.error(text.escape(str(error)), icon=":material/school:")
    st.stop()


def _join(code: str) -> None:
    st.header("Join the class")
    st.markdown(
        "Choose a name that the others will see on the wall. Nothing else is asked, and nothing leaves the "
        "teacher's computer."
    )
    with st.form("join", border=False):
        st.text_input("Nickname", max_chars=20, key="nickname")
        place = st.empty()
        pressed = main_button.submit("Join", help="Takes you to the class's challenge.")
    if pressed:
        try:
            pupil = classroom.room().join(code, str(state.widget("nickname").get() or ""))
        except Refused as error:
            place.error(text.escape(str(error)), icon=":material/badge:")
        else:
            state.pupil_token.set(pupil.token)
            st.rerun()
