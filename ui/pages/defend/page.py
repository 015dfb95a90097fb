"""Defend: a network that was hardened, answers that can be proved, and a vote of noisy copies."""

from __future__ import annotations

import streamlit as st

from trickcore import WeightsError
from trickcore.language import _, later
from ui import text
from ui.pages.defend import noisy_copies, proof, two_networks
from ui.widgets import section_picker, viewport

PARTS = {
    later("Two networks"): two_networks.show,
    later("Proved"): proof.show,
    later("Noisy copies"): noisy_copies.show,
}
HELP = later(
    "*Two networks*: one attack on a standard network and on one that was trained to withstand it. *Proved*: "
    "a network of which it can be proved that no change at all, up to some size, alters an answer. *Noisy "
    "copies*: what can be proved of a photo, by letting many noisy copies of it vote."
)

dark, narrow = viewport.dark(), viewport.narrow()
title, notice = st.empty(), st.empty()
part = section_picker.part("defend", _("How to defend"), list(PARTS), _(HELP), bare=narrow)
try:
    PARTS[part](title, notice, dark, narrow)
except (WeightsError, ValueError) as error:
    notice.error(text.escape(str(error)), icon=":material/block:")
    st.stop()
st.sidebar.caption(text.device())
