"""Predict first: the class says what will happen, then the run is started for all."""

from __future__ import annotations

import streamlit as st

from trickcore.classroom.records import Pupil, Question, Refused, Tally
from trickcore.language import _, later
from ui import classroom, text
from ui.pages.classroom import refusals
from ui.pages.stories.questions import QUESTIONS
from ui.widgets import main_button

OWN = later("A question of your own")


def answer(pupil: Pupil, question: Question) -> None:
    """A pupil's side: one tap, which can be changed until the run starts."""
    st.header(_("Predict first"))
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
        st.info(
            _(
                "You say: **{answer}**. Wait for the run to start.",
                answer=text.escape(question.options[said]),
            )
        )
        st.caption(_("Until then you may change your mind."))


def told(tally: Tally | None) -> None:
    """What was right, once it was told."""
    if tally is None or tally.question.right is None:
        return
    right = tally.question.options[tally.question.right]
    words = _(
        "The right answer: **{answer}**. {hits} of {of} foresaw it.",
        answer=text.escape(right),
        hits=tally.counts[tally.question.right],
        of=tally.total,
    )
    st.info(words, icon=":material/check_circle:")


def teach() -> None:
    """The teacher's side: ask, watch the answers come, start the run for all."""
    room = classroom.room()
    question = room.question()
    if question is not None:
        _asked(question)
        return
    chosen = st.selectbox(
        _("Question"),
        [*(one.title for one in QUESTIONS), OWN],
        key="ask-which",
        format_func=_,
        help=_("The tour's questions, or one that you write."),
    )
    known = next((one for one in QUESTIONS if one.title == chosen), None)
    words = known.asked() if known else ""
    asked = st.text_area(_("In words"), words, key=f"ask-text-{chosen}", max_chars=300)
    written = st.text_area(
        _("Answers, one a line"),
        "\n".join(map(_, known.options)) if known else "",
        key=f"ask-options-{chosen}",
        help=_("Two to four."),
    )
    options = [line.strip() for line in written.splitlines() if line.strip()]
    right = st.selectbox(
        _("Right answer"),
        range(len(options)),
        format_func=lambda place: options[place],
        index=None,
        key=f"ask-right-{chosen}",
        placeholder=_("Say it later"),
        help=_("Kept to yourself until you start the run."),
    )
    if st.button(_("Ask the class"), key="ask", icon=":material/help:"):
        with refusals.told():
            if len(options) > 4:
                raise Refused(_("A question has two to four answers."))
            room.ask(asked, options, right)
            st.rerun()


def _asked(question: Question) -> None:
    room = classroom.room()
    st.markdown(f"**{text.escape(question.text)}**")
    bars()
    if question.open:
        right = st.selectbox(
            _("Right answer"),
            range(len(question.options)),
            format_func=lambda place: question.options[place],
            index=None,
            key=f"tell-{question.id}",
            placeholder=_("As you said when you asked"),
            help=_("The class sees it as soon as the run starts."),
        )
        if main_button.button(
            _("Start the run for all"),
            key="tell",
            icon=":material/play_arrow:",
            help=_("Closes the question, says what was right, and runs the trick on every pupil's device."),
        ):
            with refusals.told():
                room.tell(right)
                st.rerun()
    if st.button(_("Take the question off"), key="no-question", type="tertiary"):
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
        if place == tally.question.right:
            label = _(":material/check: {answer}: {n} (right)", answer=text.escape(option), n=count)
        else:
            label = _("{answer}: {n}", answer=text.escape(option), n=count)
        st.progress(count / max(1, tally.total), text=label)
