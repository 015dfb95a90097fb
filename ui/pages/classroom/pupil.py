"""What a pupil sees before and on every page: joining, the challenge, its question, and handing in."""

from __future__ import annotations

import streamlit as st

from trickcore.classroom.challenges import task_in_words
from trickcore.classroom.records import Pupil, Refused
from trickcore.language import _, language
from ui import classroom, state, text
from ui.pages.classroom import predict, refusals, vote
from ui.sidebar import apply_recipe
from ui.widgets import kept_in_browser, main_button

TRICK, CLASS = "ui/pages/trick.py", "class"
EVERY = 2  # seconds between two looks for a new challenge
PUPIL, TEACHER = "pupil", "teacher"


def welcome(page: str) -> bool:
    """Called before a page is run, with its path: whether it may be. In class mode a pupil first joins. While
    the database is away all pages but the class's own go on, with the challenge as it was."""
    if not classroom.on():
        return True
    with refusals.waiting():
        return _welcomed(page)
    return page != CLASS


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
                st.link_button(
                    _("Join a class"), f"?class=&lang={language()}", icon=":material/groups:", type="tertiary"
                )
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
    st.header(_("Join the class"))
    st.markdown(
        _("Choose a nickname of at most 20 characters. It is shown on the wall; nothing else is asked.")
    )
    wrong = not classroom.room().is_code(code)  # none, or of a lesson that is over
    with st.form("join", border=False):
        if wrong:
            code = st.text_input(
                _("Code"), key="join-code", max_chars=12, help=_("Six letters, from the wall.")
            )
        name = st.text_input(_("Nickname"), key="nickname", max_chars=20)
        pressed = main_button.submit(_("Join"), width="stretch")
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
        st.info(_("No challenge is on yet. Try what you like until your teacher sets one."))
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
    title, task = _(challenge.title), task_in_words(challenge)
    st.info(f"**{text.escape(title)}.** {text.escape(task)}", icon=":material/flag:")
    if challenge.wanted is not None:
        vote.ask(pupil)
    return True


def _stands(question: object) -> str:
    return f"{getattr(question, 'id', None)} {getattr(question, 'open', None)}"


@st.fragment(run_every=EVERY)
def watch(challenge: int | None, question: str) -> None:
    """Runs the page again when the teacher has set another challenge, or asked or closed a question."""
    place = st.empty()  # a fragment that draws nothing leaves in sight what it drew before
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
        place.caption(text.escape(refusals.words(refused)))


def _who(pupil: Pupil) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(_("You are **{name}**.", name=text.escape(pupil.nickname)))
        st.button(
            _("Not you?"),
            key="leave-class",
            type="tertiary",
            help=_("Forgets the nickname on this device."),
            on_click=_leave,
        )


def _leave() -> None:
    state.pupil_token.set(kept_in_browser.FORGET)
    state.challenge.pop()
