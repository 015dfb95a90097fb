"""Votes: which digit the class reads in a picture that a network reads as another one."""

from __future__ import annotations

import streamlit as st

from trickcore.classroom.records import Pupil
from ui import classroom
from ui.pages.classroom import refusals


def ask(pupil: Pupil, wanted: int) -> None:
    """The next picture that this pupil has not read, with ten digits to tap; nothing where there is none."""
    entry = classroom.room().to_vote(pupil.token)
    if entry is None:
        return
    with st.container(border=True):
        st.markdown(
            "**Which digit do you read?**", help="A picture counts when most of the class read it right."
        )
        st.image(entry.png, width=140, alt="A picture that somebody in the class handed in")
        digit = st.pills(
            "Digit", list(range(10)), key=f"vote-{entry.id}", label_visibility="collapsed", width="stretch"
        )
        if digit is not None:
            with refusals.told():
                classroom.room().vote(pupil.token, entry.id, digit)
                st.rerun()
