"""The pages there are, and what is set up for all of them."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page

from trickcore.language import ENGLISH, _, later
from ui import classroom, language, visits
from ui.sidebar.controls import DEFAULT_NETWORK
from ui.widgets import viewport
from ui.widgets.access import announcer, chart_numbers

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "ui" / "pages"


# The file, the path in the address, the title and the icon. A new page is a line here.
LISTED = (
    ("trick.py", "", later("Trick"), "auto_fix_high"),
    ("ask/page.py", "ask", later("Ask"), "contact_support"),
    ("why/page.py", "why", later("Why"), "landscape_2"),
    ("survive/page.py", "survive", later("Survive"), "print"),
    ("defend/page.py", "defend", later("Defend"), "shield"),
    ("train/page.py", "train", later("Train"), "school"),
    ("sweep/page.py", "sweep", later("Sweep"), "stacked_line_chart"),
    ("stories/page.py", "stories", later("Stories"), "auto_stories"),
)
CLASS = ("classroom/page.py", "class", later("Class"), "groups")


def navigation() -> Page:
    """Sets up the page asked for, with links to all of them at the top."""
    visits.start(DEFAULT_NETWORK)
    language.settle()
    st.set_page_config(
        page_title=_("Trick a neural network"),
        page_icon=str(ROOT / "assets" / "icon.png"),
        layout="wide",
        initial_sidebar_state=404,  # pixels: the widest control then needs no second line
        menu_items={"About": _("Trick a neural network, live, and see why it works.")},
    )
    pages = [_page(*one) for one in LISTED]
    if classroom.on() and not classroom.joined():
        pages.append(_page(*CLASS))
    page = st.navigation(pages, position="top")
    if viewport.known():
        _names(pages)
    return page


def _page(file: str, path: str, title: str, icon: str) -> Page:
    """Titles are longer in other languages than English: on a laptop there is room for them without icons."""
    shown = f":material/{icon}:" if language.spoken() == ENGLISH else None
    return st.Page(PAGES / file, title=_(title), icon=shown, url_path=path or None, default=not path)


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
