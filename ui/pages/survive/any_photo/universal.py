"""One change for all photos: made over some, and put on others that it has not seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from trickcore.attacks.any_photo.settings import Universal
from trickcore.jobs import one_for_all as jobs
from trickcore.jobs.one_for_all import UniversalFrame
from trickcore.language import _, later, row
from trickcore.measure.one_for_all import UniversalCount
from trickcore.measure.survival import Tally
from trickcore.pictures.files import Pixels, encode, enlarged
from trickcore.plots import one_for_all as charts
from trickcore.plots.survival import share_of
from trickcore.text import a, levels, named, percent
from ui import state, text
from ui.background import BackgroundJob
from ui.current_trick import CurrentTrick
from ui.pages.survive.any_photo.photos import how_well, photos
from ui.pages.survive.random_views import HELP_INTERVAL
from ui.session_run import FrameClock
from ui.sidebar.url_state import LINK
from ui.widgets import chart_slot, main_button, outcome_box, progress

AWAY, BECOME = later("Something else"), later("A class")
EPSILONS = (2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 16.0, 25.5, 48.0, 76.5)
STEPS = (20, 40, 60, 100, 200)
BATCH, BATCH_OF_DIGITS = 4, 32  # pictures a step
FEW = 4
SIDE = 190  # pixels of the change on the page
GREY = 128  # of the change as it is shown
HELP = later(
    "A universal perturbation (Moosavi-Dezfooli et al. 2017, arXiv:1610.08401): the very same small change, "
    "added to any photo, takes the answer away. So the weak spots of a network are not those of one picture: "
    "they are its own, and lie in the same direction nearly everywhere. It is made here by following the "
    "gradient over many photos at once (Shafahi et al. 2020, arXiv:1811.11304)."
)
CAME = {  # whether they are digits, and whether each is to become a class
    (False, False): later(
        "**Of {asked} random cuts of photos that it was not made with, {share} are read as something else "
        "than before** (95\u00a0% interval: {low} to {high})."
    ),
    (False, True): later(
        "**Of {asked} random cuts of photos that it was not made with, {share} are read as {goal}** "
        "(95\u00a0% interval: {low} to {high})."
    ),
    (True, False): later(
        "**Of {asked} digits that it was not made with, {share} are read as something else than before** "
        "(95\u00a0% interval: {low} to {high})."
    ),
    (True, True): later(
        "**Of {asked} digits that it was not made with, {share} are read as {goal}** (95\u00a0% interval: "
        "{low} to {high})."
    ),
}


def section(current: CurrentTrick) -> None:
    """The settings, the change as it grows, and what it does to photos that it was not made with."""
    st.subheader(_("One change for all photos"), help=_(HELP))
    st.markdown(
        _(
            "A trick is made for one picture. This is one change for every picture: add it to any photo, and "
            "see."
        )
    )
    settings = _settings(current)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        go = main_button.button(
            _("Make the change"),
            key="make-universal",
            icon=":material/layers:",
            help=_("Begins with no change at all."),
        )
        stop = st.empty()
    scene, drawer = st.container(), st.container()
    with drawer:
        given = photos(current, "universal")
    made, key = state.universals.get(), (current.network.identity, settings, given, current.seed)
    for other, job in made.items():
        if (other != key or go) and not job.done:
            job.stop(True)
    if go and (key not in made or made[key].done):
        made.pop(key, None)
        while len(made) >= FEW:
            made.pop(next(iter(made)))
        made[key] = BackgroundJob(jobs.universal, current.network, given, settings, current.seed)
        made[key].forget = _forget
    asked = made.get(key)
    if asked is None:
        scene.info(
            _("Nothing made yet. Sixty steps over photos take about half a minute."), icon=":material/layers:"
        )
        return
    if go:
        asked.stop(False)
    with scene:
        board = Board(current, settings)
    clock = FrameClock()
    try:
        with progress.shown(_("Making one change for all"), place=board.bar, patience=0.2) as bar:
            for newest in asked.grow(stop, "universal"):
                bar.tell(newest.index, settings.steps)
                if clock.due():
                    board.draw(asked.items)
    except Exception:  # a photo that cannot be read: it would fail again, without a word
        made.pop(key, None)
        raise
    if asked.items:
        board.draw(asked.items, growing=False)
        board.finish(asked.items)


def _forget(frames: list[UniversalFrame]) -> None:
    """Of all but the newest look and the newest frame only the numbers are kept: pictures are large."""
    if len(frames) < 2:
        return
    last = frames[-2]
    if last.levels is not None:
        frames[-2] = replace(last, levels=None)
    if frames[-1].held_out is None:
        return
    for k, frame in enumerate(frames[:-1]):
        if frame.held_out is not None and frame.held_out.seen:
            frames[k] = replace(frame, held_out=replace(frame.held_out, seen=(), before=()))


def _settings(current: CurrentTrick) -> Universal:
    kind, labels = "digit" if current.digits else "photo", current.labels
    target, batch = None, BATCH_OF_DIGITS if current.digits else BATCH
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        goal = st.segmented_control(
            _("What each is to become"),
            [AWAY, BECOME],
            default=AWAY,
            required=True,
            format_func=_,
            key="universal_goal",
            help=_(
                "*Something else*: any other answer than before. *A class*: the same class for all, which "
                "is much harder."
            ),
            **LINK,
        )
        if goal == BECOME:
            target = st.selectbox(
                _("Class"),
                range(len(labels)),
                index=min(3 if current.digits else 574, len(labels) - 1),
                format_func=lambda k: named(labels, k),
                key=f"universal_target_{kind}",
                width=220,
                help=_("What every photo is to be read as."),
                **LINK,
            )
        eps: float = st.select_slider(
            _("Epsilon (grey levels of 255)"),
            EPSILONS,
            value=76.5 if current.digits else 10.0,
            format_func=lambda eps: f"{eps:g}",
            key=f"universal_eps_{kind}",
            width=210,
            help=_("How far any value may move. The paper allows 10 levels."),
            **LINK,
        )
        steps: int = st.select_slider(
            _("Steps"),
            STEPS,
            value=60,
            key="universal_steps",
            width=170,
            help=_("Each step looks at {n} pictures.", n=batch),
            **LINK,
        )
    return Universal(eps / 255, target, steps, batch)


class Board:
    """Where a change is shown as it is made."""

    def __init__(self, current: CurrentTrick, settings: Universal) -> None:
        self.current, self.settings = current, settings
        self.bar, self.box = st.empty(), st.empty()
        left, right = st.columns([1, 2.8], gap="medium", vertical_alignment="center")
        self.picture, self.caption = left.empty(), left.empty()
        self.chart, self.views = right.empty(), st.empty()
        self._seen: UniversalCount | None = None

    def draw(self, frames: list[UniversalFrame], *, growing: bool = True) -> None:
        last, dark, narrow = frames[-1], self.current.dark, self.current.narrow
        if last.levels is not None:
            gain = max(1, round(96 / max(1.0, 255 * self.settings.eps)))
            self.picture.image(
                encode(enlarged(_magnified(last.levels, gain))),
                width=SIDE,
                alt=_(
                    "The change after {steps} steps, {gain} times as large as it is",
                    steps=last.index,
                    gain=gain,
                ),
            )
            self.caption.caption(
                _(
                    "The change, {gain} times as large as it is, after {steps} steps",
                    gain=gain,
                    steps=last.index,
                )
            )
        judged = [(one.index, self._wanted(one.held_out)) for one in frames if one.held_out is not None]
        figure = charts.growth_chart(
            [one.wanted for one in frames], judged, steps=self.settings.steps, dark=dark, narrow=narrow
        )
        show = chart_slot.growing if growing else chart_slot.finished
        show(self.chart, figure, _("Share of held-out photos: {share}", share=share_of(judged[-1][1])))
        count = next(one.held_out for one in reversed(frames) if one.held_out is not None)
        if count is not self._seen or not growing:
            self._seen = count
            self._views(count)

    def finish(self, frames: list[UniversalFrame]) -> None:
        """What came of it, in a sentence, and the change itself."""
        count = next(one.held_out for one in reversed(frames) if one.held_out is not None)
        tally, eps = self._wanted(count), 255 * self.settings.eps
        target = self.settings.target
        low, high = tally.interval
        said = row(
            _(
                CAME[self.current.digits, target is not None],
                asked=tally.asked,
                share=percent(tally.share),
                goal="" if target is None else text.escape(a(self.current.labels[target])),
                low=percent(low),
                high=percent(high),
            ),
            _(
                "No value moves by more than {levels} of 255 ({share:.4f}).",
                levels=levels(eps),
                share=eps / 255,
            ),
        )
        if target is not None:
            fooled = percent(count.fooled.share)
            said = row(said, _("{share} are read as something else than before.", share=fooled))
        came, word = how_well(tally.share)
        outcome_box.wish(self.box, came, said, word=word, help=_(HELP_INTERVAL))
        change = next((one.levels for one in reversed(frames) if one.levels is not None), None)
        if change is not None:
            self._take(change)

    def _wanted(self, count: UniversalCount) -> Tally:
        return count.fooled if self.settings.target is None else count.read

    def _views(self, count: UniversalCount) -> None:
        labels = self.current.labels
        with self.views.container(gap="xsmall"):
            st.caption(
                _("Digits that it was not made with, with the change: what each was, and is read as")
                if self.current.digits
                else _("Photos that it was not made with, with the change: what each was, and is read as")
            )
            grid = st.grid(4 if self.current.narrow else 8, min_column_width=4, wrap=False, gap=6)
            for before, seen in zip(count.before, count.seen, strict=True):
                with grid.cell().container(gap="xxsmall"):
                    now, was = text.escape(labels[seen.label]), text.escape(labels[before])
                    picture = encode(enlarged(seen.pixels, 112))
                    alt = _("{before}, read as {now}", before=labels[before], now=labels[seen.label])
                    st.image(picture, width="stretch", alt=alt)
                    words = f"{was} → **{now}**" if seen.label != before else now
                    st.caption(words, text_alignment="center")

    def _take(self, change: Pixels) -> None:
        st.download_button(
            _("The change as PNG"),
            lambda: encode(change),
            "one-change-for-all.png",
            "image/png",
            key="universal-png",
            icon=":material/download:",
            on_click="ignore",
            help=_("One for one: {grey} is no change, {more} one grey level more.", grey=GREY, more=GREY + 1),
        )


def _magnified(pixels: Pixels, gain: int) -> Pixels:
    return (GREY + gain * (pixels.astype(np.int32) - GREY)).clip(0, 255).astype(np.uint8)
