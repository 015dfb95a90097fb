"""Two pixels: a network small enough to draw, trained on the spot, and a point pushed over its border."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore import engine
from trickcore.explain.point_sets import LEVELS, SHAPES
from trickcore.explain.two_pixels import (
    BENDS,
    LAYERS,
    UNITS,
    Moment,
    Plan,
    shown_epochs,
    stage_names,
)
from trickcore.jobs import two_pixels
from trickcore.plots.two_pixels import moving
from trickcore.text import percent
from ui import state
from ui.pages.why.plane_push import HELP_SLOPE, PointRow, verdict, why
from ui.pages.why.plane_training import Board, PlaneTraining
from ui.sidebar import controls
from ui.sidebar.url_state import LINK
from ui.widgets import main_button

TITLE = "Two pixels: why a small push is enough"
# Where the controls stand at first for each set: layers, units, epochs, and a point near the border.
STARTS = {
    "Moons": (1, 4, 100, (150, 112)),
    "Circles": (1, 4, 100, (160, 80)),
    "Spirals": (3, 8, 200, (171, 131)),
}
EPOCHS = (25, 50, 100, 200, 400)
GOOD = 0.97  # the share of points right below which more of a network is advised
HELP = (
    "Two numbers are a picture of two pixels. A network of two inputs does to them what the large ones do to "
    "150,528 numbers (224 × 224 pixels of three colours): weigh, add, bend, and in the end draw one straight "
    "line. With two, all of it can be drawn. After a drawing of Tiffany Souterre's."
)


def section(dark: bool, narrow: bool, notice: DeltaGenerator, settings: DeltaGenerator) -> None:
    """`settings` is where the controls stand: beside the page, or on a phone below it."""
    st.markdown(
        "A picture of two pixels is a point in a square. The network learns which points are **green dots** "
        "and which **pink diamonds**, by bending the square until one straight line parts them. Click a "
        "point: the trick pushes it over the border.",
        help=HELP,
    )
    board_place = st.container()
    with settings:
        plan, steps = _plan()
        again = main_button.button(
            "Train it",
            key="two_train",
            icon=":material/school:",
            width="stretch",
            help="Shows the training again. The same settings and seed give the same network.",
        )
        button = st.empty()
    if again:
        state.plane_training.forget()
    training = PlaneTraining.of(plan)
    with board_place:
        board, epoch = _board(plan, dark, narrow)
        point = PointRow(plan.data, STARTS[plan.data][3], narrow=narrow)
        below = st.container()
    training.job.button(button, "two")
    if training.growing:
        board.play(training, notice)
        training.job.button(button, "two")
    if not training.job.items:
        notice.info("Stopped before anything was learnt.", icon=":material/stop_circle:")
        return
    moment = training.at(epoch)
    eps = point.eps / LEVELS
    push = engine.call(two_pixels.pushed, moment.network, point.pixels, eps, steps)
    board.draw(training, moment, push, growing=False)
    board.below_plane.caption(_learnt(moment, plan), help=HELP_LEARNT)
    point.draw(push)
    with below:
        verdict(training, moment, push)
        st.markdown(why(push), help=HELP_SLOPE)
        _downloads(training, moment, dark=dark, narrow=narrow)


def _plan() -> tuple[Plan, int]:
    """What is to be learnt, and in how many steps a point is pushed."""
    data = st.segmented_control(
        "Points",
        list(SHAPES),
        default="Moons",
        required=True,
        width="stretch",
        key="two_points",
        help="Which pictures are green and which are pink. 200 are drawn by the seed.",
        **LINK,
    )
    layers, units, epochs, _ = STARTS[data]
    own = data.lower()  # a set keeps settings of its own: spirals need more
    layers = st.slider(
        "Hidden layers",
        *LAYERS,
        layers,
        key=f"two_layers_{own}",
        help="A layer weighs and adds what it is given, then bends it. With none the network can only draw "
        "one straight line.",
        **LINK,
    )
    units = st.slider(
        "Units in each",
        *UNITS,
        units,
        key=f"two_units_{own}",
        disabled=not layers,
        help="How many numbers a layer hands on.",
        **LINK,
    )
    bend = st.segmented_control(
        "How a layer bends",
        BENDS,
        default=BENDS[0],
        required=True,
        width="stretch",
        key="two_bend",
        disabled=not layers,
        help="*tanh* bends softly: nothing gets beyond −1 and 1. *ReLU* folds: what is below 0 becomes 0.",
        **LINK,
    )
    epochs = st.select_slider(
        "Epochs",
        EPOCHS,
        value=epochs,
        key=f"two_epochs_{own}",
        help="How many times it sees every point.",
        **LINK,
    )
    steps = st.slider(
        "Steps of the push",
        1,
        30,
        10,
        key="two_steps",
        help="At each the slope is asked for anew, and both pixels go one step the way it says.",
        **LINK,
    )
    return Plan(data, layers, units, bend, epochs, controls.seed()), steps


def _board(plan: Plan, dark: bool, narrow: bool) -> tuple[Board, int]:
    """The two charts with their sliders, and the epoch that is looked at."""
    names = list(stage_names(plan.layers))
    board = Board(dark, narrow, plan.layers)
    epoch: int = board.below_plane.select_slider(
        "Epoch",
        shown_epochs(plan.epochs),
        value=plan.epochs,
        key=f"two_epoch_{plan.epochs}",
        help="Look back at the training: 0 is before anything was learnt.",
        **LINK,
    )
    if plan.layers:
        stage = board.below_bent.select_slider(
            "Stage",
            names,
            value=names[-1],
            key=f"two_stage_{plan.layers}",
            help="Follow the square through the network: a layer first stretches it (weighs and adds), then "
            "bends it. After the last the network draws one straight line.",
            **LINK,
        )
        board.stage = names.index(stage)
    else:
        board.below_bent.caption(
            "There is no hidden layer, so nothing is bent: the network can draw one straight line through "
            "the square, and no more."
        )
    return board, epoch


HELP_LEARNT = "A network is judged by points that it never learns from: as many, drawn in the same way."


def _learnt(moment: Moment, plan: Plan) -> str:
    words = (
        f"After {moment.epoch} epochs it has {percent(moment.right)} of its points right, and "
        f"{percent(moment.fresh)} of 200 that it never saw."
    )
    if moment.right < GOOD and moment.epoch == plan.epochs:
        words += " More layers or units, or another seed, may do better."
    return words


def _downloads(training: PlaneTraining, moment: Moment, *, dark: bool, narrow: bool) -> None:
    plan, points = training.plan, training.points
    stem = f"two-pixels-{plan.data.lower()}-seed-{plan.seed}"
    moments = list(training.job.items)
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            "GIF of the training",
            lambda: moving.training_gif(moments, points, dark=dark),
            f"{stem}-training.gif",
            "image/gif",
            key="two_gif_training",
            icon=None if narrow else ":material/download:",
            help="Both pictures, epoch by epoch.",
            on_click="ignore",
        )
        if plan.layers:
            st.download_button(
                "GIF of the layers",
                lambda: moving.layers_gif(moment.network, points, dark=dark),
                f"{stem}-layers.gif",
                "image/gif",
                key="two_gif_layers",
                icon=None if narrow else ":material/download:",
                help="The square on its way through the layers, at the epoch you look at.",
                on_click="ignore",
            )
