"""The guard against tracebacks: what goes wrong on a page is told in a sentence, and logged."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore import WeightsError, engine
from trickcore.pictures.origins import StartError
from ui import text

OURS: tuple[type[Exception], ...] = (WeightsError, StartError, engine.WorkerLostError)
BROKEN_PICTURE, BLOCKED, DOWNLOAD = ":material/broken_image:", ":material/block:", ":material/download:"


@dataclass
class Guard:
    """What is left of a guarded part of a page."""

    failed: bool = False


@contextmanager
def guarded(
    place: DeltaGenerator, sentence: str, *expected: type[Exception], icon: str = BROKEN_PICTURE
) -> Iterator[Guard]:
    """Whatever is raised inside is told at `place`; a page never shows a traceback, the terminal does.

    Of the errors that are `expected`, and of OURS, the message is a sentence of our own and is told as it is,
    with `icon`. Of any other it stands in `sentence`, at {}.
    """
    guard, sentences = Guard(), (*OURS, *expected)
    try:
        yield guard
    except sentences as error:
        guard.failed = True
        place.error(text.escape(str(error)), icon=icon if isinstance(error, expected) else BLOCKED)
    except Exception as error:
        guard.failed = True
        logging.getLogger(__name__).exception("a part of a page failed")
        place.error(sentence.format(text.escape(str(error))))


@contextmanager
def last_resort() -> Iterator[None]:
    """For a whole page: one of OURS that no part of it has told is told where the page has ended."""
    try:
        yield
    except OURS as error:
        st.error(text.escape(str(error)), icon=BLOCKED)
