"""The panel as every page that tricks has it: from the visitor's settings to a recipe and a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore import Card, Recipe, WeightsError
from trickcore.jobs import networks
from trickcore.jobs.networks import Network
from trickcore.language import _
from trickcore.networks.card import downloads
from trickcore.runs.methods import METHODS
from ui import classroom, state, text
from ui.session_run import Run, digest, labels_of, network_named, starts
from ui.sidebar import class_link, controls, network_choice, picture_source
from ui.sidebar.advanced import DisplayOptions, advanced
from ui.sidebar.apply_recipe import PAINTED, held
from ui.sidebar.controls import DEFAULT_NETWORK
from ui.sidebar.picture_source import Picture
from ui.widgets import main_button


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What the visitor wants tricked, and how."""

    network: Network | None  # None where it cannot be had yet; the notice then says why
    labels: tuple[str, ...]
    picture: Picture
    recipe: Recipe
    wishes: DisplayOptions

    @property
    def possible(self) -> bool:
        return self.network is not None and self.picture.data is not None

    def made(self, run: Run | None) -> bool:
        """Whether this run is what is asked for."""
        if run is None or self.network is None:
            return False
        return (run.network.identity, run.recipe, run.digest) == (
            self.network.identity,
            self.recipe,
            digest(self.picture.data or b""),
        )


def settings(notice: DeltaGenerator, elsewhere: DeltaGenerator | None = None) -> Asked:
    """The controls in the order one thinks; `elsewhere` is where those that matter stand on a phone."""

    def place(control: str, where: DeltaGenerator | None = elsewhere) -> DeltaGenerator | None:
        return None if class_link.hidden(control) else where

    seed = controls.seed_so_far()
    with st.container():  # keeps its place whether or not something is said while the network wakes
        with class_link.hideable("network"):
            card = network_choice.network()
        network = _awake(card, notice)
    labels = network.labels if network else labels_of(card.name) or labels_of(DEFAULT_NETWORK)
    begin = controls.start_of(card)
    with class_link.hideable("picture"):
        picture = picture_source.picture(
            card,
            network.size if network else (224, 224),
            seed,
            lambda drawing: text.guess(network, drawing) if network else "",
            place("picture"),
        )
    with class_link.hideable("goal"):
        begins = starts(network) if network and METHODS[controls.method_so_far()].reads("start") else {}
        only = sorted(set(begins.values())) if begins else None
        target = controls.goal(labels, begin, place("goal"), seed, only, begins.get(picture.origin))
    with (elsewhere or st.container()).container(gap="xxsmall"):
        row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
        about = st.empty()
    with class_link.hideable("method"):
        method = controls.method(place("method", row), about)
    chosen: dict[str, Any] = {"eps": begin.eps}
    with class_link.hideable("steps"):
        if method.asks:
            chosen["questions"] = controls.questions(place("steps", row))
        else:
            chosen["steps"] = controls.steps(place("steps", row))
    with class_link.hideable("epsilon"):
        if method.reads("eps"):
            chosen["eps"] = controls.epsilon(begin, place("epsilon"), values=_values(card, network))
        elif method.reads("pixels"):
            chosen["pixels"] = controls.pixels(place("epsilon"))
    with class_link.hideable("more"):
        recipe = Recipe(network=card.name, target=target, method=method.name, **chosen)
        recipe, wishes = advanced(labels, recipe)
    if (challenge := classroom.challenge()) is not None:
        recipe = held(recipe, challenge.recipe, {*challenge.hide, *challenge.pin, "method"})
    return Asked(network, labels, picture, recipe, wishes)


def _values(card: Card, network: Network | None) -> int:
    """How many values of the picture may move, as far as the panel knows above its mask."""
    shape: tuple[int, ...] = (28, 28) if card.digits else (224, 224, 3)
    if network is not None:
        shape = (*network.size, 3) if network.channels == 3 else network.size
    painted = state.strokes(PAINTED).get()
    try:
        return Recipe(mask=controls.mask_so_far(), painted=painted).values(shape)
    except ValueError:  # nothing is painted, or all of it was erased: the page says so where it matters
        return Recipe().values(shape)


def _awake(card: Card, notice: DeltaGenerator) -> Network | None:
    """The network, if it can be had without asking; else the notice offers what can be done."""
    if not card.ready and not card.own:
        title = text.escape(_(card.title))
        _offer(card, notice, _("**{title}** is not on this machine yet.", title=title))
        return None
    try:
        return network_named(card.name)
    except WeightsError as error:
        if card.own:
            notice.error(text.escape(str(error)), icon=":material/block:")
        else:
            _offer(card, notice, text.escape(str(error)), broken=True)
    except ValueError as error:
        notice.error(text.escape(str(error)), icon=":material/block:")
    return None


def _offer(card: Card, notice: DeltaGenerator, why: str, *, broken: bool = False) -> None:
    if not downloads():
        words = "" if broken else _("This server downloads no networks; choose one that is ready.")
        notice.info(f"{why} {words}".strip(), icon=":material/block:")
        return
    megabytes = f"{_megabytes(card.name) or card.megabytes:.0f} MB"
    title = text.escape(_(card.title))
    with notice.container():
        once = _("It is a download of {megabytes}, once.", megabytes=megabytes)
        words = why if broken else f"{why} {once}"
        (st.error if broken else st.info)(words, icon=":material/download:")
        pressed = main_button.button(
            _("Download {title} ({megabytes})", title=title, megabytes=megabytes),
            key="fetch",
            help=_("Once; it is then kept on this machine."),
        )
    if pressed:
        try:
            doing = _("Downloading {title}, {megabytes}…", title=title, megabytes=megabytes)
            with st.spinner(doing, show_time=True):
                networks.fetch(card.name, refetch=broken)
            st.rerun()
        except (WeightsError, ValueError) as error:
            notice.error(text.escape(str(error)), icon=":material/wifi_off:")


@st.cache_data(ttl=600, show_spinner=False)
def _megabytes(name: str) -> float | None:
    """What the hub of timm's networks says; None where the card knows it."""
    return networks.megabytes_of(name)
