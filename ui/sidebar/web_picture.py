"""A picture from the web: its address, and the press that asks for it. No link and no change of another
control makes the server ask for anything."""

from __future__ import annotations

import streamlit as st

from trickcore import ImageError
from trickcore.language import _, later
from trickcore.pictures.from_web.addresses import parse
from trickcore.pictures.from_web.connection import MEGABYTE
from trickcore.pictures.from_web.fetch import LIMITS, picture_from_web
from ui import state, text
from ui.widgets import progress

KEY = "web"
OFF = later("Pictures from the web are off on this server. Choose another picture.")

# Streamlit writes "Press Enter to submit form" over the end of an address, which then cannot be read.
_NO_HINT = "<style>.st-key-web-address [data-testid='InputInstructions'] { display: none; }</style>"


def ask() -> None:
    """Where an address is given. What comes of it is kept for the visit, as `state.file(KEY)`; a picture
    that was kept before stays until another one is there."""
    with (
        st.form("web-form", border=False),
        st.container(horizontal=True, vertical_alignment="bottom", gap="small"),
    ):
        written = st.text_input(
            _("Address of a picture"),
            type="url",
            validate="",  # what is wrong is said below, in a sentence
            icon="",
            autocomplete="off",
            placeholder="https://",
            key="web-address",
            persist_state="session",
            help=_(
                "In your browser, right-click a picture and choose *Copy image address*; on a phone, press "
                "it for a while. PNG, JPEG, WebP, BMP, GIF or TIFF, up to {size} MB. The computer that runs "
                "this page asks for it, {seconds:.0f} seconds at most, and only on sites that anyone can "
                "open.",
                size=LIMITS.size // MEGABYTE,
                seconds=LIMITS.seconds,
            ),
        )
        pressed = st.form_submit_button(_("Get it"), icon=":material/download:")
    st.html(_NO_HINT)
    place = st.empty()
    if pressed:
        state.web_trouble.forget()
        with progress.spinning(_("Asking for the picture, 10 seconds at most"), place):
            _take(written)
        place.empty()
    if trouble := state.web_trouble.get():
        place.error(text.escape(trouble), icon=":material/link_off:")


def _take(written: str) -> None:
    try:
        data = picture_from_web(written)
        state.file(KEY).set((parse(written).title, data))
    except ImageError as error:
        state.web_trouble.set(str(error))
