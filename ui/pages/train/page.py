"""Train: teach a small network, with all of its data and without some; or two that teach each other."""

from __future__ import annotations

import streamlit as st

from trickcore.language import _, later
from ui import text
from ui.pages.train import gan, never_saw, teach
from ui.widgets import section_picker, viewport

PARTS = {
    later("Teach a network"): (
        teach.section,
        later("Teach a network to read digits, and watch noise turn into meaning"),
    ),
    later("What it never saw"): (never_saw.section, later("What does a network say of what it never saw?")),
    later("A forger and a detective"): (
        gan.section,
        later("A forger and a detective: two networks teach each other"),
    ),
}
HELP = later(
    "*Teach a network*: a training, plain or under attack, before your eyes. *What it never saw*: something "
    "is missing from the data, or wrong with them, and a network learns from that. *A forger and a "
    "detective*: "
    "one network draws digits, another tells them from real ones, and each learns from the other (a GAN)."
)

dark, narrow = viewport.dark(), viewport.narrow()
title = st.empty()
part = section_picker.part("train_part", _("What to do"), list(PARTS), _(HELP))
section, heading = PARTS[part]
title.header(_(heading))
section(dark, narrow)
st.sidebar.caption(text.device())
