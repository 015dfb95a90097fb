"""Where the keyboard stands, kept through runs of the script."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_keep = st.components.v2.component("trick.focus", js=(Path(__file__).parent / "focus.js").read_text("utf-8"))


def kept() -> None:
    """From now on the focus of what a run takes away goes to what stands in its place, else beside it."""
    _keep(key="focus", height=1)
