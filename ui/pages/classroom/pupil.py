"""What a pupil sees before and on every page: joining, the challenge, its question, and handing in."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore.classroom.challenges import KINDS
from trickcore.classroom.records import Board, Challenge, Entry, Pupil, Refused, Unusable
from ui import classroom, state, text
from ui.pages.classroom import predict, refusals, vote
from ui.session_run import Run
from ui.sidebar import apply_recipe
from ui.widgets import kept_in_browser, main_button

TRICK = "ui/pages/trick.py"
EVERY = 2  # seconds between two looks for a new challenge
PUPIL, TEACHER = "pupil", "teacher"


def welcome(page: str) -> bool:
    """Called before a page is run, with its path: whether it may be. In class mode a pupil first joins."""
    if not classroom.on():
        return True
    with refusals.waiting():
        return _welcomed(page)
    return False


def _welcomed(page: str) -> bool:
    if _teacher():
        state.challenge.pop()
        return True
    told = kept_in_browser.kept(PUPIL, state.pupil_token.get(), long=True)
    if told and not state.pupil_token.get() and classroom.room().pupil(told) is not None:
        state.pupil_token.set(told)
        st.rerun()
    pupil = classroom.pupil()
    if pupil is None:
        state.challenge.pop()
        code = st.query_params.get("class") or state.class_code.get()
        if code is None:
            if page == "":
                st.link_button("Join a class", "?class=", icon=":material/groups:", type="tertiary")
            return True
        state.class_code.set(code)
        _join(code)
        return False
    return _lesson(page, pupil)


def _teacher() -> bool:
    token = state.teacher_token.get()
    told = kept_in_browser.kept(TEACHER, token, long=False)
    if not token and told and classroom.room().is_teacher(told):
        state.teacher_token.set(told)
    return classroom.teacher()


def _join(code: str) -> None:
    """The form: a nickname, and the code where the link brought none."""
    st.header("Join the class")
    st.markdown("Choose a nickname of at most 20 characters. It is shown on the wall; nothing else is asked.")
    wrong = not classroom.room().is_code(code)  # none, or of a lesson that is over
    with st.form("join", border=False):
        if wrong:
            code = st.text_input("Code", key="join-code", max_chars=12, help="Six letters, from the wall.")
        name = st.text_input("Nickname", key="nickname", max_chars=20)
        pressed = main_button.submit("Join", width="stretch")
    if not pressed:
        return
    with refusals.told():
        state.pupil_token.set(classroom.room().join(code, name).token)
        st.rerun()


def _lesson(page: str, pupil: Pupil) -> bool:
    room = classroom.room()
    challenge, question = room.challenge(), room.question()
    watch(challenge.id if challenge else None, _stands(question))
    if question is not None and question.open:
        state.class_question.set(question.id)
        predict.answer(pupil, question)
        return False
    if question is not None and state.class_question.get() == question.id:
        state.class_question.pop()
        state.wish.set("go")  # the run is started for all
        if page != "":
            st.switch_page(TRICK)
    _who(pupil)
    if question is not None and question.right is not None:
        predict.told(room.tally())
    if challenge is None:
        state.challenge.pop()
        st.info("No challenge is on yet. Try what you like until your teacher sets one.")
        return True
    held = state.challenge.get()
    fresh = held is None or held.id != challenge.id
    state.challenge.set(challenge)
    if fresh:
        state.handed_in.pop()
        apply_recipe.apply(challenge.recipe, challenge.origin if challenge.origin != "file" else None)
        if page != "":
            st.switch_page(TRICK)
    elif page == "":
        apply_recipe.hold(challenge.recipe, {*challenge.hide, *challenge.pin})
    st.info(f"**{text.escape(challenge.title)}.** {text.escape(challenge.task)}", icon=":material/flag:")
    if challenge.wanted is not None:
        vote.ask(pupil)
    return True


def _stands(question: object) -> str:
    return f"{getattr(question, 'id', None)} {getattr(question, 'open', None)}"


@st.fragment(run_every=EVERY)
def watch(challenge: int | None, question: str) -> None:
    """Runs the page again when the teacher has set another challenge, or asked or closed a question."""
    try:
        room = classroom.room()
        version = room.version()
        if state.class_version.get() == version:  # most of the time: nothing else is read then
            return
        state.class_version.set(version)
        now = room.challenge()
        if (now.id if now else None) != challenge or _stands(room.question()) != question:
            st.rerun()
    except Refused as refused:
        st.caption(text.escape(str(refused)))


def _who(pupil: Pupil) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"You are **{text.escape(pupil.nickname)}**.")
        st.button(
            "Not you?",
            key="leave-class",
            type="tertiary",
            help="Forgets the nickname on this device.",
            on_click=_leave,
        )


def _leave() -> None:
    state.pupil_token.set(kept_in_browser.FORGET)
    state.challenge.pop()


def hand_in(place: DeltaGenerator, run: Run | None) -> None:
    """The button, once the run in hand is finished, and what came of it."""
    with refusals.told(place):
        _hand_in(place, run)


def _hand_in(place: DeltaGenerator, run: Run | None) -> None:
    pupil, challenge = classroom.pupil(), classroom.challenge()
    if pupil is None or challenge is None:
        return
    with place.container():
        ready = run is not None and not run.growing and bool(run.png)
        if (
            main_button.button(
                "Hand in",
                key="hand-in",
                icon=":material/upload:",
                disabled=not ready,
                width="stretch",
                help="Sends the finished picture to the server of this page, which measures it itself.",
            )
            and ready
            and run is not None
        ):
            _send(pupil, run.png)
        _standing(pupil, challenge)


def _send(pupil: Pupil, png: bytes) -> None:
    room = classroom.room()
    with refusals.told(), st.spinner("Measuring your picture…"):
        ticket = state.ticket.get() or state.ticket.set(room.ticket(pupil.token))
        state.handed_in.set(room.hand_in(pupil.token, png, ticket))
        state.ticket.pop()


@st.fragment(run_every=EVERY)
def _standing(pupil: Pupil, challenge: Challenge) -> None:
    """What came of the last hand-in, and the place on the wall, which others change."""
    with refusals.told():
        _stands_now(pupil, challenge)


def _stands_now(pupil: Pupil, challenge: Challenge) -> None:
    entry, board = _handed_in(), classroom.room().board()
    best = next((one for one in board.entries if one.pupil_id == pupil.id), None)
    if entry is not None:
        mark = ":material/check_circle:" if entry.score.reached else ":material/info:"
        words = "Counts" if entry.score.reached else "Does not count yet"
        st.info(f"**{words}.** {text.escape(entry.score.words)}", icon=mark)
    if best is not None and best.score.reached:
        st.markdown(
            f"Your best: **{text.escape(best.score.words)}**, place **{rank(board, best)}** on the wall.",
            help=f"Counted in {KINDS[challenge.kind].unit}; of equal ones the earlier comes first.",
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
