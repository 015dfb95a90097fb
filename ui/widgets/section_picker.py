"""A page in parts, one of which is shown: so that a page opens at once, and a link opens at a part."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import streamlit as st

from trickcore import ImageError
from ui import text
from ui.current_trick import CurrentTrick
from ui.sidebar.url_state import LINK


def part(key: str, label: str, names: Sequence[str], tip: str) -> str:
    """The part that is shown; the link carries it."""
    chosen: str = st.segmented_control(
        label, names, default=names[0], required=True, wrap=True, key=key, help=tip, **LINK
    )
    return chosen


def guarded(section: Callable[[CurrentTrick], None], current: CurrentTrick) -> None:
    """Draw a part; what goes wrong in it is told in its place, and the rest of the page stays."""
    place = st.container()
    try:
        with place:
            section(current)
    except (ImageError, ValueError) as error:
        place.error(text.escape(str(error)), icon=":material/block:")
    except Exception as error:  # a page never shows a traceback; the terminal does
        logging.getLogger(__name__).exception("a part of the page failed")
        place.error(f"This could not be worked out: {text.escape(str(error))}. Try another picture.")
