"""The guided tour: seven questions; one says first what one thinks will happen, then sees."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from trickcore.pictures.files import encode, enlarged
from ui import state
from ui import text as words
from ui.pages.stories import sum_up
from ui.pages.stories.questions import QUESTIONS as QUESTIONS
from ui.sidebar import link_notice
from ui.sidebar.url_state import LINK, from_link, to_link, whole
from ui.widgets import main_button, outcome_box

HELP = "Choose first, then see. In a class: a show of hands."


def show(step: int, dark: bool, narrow: bool) -> None:
    """A step of the tour, from 1; the one after the last question is its end."""
    guesses = _guesses()
    right = state.tour_right.get()
    if step > len(QUESTIONS):
        _end(guesses, right)
        return
    question = QUESTIONS[step - 1]
    st.progress((step - 1) / len(QUESTIONS), f"Step {step} of {len(QUESTIONS)}")
    left, right_side = st.columns([1, 2.4], gap="medium")
    width: Literal["stretch"] | int = 160 if narrow else "stretch"
    left.image(encode(enlarged(question.picture())), width=width, alt="What it is about")
    with right_side:
        st.subheader(question.title)
        st.markdown(question.words)
        asking = "What do you think?", question.options
        if step in guesses:
            chosen = question.options.index(guesses[step])
            st.radio(*asking, index=chosen, key=f"tour-said-{step}", disabled=True, help=HELP)
        else:
            guess = st.radio(*asking, index=None, key=f"tour-guess-{step}", help=HELP, **LINK)
            with st.container(horizontal=True, gap="small"):
                main_button.button(
                    "See what happens",
                    key="tour-see",
                    icon=":material/visibility:",
                    disabled=guess is None,
                    help="Does it, here and now." if guess else "Choose an answer first.",
                    on_click=_say,
                    args=(step,),
                )
                _leave()
    if step not in guesses:
        return
    answer = question.answer(dark, narrow)
    right[step] = answer.option == guesses[step]
    if answer.pixels is not None:
        wide = answer.pixels.shape[1] > 2 * answer.pixels.shape[0]
        left, _ = st.columns([3, 1] if wide else [1, 3])
        left.image(encode(enlarged(answer.pixels)), width="stretch", alt=answer.shown)
    text = f"**{answer.option}.** {words.escape(answer.words)}"
    if right[step]:
        outcome_box.wish(st.empty(), "tricked", text, word="As you thought")
    else:
        guess = f"{guesses[step][0].lower()}{guesses[step][1:]}"
        outcome_box.wish(st.empty(), "not", text, word=f"Not as you thought ({guess})")
    with st.container(horizontal=True, gap="small"):
        main_button.button(
            "Next" if step < len(QUESTIONS) else "Finish",
            key="tour-next",
            icon=":material/arrow_forward:",
            help="On to the next question." if step < len(QUESTIONS) else "To the end of the tour.",
            on_click=go,
            args=(step + 1,),
        )
        _leave()


def _guesses() -> dict[int, str]:
    """What was answered so far, by step. The link carries it: "1--2" is the second option of the first
    question, none of the second, the third of the third."""
    kept = state.tour_guesses.get()
    if kept is None:
        kept = state.tour_guesses.set({})
        link = str(st.query_params.get("guesses", ""))
        numbers = link.split("-")
        for step, (question, word) in enumerate(zip(QUESTIONS, numbers, strict=False), 1):
            number = whole(word, 0, len(question.options) - 1)
            if number is not None:
                kept[step] = question.options[number]
        link_notice.read("guesses", good=_in_words(kept) == link)
    to_link("guesses", _in_words(kept), "")
    return kept


def _in_words(guesses: dict[int, str]) -> str:
    numbers = [
        str(question.options.index(guesses[step])) if step in guesses else ""
        for step, question in enumerate(QUESTIONS, 1)
    ]
    return "-".join(numbers).rstrip("-")


def _say(step: int) -> None:
    _guesses()[step] = str(state.widget(f"tour-guess-{step}").get())


def _end(guesses: dict[int, str], right: dict[int, bool]) -> None:
    st.progress(1.0)
    st.subheader("That was the tour")
    place = st.empty()
    for step in sorted(guesses.keys() - right.keys()):  # whoever came back by a link
        with place.container():
            st.markdown("Working your answers out again…")
            right[step] = QUESTIONS[step - 1].answer(False, False).option == guesses[step]
    place.markdown(f"{_score(right)} Now it is your turn: take a photo of your own, choose a class, and see.")
    with st.container(horizontal=True, gap="small"):
        st.page_link("ui/pages/trick.py", label="Trick a network", icon=":material/auto_fix_high:")
        st.page_link("ui/pages/why/page.py", label="See why it works", icon=":material/landscape_2:")
        st.button(
            "Sum-up for a class",
            key="tour-sum-up",
            type="tertiary",
            icon=":material/print:",
            help="The answers on one page to print.",
            on_click=_sum_up,
        )
        st.button("Take it again", key="tour-again", type="tertiary", help="From the start.", on_click=begin)
        _leave("Back to the stories")


def _score(right: dict[int, bool]) -> str:
    """Of the questions answered, and how many were not."""
    left = len(QUESTIONS) - len(right)
    if not right:
        return "You answered none of the questions."
    score = f"You foresaw **{sum(right.values())} of {len(right)}**"
    return f"{score}; {left} {'was' if left == 1 else 'were'} not answered." if left else f"{score}."


def begin() -> None:
    state.tour_right.pop()
    state.tour_runs.pop()
    state.tour_guesses.set({})
    for step in range(1, len(QUESTIONS) + 1):
        state.widget(f"tour-guess-{step}").pop()
    go(1)


def _sum_up() -> None:
    go(None)
    sum_up.begin()


def go(step: int | None) -> None:
    """To a step, or None to leave; the link says where one is."""
    to_link("tour", "" if step is None else str(step), "")
    if step is None:
        to_link("guesses", "", "")
        to_link("sum_up", "", "")


def _leave(label: str = "Leave the tour") -> None:
    st.button(
        label,
        key="tour-leave",
        type="tertiary",
        icon=":material/close:",
        help="Back to the stories. You can begin again at any time.",
        on_click=go,
        args=(None,),
    )


def step() -> int | None:
    """Where one is on the tour, as the link says; the last step is its end."""
    steps = [str(step) for step in range(1, len(QUESTIONS) + 2)]
    number = from_link("tour", steps, "")
    to_link("tour", number, "")
    return int(number) if number else None
