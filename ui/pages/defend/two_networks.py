"""Two networks: the same attack on a standard and a robust one, and what robustness is worth and costs."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore import ImageError, Recipe
from trickcore.jobs.networks import Network
from trickcore.language import _, later
from ui import state, text
from ui.guard import guarded
from ui.pages.ask.input_gradients import TITLES
from ui.pages.defend import accuracy, side_by_side
from ui.session_run import digest, network_named
from ui.sidebar import controls
from ui.sidebar.picture_source import picture
from ui.sidebar.url_state import LINK
from ui.widgets import progress

STANDARD, ROBUST = "digits-standard", "digits-robust"
ROWS = {
    STANDARD: later("Standard network"),
    ROBUST: later("Robust network"),
    "mine": later("Yours network"),
}


def networks() -> dict[str, Network]:
    """The standard and the robust one, and the visitor's own where there is one."""
    names = [STANDARD, ROBUST, *(["mine"] if state.mine.exists() else [])]
    return {name: network_named(name) for name in names}


def show(title: DeltaGenerator, notice: DeltaGenerator, dark: bool, narrow: bool) -> None:
    """The panel, both runs side by side, and accuracy against epsilon. Raises WeightsError."""
    rows_place = st.container()
    quick = st.container(gap="xsmall")  # on a phone the controls: under what one looks at
    with st.sidebar:
        controls.settle(controls.MINE)
        with progress.spinning(_("Waking the networks"), notice):
            who = networks()
        labels = who[STANDARD].labels
        seed = controls.seed_so_far()
        elsewhere = quick if narrow else None
        given = picture(
            controls.MINE, (28, 28), seed, lambda data: text.guess(who[STANDARD], data), elsewhere
        )
        target = controls.goal(labels, controls.DIGITS, elsewhere, seed)
        eps = controls.epsilon(controls.DIGITS, elsewhere)
        steps = controls.steps(elsewhere)
        random_start = st.toggle(
            _("Random start"),
            value=True,
            key="random_defend",
            help=_("Begin with random noise inside epsilon instead of the digit itself, as the field does."),
            **LINK,
        )
        controls.seed()
    recipe = Recipe(
        network=STANDARD, target=target, eps=eps, steps=steps, random_start=random_start, seed=seed
    )
    noun = text.escape(text.noun_of(given.noun))
    title.header(
        _("Turn this {noun} into anything else: two networks, one attack", noun=noun)
        if target is None
        else _(
            "Turn this {noun} into {wish}: two networks, one attack", noun=noun, wish=text.a(labels[target])
        )
    )
    with rows_place:
        if given.wrong:
            notice.error(text.escape(given.wrong), icon=":material/broken_image:")
        elif given.data is None:
            notice.info(given.ask, icon=":material/add_photo_alternate:")
        else:
            key = (recipe, digest(given.data), *(network.identity for network in who.values()))
            titled = {TITLES[name]: network for name, network in who.items()}
            with guarded(notice, _("The networks could not go on: {}. Try another digit."), ImageError):
                duel = state.side_by_side.get()
                if duel is None or duel.key != key:
                    duel = state.side_by_side.set(
                        side_by_side.begin(key, titled, given.data, given.noun, recipe, given.origin)
                    )
                rows = [side_by_side.Row(_(ROWS[name]), dark, narrow) for name in who]
                side_by_side.show(duel, rows)
    accuracy.section(who, eps, dark, narrow)
