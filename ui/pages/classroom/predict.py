"""Predict first: the class says what will happen, then the run is started for all."""

from __future__ import annotations

import streamlit as st

from trickcore.classroom.records import Pupil, Question, Refused, Tally
from ui import classroom, text
from ui.pages.classroom import refusals
from ui.pages.stories.questions import QUESTIONS
from ui.widgets import main_button

OWN = "A question of your own"


def answer(pupil: Pupil, question: Question) -> None:
    """A pupil's side: one tap, which can be changed until the run starts."""
    st.header("Predict first")
    st.markdown(text.escape(question.text))
    room = classroom.room()
    said = room.answered(pupil.token)
    for place, option in enumerate(question.options):
        st.button(
            text.escape(option),
            key=f"answer-{question.id}-{place}",
            width="stretch",
            icon=":material/check:" if place == said else None,
            on_click=refusals.pressed,
            args=(room.answer, pupil.token, place),
        )
    if said is not None:
        st.info(f"You say: **{text.escape(question.options[said])}**. Wait for the run to start.")
        st.caption("Until then you may change your mind.")


def told(tally: Tally | None) -> None:
    """What was right, once it was told."""
    if tally is None or tally.question.right is None:
        return
    right = tally.question.options[tally.question.right]
    of = f"{tally.counts[tally.question.right]} of {tally.total}"
    st.info(f"The right answer: **{text.escape(right)}**. {of} foresaw it.", icon=":material/check_circle:")


def teach() -> None:
    """The teacher's side: ask, watch the answers come, start the run for all."""
    room = classroom.room()
    question = room.question()
    if question is not None:
        _asked(question)
        return
    chosen = st.selectbox(
        "Question",
        [*(one.title for one in QUESTIONS), OWN],
        key="ask-which",
        help="The tour's questions, or one that you write.",
    )
    known = next((one for one in QUESTIONS if one.title == chosen), None)
    words = known.words if known else ""
    asked = st.text_area("In words", words, key=f"ask-text-{chosen}", max_chars=300)
    written = st.text_area(
        "Answers, one a line",
        "\n".join(known.options) if known else "",
        key=f"ask-options-{chosen}",
        help="Two to four.",
    )
    options = [line.strip() for line in written.splitlines() if line.strip()]
    right = st.selectbox(
        "Right answer",
        range(len(options)),
        format_func=lambda place: options[place],
        index=None,
        key=f"ask-right-{chosen}",
        placeholder="Say it later",
        help="Kept to yourself until you start the run.",
    )
    if st.button("Ask the class", key="ask", icon=":material/help:"):
        with refusals.told():
            if len(options) > 4:
                raise Refused("A question has two to four answers.")
            room.ask(asked, options, right)
            st.rerun()


def _asked(question: Question) -> None:
    room = classroom.room()
    st.markdown(f"**{text.escape(question.text)}**")
    bars()
    if question.open:
        right = st.selectbox(
            "Right answer",
            range(len(question.options)),
            format_func=lambda place: question.options[place],
            index=None,
            key=f"tell-{question.id}",
            placeholder="As you said when you asked",
            help="The class sees it as soon as the run starts.",
        )
        if main_button.button(
            "Start the run for all",
            key="tell",
            icon=":material/play_arrow:",
            help="Closes the question, says what was right, and runs the trick on every pupil's device.",
        ):
            with refusals.told():
                room.tell(right)
                st.rerun()
    if st.button("Take the question off", key="no-question", type="tertiary"):
        room.no_question()
        st.rerun()


@st.fragment(run_every=1)
def bars() -> None:
    """How the class answered so far."""
    with refusals.told():
        _bars()


def _bars() -> None:
    tally = classroom.room().tally()
    if tally is None:
        return
    for place, (option, count) in enumerate(zip(tally.question.options, tally.counts, strict=True)):
        right = place == tally.question.right
        tick, ends = (":material/check: ", " (right)") if right else ("", "")
        label = f"{tick}{text.escape(option)}: {count}{ends}"
        st.progress(count / max(1, tally.total), text=label)
