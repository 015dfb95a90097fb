""" "Set as challenge": the teacher's run becomes what the class tries."""

from __future__ import annotations

from typing import Any

import streamlit as st

from trickcore.classroom import challenges
from trickcore.classroom.records import Refused
from ui import classroom, text
from ui.session_run import Run
from ui.sidebar.class_link import CONTROLS
from ui.sidebar.panel import Asked

HELP = "What the pupils are asked to do. The server measures what they hand in."


def offer(run: Run | None, asked: Asked) -> None:
    """For the teacher alone, once there is a run."""
    if not classroom.teacher() or run is None or run.verdict is None or asked.picture.data is None:
        return
    with st.popover("Challenge for the class", icon=":material/flag:", key="challenge"):
        kind = st.selectbox(
            "Kind",
            list(challenges.KINDS),
            format_func=lambda name: challenges.KINDS[name].title,
            key="challenge-kind",
            help=HELP,
        )
        usual = challenges.KINDS[kind]
        names = list(CONTROLS)
        common: dict[str, Any] = {"format_func": CONTROLS.__getitem__, "placeholder": "Nothing"}
        hide = st.multiselect(
            "Hide",
            names,
            default=[*usual.hide],
            key=f"challenge-hide-{kind}",
            help="These controls pupils do not see.",
            **common,
        )
        pin = st.multiselect(
            "Pin",
            names,
            default=[*usual.pin],
            key=f"challenge-pin-{kind}",
            help="These controls pupils see, but cannot change.",
            **common,
        )
        place = st.empty()
        if st.button(
            "Set as challenge",
            icon=":material/flag:",
            key="set-challenge",
            help="All pupils get this picture, network and these settings at once.",
        ):
            wish = run.labels[run.recipe.target] if run.recipe.target is not None else ""
            try:
                given = challenges.of_run(
                    kind, asked.picture.data, asked.picture.noun, asked.picture.origin, run.recipe,
                    wish=wish, hide=tuple(hide), pin=tuple(pin),
                )  # fmt: skip
                classroom.room().set_challenge(given)
            except Refused as error:
                place.error(text.escape(str(error)), icon=":material/flag:")
            else:
                place.success("The class has it now.", icon=":material/check:")
