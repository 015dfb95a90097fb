"""The point that is pushed over the border of the network with two pixels, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore.explain.point_sets import CLASSES, LEVELS
from trickcore.explain.two_pixels import SIDE, Moment, Push, chance, smallest_move
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
            f"{which.capitalize()} pixel",
            0,
            LEVELS,
            level,
            key=f"two_{which}_{data.lower()}",
            help="The point that is pushed: 0 is black, 255 white. A click on a chart sets both pixels.",
            **LINK,
        )
        for place, which, level in zip(pair(), ("first", "second"), start, strict=True)
    ]
    left, right = pair()
    eps = left.slider(
        "Epsilon of 255",
        1,
        MOST_EPS,
        20,
        key="two_eps",
        help="How far each of the two pixels may move, in grey levels of 255: the dotted box round the "
        "point. In the right chart the box is bent with everything else.",
        **LINK,
    )
    steps = right.slider(
        "Steps",
        1,
        30,
        10,
        key="two_steps",
        help="At each the slope says anew which way each pixel leads towards the other answer, and both go "
        "one step that way.",
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
        for name, step in (("Original", 0), ("Tricked", len(push.pixels) - 1)):
            levels = np.rint(push.pixels[step : step + 1] * LEVELS).astype(np.uint8)
            answer = CLASSES[push.labels[step]]
            with grid.cell(), st.container(gap="xxsmall"):
                alt = (
                    f"{name}: a picture of two pixels, {levels[0, 0]} and {levels[0, 1]}, taken for {answer}"
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
        far = push.moved[push.crossed]
        last = len(push.pixels) - 1
        outcome_box.wish(
            place,
            "tricked",
            f"At step {push.crossed} of {last}, moved by **{int(np.abs(far).max())} of 255**, it turned from "
            f"{before} to {CLASSES[1 - push.labels[0]]}. At the end, moved by {first} and {second}, it is "
            f"{after}.{wrong}",
            word="Crossed",
        )
        return
    if nearest is None:
        same = CLASSES[push.labels[0]]
        words = f"The network takes every picture of two pixels for {same}: there is no border."
    elif nearest[0] > eps:
        words = f"It is still {after}. {_counted(nearest[0])} Epsilon is {eps}."
    else:
        words = (
            f"It is still {after}. {_counted(nearest[0])} That is within epsilon, but the slope leads "
            "elsewhere. More steps, or a larger epsilon, may do."
        )
    outcome_box.wish(place, "not", words + wrong)
    if nearest is not None and eps < (wanted := nearest[0] + nearest[0] // 4 + 1) <= MOST_EPS:
        st.button(
            f"Use epsilon {wanted}",
            key="two_more",
            icon=":material/open_in_full:",
            help="A quarter more than the nearest picture on the other side needs.",
            on_click=state.widget("two_eps").set,
            args=(wanted,),
        )


def _sure(push: Push, step: int) -> str:
    label = int(push.labels[step])
    return f"**{CLASSES[label]}**, {percent(float(chance(push.scores[step], label)))}"


def _counted(levels: int) -> str:
    return (
        f"The nearest picture with the other answer is **{levels} of 255** away, found by "
        f"asking about all {SIDE * SIDE:,}."
    )


def _truth(training: PlaneTraining, push: Push) -> str:
    """What to add where the point is one of the training's, and the network was wrong from the start."""
    here = np.flatnonzero((training.points.pixels == push.pixels[0]).all(axis=1))
    if not len(here) or training.points.labels[here[0]] == push.labels[0]:
        return ""
    return (
        f" (It is a {CLASSES[training.points.labels[here[0]]]} point: the network was wrong to begin with.)"
    )


HELP_SLOPE = (
    "The score is the number behind the answer: below 0 is green, above it pink, and 0 is the border. Its "
    "slope (gradient, the arrow) says how much it changes for one grey level more of each pixel. At a score "
    "of 2.3 points pink is ten times as likely as green, at −2.3 green as pink (such points are called nats)."
)


def why(training: PlaneTraining, moment: Moment, push: Push) -> str:
    """What the slope promises, and what is the same with 784 pixels."""
    eps, score = round(push.eps * LEVELS), float(push.scores[0])
    first, second = (abs(float(slope)) for slope in push.slope)
    real = abs(float(push.scores[-1]) - score)
    enough = "more" if push.promised > abs(score) else "less"
    nearest = smallest_move(training.counted(moment), push.pixels[0])
    near = _counted(nearest[0]) if nearest and push.crossed is not None else ""
    begin = "Why so small a move is enough" if push.crossed else "What a move is worth"
    return (
        f"**{begin}.** Here the score is {score:.2f}; at 0 is the border. A grey level of the first pixel is "
        f"worth {first:.3f} points, one of the second {second:.3f}. Both moved by {eps}, each the right way: "
        f"{eps} × ({first:.3f} + {second:.3f}) = **{push.promised:.1f}** promised, {enough} than the "
        f"{abs(score):.2f} to the border. Really it was **{real:.1f}**, since the slope changes on the way "
        f"and is asked for anew at each step. {near} A digit has **784** pixels, so 784 such terms add up. "
        f"Were each worth as much, a move {DIGIT // 2} times smaller would do as well; what it really takes "
        "is measured on the page Survive."
    ).replace("-", "−")
