"""The point that is pushed over the border of the network with two pixels, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore.explain.point_sets import CLASSES, LEVELS
from trickcore.explain.two_pixels import SIDE, Moment, Push, chance, smallest_move
from trickcore.language import _, later, row
from trickcore.pictures.files import encode, enlarged
from trickcore.text import percent
from ui import state
from ui.pages.why.plane_training import PlaneTraining
from ui.sidebar.url_state import LINK
from ui.widgets import outcome_box

MOST_EPS = 96
DIGIT = 28 * 28  # pixels


@dataclass(frozen=True, slots=True)
class Chosen:
    """The point that is pushed, how far and in how many steps."""

    pixels: tuple[float, float]  # on [0, 1]
    eps: float  # on [0, 1]
    steps: int


def pair() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Two places side by side, also where there is little room."""
    grid = st.grid(2, min_column_width=4, wrap=False, gap=16)
    return grid.cell(), grid.cell()


def point_controls(data: str, start: tuple[int, int]) -> Chosen:
    """The two pixels in numbers, epsilon and steps. Each set of points keeps a point of its own."""
    levels = [
        place.slider(
            label,
            0,
            LEVELS,
            level,
            key=f"two_{which}_{data.lower()}",
            help=_("The point that is pushed: 0 is black, 255 white. A click on a chart sets both pixels."),
            **LINK,
        )
        for place, which, label, level in zip(
            pair(), ("first", "second"), (_("First pixel"), _("Second pixel")), start, strict=True
        )
    ]
    left, right = pair()
    eps = left.slider(
        _("Epsilon of 255"),
        1,
        MOST_EPS,
        20,
        key="two_eps",
        help=_(
            "How far each of the two pixels may move, in grey levels of 255: the dotted box round the "
            "point. In the right chart the box is bent with everything else."
        ),
        **LINK,
    )
    steps = right.slider(
        _("Steps"),
        1,
        30,
        10,
        key="two_steps",
        help=_(
            "At each the slope says anew which way each pixel leads towards the other answer, and both go "
            "one step that way."
        ),
        **LINK,
    )
    return Chosen((levels[0] / LEVELS, levels[1] / LEVELS), eps / LEVELS, steps)


def outcome(training: PlaneTraining, moment: Moment, push: Push, *, narrow: bool) -> None:
    """The picture before and after, and whether it crossed the border."""
    if narrow:
        pictures, words = st.container(), st.container()
    else:
        pictures, words = st.columns([1, 4], gap="medium", vertical_alignment="center")
    with pictures:
        grid = st.grid(2, min_column_width=3, wrap=False, gap=8)
        for name, step in ((_("Original"), 0), (_("Tricked"), len(push.pixels) - 1)):
            levels = np.rint(push.pixels[step : step + 1] * LEVELS).astype(np.uint8)
            first, second = levels[0]
            with grid.cell(), st.container(gap="xxsmall"):
                alt = _(
                    "{name}: a picture of two pixels, {first} and {second}, taken for {answer}",
                    name=name,
                    first=first,
                    second=second,
                    answer=_(CLASSES[push.labels[step]]),
                )
                st.image(encode(enlarged(levels, 32)), width="stretch", alt=alt)
                st.caption(name, text_alignment="center")
    with words:
        _verdict(training, moment, push)


def _verdict(training: PlaneTraining, moment: Moment, push: Push) -> None:
    """Whether it crossed the border, at which step, by how much; and how near the border is."""
    before, after = (_sure(push, step) for step in (0, -1))
    first, second = (f"{level:+d}".replace("-", "−") for level in push.moved[-1])
    nearest = smallest_move(training.counted(moment), push.pixels[0])
    wrong = _truth(training, push)
    place, eps = st.container(), round(push.eps * LEVELS)
    if push.crossed is not None:
        outcome_box.wish(
            place,
            "tricked",
            row(
                _(
                    "At step {step} of {last}, moved by **{far} of 255**, it turned from {before} to "
                    "{other}. At the end, moved by {first} and {second}, it is {after}.",
                    step=push.crossed,
                    last=len(push.pixels) - 1,
                    far=int(np.abs(push.moved[push.crossed]).max()),
                    before=before,
                    other=_(CLASSES[1 - push.labels[0]]),
                    first=first,
                    second=second,
                    after=after,
                ),
                wrong,
            ),
            word=_("Crossed"),
        )
        return
    if nearest is None:
        words = _(
            "The network takes every picture of two pixels for {same}: there is no border.",
            same=_(CLASSES[push.labels[0]]),
        )
    else:
        small = nearest[0] > eps
        words = row(
            _("It is still {after}.", after=after),
            _counted(nearest[0]),
            _("Epsilon is {eps}.", eps=eps) if small else _(NO_WAY if push.slope.any() else FLAT),
        )
    outcome_box.wish(place, "not", row(words, wrong))
    if nearest is not None and eps < (wanted := nearest[0] + nearest[0] // 4 + 1) <= MOST_EPS:
        st.button(
            _("Use epsilon {wanted}", wanted=wanted),
            key="two_more",
            icon=":material/open_in_full:",
            help=_("A quarter more than the nearest picture on the other side needs."),
            on_click=state.widget("two_eps").set,
            args=(wanted,),
        )


NO_WAY = later(
    "That is within epsilon, but the slope leads elsewhere. More steps, or a larger epsilon, may do."
)


FLAT = later(
    "That is within epsilon, but here the slope is 0: it shows no way, however many steps there are. Another "
    "point may have one."
)


def _sure(push: Push, step: int) -> str:
    label = int(push.labels[step])
    return f"**{_(CLASSES[label])}**, {percent(float(chance(push.scores[step], label)))}"


def _counted(levels: int) -> str:
    return _(
        "The nearest picture with the other answer is **{levels} of 255** away, found by asking about all "
        "{all:,}.",
        levels=levels,
        all=SIDE * SIDE,
    )


def _truth(training: PlaneTraining, push: Push) -> str:
    """What to add where the point is one of the training's, and the network was wrong from the start."""
    here = np.flatnonzero((training.points.pixels == push.pixels[0]).all(axis=1))
    if not len(here) or training.points.labels[here[0]] == push.labels[0]:
        return ""
    return _(
        "(It is a {colour} point: the network was wrong to begin with.)",
        colour=_(CLASSES[training.points.labels[here[0]]]),
    )


HELP_SLOPE = later(
    "The score is the number behind the answer: below 0 is green, above it pink, and 0 is the border. Its "
    "slope (gradient, the arrow) says how much it changes for one grey level more of each pixel. At a score "
    "of 2.3 points pink is ten times as likely as green, at −2.3 green as pink (such points are called nats)."
)


MORE = later(
    "Both moved by {eps}, each the right way: {eps} × ({first:.3f} + {second:.3f}) = **{promised:.1f}** "
    "promised, more than the {far:.2f} to the border."
)
LESS = later(
    "Both moved by {eps}, each the right way: {eps} × ({first:.3f} + {second:.3f}) = **{promised:.1f}** "
    "promised, less than the {far:.2f} to the border."
)


CHANGES = later(
    "Really it was **{real:.1f}**, since the slope changes on the way and is asked for anew at each step."
)
SAME = later(
    "Really it was **{real:.1f}**: without a hidden layer the slope is the same everywhere, but no pixel "
    "goes below 0 or above 255."
)
SMALLER = later(
    "A digit has **784** pixels, so 784 such terms add up. Were each worth as much, a move {times} times "
    "smaller would do as well; what it really takes is measured on the page Survive."
)
LARGER = later(
    "A digit has **784** pixels, so 784 such terms add up. Were each worth as much, the same move would be "
    "worth {times} times as much."
)


def why(training: PlaneTraining, moment: Moment, push: Push) -> str:
    """What the slope promises, and what is the same with 784 pixels."""
    eps, score = round(push.eps * LEVELS), float(push.scores[0])
    first, second = (abs(float(slope)) for slope in push.slope)
    real = abs(float(push.scores[-1]) - score)
    nearest = smallest_move(training.counted(moment), push.pixels[0])
    if not push.slope.any():
        return row(
            _("**What a move is worth.**"),
            _(
                "Here the score is {score}; at 0 is the border. A small move changes nothing: the slope is "
                "0, as it is where every hidden unit that leads on is off.",
                score=f"{score:.2f}".replace("-", "−"),
            ),
        )
    enough = push.crossed is not None and push.promised > abs(score)
    return row(
        _("**Why so small a move is enough.**") if enough else _("**What a move is worth.**"),
        _(
            "Here the score is {score}; at 0 is the border. A grey level of the first pixel is worth "
            "{first:.3f} points, one of the second {second:.3f}.",
            score=f"{score:.2f}".replace("-", "−"),
            first=first,
            second=second,
        ),
        _(
            MORE if push.promised > abs(score) else LESS,
            eps=eps,
            first=first,
            second=second,
            promised=push.promised,
            far=abs(score),
        ),
        _(CHANGES if training.plan.layers else SAME, real=real),
        _counted(nearest[0]) if nearest and push.crossed is not None else "",
        _(SMALLER if push.crossed is not None else LARGER, times=DIGIT // 2),
    )
