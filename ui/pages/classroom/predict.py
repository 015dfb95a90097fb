"""Predict first: the teacher asks, the class answers, then the run is started for all."""

from __future__ import annotations

import streamlit as st

from trickcore.classroom.records import Refused
from ui import classroom, state, text
from ui.pages.stories.questions import QUESTIONS

OWN = "A question of your own"
HELP = "Pupils answer by one tap, before they see. The answers are bars on the wall."


def ask() -> None:
    """A new question, or what to do about the one that is open."""
    room = classroom.room()
    question = room.question()
    with st.expander("Predict first", icon=":material/psychology_alt:", expanded=question is not None):
        if question is not None:
            tally = room.tally()
            answers = tally.total if tally else 0
            st.markdown(f"**{text.escape(question.text)}** {answers} answered.")
        if question is not None and question.open:
            st.radio(
                "Right",
                range(len(question.options)),
                index=question.right,
                format_func=lambda k: text.escape(question.options[k]),
                key=f"right-{question.id}",
                help="What comes true: it colours the bars.",
            )
            st.button(
                "Start the run for all",
                icon=":material/play_arrow:",
                key="start-run",
                help="Closes the question, starts the run on every pupil's page, and says who was right.",
                on_click=_tell,
                args=(question.id,),
            )
            return
        chosen = st.selectbox(
            "Question",
            [OWN, *(each.words for each in QUESTIONS)],
            key="asked",
            help=HELP,
        )
        mine = chosen == OWN
        ready = next((each for each in QUESTIONS if each.words == chosen), None)
        words = st.text_input("Text", key="asked-text", max_chars=200, help=HELP) if mine else chosen
        options = (
            st.text_area("Answers, a line each", key="asked-options", help="Two to four.").splitlines()
            if mine
            else list(ready.options if ready else ())
        )
        place = st.empty()
        st.button(
            "Ask the class",
            icon=":material/send:",
            key="ask-class",
            help=HELP,
            on_click=_ask,
            args=(words, [option for option in options if option.strip()]),
        )
        if trouble := state.class_said.pop():
            place.error(text.escape(trouble), icon=":material/edit:")


def _ask(words: str, options: list[str]) -> None:
    try:
        classroom.room().ask(words, options)
    except Refused as error:
        state.class_said.set(str(error))


def _tell(question: int) -> None:
    try:
        classroom.room().tell(state.widget(f"right-{question}").get())
    except Refused as error:
        state.class_said.set(str(error))
