"""A page in parts, one of which is shown: so that a page opens at once, and a link opens at a part."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from trickcore import ImageError
from trickcore.language import _
from ui.current_trick import CurrentTrick
from ui.guard import BLOCKED, guarded
from ui.sidebar.url_state import LINK


def part(key: str, label: str, names: Sequence[str], tip: str, *, bare: bool = False) -> str:
    """The part that is shown; the link carries it. `bare`: its name is for screen readers alone."""
    chosen: str = st.segmented_control(
        label,
        names,
        default=names[0],
        required=True,
        wrap=True,
        format_func=_,
        key=key,
        help=tip,
        label_visibility="collapsed" if bare else "visible",
        **LINK,
    )
    return chosen


def draw(section: Callable[[CurrentTrick], None], current: CurrentTrick) -> None:
    """Draw a part; what goes wrong in it is told in its place, and the rest of the page stays."""
    place = st.container()
    failed = _("This could not be worked out: {}. Try another picture.")
    with guarded(place, failed, ImageError, ValueError, icon=BLOCKED), place:
        section(current)
