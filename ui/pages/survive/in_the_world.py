"""The trick in the world: turned, seen from the side, badly lit, blurred; by hand, then at random."""

from __future__ import annotations

import random
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore import engine
from trickcore.jobs import survival
from trickcore.jobs.survival import Pair
from trickcore.language import _, later, row
from trickcore.pictures.files import encode, enlarged
from trickcore.pictures.photograph_transforms import PRINTED, Shot
from trickcore.text import named, percent
from ui import state, text
from ui.current_trick import CurrentTrick
from ui.pages.survive import random_views
from ui.pages.survive.random_views import Board, Counting, goal, stop_button, tell, unsure
from ui.session_run import seen
from ui.sidebar.url_state import LINK
from ui.widgets import main_button, progress

HELP = later(
    "What happens to a picture that is printed, hung up and photographed: it is turned, seen from the side, "
    "lit otherwise, blurred and grainy (Kurakin et al. 2016, arXiv:1607.02533; Athalye et al. 2018, "
    "arXiv:1707.07397). All of it is worked out here, nothing is printed. What lies beyond the picture is "
    "black."
)


@dataclass(frozen=True, slots=True)
class Knob:
    """One slider: whole numbers, each worth so many `unit`s of a Shot's value."""

    label: str  # in English, as `tip`
    low: int
    high: int
    start: int
    tip: str
    format: str = "%d\u00a0%%"
    unit: float = 0.01


KNOBS = {
    "rotation": Knob(
        later("Rotation"), -180, 180, 0, later("Turned about its middle, counter-clockwise."), "%d°", 1.0
    ),
    "scale": Knob(
        later("Scale"), 50, 200, 100, later("How large it is: at 50\u00a0% it fills a quarter of the frame.")
    ),
    "right": Knob(
        later("Moved right"), -50, 50, 0, later("By this share of its width; below zero to the left.")
    ),
    "down": Knob(later("Moved down"), -50, 50, 0, later("By this share of its height; below zero up.")),
    "side": Knob(
        later("Seen from the side"),
        -40,
        40,
        0,
        later("How much further away the right edge is than the middle; below zero the left edge."),
    ),
    "above": Knob(
        later("Seen from above"),
        -40,
        40,
        0,
        later("How much further away the lower edge is than the middle; below zero the upper edge."),
    ),
    "crop": Knob(
        later("Cropped"),
        0,
        60,
        0,
        later("The share of each side that is cut away; the middle fills the frame."),
    ),
    "brightness": Knob(
        later("Brightness"), -50, 50, 0, later("Added to every value; below zero it gets darker.")
    ),
    "contrast": Knob(
        later("Contrast"), 0, 200, 100, later("100\u00a0% is as it is; at 0\u00a0% all is grey.")
    ),
    "blur": Knob(
        later("Blur"),
        0,
        80,
        0,
        later(
            "Out of focus: the standard deviation of a Gaussian blur, in tenths of a pixel of a picture that "
            "is 224 pixels wide."
        ),
        "%d",
        0.1,
    ),
    "noise": Knob(
        later("Noise"),
        0,
        50,
        0,
        later("Grain: the standard deviation of Gaussian noise, white being 100\u00a0%."),
    ),
}


def section(current: CurrentTrick) -> None:
    """Both pictures under one shot that is set by hand; then the count of random ones."""
    st.subheader(_("In the world"), help=_(HELP))
    left, right = st.columns([1, 1.15], gap="medium")
    with left:
        grid = st.grid(2, min_column_width=4, wrap=False, gap=8)
        cells = [grid.cell().container(gap="xxsmall") for _cell in range(2)]
        verdict = st.empty()
        with st.container(horizontal=True, gap="small"):
            st.button(
                _("Print and photograph"),
                key="print-it",
                icon=":material/photo_camera:",
                on_click=_print,
                help=_("Sets the sliders to one random photograph of a print. Press again for another."),
            )
            st.button(
                _("Straighten"),
                key="straighten",
                icon=":material/restart_alt:",
                type="tertiary",
                on_click=_straighten,
                help=_("All sliders back to where they change nothing."),
            )
    with right:
        shot = _set_by_hand(current.narrow)
    pair = current.kept("shot", shot, current.seed, make=lambda: _photographed(current, shot, verdict))
    for cell, name, data, reading in (
        (cells[0], _("Original"), pair.clean, pair.comparison.clean),
        (cells[1], _("Tricked"), pair.tricked, pair.comparison.tricked),
    ):
        with cell:
            st.caption(name)
            st.image(
                encode(enlarged(seen(current.network, data))),
                width="stretch",
                alt=_("{name}, photographed: {answer}", name=name, answer=reading.name),
            )
            st.markdown(text.caption(reading.name, reading.probability))
    tell(verdict, pair.comparison, current.truth)
    _random(current)


def _photographed(current: CurrentTrick, shot: Shot, place: DeltaGenerator) -> Pair:
    with progress.spinning(_("Photographing both pictures"), place):
        return engine.call(
            survival.photographed,
            current.network,
            current.original,
            current.tricked,
            shot,
            current.seed,
            current.label,
            current.recipe.target,
        )


def _set_by_hand(narrow: bool) -> Shot:
    """The sliders, and the shot they stand for."""
    columns = [] if narrow else st.columns(3, gap="medium")
    grid = st.grid(2, min_column_width=4, wrap=False, gap=16) if narrow else None
    values = {}
    for i, (name, knob) in enumerate(KNOBS.items()):
        with grid.cell() if grid else columns[i // 4]:
            level = st.slider(
                _(knob.label),
                knob.low,
                knob.high,
                knob.start,
                format=knob.format,
                key=f"world_{name}",
                help=_(knob.tip),
                **LINK,
            )
        values[name] = round(level * knob.unit, 2)
    shift, perspective = (values.pop("right"), values.pop("down")), (values.pop("side"), values.pop("above"))
    return Shot(**values, shift=shift, perspective=perspective)


def _print() -> None:
    """One random photograph of a print, on the sliders."""
    # The link then holds what came up.
    shot = engine.call(survival.drawn_shot, PRINTED, random.randrange(2**31))
    pairs = ("right", "down", "side", "above")
    values = dict(zip(pairs, (*shot.shift, *shot.perspective), strict=True))
    for name, knob in KNOBS.items():
        value = values[name] if name in pairs else getattr(shot, name)
        state.widget(f"world_{name}").set(round(value / knob.unit))


def _straighten() -> None:
    for name, knob in KNOBS.items():
        state.widget(f"world_{name}").set(knob.start)


def _random(current: CurrentTrick) -> None:
    """The share of random views that the trick survives."""
    st.subheader(_("How often it survives"), help=_(random_views.HELP))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        ranges, n = random_views.controls("world")
        go = main_button.button(
            _("Count {n} random views", n=n),
            key="count-views",
            icon=":material/play_arrow:",
            help=_("Shows the network so many random views of both pictures and counts."),
        )
        stop = st.empty()
    board = Board(current, ("Tricked",))
    found = state.random_views.get()
    if go:
        found = state.random_views.set(Counting(current.key(), ranges, n, {"Tricked": "tricked"}))
        stop_button(stop, "stop-counting")
        random_views.count(current, found, {"Tricked": current.tricked}, board)
        stop.empty()
    if found is not None and found.key == current.key() and found.found:
        board.draw(found, growing=False)
        board.said.markdown(_said(current, found), help=_(random_views.HELP_INTERVAL))
    else:
        st.info(
            _("Nothing counted yet. One lucky photograph proves little: count a hundred."),
            icon=":material/casino:",
        )


def _said(current: CurrentTrick, counted: Counting) -> str:
    """The count in words, with how sure one can be."""
    found = counted.found["Tricked"]
    low, high = found.wanted.interval
    other = ""
    if current.recipe.target is not None:
        other = _(
            "It is not read as {answer} in {share}; nor is the original, in {clean} of the same views.",
            answer=text.escape(named(current.labels, current.label)),
            share=percent(found.fooled.share),
            clean=percent(1 - found.clean.share),
        )
    return row(
        _(
            "**In {share} of {asked} random views the tricked picture is read as {goal}.**",
            share=percent(found.wanted.share),
            asked=found.wanted.asked,
            goal=text.escape(goal(current)),
        ),
        _(
            "The whisker says how sure that is: the true share lies between {low} and {high} (95\u00a0% "
            "interval).",
            low=percent(low),
            high=percent(high),
        ),
        other,
        unsure(current, found),
        _(random_views.VIEWS[counted.ranges]),
    )
