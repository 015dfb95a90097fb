"""What a pupil sees of the class on Trick: the challenge, the question, the score, and "Hand in"."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore.classroom.records import Pupil, Refused
from ui import classroom, state, text
from ui.session_run import Run
from ui.sidebar import apply_recipe

PAUSE = 1.5  # seconds between two looks at whether the teacher has changed something


def begin() -> None:
    """Before the panel is drawn: a new challenge puts its settings on it, and what is pinned stays."""
    pupil = classroom.pupil()
    if pupil is None:
        return
    given = classroom.room().challenge()
    before = state.class_challenge.get()
    now = given.id if given else 0
    if given is not None and now != before:
        own = given.origin.partition(":")[0] not in ("sample", "digit", "blank")
        if own:
            state.file("upload").set((given.title, given.picture))
        apply_recipe.apply(given.recipe, given.origin)
        if (run := state.run.pop()) is not None:
            run.close()
    if now != before:
        state.class_challenge.set(now)
        if before is not None:
            st.rerun()


class Task:
    """The place of the task, above the pictures; filled again once the run is finished."""

    def __init__(self) -> None:
        self.pupil = classroom.pupil()
        self.place: DeltaGenerator | None = None
        if self.pupil is None:
            return
        _watch(self.pupil)
        with st.container(border=True, gap="xsmall"):
            _question(self.pupil)
            given = classroom.room().challenge()
            if given is None:
                st.markdown(f"**{text.escape(self.pupil.nickname)}**, you are in. The teacher's challenge "
                            "appears here; until then, try what you like.")  # fmt: skip
                return
            st.markdown(f"**{text.escape(given.title)}** · {text.escape(given.task)}")
            self.place = st.empty()

    def show(self, run: Run | None) -> None:
        """Hand in what is finished, and how one stands."""
        if self.place is None or self.pupil is None:
            return
        with self.place.container(horizontal=True, vertical_alignment="center"):
            done = run is not None and run.verdict is not None and not run.growing
            if done and run is not None and not classroom.room().lesson().frozen:
                st.button(
                    "Hand in",
                    icon=":material/upload:",
                    key="hand-in",
                    help="The teacher's computer measures your picture itself. Your best one counts.",
                    on_click=_hand_in,
                    args=(_ticket(self.pupil, run),),
                )
            said = state.class_said.get()
            st.markdown(said or _standing(self.pupil))


def _ticket(pupil: Pupil, run: Run) -> str:
    """One for each state of a run: pressed twice it counts once."""
    tickets = state.class_tickets.get()
    key = (run.number, run.revision)
    if key not in tickets:
        tickets.clear()
        tickets[key] = classroom.room().ticket(pupil.token)
    return tickets[key]


def _hand_in(ticket: str) -> None:
    run, token = state.run.get(), state.pupil_token.get()
    if run is None or not run.png or not token:
        return
    try:
        entry = classroom.room().hand_in(token, run.png, ticket)
    except Refused as error:
        state.class_said.set(f":orange[{text.escape(str(error))}]")
        return
    state.class_tickets.get().clear()
    pupil = classroom.pupil()
    rank = f" {_standing(pupil)}" if pupil is not None else ""
    word = "Handed in" if entry.score.reached else "Handed in, but it does not count yet"
    state.class_said.set(f"**{word}: {text.escape(entry.score.words)}.**{rank}")


def _standing(pupil: Pupil) -> str:
    """One's best and place, once there is one."""
    best = [entry for entry in classroom.room().board().entries if entry.score.reached]
    for place, entry in enumerate(best, 1):
        if entry.pupil_id == pupil.id:
            return f"Your best: {text.escape(entry.score.words)}, place {place} of {len(best)}."
    return "Nothing handed in yet that counts."


def _question(pupil: Pupil) -> None:
    """What the class is asked to foretell, one tap an answer."""
    question = classroom.room().question()
    if question is None:
        return
    st.markdown(f"**{text.escape(question.text)}**")
    answered = state.class_answers.get().get(question.id)
    if question.open:
        with st.container(horizontal=True, gap="xsmall"):
            for number, option in enumerate(question.options):
                st.button(
                    text.escape(option),
                    key=f"answer-{question.id}-{number}",
                    type="primary" if number == answered else "secondary",
                    help="What do you think? You can change it until the teacher starts the run.",
                    on_click=_answer,
                    args=(question.id, number),
                )
        return
    if question.right is not None:
        right = text.escape(question.options[question.right])
        yours = (
            "" if answered is None else " You foresaw it." if answered == question.right else " You did not."
        )
        st.markdown(f"It was: **{right}**.{yours}")


def _answer(question: int, option: int) -> None:
    token = state.pupil_token.get()
    try:
        classroom.room().answer(token or "", option)
        state.class_answers.get()[question] = option
    except Refused as error:
        state.class_said.set(f":orange[{text.escape(str(error))}]")


@st.fragment(run_every=PAUSE)
def _watch(pupil: Pupil) -> None:
    """Whether the teacher has changed something that this page shows."""
    given, question, lesson = (
        classroom.room().challenge(),
        classroom.room().question(),
        classroom.room().lesson(),
    )
    now = (given.id if given else 0, question, lesson.frozen, lesson.uploads)
    before = state.class_seen.get()
    state.class_seen.set(now)
    if before is None or before == now:
        return
    started = before[1] is not None and before[1].open and question is not None and not question.open
    if started:
        state.wish.set("go")  # the teacher starts the run for all
    st.rerun()
