"""Sweep: many pictures, networks and epsilons at once, counted with intervals, in the server's background."""

from __future__ import annotations

import streamlit as st

from trickcore import WeightsError, engine
from trickcore.engine.devices import workers
from trickcore.engine.limits.settings import limits
from trickcore.language import _, later, many
from trickcore.sweep import cost
from trickcore.sweep.background import Sweep, sweeps
from trickcore.sweep.plan import Plan
from trickcore.text import counted, seconds
from ui import text, visits
from ui.guard import BLOCKED, guarded
from ui.pages.sweep import outcome, plan_choice, results_files
from ui.pages.sweep.plan_choice import MOST_TRIALS, Choice
from ui.session_run import network_named
from ui.widgets import main_button, viewport

EVERY = 1.5  # seconds between two looks at a sweep on its way
ABOUT = later(
    "A trick is tried on each picture, with each network and each epsilon. What comes of it grows here: a "
    "line for each network, the share tricked and how unsure it is (the band); and the easiest and hardest "
    "pictures."
)
FAILED = later("The sweep cannot be shown: {}. Choose another plan.")
HELP = later(
    "Every picture is tried with every network, method and epsilon (how far any colour value may move, in "
    "grey levels of 255): each of these is a *trial*. The sweep goes on in the background of the server when "
    "you close this page; the same choices find it again. Runs that somebody watches come first."
)


@st.cache_data(show_spinner=False, max_entries=200)
def _speed(name: str, identity: str) -> float:
    """Seconds that a picture takes for a step on this machine, measured once."""
    return engine.call(cost.seconds_a_step, network_named(name))


def _told(choice: Choice, sweep: Sweep) -> str:
    """What it will cost, before it is begun."""
    plan, count = choice.plan, len(choice.pictures)
    speeds = {name: _speed(name, network_named(name).identity) for name in plan.networks}
    time = cost.seconds_of(plan, count, speeds, workers()) * (1 - sweep.done / max(sweep.trials, 1))
    parts = [
        counted(count, "picture"),
        counted(len(plan.networks), "network"),
        *([counted(len(plan.methods), "method")] if len(plan.methods) > 1 else []),
        counted(len(plan.eps), "epsilon"),
    ]
    return _(
        "{parts} = **{trials}**, about {time} here.",
        parts=" × ".join(parts),
        trials=counted(sweep.trials, "trial"),
        time=seconds(max(1.0, time)),
    )


def _buttons(sweep: Sweep) -> None:
    if sweep.going:
        st.button(
            _("Stop"),
            key="stop-sweep",
            icon=":material/stop_circle:",
            help=_("What was finished is kept; it can be carried on."),
            on_click=sweep.stop,
        )
    elif sweep.state != "done":
        words = _("Carry on") if sweep.done else _("Sweep")
        if main_button.button(words, key="start-sweep", help=_(HELP)):
            _start(sweep)


def _start(sweep: Sweep) -> None:
    """Unless the visitor has as many on their way as a server with limits allows."""
    most = limits().heavy_at_once
    account = visits.account() if most is not None else None
    if account is not None and most is not None and sweeps().going(account) >= most:
        st.info(
            many(
                "{n:,} sweep of yours is on the way, as many as this server allows. Stop one, or press this "
                "again when one is done.",
                "{n:,} sweeps of yours are on the way, as many as this server allows. Stop one, or press "
                "this again when one is done.",
                most,
            ),
            icon=":material/hourglass_top:",
        )
        return
    sweep.start(account)
    st.rerun()


def _progress(sweep: Sweep) -> None:
    if sweep.state == "failed":
        st.error(text.escape(sweep.said), icon=BLOCKED)
    elif sweep.going:
        ahead = sweeps().ahead(sweep) if sweep.state == "waiting" else 0
        words = _("Waiting: {sweeps} ahead", sweeps=counted(ahead, "sweep"))
        if not ahead:
            words = _(
                "Sweeping: {done:,} of {trials}", done=sweep.done, trials=counted(sweep.trials, "trial")
            )
        st.progress(min(1.0, sweep.done / max(sweep.trials, 1)), words)
    elif sweep.state == "stopped":
        st.caption(
            _(
                "Stopped at {done:,} of {trials}; what was finished is kept.",
                done=sweep.done,
                trials=counted(sweep.trials, "trial"),
            )
        )


def _live(choice: Choice, sweep: Sweep, was_going: bool, dark: bool, narrow: bool) -> None:
    """What is drawn again and again while a sweep is on its way."""
    if was_going and not sweep.going:
        st.rerun()  # the page as it is when all is done, without a clock
    _progress(sweep)
    if not was_going and sweep.state == "new":
        st.caption(_(ABOUT))
    outcome.show(choice.plan, sweep.rows(), sweep.refused(), dark, narrow, growing=was_going)


def _title(plan: Plan | None, pictures: int) -> str:
    if plan is None:
        return _("How many of your pictures does each epsilon trick?")
    return _("How many of {pictures} does each epsilon trick?", pictures=counted(pictures, "picture"))


dark, narrow = viewport.dark(), viewport.narrow()
title, notice, scene = st.empty(), st.empty(), st.container()
with st.container() if narrow else st.sidebar:
    controls, elsewhere = st.container(), st.container()
    with elsewhere:
        made_elsewhere = results_files.chosen()
    with controls, guarded(notice, _(FAILED), ValueError, icon=BLOCKED):
        choice = None if made_elsewhere else plan_choice.choice()
if made_elsewhere:
    title.header(_("Results of {name}", name=text.escape(made_elsewhere.name)))
    with scene, guarded(notice, _("These results cannot be shown: {}."), ValueError, icon=BLOCKED):
        outcome.show(made_elsewhere.plan, made_elsewhere.rows, made_elsewhere.refused, dark, narrow)
        outcome.exports(made_elsewhere.plan, made_elsewhere.rows)
else:
    title.header(_title(choice.plan if choice else None, len(choice.pictures) if choice else 0), help=_(HELP))
    with scene, guarded(notice, _(FAILED), WeightsError, ValueError, icon=BLOCKED):
        if choice is not None:
            sweep = sweeps().of(choice.plan, choice.pictures)
            with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
                if sweep.trials > MOST_TRIALS:
                    st.info(
                        _(
                            "{trials} are too many for a page: {most:,} at most. In a terminal there is no "
                            "limit: python -m trickcore sweep --help",
                            trials=counted(sweep.trials, "trial"),
                            most=MOST_TRIALS,
                        ),
                        icon=":material/terminal:",
                    )
                else:
                    if sweep.state != "done":
                        st.markdown(_told(choice, sweep), width="content")
                    _buttons(sweep)
            going = sweep.going
            live = st.fragment(_live, run_every=EVERY if going else None)
            live(choice, sweep, going, dark, narrow)
            if not going and sweep.rows():
                outcome.pictures(choice, sweep.rows(), narrow)
                outcome.exports(choice.plan, sweep.rows())
st.sidebar.caption(text.device())
