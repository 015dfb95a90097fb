"""The photos that one change is made over, and those it is judged on: on board, and the visitor's own."""

from __future__ import annotations

import streamlit as st

from trickcore.jobs.one_for_all import Photos
from trickcore.language import _, later
from trickcore.measure.one_for_all import DIGITS
from trickcore.measure.verdict import Outcome
from trickcore.pictures import samples
from ui import classroom
from ui.current_trick import CurrentTrick
from ui.sidebar.picture_source import PHOTO_TYPES
from ui.widgets.gallery import thumbnail

MOST = 20  # photos of the visitor's own
WORKS, SOMETIMES = 0.7, 0.3  # shares of what was held out
NAMES = (  # of the samples
    later("Cat"), later("Espresso"), later("Photographer"), later("Rocket"), later("Motorcycle"),
    later("Astronaut"), later("Coins"), later("Clock"), later("Brick"), later("Grass"), later("Gravel"),
    later("Palace"), later("Flower"),
)  # fmt: skip


def how_well(share: float) -> tuple[Outcome, str]:
    """The colour and the first word of what came of a change for all photos."""
    if share >= WORKS:
        return "tricked", _("Works")
    return ("nearly", _("Sometimes")) if share >= SOMETIMES else ("not", _("Rarely"))


def photos(current: CurrentTrick, key: str) -> Photos:
    """What is on board, shown in a drawer, and files of the visitor's own: every second one is held out."""
    if current.digits:
        st.caption(
            _("Made over {n} handwritten digits of scikit-learn's, judged on {n} others.", n=DIGITS),
            help=_("Small digits that people wrote by hand, 1,797 in all, by Alpaydin and Kaynak 1998."),
        )
        return Photos()
    with st.expander(
        _(
            "The photos: {n} to make it over, {held_out} held out",
            n=len(samples.MADE_OVER),
            held_out=len(samples.HELD_OUT),
        ),
        icon=":material/photo_library:",
    ):
        for names, words in (
            (samples.MADE_OVER, _("Made over, in random cuts, mirrored or not:")),
            (samples.HELD_OUT, _("Held out, to judge it by:")),
        ):
            st.caption(words)
            grid = st.grid(5 if current.narrow else 10, min_column_width=4, wrap=False, gap=6)
            for name in names:
                with grid.cell():
                    st.image(thumbnail(name), width="stretch", alt=_(name.capitalize()))
        if not classroom.own_pictures():
            return Photos()
        given = st.file_uploader(
            _("More photos of your own"),
            type=PHOTO_TYPES,
            max_upload_size=20,
            accept_multiple_files=True,
            key=f"{key}-photos",
            help=_(
                "The first is used to make it, the second is held out, and so on, twenty at most. They stay "
                "on the computer that runs this page, and the link does not carry them."
            ),
        )
    files = [file.getvalue() for file in given[:MOST]]
    return Photos(tuple(files[::2]), tuple(files[1::2]))
