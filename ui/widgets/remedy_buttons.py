"""What can be done about a trick that fell short, with one click each."""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore import engine
from trickcore.diagnose.causes import Finding, Remedy
from trickcore.jobs import runs
from trickcore.language import _, later
from trickcore.pictures.files import encode
from trickcore.runs import fields
from ui import state, text
from ui.session_run import Run, pixels_of
from ui.sidebar import class_link
from ui.sidebar.controls import BECOME

HELP = later("Sets this on the panel and runs it again.")
HELP_REPAIR = later(
    "Goes on from the saved picture, one whole grey level at a time, on the values that matter most. So "
    "nothing is lost when it is saved."
)


def offer(place: DeltaGenerator, run: Run) -> None:
    """A button for each remedy; the first cause stands in the verdict, the others beside their button."""
    if run.verdict is None or not run.findings:
        return
    with place.container(gap="small"):
        for number, finding in enumerate(run.findings):
            if number:
                st.caption(text.escape(finding.words))
            if finding.remedy is not None and _allowed(finding.remedy):
                _button(number, finding, finding.remedy)


def repair(run: Run) -> None:
    """Let the run in hand go on from its saved picture, on the lattice of whole levels."""
    if run.growing or not run.png:
        return
    original = encode(pixels_of(run.frames[0]))
    last = run.frames[-1].index
    run.resume(engine.stream(runs.repaired, run.network, original, run.png, run.recipe, last))


def _button(number: int, finding: Finding, remedy: Remedy) -> None:
    st.button(
        text.escape(remedy.label),
        key=f"remedy-{number}",
        icon=":material/healing:" if remedy.repair else ":material/replay:",
        help=_(HELP_REPAIR if remedy.repair else HELP),
        on_click=_wish_repair if remedy.repair else _apply,
        args=() if remedy.repair else (remedy.settings,),
    )


def _apply(settings: dict[str, Any]) -> None:
    """As if the visitor had set it on the panel, and pressed the button."""
    for name, value in settings.items():
        if name == "target":
            state.widget("goal").set(BECOME)
        control = fields.control(name)
        state.widget(control.key).set(control.of_recipe(value))
    state.wish.set("go")


def _wish_repair() -> None:
    state.wish.set("repair")


def _allowed(remedy: Remedy) -> bool:
    """Whether a teacher's link leaves these settings to the visitor."""
    groups = {fields.control(name).group for name in remedy.settings}
    return not any(class_link.pinned(group) or class_link.hidden(group) for group in groups)
