"""The guided tour: seven questions; one says first what one thinks will happen, then sees."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from trickcore.language import _, later, many
from trickcore.pictures.files import encode, enlarged
from ui import state
from ui import text as words
from ui.pages.stories import sum_up
from ui.pages.stories.questions import QUESTIONS as QUESTIONS
from ui.sidebar import link_notice
from ui.sidebar.url_state import LINK, from_link, to_link, whole
from ui.widgets import main_button, outcome_box

HELP = later("Choose first, then see. In a class: a show of hands.")


def show(step: int, dark: bool, narrow: bool) -> None:
    """A step of the tour, from 1; the one after the last question is its end."""
    guesses = _guesses()
    right = state.tour_right.get()
    if step > len(QUESTIONS):
        _end(guesses, right)
        return
    question = QUESTIONS[step - 1]
    st.progress((step - 1) / len(QUESTIONS), _("Step {step} of {of}", step=step, of=len(QUESTIONS)))
    left, right_side = st.columns([1, 2.4], gap="medium")
    width: Literal["stretch"] | int = 160 if narrow else "stretch"
    left.image(encode(enlarged(question.picture())), width=width, alt=_("What it is about"))
    with right_side:
        st.subheader(_(question.title))
        st.markdown(question.asked())
        asking = _("What do you think?"), question.options
        if step in guesses:
            chosen = question.options.index(guesses[step])
            st.radio(
                *asking, index=chosen, key=f"tour-said-{step}", disabled=True, format_func=_, help=_(HELP)
            )
        else:
            guess = st.radio(
                *asking, index=None, key=f"tour-guess-{step}", format_func=_, help=_(HELP), **LINK
            )
            with st.container(horizontal=True, gap="small"):
                main_button.button(
                    _("See what happens"),
                    key="tour-see",
                    icon=":material/visibility:",
                    disabled=guess is None,
                    help=_("Does it, here and now.") if guess else _("Choose an answer first."),
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
        left, __ = st.columns([3, 1] if wide else [1, 3])
        left.image(encode(enlarged(answer.pixels)), width="stretch", alt=_(answer.shown))
    text = f"**{_(answer.option)}.** {words.escape(answer.words)}"
    if right[step]:
        outcome_box.wish(st.empty(), "tricked", text, word=_("As you thought"))
    else:
        said = _(guesses[step])
        guess = f"{said[0].lower()}{said[1:]}"
        outcome_box.wish(st.empty(), "not", text, word=_("Not as you thought ({guess})", guess=guess))
    with st.container(horizontal=True, gap="small"):
        main_button.button(
            _("Next") if step < len(QUESTIONS) else _("Finish"),
            key="tour-next",
            icon=":material/arrow_forward:",
            help=_("On to the next question.") if step < len(QUESTIONS) else _("To the end of the tour."),
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
    st.subheader(_("That was the tour"))
    place = st.empty()
    for step in sorted(guesses.keys() - right.keys()):  # whoever came back by a link
        with place.container():
            st.markdown(_("Working your answers out again…"))
            right[step] = QUESTIONS[step - 1].answer(False, False).option == guesses[step]
    turn = _("Now it is your turn: take a photo of your own, choose a class, and see.")
    place.markdown(f"{_score(right)} {turn}")
    with st.container(horizontal=True, gap="small"):
        st.page_link("ui/pages/trick.py", label=_("Trick a network"), icon=":material/auto_fix_high:")
        st.page_link("ui/pages/why/page.py", label=_("See why it works"), icon=":material/landscape_2:")
        st.button(
            _("Sum-up for a class"),
            key="tour-sum-up",
            type="tertiary",
            icon=":material/print:",
            help=_("The answers on one page to print."),
            on_click=_sum_up,
        )
        st.button(
            _("Take it again"), key="tour-again", type="tertiary", help=_("From the start."), on_click=begin
        )
        _leave(_("Back to the stories"))


def _score(right: dict[int, bool]) -> str:
    """Of the questions answered, and how many were not."""
    left = len(QUESTIONS) - len(right)
    if not right:
        return _("You answered none of the questions.")
    hits, of = sum(right.values()), len(right)
    if not left:
        return _("You foresaw **{hits} of {of}**.", hits=hits, of=of)
    return many(
        "You foresaw **{hits} of {of}**; {n} was not answered.",
        "You foresaw **{hits} of {of}**; {n} were not answered.",
        left,
        hits=hits,
        of=of,
    )


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


def _leave(label: str = "") -> None:
    st.button(
        label or _("Leave the tour"),
        key="tour-leave",
        type="tertiary",
        icon=":material/close:",
        help=_("Back to the stories. You can begin again at any time."),
        on_click=go,
        args=(None,),
    )


def step() -> int | None:
    """Where one is on the tour, as the link says; the last step is its end."""
    steps = [str(step) for step in range(1, len(QUESTIONS) + 2)]
    number = from_link("tour", steps, "")
    to_link("tour", number, "")
    return int(number) if number else None
