"""Pasting a picture into an uploader: Ctrl+V anywhere on the page, or a button where a browser allows it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_HTML, _CSS, _JS = (
    (Path(__file__).parent / f"paste.{kind}").read_text("utf-8") for kind in ("html", "css", "js")
)
_paste = st.components.v2.component("trick.paste", html=_HTML, css=_CSS, js=_JS)


def paste(uploader: str) -> None:
    """Takes a picture from the clipboard for the uploader with this key, which is on the page."""
    _paste(key=f"paste-{uploader}", data={"uploader": uploader})
