"""How often a sticker works: counted at its own size and at others, on photos that it was not made with."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore.attacks.any_photo.settings import Sticker
from trickcore.jobs import one_for_all as jobs
from trickcore.jobs.one_for_all import Photos, StickerFrame
from trickcore.language import _, later
from trickcore.measure.one_for_all import LARGER, StickerCount
from trickcore.measure.survival import Tally
from trickcore.pictures.files import Pixels, encode
from trickcore.pictures.samples import HELD_OUT
from trickcore.plots import survival as rates
from trickcore.plots.survival import Rate, share_of
from trickcore.text import a, percent
from ui import text
from ui.background import BackgroundJob
from ui.current_trick import CurrentTrick
from ui.pages.survive.any_photo.photos import how_well
from ui.pages.survive.random_views import HELP_INTERVAL
from ui.session_run import FrameClock
from ui.widgets import chart_slot, outcome_box, progress

PLACES, PLACES_BESIDES = 200, 100  # counted at the sticker's own size, and at each other one
ON = {  # HELD_OUT
    "cat": later("On the cat"),
    "espresso": later("On the espresso"),
    "astronaut": later("On the astronaut"),
    "flower": later("On the flower"),
}


@dataclass
class Made:
    """A sticker as it is made, and how often it is read as wished."""

    job: BackgroundJob[StickerFrame]
    counts: BackgroundJob[tuple[float, StickerCount]] | None = None
    counted: int = -1  # steps of the sticker that was counted: one that goes on is another


def _newest(frames: list[StickerFrame]) -> StickerFrame:
    """The newest with a picture; of older frames not all have one."""
    return next(one for one in reversed(frames) if one.pixels is not None)


def last(frames: list[StickerFrame]) -> Pixels:
    pixels = _newest(frames).pixels
    assert pixels is not None
    return pixels


def count(
    current: CurrentTrick, given: Photos, settings: Sticker, frames: list[StickerFrame], made: Made
) -> None:
    """At its own size first, then smaller and larger, on photos it was not made with."""
    st.subheader(_("How often it works"), help=_(HELP_INTERVAL))
    place, box, chart = st.empty(), st.empty(), st.empty()
    newest = _newest(frames)
    if made.counts is None or made.counted != newest.index:
        png, made.counted = encode(last(frames)), newest.index
        others = [(area, PLACES_BESIDES) for area in LARGER if area != settings.area]
        sizes = [(settings.area, PLACES), *others]
        made.counts = BackgroundJob(
            jobs.sticker_sizes, current.network, given, png, settings, sizes, current.seed
        )
    of, clock = (
        PLACES + PLACES_BESIDES * len([area for area in LARGER if area != settings.area]),
        FrameClock(),
    )
    made.counts.stop(False)
    try:
        with progress.shown(_("Putting it at random places"), _("place"), place, patience=0.4) as bar:
            while made.counts.more():
                bar.tell(sum(found.read.asked for found in latest(made).values()), of)
                if clock.due():
                    _bars(chart, current, settings, made, growing=True)
    except Exception:  # the next visit of this part counts anew
        made.counts = None
        raise
    found = latest(made).get(settings.area)
    if found is None:
        return
    came, word = how_well(found.read.share)
    outcome_box.wish(box, came, told(current, settings, made), word=word)
    _bars(chart, current, settings, made, growing=False)


def latest(made: Made) -> dict[float, StickerCount]:
    """The newest count at each size."""
    return dict(made.counts.items) if made.counts is not None else {}


def _bars(
    place: DeltaGenerator, current: CurrentTrick, settings: Sticker, made: Made, *, growing: bool
) -> None:
    counts = latest(made)
    bars = [
        Rate(_size(area, own=area == settings.area), counts[area].read, "tricked") for area in sorted(counts)
    ]
    own = counts.get(settings.area)
    if own is not None and not current.digits and len(own.by_photo) <= 8 and not growing:
        names = _held_out_names(len(own.by_photo))
        bars += [Rate(name, tally, "tricked") for name, tally in zip(names, own.by_photo, strict=True)]
    alt = "; ".join(f"{bar.name}: {share_of(bar.tally)}" for bar in bars)
    show = chart_slot.growing if growing else chart_slot.finished
    show(place, rates.survival_bars(bars, dark=current.dark, narrow=current.narrow), alt)


def _held_out_names(count: int) -> list[str]:
    own = (_("On the photo of yours {n}", n=k) for k in range(1, count - len(HELD_OUT) + 1))
    return [*(_(ON[name]) for name in HELD_OUT), *own]


def _size(area: float, *, own: bool) -> str:
    share = percent(area, 0)
    if own:
        return _("{share} of the picture, as it was made for", share=share)
    return _("{share} of the picture", share=share)


def told(current: CurrentTrick, settings: Sticker, made: Made) -> str:
    found = latest(made).get(settings.area)
    read = found.read if found is not None else Tally()
    low, high = read.interval
    values = {
        "asked": read.asked,
        "share": percent(read.share),
        "goal": text.escape(a(current.labels[settings.target])),
        "low": percent(low),
        "high": percent(high),
    }
    if current.digits:
        return _(
            "**Of {asked} random places on digits that it was not made with, {share} are read as {goal}** "
            "(95\u00a0% interval: {low} to {high}).",
            **values,
        )
    return _(
        "**Of {asked} random places on photos that it was not made with, {share} are read as {goal}** "
        "(95\u00a0% interval: {low} to {high}).",
        **values,
    )
