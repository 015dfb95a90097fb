"""Train: teach a small network, with all of its data and without some; or two that teach each other."""

from __future__ import annotations

import streamlit as st

from ui import text
from ui.pages.train import gan, never_saw, teach
from ui.widgets import section_picker, viewport

PARTS = {
    "Teach a network": (teach.section, "Teach a network to read digits, and watch noise turn into meaning"),
    "What it never saw": (never_saw.section, "What does a network say of what it never saw?"),
    "A forger and a detective": (gan.section, "A forger and a detective: two networks teach each other"),
}
HELP = (
    "*Teach a network*: a training, plain or under attack, before your eyes. *What it never saw*: something "
    "is missing from the data, or wrong with them, and a network learns from that. *A forger and a "
    "detective*: "
    "one network draws digits, another tells them from real ones, and each learns from the other (a GAN)."
)

dark, narrow = viewport.dark(), viewport.narrow()
title = st.empty()
part = section_picker.part("train_part", "What to do", list(PARTS), HELP)
section, heading = PARTS[part]
title.header(heading)
section(dark, narrow)
st.sidebar.caption(text.device())
