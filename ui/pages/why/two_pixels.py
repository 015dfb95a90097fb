"""Two pixels: a network small enough to draw, trained on the spot, and a point pushed over its border."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore import engine
from trickcore.explain.point_sets import SHAPES
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
from trickcore.language import _, carried, later
from trickcore.plots.two_pixels import moving
from ui import state
from ui.pages.why.plane_push import HELP_SLOPE, outcome, pair, point_controls, why
from ui.pages.why.plane_training import Board, PlaneTraining, stage_name
from ui.sidebar import controls
from ui.sidebar.url_state import LINK
from ui.widgets import main_button

TITLE = later("Two pixels: why a small push is enough")
# Where the controls stand at first for each set: layers, units, epochs, and a point near the border.
STARTS = {
    "Moons": (1, 4, 100, (150, 112)),
    "Circles": (1, 4, 100, (160, 80)),
    "Spirals": (2, 8, 200, (171, 131)),
}
EPOCHS = (25, 50, 100, 200, 400)
GOOD = 0.97  # the share of its points: below it another network is advised
HELP = later(
    "Two numbers are a picture of two pixels. A network of two inputs does to them what the large ones do to "
    "150,528 numbers (224 × 224 pixels of three colours): multiply by what it has learnt (weigh), add, bend, "
    "and in the end draw a straight line. With two, all of it can be drawn. After a drawing of Tiffany "
    "Souterre's."
)


def section(dark: bool, narrow: bool, notice: DeltaGenerator, settings: DeltaGenerator) -> None:
    """`settings` is where the controls stand: beside the page, or on a phone below it."""
    st.markdown(
        _(
            "Every picture of two pixels is a point in the square. The network learns to bend the square "
            "until one straight line parts **green** points from **pink** ones. Click a point to push it "
            "over that line."
        ),
        help=_(HELP),
    )
    board_place = st.container()
    with settings:  # on a phone first what is changed most
        above, between = st.container(), st.container()
    with between if narrow else above:
        plan = _plan()
        with st.container(horizontal=True, gap="small"):
            again = main_button.button(
                _("Train it"),
                key="two_train",
                icon=":material/school:",
                width="stretch",
                help=_("Shows the training again. The same settings and seed give the same network."),
            )
            button = st.empty()
    with above if narrow else between:
        point = point_controls(plan.data, STARTS[plan.data][3])
    if again:
        state.plane_training.forget()
    training = PlaneTraining.of(plan)
    with board_place:
        board, epoch = _board(plan, dark, narrow)
        bar = notice if narrow else st.empty()  # below the charts, which then stay where they are
        below = st.container()
    training.job.button(button, "two")
    if training.growing:
        board.play(training, bar)
        training.job.button(button, "two")
    if not training.job.items:
        notice.info(_("Stopped before anything was learnt."), icon=":material/stop_circle:")
        return
    moment = training.at(epoch)
    push = engine.call(two_pixels.pushed, moment.network, point.pixels, point.eps, point.steps)
    board.draw(training, moment, push, growing=False)
    with below:
        outcome(training, moment, push, narrow=narrow)
        if moment.right < GOOD and moment.epoch == plan.epochs:
            st.caption(_advice(plan))
        st.markdown(why(training, moment, push), help=_(HELP_SLOPE))
        _downloads(training, moment, dark=dark, narrow=narrow)


def _advice(plan: Plan) -> str:
    """What may part the points, where the network has not."""
    if not plan.layers:
        return _(
            "One straight line is not enough for these points. A hidden layer can bend the square first."
        )
    return _(
        "The network has not parted its points. More layers or units, more epochs or another seed may do."
    )


def _plan() -> Plan:
    """What is to be learnt, and by which network."""
    data = st.segmented_control(
        _("Points"),
        list(SHAPES),
        default="Moons",
        format_func=_,
        required=True,
        width="stretch",
        key="two_points",
        help=_("Which pictures are green and which are pink. 200 are drawn by the seed."),
        **LINK,
    )
    layers, units, epochs = STARTS[data][:3]
    own = data.lower()  # a set keeps settings of its own: spirals need more
    left, right = pair()
    layers = left.slider(
        _("Hidden layers"),
        *LAYERS,
        layers,
        key=f"two_layers_{own}",
        help=_(
            "A layer weighs and adds what it is given, then bends it. With none the network can only draw "
            "one straight line."
        ),
        **LINK,
    )
    bend = BENDS[0]
    if layers:
        units = right.slider(
            _("Units in each"),
            *UNITS,
            units,
            key=f"two_units_{own}",
            help=_("How many numbers a layer hands on."),
            **LINK,
        )
        bend = st.segmented_control(
            _("How a layer bends"),
            BENDS,
            default=BENDS[0],
            required=True,
            width="stretch",
            key="two_bend",
            help=_("*tanh* bends softly: nothing gets beyond −1 and 1. *ReLU* folds: below 0 becomes 0."),
            **LINK,
        )
    left, right = pair()
    epochs = left.select_slider(
        _("Epochs"),
        EPOCHS,
        value=epochs,
        key=f"two_epochs_{own}",
        help=_("How many times it sees every point."),
        **LINK,
    )
    with right:
        seed = controls.seed()
    return Plan(data, layers, units, bend, epochs, seed)


def _board(plan: Plan, dark: bool, narrow: bool) -> tuple[Board, int]:
    """The two charts with their sliders, and the epoch that is looked at."""
    names = list(stage_names(plan.layers))
    board = Board(dark, narrow, plan.layers)
    epoch: int = board.below_plane.select_slider(
        _("Epoch"),
        shown_epochs(plan.epochs),
        value=plan.epochs,
        key=f"two_epoch_{plan.epochs}",
        help=_("Look back at the training: 0 is before anything was learnt."),
        **LINK,
    )
    if plan.layers:
        stage = board.below_bent.select_slider(
            _("Stage"),
            names,
            value=names[-1],
            format_func=lambda name: stage_name(names.index(name)),
            key=f"two_stage_{plan.layers}",
            help=_(
                "Follow the square through the network: a layer first stretches it (weighs and adds), then "
                "bends it. After the last the network draws one straight line."
            ),
            **LINK,
        )
        board.stage = names.index(stage)
    else:
        board.below_bent.caption(
            _(
                "There is no hidden layer, so nothing is bent: the network can draw one straight line "
                "through the square, and no more."
            )
        )
    return board, epoch


def _downloads(training: PlaneTraining, moment: Moment, *, dark: bool, narrow: bool) -> None:
    plan, points = training.plan, training.points
    stem = f"two-pixels-{plan.data.lower()}-seed-{plan.seed}"
    moments = list(training.job.items)
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            _("GIF of the training"),
            carried(lambda: moving.training_gif(moments, points, dark=dark)),
            f"{stem}-training.gif",
            "image/gif",
            key="two_gif_training",
            icon=None if narrow else ":material/download:",
            help=_("Both pictures, epoch by epoch."),
            on_click="ignore",
        )
        if plan.layers:
            st.download_button(
                _("GIF of the layers"),
                carried(lambda: moving.layers_gif(moment.network, points, dark=dark)),
                f"{stem}-layers.gif",
                "image/gif",
                key="two_gif_layers",
                icon=None if narrow else ":material/download:",
                help=_("The square on its way through the layers, at the epoch you look at."),
                on_click="ignore",
            )
