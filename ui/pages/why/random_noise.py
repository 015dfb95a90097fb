"""Random noise of the same size: the very same changes at other pixels. Is size what matters?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore.explain import landscape
from trickcore.explain.records import Noise
from trickcore.jobs import explanations
from trickcore.language import _, later, row
from trickcore.plots import lines
from trickcore.text import percent
from ui import text
from ui.background import BackgroundJob
from ui.current_trick import CurrentTrick
from ui.session_run import FrameClock, pixels_of
from ui.sidebar.url_state import LINK
from ui.widgets import chart_slot, progress

HEIGHT, LOW = 400, 320  # of the chart, in pixels: on a screen and on a phone
SIZES = np.linspace(0, 2, 17)
TRICK = 8  # the place in SIZES of 1: the trick itself
HELP = later(
    "Each pixel's change is dealt to another pixel at random. The changes stay the same and so do their "
    "largest value and their length; only the direction differs. All pictures are clipped and rounded to "
    "whole grey levels, as they would be saved. The band reaches from the lowest to the highest shuffle."
)


def section(current: CurrentTrick) -> None:
    name = text.escape(current.labels[current.target])
    st.markdown(
        _(
            "Take the very same changes and deal them to other pixels at random: as many, and just as large, "
            "but in no particular direction. If the size of a change were what fools the network, this noise "
            "would do as well. The lines show how sure it is of **{name}** and of what it saw first.",
            name=name,
        ),
        help=_(HELP),
    )
    place, caption = st.empty(), st.empty()
    place.container(height=LOW if current.narrow else HEIGHT, border=False)  # nothing moves when it comes
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        n = st.select_slider(
            _("Shuffles"),
            (5, 10, 30, 100),
            value=10,
            key="shuffles",
            width=220,
            help=_("How many times the changes are dealt out anew, at every size. More give a surer band."),
            **LINK,
        )
        button = st.empty()
        bar = st.empty()  # beside it: nothing moves when it comes and goes
    harvest = current.kept("noise", n, make=lambda: _begin(current, n))
    harvest.button(button, "noise")
    if not (harvest.done or harvest.stopped):
        _grow(current, harvest, place, bar)
    if harvest.done:
        button.empty()
    summary = _told(current, harvest.items, n)
    alt = _("Probability against the size of the change: {summary}", summary=summary.replace("**", ""))
    chart_slot.finished(place, _figure(current, harvest.items, growing=False), alt)
    caption.markdown(summary)


def _grow(
    current: CurrentTrick, harvest: BackgroundJob[Noise], place: DeltaGenerator, bar: DeltaGenerator
) -> None:
    clock = FrameClock()
    with progress.shown(_("Dealing the changes to other pixels"), _("size"), bar) as told:
        while harvest.more():
            told.tell(len(harvest.items), len(SIZES))
            if clock.due():
                chart_slot.growing(
                    place, _figure(current, harvest.items, growing=True), _("Trick and noise, growing")
                )


def _begin(current: CurrentTrick, n: int) -> BackgroundJob[Noise]:
    first, last = (pixels_of(current.run.frames[i]) for i in (0, -1))
    plane = landscape.plane(first, last, seed=current.seed)
    pictures = [plane.picture(float(size), 0) for size in SIZES]
    return BackgroundJob(explanations.noise_band, current.network, pictures, n, current.seed)


def _figure(current: CurrentTrick, found: Sequence[Noise], *, growing: bool) -> go.Figure:
    return lines.noise_chart(
        SIZES,
        found,
        current.labels,
        current.target,
        current.label,
        dark=current.dark,
        growing=growing,
        narrow=current.narrow,
        height=LOW if current.narrow else HEIGHT,
    )


def _told(current: CurrentTrick, found: Sequence[Noise], n: int) -> str:
    """What trick and noise reach at the trick's own size and at twice that, where it was measured."""
    if len(found) <= TRICK:
        return ""
    k, name, same = current.target, text.escape(current.labels[current.target]), found[TRICK]
    summary: list[str] = [
        _(
            "At the trick's own size the network is **{trick}** sure of {name}; with the same changes "
            "elsewhere **{mean}** on average, {most} at most in {n} shuffles.",
            trick=percent(float(same.changed[k])),
            name=name,
            mean=percent(float(same.mean[k])),
            most=percent(float(same.high[k])),
            n=n,
        )
    ]
    if len(found) == len(SIZES):
        most = percent(float(found[-1].high[k]))
        summary.append(_("Noise twice as large reaches {most} at most.", most=most))
    if same.changed[k] > 0.5 > found[-1].high[k]:
        summary.append(_("Direction matters, size does not."))
    if same.length < 0.98:
        summary.append(
            _(
                "Black cannot get blacker nor white whiter, so some of the noise is lost: it is {share} as "
                "long as the trick's change.",
                share=percent(same.length),
            )
        )
    return row(*summary)
