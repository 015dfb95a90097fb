"""Survive: does the trick outlive saving, printing, another network, a defence, a smaller epsilon?"""

from __future__ import annotations

import streamlit as st

from trickcore.language import _, again, later
from ui import current_trick, state, text
from ui.pages.survive import (
    as_file,
    defences,
    in_the_world,
    only_here,
    other_networks,
    smallest_epsilon,
    tougher,
)
from ui.pages.survive.any_photo import sticker, universal
from ui.widgets import downloads, section_picker, viewport

PARTS = {
    later("As a file"): as_file.section,
    later("In the world"): in_the_world.section,
    later("Tougher"): tougher.section,
    later("Only here"): only_here.section,
    later("A sticker"): sticker.section,
    later("One for all"): universal.section,
    later("Other networks"): other_networks.section,
    later("Defences"): defences.section,
    later("Smallest epsilon"): smallest_epsilon.section,
}
HELP = later(
    "*As a file*: saved, squeezed, resized. *In the world*: turned, darkened, photographed. *Tougher*: made "
    "again so that it outlives that. *Only here*: glasses, a sticker, a frame. *A sticker*: one for any "
    "photo, to print. *One for all*: one small change for any photo. *Other networks*: shown to networks it "
    "was not made for. *Defences*: what helps, and what does not. *Smallest epsilon*: how little is enough."
)

dark, narrow = viewport.dark(), viewport.narrow()
title, notice = st.empty(), st.empty()
title.header(again(state.title("survive").get() or _("Does the trick survive?")))  # until it is known anew
part = section_picker.part("survive", _("What happens to it"), list(PARTS), _(HELP))
body, change = st.container(), st.container()
trick = current_trick.current_trick(dark, narrow, notice, body, change if narrow else None)
if trick is not None:
    state.title("survive").set(text.survives(trick.run))
    title.header(text.survives(trick.run))
    with body:
        section_picker.draw(PARTS[part], trick)
        st.caption(_("Take the trick in hand along:"))
        downloads.exports(trick.run, narrow=narrow)
st.sidebar.caption(text.device())
