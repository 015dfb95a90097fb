"""Who is to be tricked: a network of the catalogue, or any of timm's by its name."""

from __future__ import annotations

import streamlit as st

from trickcore import Card
from trickcore.language import _, english
from trickcore.networks.catalogue import near
from trickcore.runs import fields
from ui import state, text
from ui.session_run import card_named, catalogue
from ui.sidebar import class_link, controls
from ui.sidebar.url_state import from_link, to_link

TIMM = "timm/resnet50.a1_in1k"  # an example


def network() -> Card:
    """Who is to be tricked: those on this machine first, with the size of what would be downloaded."""
    cards = {card.name: card for card in catalogue()}
    if state.mine.exists():
        cards = {controls.MINE.name: controls.MINE, **cards}
    asked = str(st.query_params.get("network", ""))
    if asked and asked not in cards and (found := card_named(asked)) is not None:
        cards[found.name] = found  # one of timm's many
    names = list(cards)
    start, control = from_link("network", names, controls.DEFAULT_NETWORK), fields.control("network")
    more = _("Of timm's thousand networks type any name, such as *{example}*.", example=TIMM)
    name = st.selectbox(
        _(control.label),
        names,
        index=names.index(start),
        format_func=lambda name: _of_network(cards[name]) if name in cards else name,
        key=control.key,
        persist_state="session",
        accept_new_options=True,
        disabled=class_link.pinned(control.group),
        help=f"{_(control.help)} {more}",
    )
    if name not in cards:  # a label of before, as of a network that has been fetched since, or a name typed
        title = english(name.partition(" · ")[0])  # or in the language of before
        name = next((one for one, card in cards.items() if title == card.title), name)
    if name not in cards:
        typed = card_named(name)
        if typed is None:
            none = _("No network is called {name}.", name=name)
            st.info(text.escape(f"{none} {near(name)}"), icon=":material/search:")
            typed = cards[start]
        name, cards[typed.name] = typed.name, typed
    to_link("network", name, controls.DEFAULT_NETWORK)
    if name == controls.MINE.name:
        st.caption(_("The link carries all settings, but not the network you trained."))
    controls.settle(cards[name])
    return cards[name]


def _of_network(card: Card) -> str:
    if card.own:
        how: str = _("yours") if card.ready else _("yours, broken")
    else:
        how = _("ready") if card.ready else f"{card.megabytes:.0f} MB"
    return f"{_(card.title)} · {how}"
