"""Why: what the network's answer looks like round the picture, and why so small a step is enough."""

from __future__ import annotations

import streamlit as st

from parts import door, hand, viewport, words

door.check()
dark, narrow = viewport.dark(), viewport.narrow()
title, notice = st.empty(), st.empty()
trick = hand.in_hand(dark, narrow, notice)
title.header("Why does it work?")
st.sidebar.caption(words.device())
