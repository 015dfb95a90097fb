"""Only here: the trick again, larger but kept to glasses, a sticker, a frame, or what one paints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore import Recipe
from trickcore.attacks import masks
from trickcore.attacks.masks import BRUSH, Brushed
from trickcore.language import _, later
from trickcore.pictures.drawing import Stroke
from trickcore.pictures.files import Pixels, encode, enlarged
from trickcore.text import percent
from ui import state
from ui.current_trick import CurrentTrick, followed_here
from ui.session_run import pixels_of, start
from ui.sidebar.apply_recipe import PAINTED
from ui.sidebar.url_state import LINK
from ui.widgets import main_button
from ui.widgets.canvas import Paper, canvas
from ui.widgets.run_row import RunRow

KINDS = ("glasses", "sticker", "frame", "painted")
ABOUT = {
    "glasses": later(
        "Printed on the rim of a pair of glasses, a pattern made a face recognition system take a man for an "
        "actress (Sharif et al. 2016)."
    ),
    "sticker": later(
        "Anyone can put a sticker beside a banana. A network then saw a toaster (Brown et al. 2017)."
    ),
    "frame": later("Nothing of the picture itself changes: only the edge around it."),
    "painted": later("Paint over what may change; the rest stays as it is."),
}
NAMES = {
    "glasses": later("Glasses"),
    "sticker": later("Sticker"),
    "frame": later("Frame"),
    "painted": later("Painted"),
}
SHARES = {
    "glasses": later("The glasses that may change, {share} of the picture"),
    "sticker": later("The sticker that may change, {share} of the picture"),
    "frame": later("The frame that may change, {share} of the picture"),
}
HELP = later(
    "So far every pixel could move a little, so that nobody sees it. Here few pixels move, but as far as "
    "you let them: everybody sees it, and nobody thinks of an attack."
)
INK, COVER = "#d55e00", masks.COVER
EPSILONS = (16, 32, 64, 128, 255)
WIDTHS = (0.04, 0.07, BRUSH, 0.15, 0.2, 0.3)
FEW = 8  # runs kept of a visit


def section(current: CurrentTrick) -> None:
    """The mask and how strong the change may be; then the run, once it is asked for."""
    st.subheader(_("Change only one place"), help=_(HELP))
    kind: str = st.segmented_control(
        _("Where it may change"),
        KINDS,
        default=KINDS[0],
        required=True,
        format_func=lambda kind: _(NAMES[kind]),
        key="here",
        help=_("The part of the picture that may change. Every other pixel stays exactly as it is."),
        **LINK,
    )
    shown, controls = st.columns([1, 1.3], gap="medium")
    with controls:
        st.markdown(_(ABOUT[kind]))
        place = st.empty()
        width = _brush() if kind == "painted" else BRUSH
        eps, steps = _strength()
    picture = pixels_of(current.run.frames[0])
    with shown:
        painted = _paint(picture, width) if kind == "painted" else ()
        share = _preview(picture, kind, painted)
        if kind == "painted":
            st.caption(_("The link carries all settings, but not what you paint."))
    if share:
        place.caption(_("**{share}** of the picture may change.", share=percent(share)))
    recipe = replace(
        followed_here(current),
        mask=kind,
        painted=painted,
        eps=float(eps),
        steps=steps,
        alpha=None,
        norm="linf",
    )
    with controls, st.container(horizontal=True, gap="small"):
        go = main_button.button(
            _("Trick it only here"),
            key="go-here",
            icon=":material/play_arrow:",
            disabled=not share,
            help=_("Makes the trick again, with these settings, inside the mask only."),
        )
        stop = st.empty()
    _run(current, recipe, stop, go=go)


def _strength() -> tuple[int, int]:
    eps: int = st.select_slider(
        _("Epsilon (grey levels of 255)"),
        EPSILONS,
        value=EPSILONS[-1],
        key="here_eps",
        help=_("How far a value inside the mask may move. 255: as far as it likes, from black to white."),
        **LINK,
    )
    steps: int = st.slider(
        _("Steps"),
        10,
        200,
        60,
        10,
        key="here_steps",
        help=_("How many small changes are made. Few pixels need more of them than a whole picture."),
        **LINK,
    )
    return eps, steps


def _brush() -> float:
    width: float = st.select_slider(
        _("Brush"),
        WIDTHS,
        value=BRUSH,
        format_func=lambda width: percent(width, 0).replace("\u00a0", " "),  # as links have it
        key="here_brush",
        help=_("How wide pen and eraser are, of the picture's side. It changes all that is painted."),
        **LINK,
    )
    return width


def _paint(picture: Pixels, width: float) -> tuple[Stroke, ...]:
    """The canvas over the picture; what is painted is kept for every page, with the brush's width."""
    under = encode(enlarged(picture))
    paper = Paper(_("Paint over what may change"), under, INK, COVER, pen=width, eraser=width)
    strokes = tuple(Brushed(stroke.points, stroke.erases, width) for stroke in canvas(PAINTED, (), paper))
    state.strokes(PAINTED).set(strokes)
    return strokes


def _preview(picture: Pixels, kind: str, painted: Sequence[Stroke]) -> float:
    """The mask over the picture, unless one paints it, and its share; 0 while nothing is painted."""
    try:
        veiled, share = masks.veiled(picture, kind, painted)
    except ValueError:
        return 0.0
    if kind != "painted":
        alt = _(SHARES[kind], share=percent(share))
        st.image(encode(enlarged(veiled)), width="stretch", alt=alt)
    return share


def _run(current: CurrentTrick, recipe: Recipe, stop: DeltaGenerator, *, go: bool) -> None:
    """Start it, go on with it, or show what became of it."""
    runs = state.only_here.get()
    key = current.key(recipe)
    if go:
        while len(runs) >= FEW:
            runs.pop(next(iter(runs))).close()
        runs[key] = start(current.network, current.original, current.run.noun, recipe)
    run = runs.get(key)
    if run is None:
        return
    strip = RunRow("", current.dark, current.narrow)
    strip.present(run, stop, "stop-here", _("Ends the run; what it has reached stays."))
    if run.verdict is not None and run.frames:
        st.download_button(
            _("Save this picture"),
            run.png,
            f"tricked-{recipe.mask}.png",
            "image/png",
            key="save-here",
            icon=":material/download:",
            on_click="ignore",
            help=_("The PNG that the verdict is about."),
        )
