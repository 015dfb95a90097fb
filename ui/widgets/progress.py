"""Long work, as it goes: what is being done, how far it is, about how long it takes yet, and who is ahead."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore.language import _, english, later
from trickcore.text import seconds
from ui import text, visits
from ui.widgets.access import announcer

T = TypeVar("T")
FEWEST = 0.3  # seconds of measuring before a time is told
PAUSE = 0.1  # seconds between two drawings of a bar
STEP = later("step")
PATIENCE = 0.4  # seconds that need no bar, where much of the work may have been done before


class Progress:
    """A bar with words at a place. Nothing is told that was not measured: no time before two items are done.

    `doing` is what happens, "Tricking the picture"; `item` what is counted, "step"; of "percent" the
    share is told. With `patience` nothing is drawn before so many seconds, nor at all if it is done by then.
    """

    def __init__(self, place: DeltaGenerator, doing: str, item: str = STEP, *, patience: float = 0.0) -> None:
        self.place, self.doing, self.item = place, doing, item
        self.drawn = not patience
        self._first: tuple[float, float] | None = None  # when something was done first, and how much
        self._next = time.perf_counter() + patience if patience else 0.0
        if not patience:
            announcer.started(doing)
            place.progress(0.0, said(doing))

    def tell(self, done: float, of: float, *, doing: str | None = None) -> None:
        """So many of so many items are done. A change of `doing` is told, too."""
        now = time.perf_counter()
        if self._first is None or done < self._first[1]:
            self._first = now, done
        if doing is not None and doing != self.doing:
            self.doing, self._next = doing, 0.0
        if now < self._next and (done < of or not self.drawn):
            return
        self._next, self.drawn = now + PAUSE, True
        announcer.started(self.doing)
        share = min(1.0, max(0.0, done / of)) if of else 0.0
        self.place.progress(share, said(self.doing, self.item, done, of, self._left(now, done, of)))

    def _left(self, now: float, done: float, of: float) -> float | None:
        """Seconds, by the speed since the first item was done; None before that can be told."""
        assert self._first is not None
        begin, before = self._first
        if done <= before or now - begin < FEWEST:
            return None
        return (now - begin) / (done - before) * (of - done)


def said(doing: str, item: str = STEP, done: float = 0, of: float = 0, left: float | None = None) -> str:
    """The words beside a bar. `left` in seconds, where it was measured."""
    doing = text.escape(doing)
    if not of:
        return f"{doing}…"
    share = (
        f"{math.floor(min(done, of))}\u00a0%"
        if english(item) == "percent"
        else _("{item} {done:.0f} of {of:.0f}", item=_(item), done=min(done, of), of=of)
    )
    far = _("{doing}: {share}", doing=doing, share=share)
    if left is None or done >= of:
        return far
    return _("{far}, about {time} left", far=far, time=seconds(max(1, math.ceil(left))))


@contextmanager
def shown(
    doing: str, item: str = STEP, place: DeltaGenerator | None = None, *, patience: float = 0.0
) -> Iterator[Progress]:
    """A bar for as long as the work lasts. Who waits behind others is told so in the same place."""
    place = st.empty() if place is None else place
    with visits.told(place):
        bar = Progress(place, doing, item, patience=patience)
        yield bar
    if bar.drawn:
        place.empty()


def counted(
    found: Iterable[T],
    of: int,
    doing: str,
    item: str = STEP,
    *,
    place: DeltaGenerator | None = None,
) -> list[T]:
    """All items of a stream of known length, counted on a bar as they come."""
    items: list[T] = []
    with shown(doing, item, place) as bar:
        for one in found:
            items.append(one)
            bar.tell(len(items), of)
    return items


@contextmanager
def spinning(doing: str, place: DeltaGenerator | None = None) -> Iterator[None]:
    """A spinner with words and a clock, for work of a second or two that has no steps to count."""
    place = st.empty() if place is None else place
    with visits.told(place), ExitStack() as spinner:
        with place:  # the spinner alone: what is drawn meanwhile has its own place
            spinner.enter_context(st.spinner(f"{text.escape(doing)}…", show_time=True))
        yield
