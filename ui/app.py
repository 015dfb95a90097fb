"""The pages there are, and what is set up for all of them."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page

from trickcore.language import _
from ui import classroom, language, visits
from ui.sidebar.controls import DEFAULT_NETWORK
from ui.widgets import viewport
from ui.widgets.access import announcer, chart_numbers

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "ui" / "pages"


def navigation() -> Page:
    """Sets up the page asked for, with links to all of them at the top. A new page is a line here."""
    visits.start(DEFAULT_NETWORK)
    language.settle()
    st.set_page_config(
        page_title=_("Trick a neural network"),
        page_icon=str(ROOT / "assets" / "icon.png"),
        layout="wide",
        initial_sidebar_state=404,  # pixels: the widest control then needs no second line
        menu_items={"About": _("Trick a neural network, live, and see why it works.")},
    )
    pages = [
        st.Page(PAGES / "trick.py", title=_("Trick"), icon=":material/auto_fix_high:", default=True),
        st.Page(PAGES / "ask/page.py", title=_("Ask"), icon=":material/contact_support:", url_path="ask"),
        st.Page(PAGES / "why/page.py", title=_("Why"), icon=":material/landscape_2:", url_path="why"),
        st.Page(PAGES / "survive/page.py", title=_("Survive"), icon=":material/print:", url_path="survive"),
        st.Page(PAGES / "defend/page.py", title=_("Defend"), icon=":material/shield:", url_path="defend"),
        st.Page(PAGES / "train/page.py", title=_("Train"), icon=":material/school:", url_path="train"),
        st.Page(
            PAGES / "sweep/page.py", title=_("Sweep"), icon=":material/stacked_line_chart:", url_path="sweep"
        ),
        st.Page(
            PAGES / "stories/page.py", title=_("Stories"), icon=":material/auto_stories:", url_path="stories"
        ),
    ]
    if classroom.on() and not classroom.joined():
        pages.append(
            st.Page(PAGES / "classroom/page.py", title=_("Class"), icon=":material/groups:", url_path="class")
        )
    page = st.navigation(pages, position="top")
    if viewport.known():
        _names(pages)
    return page


def finish() -> None:
    """What comes after a page, whichever it is."""
    chart_numbers.show(narrow=viewport.known())
    announcer.end()
    language.menu()


def _names(pages: list[Page]) -> None:
    """The pages by name, on a phone, where Streamlit puts its own list of them behind an arrow."""
    with st.container(key="names", horizontal=True, gap="xxsmall"):
        for page in pages:
            st.page_link(page, label=page.title)
