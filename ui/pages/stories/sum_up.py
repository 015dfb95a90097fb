"""Sum-up for a class: the tour's questions answered by this machine, on one page to print."""

from __future__ import annotations

from datetime import datetime

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore.language import _, later
from trickcore.pictures.files import magnified
from trickcore.report.sum_up import Finding, Tile, sum_up
from trickcore.runs import frames as film
from trickcore.text import percent
from ui import state, text
from ui.pages.stories.answers import penguin
from ui.pages.stories.questions import QUESTIONS
from ui.session_run import Run, pixels_of
from ui.sidebar.url_state import from_link, to_link
from ui.widgets import main_button, progress

SHOWN = "shown"


def asked() -> bool:
    """Whether the link says so."""
    on = from_link("sum_up", [SHOWN], "")
    to_link("sum_up", on, "")
    return bool(on)


def begin() -> None:
    to_link("sum_up", SHOWN, "")


def offer() -> None:
    """The button that begins it."""
    st.button(
        _("Sum-up for a class"),
        key="sum-up",
        icon=":material/print:",
        width="stretch",
        help=_("What the tour asks, answered by this computer, on one page to print."),
        on_click=begin,
    )


def leave() -> None:
    to_link("sum_up", "", "")


def show(notice: DeltaGenerator) -> None:
    """Works out all answers, once a visit, then shows them and offers the page."""
    findings = state.sum_up.get() or state.sum_up.set(_worked_out(notice))
    run = penguin()
    st.markdown(_("What the tour asks, answered by this computer: one page of A4 for everyone in a class."))
    with st.container(horizontal=True, gap="small"):
        main_button.download(
            _("Page to print"),
            lambda: sum_up(_tiles(run), findings, text.moment(datetime.now())),
            "how-a-network-is-tricked.html",
            "text/html",
            key="sum-up-page",
            icon=":material/print:",
            help=_(
                "One HTML file that loads nothing: open it and print it. It has a glossary, and three "
                "questions with lines to write on, too."
            ),
        )
        st.button(
            _("Back to the stories"),
            key="sum-up-leave",
            type="tertiary",
            icon=":material/close:",
            help=_("The sum-up stays for this visit."),
            on_click=leave,
        )
    left, right = st.columns(2, gap="large")
    half = -(-len(findings) // 2)
    for place, some in ((left, findings[:half]), (right, findings[half:])):
        for finding in some:
            title, done, answer, words = map(
                text.escape, (_(finding.title), _(finding.done), _(finding.answer), finding.words)
            )
            place.markdown(f"**{title}.** {done} *{answer}.* {words}")


def _worked_out(notice: DeltaGenerator) -> list[Finding]:
    """What the tour shows on the way has no place here: it is drawn, and taken away again."""
    found, scene = [], st.empty()
    with progress.shown(_("Working out the answers"), later("question"), notice) as bar:
        for number, question in enumerate(QUESTIONS):
            bar.tell(number, len(QUESTIONS))
            with scene.container():
                answer = question.answer(False, True)
            found.append(Finding(question.title, question.done, answer.option, answer.words))
            scene.empty()
    return found


def _tiles(run: Run) -> list[Tile]:
    """Original, magnified perturbation and tricked picture, with what the network says of each."""
    before, after = pixels_of(run.frames[0]), pixels_of(run.frames[-1])
    gain = film.automatic_gain(run.recipe, run.frames)
    assert run.verdict is not None
    was, now = run.verdict.before, run.verdict.after
    moved = round(run.verdict.change.linf * 255)
    return [
        Tile(before, _("Original: {name}", name=was.name), was.name, percent(was.probability)),
        Tile(
            magnified(before, after, gain),
            _("Perturbation, magnified {gain:g} times", gain=gain),
            _("change × {gain:g}", gain=gain),
            _("at most {moved} of 255", moved=moved),
        ),
        Tile(after, _("Tricked: {name}", name=now.name), now.name, percent(now.probability)),
    ]
