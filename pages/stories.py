"""Stories: the tricks that made this famous, one click each."""

from __future__ import annotations

import streamlit as st

from parts import door

door.check()
st.header("Stories")
