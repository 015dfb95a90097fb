"""What a link asks for that the page does not have: the setting stands as at first, and the page says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import streamlit as st

from trickcore.language import _, later
from ui import state

WORDS = later("Not all of this link could be used. The page has its own settings for: {names}.")


def begin(brought: Mapping[str, list[str]]) -> None:
    """Called when a link is opened, with the settings it brought."""
    state.link_unread.set(dict(brought))


def read(name: str, *, good: bool) -> None:
    """What the link says of a setting was read; it was `good` or is told to be none. Later calls count for
    nothing: then the address is the page's own."""
    if state.link_unread.get().pop(name, None) is not None and not good:
        state.link_refused.get().append(name)


@contextmanager
def told() -> Iterator[None]:
    """Round a page: what was wrong with its link is told once it is drawn, over it, so that nothing moves."""
    yield
    for name, asked in list(state.link_unread.get().items()):
        for stands in state.as_in_a_link(name):
            read(name, good=_same(asked, stands))
    if names := state.link_refused.pop():
        words = _(WORDS, names=", ".join(f"`{name}`" for name in sorted(names)))
        st.toast(words, icon=":material/link_off:", duration="infinite")


def _same(asked: Sequence[str], stands: Any) -> bool:
    """Whether the words of a link are what a widget stands at. Of one value given twice the last counts."""
    words = [word for word in asked if word]
    if stands is None:
        return not words
    if isinstance(stands, list | tuple):
        return len(words) == len(stands) and all(map(_equal, words, stands))
    return _equal(asked[-1], stands)


def _equal(word: str, stands: object) -> bool:
    if isinstance(stands, bool):
        return word.lower() == str(stands).lower()
    if isinstance(stands, int | float):
        try:
            return float(word) == stands
        except ValueError:
            return False
    return word == str(stands)
