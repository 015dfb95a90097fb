"""The pages there are, and the door one comes in by, whichever of them one asks for."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page

from parts import viewport

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "pages"


def navigation() -> Page:
    """Sets up the page asked for, with links to all of them at the top. A new page is a line here."""
    st.session_state.door = True
    st.set_page_config(
        page_title="Trick a neural network",
        page_icon=str(ROOT / "assets" / "icon.png"),
        layout="wide",
        initial_sidebar_state=404,  # pixels: the widest control then needs no second line
        menu_items={"About": "Trick a neural network, live, and see why it works."},
    )
    pages = [
        st.Page(PAGES / "trick.py", title="Trick", icon=":material/auto_fix_high:", default=True),
        st.Page(PAGES / "ask.py", title="Ask", icon=":material/contact_support:"),
        st.Page(PAGES / "why.py", title="Why", icon=":material/landscape_2:"),
        st.Page(PAGES / "survive.py", title="Survive", icon=":material/print:"),
        st.Page(PAGES / "defend.py", title="Defend", icon=":material/shield:"),
        st.Page(PAGES / "train.py", title="Train", icon=":material/school:"),
        st.Page(PAGES / "stories.py", title="Stories", icon=":material/auto_stories:"),
    ]
    page = st.navigation(pages, position="top")
    if viewport.known():
        _names(pages)
    return page


def _names(pages: list[Page]) -> None:
    """The pages by name, on a phone, where Streamlit puts its own list of them behind an arrow."""
    with st.container(key="names", horizontal=True, gap="xxsmall"):
        for page in pages:
            st.page_link(page, label=page.title)


def check() -> None:
    """Called by a page first: run again by way of dashboard.py, if that was passed by.

    Until a server has called st.navigation once, Streamlit takes a folder called pages/ for its older
    way of having pages, and runs a file in it on its own when its address is asked for.
    """
    if "door" not in st.session_state:
        navigation()
        st.rerun()
