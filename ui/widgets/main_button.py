"""The main button of a page: its words can be read on its colour, in both themes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import streamlit as st

from trickcore.language import carried
from ui.widgets import viewport

# Streamlit writes white on the primary colour. On dark that colour is bright, since it is also that of
# words (4.5 : 1 on black); white on it has 2.4 : 1, the page's black 7.8.
ON_BRIGHT = "#14151A"


def submit(label: str, *, width: Literal["content", "stretch"] | int = "content") -> bool:
    """The one button of a form."""
    if viewport.dark():
        label = f':color[{label}]{{foreground="{ON_BRIGHT}"}}'
    return st.form_submit_button(label, type="primary", width=width)


def button(
    label: str,
    *,
    key: str,
    help: str,
    icon: str | None = None,
    disabled: bool = False,
    width: Literal["content", "stretch"] | int = "content",
    on_click: Callable[..., None] | None = None,
    args: tuple[Any, ...] = (),
) -> bool:
    """As st.button with type="primary". Whether it was pressed."""
    label, icon = (label, icon) if disabled else _readable(label, icon)
    return st.button(
        label,
        key=key,
        help=help,
        icon=icon,
        type="primary",
        disabled=disabled,
        width=width,
        on_click=on_click,
        args=args,
    )


def download(
    label: str, make: Callable[[], str | bytes], file: str, mime: str, *, key: str, help: str, icon: str
) -> bool:
    """As st.download_button with type="primary"; the file is made when it is asked for."""
    label, shown = _readable(label, icon)
    return st.download_button(
        label, carried(make), file, mime, key=key, help=help, icon=shown, type="primary", on_click="ignore"
    )


def _readable(label: str, icon: str | None) -> tuple[str, str | None]:
    """The words and the icon; on dark as one coloured text, since an icon of its own would stay white."""
    if not viewport.dark():
        return label, icon
    return f':color[{icon + " " if icon else ""}{label}]{{foreground="{ON_BRIGHT}"}}', None
