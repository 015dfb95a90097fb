"""Draw me a digit: what the generator that ships draws, beside what the robust network takes for a digit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import streamlit as st

from trickcore import engine
from trickcore.explain.records import Dream
from trickcore.jobs import explanations, forgeries, networks
from trickcore.language import _, later
from trickcore.networks.catalogue import WeightsError
from trickcore.networks.gan.card import Drawing, card
from trickcore.pictures.files import Pixels, encode, enlarged
from trickcore.plots.digits import gan as charts
from trickcore.text import percent
from ui.guard import guarded
from ui.pages.train.gan_live import HELP_BELIEF, HELP_LOSS
from ui.sidebar import controls
from ui.sidebar.url_state import LINK, SEEDS
from ui.widgets import chart_slot, progress

DRAWN = 8
_IDEAS: dict[str, Dream] = {}  # by the network's identity
ALONE = 140  # pixels across of a picture that stands alone
CHANGES, BUDGET = 60, 10.0  # of the robust network's own idea, as on the page Ask
HELP_DRAWN = later(
    "Each from other noise, drawn with the seed. Under each: what the standard digit network reads in it. It "
    "has taken no part in the forger's training."
)
HELP_IDEA = later(
    "The robust network was trained to withstand attacks (page Defend). This is an empty sheet, changed "
    "60 times by whatever raises its probability for the digit, on average over copies that are moved a "
    "little. The page Ask has all ten. That network was taught to read, not to draw."
)
HELP_WALK = later(
    "From the noise of this seed to that of the next, in 20 even steps: 32 random numbers slowly become 32 "
    "others. Where it stays a digit all the way, that is a sign (no proof) that the forger has not learnt "
    "single pictures by heart."
)
HELP_NEAREST = later(
    "Of all 60,000 real digits of its training, which only the detective saw, the one whose pixels are "
    "nearest (L2: the root of the sum of squared differences, pixels from 0 to 1). A copy would have a "
    "distance near 0."
)


def section(dark: bool, narrow: bool) -> None:
    """A digit as two kinds of network draw it, a walk between two noises, and whether it is copying."""
    digit: int = st.segmented_control(
        _("Draw me a"),
        list(range(10)),
        default=7,
        required=True,
        key="gan_digit",
        help=_("The forger is told which digit to draw."),
        **LINK,
    )
    place = st.container()
    with st.sidebar if not narrow else st.container():
        seed = controls.seed()
    failed = _("This could not be drawn: {}.")
    with guarded(place, failed, WeightsError), place:
        left, right = st.columns([4, 1], gap="medium")
        with left:
            st.markdown(_("**The forger's {digit}**", digit=digit), help=_(HELP_DRAWN))
            _row(engine.call(forgeries.drawn, digit, DRAWN, seed), 4 if narrow else DRAWN)
        with right:
            st.markdown(_("**Robust network**"), help=_(HELP_IDEA))
            dream = _idea()
            sure = percent(float(dream.probs[digit]))
            alt = _("The robust network's idea of a {digit}, {sure}", digit=digit, sure=sure)
            _picture(dream.pixels[digit], alt, f"**{digit}** {sure}", width=ALONE)
        _walk(digit, seed, narrow)
        _measures()
        _curve(dark)
        _nearest(narrow)


def _idea() -> Dream:
    """The robust network's picture of each digit, from an empty sheet: the same for all visitors."""
    network = engine.call(networks.named, "digits-robust")
    if network.identity not in _IDEAS:
        blank = encode(np.zeros((28, 28), np.uint8))
        place = st.empty()
        with progress.shown(_("The robust network draws"), _("change"), place) as bar:
            for dream in engine.stream(
                explanations.dreamt, network, blank, steps=CHANGES, budget=BUDGET, shake=True, seed=0
            ):
                bar.tell(dream.index - 1, CHANGES)
        _IDEAS[network.identity] = dream
    return _IDEAS[network.identity]


def _walk(digit: int, seed: int, narrow: bool) -> None:
    st.markdown(_("**A walk from one {digit} to another**", digit=digit), help=_(HELP_WALK))
    stops = engine.call(forgeries.walk, digit, seed, (seed + 1) % (SEEDS + 1))
    last = len(stops) - 1
    left, right = st.columns([1, 4], gap="medium")
    with right:
        at = st.slider(
            _("How far (%)"),
            0,
            100,
            50,
            100 // last,
            key="gan_walk",
            help=_("0\u00a0% is the noise of this seed, 100\u00a0% that of the next seed."),
            **LINK,
        )
        strip = np.hstack([stops[i].pixels for i in range(0, last + 1, 4 if narrow else 2)])
        st.image(
            encode(enlarged(strip, 84)),
            width="stretch",
            output_format="PNG",
            alt=_("The {digit} at even steps of the whole walk", digit=digit),
        )
    with left:
        now = stops[at * last // 100]
        alt = _("The {digit} after {at}\u00a0% of the walk, {answer}", digit=digit, at=at, answer=_read(now))
        _picture(now.pixels, alt, _read(now), width=ALONE)


def _measures() -> None:
    known = card()
    st.markdown(
        _(
            "**How good is it?** Of 2,000 of its drawings the standard network reads {asked} as the digit "
            "that was asked for, and of {surely} it is over 90\u00a0% sure. A drawing is {nearest:.1f} away "
            "from the nearest digit of the training (the middle of 200), the closest {least:.1f}; real "
            "digits that were not in it are {real:.1f} and {real_least:.1f} away, and a copy would be 0 "
            "away. Each digit is read in {fewest} to {most} of them; 200 were asked for.",
            asked=percent(known.as_asked),
            surely=percent(known.surely),
            nearest=known.nearest,
            least=known.nearest_least,
            real=known.nearest_of_real,
            real_least=known.nearest_of_real_least,
            fewest=min(known.spread),
            most=max(known.spread),
        ),
        help=_(
            "Measured when it was trained, and kept in assets/digits/generator.json; docs/digits.md says "
            "how. Fréchet's distance, which also sees whether all drawings are alike, is {distance:.0f} "
            "from real test digits; between two sets of real test digits it is {real:.0f}.",
            distance=known.frechet,
            real=known.frechet_of_real,
        ),
    )


def _curve(dark: bool) -> None:
    """How it was trained, where that is asked for."""
    known, last = card(), card().curve[-1]
    with st.expander(_("How it learnt"), icon=":material/timeline:"):
        losses, beliefs = charts.gan_charts(known.curve, steps=last.step, marked=known.step, dark=dark)
        for name, help_, figure in (
            (_("**What the detective believes**: how likely is it real?"), HELP_BELIEF, beliefs),
            (_("**Loss**"), HELP_LOSS, losses),
        ):
            st.markdown(name, help=_(help_))
            chart_slot.finished(st.empty(), figure, name.replace("**", ""))
        st.caption(
            _(
                "It ships as it was after step {step:,} (dotted line), when its drawings were nearest to "
                "real digits by Fréchet's distance.",
                step=known.step,
            )
        )


def _nearest(narrow: bool) -> None:
    st.markdown(
        _("**Is it copying?** Above a drawing, below it the nearest real digit of the training."),
        help=_(HELP_NEAREST),
    )
    pairs = list(zip(engine.call(forgeries.examples), card().known, strict=True))
    grid = st.grid(5 if narrow else 10, gap="small", wrap=False, min_column_width=4)
    for drawing, known in pairs:
        with grid.cell():
            both = np.vstack([drawing.pixels, np.full((2, 28), 96, np.uint8), known.pixels])
            alt = _(
                "A forged {digit} over the nearest real digit, {distance:.1f} away",
                digit=drawing.asked,
                distance=known.distance,
            )
            _picture(both, alt, _("{distance:.1f} away", distance=known.distance))


def _row(drawings: Sequence[Drawing], across: int) -> None:
    grid = st.grid(across, gap="small", wrap=False, min_column_width=4)
    for one in drawings:
        with grid.cell():
            alt = _("A forged {digit}, read as {answer}", digit=one.asked, answer=_read(one))
            _picture(one.pixels, alt, _read(one))


def _read(one: Drawing) -> str:
    return f"**{one.answer}** {percent(one.probability)}"


def _picture(pixels: Pixels, alt: str, caption: str, *, width: Literal["stretch"] | int = "stretch") -> None:
    st.image(encode(enlarged(pixels, 112)), width=width, output_format="PNG", alt=alt.replace("**", ""))
    st.caption(caption, text_alignment="center" if width == "stretch" else "left")
