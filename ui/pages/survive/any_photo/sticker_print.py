"""The sticker to take along: a sheet of A4 at its real size, and the picture itself."""

from __future__ import annotations

import streamlit as st

from trickcore.attacks.any_photo.settings import Sticker
from trickcore.language import _, carried, row
from trickcore.pictures.files import Pixels, encode
from trickcore.report import print_sheet
from trickcore.text import percent
from ui.current_trick import CurrentTrick
from ui.sidebar.url_state import LINK


def offer(current: CurrentTrick, settings: Sticker, pixels: Pixels, told: str) -> None:
    """How large, and both files. `told` is what was measured of it, as Markdown."""
    st.subheader(
        _("Print it"),
        help=_(
            "Paper and light change it, as they change every trick: colours get paler, and the camera "
            "blurs. A large one, in colour, held flat and in good light, works best."
        ),
    )
    goal = current.labels[settings.target]
    side = (settings.area * current.network.size[0] * current.network.size[1]) ** 0.5
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        wide: int = st.slider(
            _("How wide on paper (cm)"),
            int(print_sheet.SMALLEST),
            int(print_sheet.LARGEST),
            10,
            key="sticker_width",
            width=240,
            help=_(
                "Ten centimetres beside a banana cover about a tenth of a photo that is taken from 40 cm "
                "away."
            ),
            **LINK,
        )
        words = [
            _(
                "Print this page at its real size (100\u00a0%, not fitted to the page), and check it with "
                "the line at the bottom. Cut the sticker out at the marks."
            ),
            _(
                "Hold it beside a banana, or beside anything else, so that it fills {share} of the photo. "
                "Take one photo with it and one without, and open both in Survive, A sticker, Check it.",
                share=percent(settings.area, 0),
            ),
            row(
                _(
                    "Made for {network}, to be read as {goal}, in {steps} steps.",
                    network=_(current.network.title),
                    goal=goal,
                    steps=settings.steps,
                ),
                told.replace("*", "").replace("\\", ""),
            ),
        ]
        title = _("Sticker: {goal}", goal=goal)  # the file is made where no language is known
        stem = f"sticker-{goal.replace(' ', '-')}"
        st.download_button(
            _("PDF to print"),
            carried(lambda: print_sheet.sheet(pixels, settings.shape, float(wide), title, words)),
            f"{stem}-{wide}cm.pdf",
            "application/pdf",
            key="sticker-pdf",
            icon=":material/print:",
            on_click="ignore",
            help=_("One sheet of A4 with the sticker at its real size, marks to cut at and a ruler."),
        )
        st.download_button(
            "PNG",
            lambda: encode(print_sheet.cut_out(pixels, settings.shape)),
            f"{stem}.png",
            "image/png",
            key="sticker-png",
            icon=":material/download:",
            on_click="ignore",
            help=_(
                "The sticker itself, {wide} pixels wide, transparent outside its edge. In a picture of "
                "{width} by {height} pixels it is as large as it was made for ({side:.0f} by {side:.0f} "
                "pixels' worth).",
                wide=pixels.shape[1],
                width=current.network.size[1],
                height=current.network.size[0],
                side=side,
            ),
        )
