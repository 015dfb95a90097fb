""" "Set as challenge": the run in hand becomes what the class does, for a teacher who entered the PIN."""

from __future__ import annotations

import streamlit as st

from trickcore.classroom import challenges
from trickcore.language import _
from ui import classroom
from ui.pages.classroom import refusals
from ui.session_run import Run
from ui.sidebar import class_link
from ui.widgets import main_button


def offer(run: Run, picture: bytes) -> None:
    """Nothing for those who are no teacher. `picture` is the original file of the run."""
    if not classroom.on():
        return
    with refusals.told():
        if classroom.teacher():
            with st.popover(_("For the class"), icon=":material/groups:"):
                _form(run, picture)


def _control(name: str) -> str:
    return _(class_link.CONTROLS[name])


def _form(run: Run, picture: bytes) -> None:
    kind = st.selectbox(
        _("Kind of challenge"),
        list(challenges.KINDS),
        format_func=lambda name: _(challenges.KINDS[name].title),
        key="challenge-kind",
        help=_("What counts on the wall."),
    )
    chosen, names = challenges.KINDS[kind], list(class_link.CONTROLS)
    hide = st.multiselect(
        _("Hide from pupils"),
        names,
        default=list(chosen.hide),
        format_func=_control,
        key=f"challenge-hide-{kind}",
        placeholder=_("Nothing"),
        help=_("They keep the values of this run."),
    )
    pin = st.multiselect(
        _("Pin for pupils"),
        [name for name in names if name not in hide],
        default=[name for name in chosen.pin if name not in hide],
        format_func=_control,
        key=f"challenge-pin-{kind}",
        placeholder=_("Nothing"),
        help=_("Pupils see them and cannot change them."),
    )
    if main_button.button(
        _("Set as challenge"),
        key="set-challenge",
        icon=":material/flag:",
        help=_("Every pupil gets it at once."),
    ):
        target = run.recipe.target
        with refusals.told():
            challenge = challenges.of_run(
                kind,
                picture,
                run.noun,
                run.origin,
                run.recipe,
                wish=run.labels[target] if target is not None else "",
                hide=tuple(hide),
                pin=tuple(pin),
            )
            classroom.room().set_challenge(challenge)
            st.info(_("The class has it."), icon=":material/check_circle:")
