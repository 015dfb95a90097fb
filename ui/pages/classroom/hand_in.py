"""Handing in: the button over a pupil's run, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore.classroom.challenges import KINDS
from trickcore.classroom.records import Board, Challenge, Entry, Pupil, Refused, Unusable
from trickcore.language import _
from ui import classroom, state, text
from ui.pages.classroom import refusals
from ui.session_run import Run
from ui.widgets import main_button

EVERY = 2  # seconds between two looks at the place on the wall


@dataclass
class Pending:
    """A picture whose button was pressed. It waits in the visit, since whatever else the page is asked for
    ends the script that measures it; the next one goes on with it."""

    png: bytes
    entry: Entry | None = None
    refused: Refused | None = None


def show(place: DeltaGenerator, run: Run | None) -> None:
    """The button, once the run in hand is finished, and what came of it."""
    with refusals.waiting(place):
        pupil, challenge = classroom.pupil(), classroom.challenge()
        if pupil is None or challenge is None:
            return
        with place.container():
            ready = run is not None and not run.growing and bool(run.png)
            main_button.button(
                _("Hand in"),
                key="hand-in",
                icon=":material/upload:",
                disabled=not ready,
                width="stretch",
                help=_("Sends the finished picture to the server of this page, which measures it itself."),
                on_click=_press,
                args=(run.png,) if run is not None and ready else (),
            )
            if (pending := state.pending.get()) is not None:
                with refusals.told():
                    _send(pupil, pending)
            _standing(pupil, challenge)


def _press(png: bytes = b"") -> None:
    if png:
        state.pending.set(Pending(png))


def _send(pupil: Pupil, pending: Pending) -> None:
    """Nothing but plain Python stands between the class's answer and where it is kept."""
    room = classroom.room()
    if pending.entry is None and pending.refused is None:
        with st.spinner(_("Measuring your picture…")):
            ticket = state.ticket.get() or state.ticket.set(room.ticket(pupil.token))
            try:
                pending.entry = room.hand_in(pupil.token, pending.png, ticket)
            except Refused as refused:
                pending.refused = refused
    if pending.entry is not None:
        state.ticket.pop()
        state.handed_in.set(pending.entry)
    state.pending.pop()
    if pending.refused is not None:
        raise pending.refused


@st.fragment(run_every=EVERY)
def _standing(pupil: Pupil, challenge: Challenge) -> None:
    """What came of the last hand-in, and the place on the wall, which others change."""
    with st.container(), refusals.left_to_watch():
        _stands_now(pupil, challenge)


def _stands_now(pupil: Pupil, challenge: Challenge) -> None:
    entry, board = _handed_in(), classroom.room().board()
    best = next((one for one in board.entries if one.pupil_id == pupil.id), None)
    if entry is not None:
        mark = ":material/check_circle:" if entry.score.reached else ":material/info:"
        words = _("Counts") if entry.score.reached else _("Does not count yet")
        st.info(f"**{words}.** {text.escape(entry.score.words)}", icon=mark)
    if best is not None and best.score.reached:
        st.markdown(
            _(
                "Your best: **{words}**, place **{place}** on the wall.",
                words=text.escape(best.score.words),
                place=rank(board, best),
            ),
            help=_(
                "Counted in {unit}; of equal ones the earlier comes first.",
                unit=_(KINDS[challenge.kind].unit),
            ),
        )


def _handed_in() -> Entry | None:
    """The last hand-in as it is worth now: others vote on it, and the teacher may forget it. Read anew only
    when something has changed in the class."""
    entry, room = state.handed_in.get(), classroom.room()
    if entry is None:
        return None
    now = room.version(), entry.id
    if state.standing.get() != now:
        try:
            state.handed_in.set(room.entry(entry.id))
        except Unusable:
            raise
        except Refused:  # it is forgotten
            state.handed_in.pop()
        state.standing.set(now)
    return state.handed_in.get()


def rank(board: Board, entry: Entry) -> int:
    """The place of an entry among those that count, from 1."""
    return [one.id for one in board.entries if one.score.reached].index(entry.id) + 1
