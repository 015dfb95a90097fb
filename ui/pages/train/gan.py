"""A forger and a detective: a generator of digits as it learns, what a trained one draws, and a game."""

from __future__ import annotations

import streamlit as st

from trickcore.language import _, later
from ui.pages.train import gan_drawing, gan_game, gan_live
from ui.sidebar.url_state import LINK

PARTS = {
    later("Watch them learn"): gan_live.section,
    later("Draw me a digit"): gan_drawing.section,
    later("Which one is real?"): gan_game.section,
}
HELP = later(
    "*Watch them learn*: both networks start from nothing, here and now. *Draw me a digit*: what a forger "
    "draws that has learnt for longer. *Which one is real?*: ten pairs, and you are the detective."
)
WHAT_FOR = later(
    "**What it is for.** The pair is called a GAN (generative adversarial network). It makes pictures, "
    "sounds or data that look like the real ones. It does **not** defend a network against tricks; "
    "adversarial training does, under *Teach a network*. Only the names sound alike."
)
HELP_WHAT_FOR = later(
    "Goodfellow et al. 2014 (arXiv:1406.2661) for the GAN; Madry et al. 2018 (arXiv:1706.06083) for "
    "adversarial training, in which a network learns from pictures that were attacked."
)


def section(dark: bool, narrow: bool) -> None:
    """One of three parts, and what all this is for."""
    part: str = st.segmented_control(
        _("Forger and detective"),
        list(PARTS),
        default="Watch them learn",
        required=True,
        wrap=True,
        format_func=_,
        label_visibility="collapsed",
        key="gan_part",
        help=_(HELP),
        **LINK,
    )
    PARTS[part](dark, narrow)
    st.markdown(_(WHAT_FOR), help=_(HELP_WHAT_FOR))
