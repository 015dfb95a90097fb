"""Votes: which digit the class reads in a picture that a network reads as another one."""

from __future__ import annotations

import streamlit as st

from trickcore.classroom.records import Entry, Pupil
from trickcore.language import _
from ui import classroom, state
from ui.pages.classroom import refusals

EVERY = 2  # seconds between two looks for a picture to vote on
FIVE_A_ROW = 190  # pixels


@st.fragment(run_every=EVERY)
def ask(pupil: Pupil) -> None:
    """The next picture that this pupil has not read, with ten digits to tap, as soon as there is one; the run
    below goes on."""
    with st.container(), refusals.left_to_watch():
        entry = _next(pupil)
        if entry is not None:
            _show(pupil, entry)


def _next(pupil: Pupil) -> Entry | None:
    """Read anew only when something has changed in the class."""
    room = classroom.room()
    version, seen = room.version(), state.to_vote.get()
    if seen is None or seen[0] != (version, pupil.id):
        seen = state.to_vote.set(((version, pupil.id), room.to_vote(pupil.token)))
    return seen[1]


def _show(pupil: Pupil, entry: Entry) -> None:
    with st.container(border=True):
        st.markdown(
            _("**Which digit do you read?**"),
            help=_("A picture counts when most of the class read it right."),
        )
        st.image(entry.thumbnail, width=160, alt=_("A picture that somebody in the class handed in"))
        st.pills(
            _("Digit"),
            list(range(10)),
            key=f"vote-{entry.id}",
            label_visibility="collapsed",
            width=FIVE_A_ROW,
            on_change=_vote,
            args=(pupil, entry),
        )


def _vote(pupil: Pupil, entry: Entry) -> None:
    digit = state.widget(f"vote-{entry.id}").get()
    if digit is not None:
        refusals.pressed(classroom.room().vote, pupil.token, entry.id, digit)
