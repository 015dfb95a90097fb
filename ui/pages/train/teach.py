"""Teach a network: a training before one's eyes, and noise that turns into meaning."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore import engine
from trickcore.jobs import digits
from trickcore.language import _, later, row
from trickcore.pictures.mnist import MEGABYTES, DigitsError
from trickcore.training.records import Lesson
from ui import state, text
from ui.guard import DOWNLOAD, guarded
from ui.pages.train.live_training import Board, Training, in_words, keep
from ui.sidebar import controls
from ui.sidebar.url_state import LINK
from ui.widgets import main_button

PLAIN, HARD = later("Plain"), later("Adversarial")
SMALL, MNIST = later("Small digits"), "MNIST"


def fetch_mnist() -> None:
    """Offer to fetch MNIST where it is not here yet."""
    st.caption(_("MNIST is not on this machine yet: a download of {size} MB, once.", size=MEGABYTES))
    if st.button(_("Download MNIST"), key="fetch-mnist", icon=":material/download:"):
        try:
            with st.spinner(_("Downloading MNIST…"), show_time=True):
                digits.fetch_mnist()
            st.rerun()
        except DigitsError as error:
            st.error(text.escape(str(error)), icon=":material/wifi_off:")


def lesson() -> Lesson | None:
    """What is to be taught; None while its digits are not here."""
    source = st.segmented_control(
        _("Digits"),
        [SMALL, MNIST],
        default=SMALL,
        format_func=_,
        required=True,
        width="stretch",
        key="train_on",
        help=_("*Small digits*: 1,797 real ones from scikit-learn's package. *MNIST*: 60,000, the classic."),
        **LINK,
    )
    kind = st.segmented_control(
        _("Training"),
        [PLAIN, HARD],
        default=PLAIN,
        format_func=_,
        required=True,
        width="stretch",
        key="train_how",
        help=_(
            "*Plain*: it learns from the digits as they are. *Adversarial*: each digit is attacked before "
            "it is learnt, so that the network gets used to it (Madry et al. 2018). Slower, and robust."
        ),
        **LINK,
    )
    mnist = source == MNIST
    short = "mnist" if mnist else "small"
    if mnist and not engine.call(digits.mnist_here):
        fetch_mnist()
        return None
    eps = 0.0
    if kind == HARD:
        eps = (
            st.select_slider(
                _("Epsilon (grey levels of 255)"),
                (12.0, 25.5, 38.25, 51.0, 76.5),
                value=76.5 if mnist else 25.5,
                format_func=lambda eps: f"{eps:g}",
                key=f"train_eps_{short}",
                help=_(
                    "How far each pixel is pushed while it learns. The more, the harder: the small digits "
                    "are too few for 76.5."
                ),
                **LINK,
            )
            / 255
        )
    pictures = st.slider(
        _("Pictures to learn from"),
        200,
        60_000 if mnist else 1_597,
        (6_000 if kind == HARD else 20_000) if mnist else 1_597,
        key=f"pictures_{short}_{kind.lower()}",
        help=_("More pictures teach more and take longer."),
        **LINK,
    )
    epochs = st.slider(
        _("Epochs"),
        1,
        40,
        {(SMALL, PLAIN): 12, (SMALL, HARD): 12, (MNIST, PLAIN): 2, (MNIST, HARD): 3}[source, kind],
        key=f"epochs_{short}_{kind.lower()}",
        help=_("How many times it sees every picture."),
        **LINK,
    )
    margin = st.slider(
        _("Margin of the confused"),
        0.05,
        2.0,
        0.5,
        0.05,
        key="margin",
        help=_(
            "A digit counts as confused when the scores of its two best classes are this close. A score "
            "(logit) is what the network gives each class before scores become probabilities."
        ),
        **LINK,
    )
    return Lesson(mnist, pictures, epochs, eps, controls.seed(), margin)


def _wish(word: str) -> None:
    state.train_wish.set(word)


def buttons(asked: Lesson | None) -> tuple[DeltaGenerator, DeltaGenerator]:
    """Train it, and the places beside it of Stop and Carry on, which are there while they can be used."""
    with st.container(horizontal=True, gap="small"):
        main_button.button(
            _("Train it"),
            key="train",
            icon=":material/school:",
            width="stretch",
            disabled=asked is None,
            help=_("Starts with a fresh network."),
            on_click=_wish,
            args=("train",),
        )
        return st.empty(), st.empty()


def stop(place: DeltaGenerator) -> None:
    place.button(
        _("Stop"),
        key="stop-training",
        icon=":material/stop_circle:",
        on_click=_wish,
        args=("stop",),
        help=_("What it has learnt so far stays."),
    )


def carry_on(place: DeltaGenerator) -> None:
    place.button(
        _("Carry on"),
        key="carry-on",
        icon=":material/play_arrow:",
        on_click=_wish,
        args=("go",),
        help=_("Goes on where it was stopped; when it was done, teaches as many epochs more."),
    )


def section(dark: bool, narrow: bool) -> None:
    """The panel, the two charts, and what the network cannot decide between."""
    notice = st.empty()
    quick, scene, below = st.container(), st.container(), st.container()
    training = state.training.get()
    wish = state.train_wish.pop() or ("train" if training is None else None)
    with below if narrow else st.sidebar:  # on a phone under what one looks at
        asked = lesson()
        place = st.container()
    if wish == "train" and asked is not None:
        if training is not None:
            training.close()
        training = state.training.set(Training(asked))
    with quick if narrow else place:
        stop_place, carry_on_place = buttons(asked)
    if training is not None:
        if wish == "stop":
            training.pause()
        elif wish in ("train", "go"):
            training.go()
        with scene:
            board = Board(dark, narrow)
        failed = _("The training could not go on: {}. Try other settings.")
        with guarded(notice, failed, DigitsError, icon=DOWNLOAD) as guard:
            if training.going:
                stop(stop_place)
                board.play(training, notice)
                stop_place.empty()
            if training.scenes:
                carry_on(carry_on_place)
                keep(training)
                board.draw(training, growing=False)
                said = (
                    _("Stopped.") if training.paused else "",
                    in_words(training),
                    _(
                        "On the other pages it is now in the list of networks, as **{title}**.",
                        title=_(controls.MINE.title),
                    ),
                )
                notice.success(row(*said), icon=":material/school:")
        if guard.failed:
            training.close()
