"""A sticker for any photo: made while one watches, counted on photos it has not seen, printed and checked."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore.attacks.any_photo.settings import SHAPES, Sticker
from trickcore.jobs import one_for_all as jobs
from trickcore.jobs.one_for_all import StickerFrame
from trickcore.language import _, later, many
from trickcore.measure.one_for_all import StickerCount
from trickcore.pictures.files import encode, enlarged
from trickcore.plots import one_for_all as charts
from trickcore.plots.survival import share_of
from trickcore.report import print_sheet
from trickcore.text import named, percent
from ui import state, text
from ui.background import BackgroundJob
from ui.current_trick import CurrentTrick
from ui.pages.survive.any_photo import sticker_check, sticker_print
from ui.pages.survive.any_photo.photos import photos
from ui.pages.survive.any_photo.sticker_count import Made, count, last, latest, told
from ui.session_run import FrameClock
from ui.sidebar.url_state import LINK
from ui.widgets import chart_slot, main_button, progress

TOASTER, DIGIT = 859, 3  # what a sticker is for at first, on photos and on digits
AREAS = (5, 8, 10, 15, 20, 25)  # per cent of the picture
STEPS = (50, 100, 200, 400, 800)
BATCH, BATCH_OF_DIGITS = 4, 32  # pictures a step
SIDE = 190  # pixels of the sticker on the page
FEW = 4  # stickers kept of a visit
HELP = later(
    "An adversarial patch (Brown et al. 2017, arXiv:1712.09665). The trick so far fits one picture. Here one "
    "sticker is made over many photos at once, each time at another place, of another size, turned another "
    "way (expectation over transformation), and so it also works on photos that it has never seen. It hides "
    "nothing: it is only louder than all the rest."
)
NAMES = {"round": later("Round"), "square": later("Square")}  # of SHAPES


def section(current: CurrentTrick) -> None:
    """The settings, the sticker as it grows, how often it works, the sheet to print, and the check."""
    st.subheader(_("A sticker for any photo"), help=_(HELP))
    st.markdown(
        _(
            "A trick so far fits one picture. A sticker fits them all: put it beside anything, and the "
            "network sees only the sticker."
        )
    )
    settings = _settings(current)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        go = main_button.button(
            _("Make the sticker"),
            key="make-sticker",
            icon=":material/sell:",
            help=_("Begins with a grey one."),
        )
        stop = st.empty()
    scene, drawer = st.container(), st.container()
    with drawer:
        given = photos(current, "sticker")
    made, key = state.stickers.get(), (current.network.identity, settings, given, current.seed)
    for other, one in made.items():
        if (other != key or go) and not one.job.done:
            one.job.stop(True)
        if other != key and one.counts is not None and not one.counts.done:
            one.counts.stop(True)
    if go and (key not in made or made[key].job.done):
        made.pop(key, None)
        while len(made) >= FEW:
            made.pop(next(iter(made)))
        job = BackgroundJob(jobs.sticker, current.network, given, settings, current.seed)
        job.forget = _forget
        made[key] = Made(job)
    sticker = made.get(key)
    if sticker is None:
        scene.info(
            _("Nothing made yet. Four hundred steps over photos take about a minute; digits some seconds."),
            icon=":material/sell:",
        )
        sticker_check.check(current, settings.target)
        return
    if go:
        sticker.job.stop(False)
    with scene:
        board = Board(current, settings, key)
    try:
        _grow(sticker.job, board, stop)
    except Exception:  # a photo that cannot be read: it would fail again, without a word
        made.pop(key, None)
        raise
    frames = sticker.job.items
    if not frames:
        return
    board.finish(frames)
    if frames[-1].index > 0:
        count(current, given, settings, frames, sticker)
        if settings.area in latest(sticker):
            words = told(current, settings, sticker)
            sticker_print.offer(current, settings, last(frames), words)
    sticker_check.check(current, settings.target)


def _settings(current: CurrentTrick) -> Sticker:
    labels, kind = current.labels, "digit" if current.digits else "photo"
    batch = BATCH_OF_DIGITS if current.digits else BATCH
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        target: int = st.selectbox(
            _("What it should look like"),
            range(len(labels)),
            index=min(DIGIT if current.digits else TOASTER, len(labels) - 1),
            format_func=lambda k: named(labels, k),
            key=f"sticker_target_{kind}",
            width=220,
            help=_(
                "The class that any photo with the sticker is to be read as. Some classes are easier than "
                "others: a golf ball or a peacock than a toaster."
            ),
            **LINK,
        )
        shape: str = st.segmented_control(
            _("Shape"),
            SHAPES,
            default=SHAPES[0],
            required=True,
            format_func=lambda shape: _(NAMES[shape]),
            key="sticker_shape",
            help=_("Both cover the same share of the picture."),
            **LINK,
        )
        area: int = st.select_slider(
            _("Size (of the picture)"),
            AREAS,
            value=25 if current.digits else 10,
            format_func=lambda per_cent: percent(per_cent / 100, 0).replace(
                "\u00a0", " "
            ),  # as links have it
            key=f"sticker_area_{kind}",
            width=190,
            help=_(
                "How much of the picture the sticker covers. While it is made it covers from 0.7 of "
                "that to twice as much, so that it need not be held at one distance."
            ),
            **LINK,
        )
        steps: int = st.select_slider(
            _("Steps"),
            STEPS,
            value=400,
            key="sticker_steps",
            width=170,
            help=_(
                "Each step shows the network {n} pictures with the sticker on them. More steps make a better "
                "one.",
                n=batch,
            ),
            **LINK,
        )
    return Sticker(target, shape, area / 100, steps, batch)


def _forget(frames: list[StickerFrame]) -> None:
    """Only the looks can be looked back at."""
    if len(frames) > 1 and frames[-2].held_out is None:
        frames[-2] = replace(frames[-2], pixels=None)


def _grow(job: BackgroundJob[StickerFrame], board: Board, stop: DeltaGenerator) -> None:
    clock = FrameClock()
    with progress.shown(_("Making the sticker"), place=board.bar, patience=0.2) as bar:
        for newest in job.grow(stop, "sticker"):
            bar.tell(newest.index, board.settings.steps)
            if clock.due():
                board.draw(job.items)


class Board:
    """Where a sticker is shown as it is made."""

    def __init__(self, current: CurrentTrick, settings: Sticker, key: object) -> None:
        self.current, self.settings, self.key = current, settings, hash(key)
        self.bar = st.empty()
        left, right = st.columns([1, 2.8], gap="medium", vertical_alignment="center")
        self.picture, self.caption = left.empty(), left.empty()
        self.chart, self.back = right.empty(), right.empty()
        self.views = st.empty()
        self._seen: StickerCount | None = None

    def draw(self, frames: list[StickerFrame], *, at: int | None = None, growing: bool = True) -> None:
        """The newest sticker, or the one after step `at`."""
        kept = [frame for frame in frames if frame.pixels is not None]
        frame = kept[-1] if at is None else next(one for one in kept if one.index == at)
        goal = self.current.labels[self.settings.target]
        assert frame.pixels is not None
        cut = print_sheet.cut_out(enlarged(frame.pixels), self.settings.shape)
        alt = _("The sticker after {steps} steps: {goal}", steps=frame.index, goal=goal)
        self.picture.image(encode(cut), width=SIDE, alt=alt)
        cost = many("{n:,} pass through the network", "{n:,} passes through the network", frame.passes)
        self.caption.caption(_("After {steps} steps: {cost}", steps=frame.index, cost=cost))
        judged = [(one.index, one.held_out.read) for one in frames if one.held_out is not None]
        show = chart_slot.growing if growing else chart_slot.finished
        figure = charts.growth_chart(
            [one.probability for one in frames],
            judged,
            steps=self.settings.steps,
            marked=at,
            dark=self.current.dark,
            narrow=self.current.narrow,
        )
        share = share_of(judged[-1][1])
        alt = _("Share of held-out photos read as {goal}: {share}", goal=goal, share=share)
        show(self.chart, figure, alt)
        looked = [one.held_out for one in frames if one.held_out is not None and one.index <= frame.index]
        if looked and (looked[-1] is not self._seen or not growing):
            self._seen = looked[-1]
            self._views(looked[-1])

    def finish(self, frames: list[StickerFrame]) -> None:
        """All of it, with a way to look back."""
        kept = [frame.index for frame in frames if frame.pixels is not None]
        at = None
        if len(kept) > 1:
            at = self.back.select_slider(
                _("Step"),
                kept,
                value=kept[-1],
                key=f"sticker-step-{self.key}-{kept[-1]}",
                help=_("Look back: the sticker and the photos follow."),
            )
        self.draw(frames, at=None if at == kept[-1] else at, growing=False)

    def _views(self, count: StickerCount) -> None:
        with self.views.container(gap="xsmall"):
            st.caption(
                _("On digits it was not made with, and what each is read as:")
                if self.current.digits
                else _("On photos it was not made with, and what each is read as:")
            )
            grid = st.grid(4 if self.current.narrow else 8, min_column_width=4, wrap=False, gap=6)
            for seen in count.seen:
                label = self.current.labels[seen.label]
                with grid.cell().container(gap="xxsmall"):
                    picture = encode(enlarged(seen.pixels, 112))
                    alt = _("A picture with the sticker: {answer}", answer=label)
                    st.image(picture, width="stretch", alt=alt)
                    words = text.escape(label)
                    hit = seen.label == self.settings.target
                    st.caption(f"**{words}**" if hit else words, text_alignment="center")
