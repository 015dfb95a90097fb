"""Pasting a picture into an uploader: Ctrl+V anywhere on the page, or a button where a browser allows it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from trickcore.language import _, later

_HTML, _CSS, _JS = (
    (Path(__file__).parent / f"paste.{kind}").read_text("utf-8") for kind in ("html", "css", "js")
)
_paste = st.components.v2.component("trick.paste", html=_HTML, css=_CSS, js=_JS)


# What the browser says; {shortcut} is filled in there.
WORDS = {
    "button": later("Paste a picture"),
    "hint": later("Or paste a picture: {shortcut}"),
    "none": later("There is no picture in the clipboard. Copy one first, or take a screenshot."),
    "refused": later(
        "The browser did not hand it over. Press {shortcut} instead, or save the picture and upload it."
    ),
    "shortcut": later("Ctrl+V"),
}


def paste(uploader: str) -> None:
    """Takes a picture from the clipboard for the uploader with this key, which is on the page."""
    _paste(
        key=f"paste-{uploader}",
        data={"uploader": uploader, "words": {name: _(text) for name, text in WORDS.items()}},
    )
