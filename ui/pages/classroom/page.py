"""Class: the teacher's page. The PIN opens it; then the lesson's controls, or the wall alone."""

from __future__ import annotations

import streamlit as st

from trickcore.classroom.records import Refused
from ui import classroom, state, text
from ui.pages.classroom import teacher, wall
from ui.widgets import main_button


def _ask_for_pin() -> None:
    st.header("Class")
    st.markdown("This page is the teacher's. The PIN stands in the terminal in which the page was started.")
    with st.form("open", border=False, width=420):
        pin = st.text_input("PIN", type="password", max_chars=64, key="pin")
        pressed = main_button.submit("Open")
    if pressed:
        # Not the visit: that begins anew with each reload.
        address = st.context.ip_address
        who = address if isinstance(address, str) else "this machine"
        state.teacher_token.set(classroom.room().enter(pin.strip(), who))
        st.rerun()


try:
    if not classroom.teacher():
        _ask_for_pin()
    elif state.projecting.get():
        wall.show()
    else:
        teacher.show()
except Refused as refused:
    st.error(text.escape(str(refused)), icon=":material/block:")
