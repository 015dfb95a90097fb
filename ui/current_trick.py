"""The trick in hand: the run that the pages about it look into, made on the spot where there is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore import ImageError, Recipe
from trickcore.jobs.networks import Network
from trickcore.language import _
from trickcore.pictures import samples
from trickcore.pictures.files import encode, enlarged
from trickcore.plots.run import goal_class
from trickcore.runs.methods import GRADIENT, METHODS
from trickcore.text import percent
from ui import state, text
from ui.guard import guarded
from ui.session_run import Run, pixels_of, start
from ui.sidebar import panel
from ui.sidebar.panel import Asked
from ui.widgets import progress
from ui.widgets.comparison import keep
from ui.widgets.run_row import RunRow

T = TypeVar("T")
STOPPED = ":material/stop_circle:"
MOST = 24  # results kept of a visit


@dataclass(frozen=True, slots=True, eq=False)
class CurrentTrick:
    """The trick in hand, as the pages that ask about it need it."""

    run: Run  # finished, with its verdict
    original: bytes  # PNG of the picture as the network saw it
    tricked: bytes  # PNG, as saved
    dark: bool
    narrow: bool

    @property
    def network(self) -> Network:
        return self.run.network

    @property
    def recipe(self) -> Recipe:
        return self.run.recipe

    @property
    def labels(self) -> tuple[str, ...]:
        return self.run.labels

    @property
    def label(self) -> int:
        """What the picture was taken for."""
        return int(self.run.frames[0].probs.argmax())

    @property
    def target(self) -> int:
        """What it should become; without a target what it became, else the runner-up."""
        goal = goal_class(self.run.frames, self.recipe.target)
        return int(self.run.frames[-1].probs.argsort()[-2]) if goal is None else goal

    @property
    def truth(self) -> tuple[int, ...]:
        """The classes that are right for the picture, as far as that is known, but for the one wished for."""
        return tuple(k for k in samples.truth(self.run.origin, self.labels) or () if k != self.recipe.target)

    @property
    def followed(self) -> Recipe:
        """The recipe as it follows the gradient, for what is only known of that method. Where the trick's own
        has no epsilon it is the largest move of its file."""
        if self.recipe.how.reads("eps"):
            return self.recipe.followed()
        assert self.run.verdict is not None
        return replace(self.recipe.followed(), eps=max(1.0, round(255.0 * self.run.verdict.change.linf)))

    @property
    def eps(self) -> float:
        """On the [0, 1] scale."""
        return self.followed.eps / 255

    @property
    def seed(self) -> int:
        return self.recipe.seed

    @property
    def digits(self) -> bool:
        return self.network.channels == 1

    def key(self, *more: object) -> tuple[object, ...]:
        """What a result was made for."""
        return (self.run.number, self.run.revision, *more)

    def kept(self, name: str, *more: object, make: Callable[[], T]) -> T:
        """A result, made once for this trick and these settings, and kept for the visit."""
        store: dict[object, T] = state.kept.get()
        key = self.key(name, *more)
        if key not in store:
            made = make()
            while len(store) >= MOST:
                store.pop(next(iter(store)))
            store[key] = made
        return store[key]


def current_trick(
    dark: bool,
    narrow: bool,
    notice: DeltaGenerator,
    body: DeltaGenerator,
    elsewhere: DeltaGenerator | None = None,
) -> CurrentTrick | None:
    """The run of the visit's settings, with the panel to change them; None when the notice says why.

    While it is made it is shown in `body`, where the page's own part comes after it. `elsewhere` is where
    the panel stands on a phone, whose sidebar is behind an arrow.
    """
    place = body.empty()
    with elsewhere or st.sidebar:
        shown = st.sidebar.container() if elsewhere else st.container()
        change = st.expander(_("Change the trick"), icon=":material/tune:", key="change-trick")
        with change, progress.spinning(_("Waking the network"), place):
            asked = panel.settings(notice)
    run = None
    failed = _("The network could not go on: {}. Try another picture.")
    with guarded(notice, failed, ImageError) as guard:
        run = _run(asked, place, dark, narrow)
    if guard.failed:
        return None
    if run is None:
        if asked.made(state.run.get()):
            _stopped_at_once(notice)
        elif asked.picture.wrong:
            notice.error(text.escape(asked.picture.wrong), icon=":material/broken_image:")
        elif asked.network is not None:
            notice.info(asked.picture.ask, icon=":material/add_photo_alternate:")
        return None
    if asked.network is not None and not asked.made(run):
        why = asked.picture.wrong or asked.picture.ask
        meanwhile = _("Until then, this is the trick before your last change.")
        notice.info(f"{text.escape(why)} {meanwhile}".strip(), icon=":material/add_photo_alternate:")
    elif words := text.begun_again(run):
        notice.info(words, icon=":material/restart_alt:")
    current = CurrentTrick(run, encode(pixels_of(run.frames[0])), run.png, dark, narrow)
    with shown:
        _summary(current)
    return current


def followed_here(current: CurrentTrick) -> Recipe:
    """`followed`, told where the trick in hand was made in another way."""
    if current.recipe.method != GRADIENT:
        st.caption(
            _(
                "What is made here is made by *{here}*; the trick in hand is *{in_hand}*.",
                here=_(METHODS[GRADIENT].title),
                in_hand=_(current.recipe.how.title),
            )
        )
    return current.followed


def _stopped_at_once(notice: DeltaGenerator) -> None:
    with notice.container():
        st.info(_("Stopped before its first step, so there is no trick to look into."), icon=STOPPED)
        st.button(
            _("Make the trick"),
            key="make-after-all",
            icon=":material/play_arrow:",
            on_click=state.run.forget,
            help=_("Starts it again, from the original."),
        )


def _run(asked: Asked, place: DeltaGenerator, dark: bool, narrow: bool) -> Run | None:
    """The run asked for; where its picture is not at hand any more, as an upload is not, the last one."""
    run = state.run.get()
    if asked.possible and not asked.made(run):
        assert asked.network is not None
        picture = asked.picture
        assert picture.data is not None
        with progress.spinning(_("Reading the picture"), place):
            fresh = start(asked.network, picture.data, picture.noun, asked.recipe, picture.origin)
        if run is not None:
            run.close()
        run = state.run.set(fresh)
    if run is None:
        return None
    if run.growing:
        with place.container(gap="small"):
            stop = st.empty()
            tip = _("Ends the trick here; this page then looks into what it has reached.")
            RunRow("", dark, narrow).present(run, stop, "stop-making", tip)
        place.empty()
    if run.frames:
        run.finish()  # where it was stopped on the way, what it had reached is what is asked about
    return run if run.frames else None


def _summary(current: CurrentTrick) -> None:
    """Original and tricked, small, so that one knows what the page is about."""
    tip = _("The last run of your visit. Change it below, or on Trick.")
    st.markdown(_("**The trick in hand**"), help=tip)
    verdict = current.run.verdict
    assert verdict is not None
    grid = st.grid(2, min_column_width=4, wrap=False, gap=8)
    for name, frame, reading in (
        (_("Original"), current.run.frames[0], verdict.before),
        (_("Tricked"), current.run.frames[-1], verdict.after),
    ):
        with grid.cell():
            answer = f"{reading.name}, {percent(reading.probability)}"
            st.caption(name)
            st.image(encode(enlarged(pixels_of(frame))), width="stretch", alt=f"{name}: {answer}")
            st.markdown(text.caption(reading.name, reading.probability))
    if state.other.get() is not current.run:
        st.button(
            _("Keep as the other one"),
            key="keep-other",
            icon=":material/compare_arrows:",
            type="tertiary",
            help=_("To compare it on the page Trick with a run by another method or with other settings."),
            on_click=keep,
            args=(current.run,),
        )
    else:
        st.caption(_("Kept as the other one: change the trick, then compare on the page Trick."))
