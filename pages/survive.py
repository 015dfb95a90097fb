"""Survive: does the trick outlive saving, printing, another network, a defence, a smaller epsilon?"""

from __future__ import annotations

import streamlit as st

from parts import (
    defending,
    door,
    exports,
    filed,
    hand,
    onlyhere,
    others,
    parting,
    smallest,
    tougher,
    viewport,
    words,
    worldly,
)

PARTS = {
    "As a file": filed.section,
    "In the world": worldly.section,
    "Tougher": tougher.section,
    "Only here": onlyhere.section,
    "Other networks": others.section,
    "Defences": defending.section,
    "Smallest epsilon": smallest.section,
}
HELP = (
    "*As a file*: saved, squeezed, resized. *In the world*: turned, darkened, photographed. *Tougher*: made "
    "again so that it outlives that. *Only here*: glasses, a sticker, a frame. *Other networks*: shown to "
    "networks it was not made for. *Defences*: what helps, and what does not. *Smallest epsilon*: how little "
    "is enough."
)

door.check()
dark, narrow = viewport.dark(), viewport.narrow()
title, notice = st.empty(), st.empty()
title.header(st.session_state.get("title.survive", "Does the trick survive?"))  # until it is known anew
part = parting.part("survive", "What happens to it", list(PARTS), HELP)
body, change = st.container(), st.container()
trick = hand.in_hand(dark, narrow, notice, change if narrow else None)
if trick is not None:
    st.session_state["title.survive"] = words.survives(trick.run)
    title.header(words.survives(trick.run))
    with body:
        parting.guarded(PARTS[part], trick)
        st.caption("Take the trick in hand along:")
        exports.exports(trick.run, narrow=narrow)
st.sidebar.caption(words.device())
