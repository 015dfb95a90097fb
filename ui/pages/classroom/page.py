"""Class: the teacher's page. The PIN opens it; then the lesson's controls, or the wall alone."""

from __future__ import annotations

import streamlit as st

from trickcore.language import _
from ui import classroom, state, visits
from ui.pages.classroom import refusals, teacher, wall
from ui.widgets import main_button


def _ask_for_pin() -> None:
    st.header(_("Class"))
    st.markdown(
        _("This page is the teacher's. The PIN stands in the terminal in which the page was started.")
    )
    with st.form("open", border=False, width=420):
        pin = st.text_input(_("PIN"), type="password", max_chars=64, key="pin")
        pressed = main_button.submit(_("Open"))
    if pressed:
        address = st.context.ip_address
        where = address if isinstance(address, str) else "this machine"
        with refusals.told():
            state.teacher_token.set(classroom.room().enter(pin.strip(), visits.visitor() or "", where))
            st.rerun()


with refusals.waiting():
    if not classroom.teacher():
        _ask_for_pin()
    elif state.projecting.get():
        wall.show()
    else:
        teacher.show()
