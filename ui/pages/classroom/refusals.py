"""Refusals: what the class does not take is told in a sentence, and a database that is gone is waited for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore.classroom.records import Refused, Unusable
from trickcore.language import _, later
from ui import classroom, state, text
from ui.guard import BLOCKED
from ui.widgets import kept_in_browser

EVERY = 2  # seconds between two looks whether the database is back
AWAY = later(
    "The class cannot be reached at the moment. This page goes on by itself as soon as it can; the teacher's "
    "page says why."
)


def words(refused: Refused) -> str:
    """What is refused, as this visit may read it: where the database lies is the teacher's to know."""
    teacher = state.teacher_token.get() not in (None, "", kept_in_browser.FORGET)
    return _(AWAY) if isinstance(refused, Unusable) and not teacher else str(refused)


@contextmanager
def told(place: DeltaGenerator | None = None) -> Iterator[None]:
    """What is refused inside is told at `place`, or where the page has got to."""
    try:
        yield
    except Refused as refused:
        (place or st).error(text.escape(words(refused)), icon=BLOCKED)


@contextmanager
def left_to_watch() -> Iterator[None]:
    """The same for the parts of a pupil's page that look at the class again and again: of a database that is
    gone `pupil.watch` tells once for all of them."""
    with told(), suppress(Unusable):
        yield


@contextmanager
def waiting(place: DeltaGenerator | None = None) -> Iterator[None]:
    """The same for a whole page, which is run again by itself once the database is back."""
    try:
        yield
    except Refused as refused:
        (place or st).error(text.escape(words(refused)), icon=BLOCKED)
        if isinstance(refused, Unusable):
            _again(time.monotonic())


def pressed(act: Callable[..., object], *args: object) -> None:
    """A button's callback, which has no place of its own on the page: what is refused is told above it."""
    try:
        act(*args)
    except Refused as refused:
        st.toast(text.escape(words(refused)), icon=BLOCKED, duration="long")


@st.fragment(run_every=EVERY)
def _again(since: float) -> None:
    if time.monotonic() - since < EVERY / 2:  # the page that has just failed
        return
    try:
        classroom.room().version()
    except Refused:
        return
    st.rerun()
