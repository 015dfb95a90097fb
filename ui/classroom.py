"""The class of this server: whether there is one, its room, and who a visit is in it."""

from __future__ import annotations

import os
from functools import lru_cache
from urllib.parse import urlencode

import streamlit as st

from trickcore.classroom.lessons import Classroom
from trickcore.classroom.records import Challenge, Pupil, Refused
from trickcore.language import later
from ui import state

SWITCH, ADDRESS = "TRICK_CLASS", "TRICK_ADDRESS"  # set by ui/serve.py for the pages of its process
WEB = "TRICK_WEB"
OFF = later("Pictures of your own are off in this lesson. Choose a sample.")


def on() -> bool:
    """Whether the page was started for a class."""
    return os.environ.get(SWITCH) == "1"


def room() -> Classroom:
    """The one room of this server. Raises Refused where its database cannot be used."""
    return _room(os.environ.get("TRICK_DATABASE_URL"), os.environ.get("TRICK_DATA"))


@lru_cache(maxsize=4)
def _room(url: str | None, folder: str | None) -> Classroom:
    return Classroom(url)


def teacher() -> bool:
    """Whether the PIN was entered in this visit, and still holds."""
    token = state.teacher_token.get()
    return on() and bool(token) and room().is_teacher(token or "")


def pupil() -> Pupil | None:
    """The pupil whose visit this is."""
    token = state.pupil_token.get()
    return room().pupil(token) if on() and token else None


def joined() -> bool:
    """Whether this visit is a pupil's; not where the database cannot say so, which the page then tells."""
    try:
        return pupil() is not None
    except Refused:
        return False


def challenge() -> Challenge | None:
    """What holds this visit's controls: the class's challenge, for a pupil."""
    return state.challenge.get()


def own_pictures() -> bool:
    """Whether this visit may use pictures of its own: on the server of a class nobody but the teacher may,
    joined or not, until the teacher allows it."""
    try:
        return not on() or teacher() or room().lesson().uploads
    except Refused:  # the database cannot say so
        return False


def web_pictures() -> bool:
    """Whether this visit may have pictures from the web, which the server asks for: not on the server of a
    class, unless TRICK_WEB is 1; then whoever may use pictures of their own. 0, or anything else, is no."""
    setting = os.environ.get(WEB, "").strip()
    return (setting == "1" or (not setting and not on())) and own_pictures()


def address() -> str:
    """Where pupils find the page, without a slash at the end."""
    return os.environ.get(ADDRESS) or str(st.context.url or "").partition("?")[0].rpartition("/")[0]


def link(base: str, code: str) -> str:
    """The pupils' link."""
    return f"{base}/?{urlencode({'class': code})}"
