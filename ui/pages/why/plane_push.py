"""The point that is pushed over the border of the network with two pixels, and what came of it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from trickcore.explain.point_sets import CLASSES, LEVELS
from trickcore.explain.two_pixels import SIDE, Moment, Push, chance, smallest_move
from trickcore.pictures.files import encode, enlarged
from trickcore.text import percent
from ui import state
from ui.pages.why.plane_training import PlaneTraining
from ui.sidebar.url_state import LINK
from ui.widgets import outcome_box

MOST_EPS = 96


class PointRow:
    """The point that is pushed: its two pixels, and how far they may move."""

    def __init__(self, data: str, start: tuple[int, int], *, narrow: bool) -> None:
        first, second = start
        if narrow:
            self.pictures = st.container()
            grid = st.grid(2, min_column_width=4, wrap=False, gap=8)
            places = [grid.cell(), grid.cell(), st.container()]
        else:
            self.pictures, *places = st.columns([1, 1.5, 1.5, 1.5], gap="medium")
        tip = "0 is black, 255 white. A click on a chart sets both."
        self.first, self.second = (
            place.slider(
                f"{which.capitalize()} pixel",
                0,
                LEVELS,
                level,
                key=f"two_{which}_{data.lower()}",
                help=tip,
                **LINK,
            )
            for place, which, level in zip(places, ("first", "second"), (first, second), strict=False)
        )
        self.eps: int = places[2].slider(
            "Epsilon (grey levels of 255)",
            1,
            MOST_EPS,
            20,
            key="two_eps",
            help="How far each of the two pixels may move: the dotted box round the point. In the right "
            "chart the box is bent with everything else.",
            **LINK,
        )

    @property
    def pixels(self) -> tuple[float, float]:
        """On [0, 1]."""
        return self.first / LEVELS, self.second / LEVELS

    def draw(self, push: Push) -> None:
        """The picture before and after, in large."""
        with self.pictures:
            grid = st.grid(2, min_column_width=3, wrap=False, gap=8)
            for name, step in (("Original", 0), ("Tricked", -1)):
                with grid.cell():
                    answer = CLASSES[push.labels[step]]
                    picture = enlarged(
                        np.rint(push.pixels[step : step + 1 or None] * LEVELS).astype(np.uint8), 40
                    )
                    st.image(encode(picture), width=96, alt=f"{name}: two pixels, taken for {answer}")
                    st.caption(name)


def verdict(training: PlaneTraining, moment: Moment, push: Push) -> None:
    """Whether it crossed the border, at which step, by how much; and how near the border is."""
    before, after = (_sure(push, step) for step in (0, -1))
    first, second = (f"{level:+d}".replace("-", "−") for level in push.moved[-1])
    nearest = smallest_move(training.counted(moment), push.pixels[0])
    wrong = _truth(training, push)
    place, eps = st.container(), round(push.eps * LEVELS)
    if push.crossed is not None:
        assert nearest is not None
        far = push.moved[push.crossed]
        outcome_box.wish(
            place,
            "tricked",
            f"At step {push.crossed} of {len(push.pixels) - 1}, with no pixel moved by more than "
            f"{int(np.abs(far).max())} of 255, the answer turned from {before} to "
            f"{CLASSES[1 - push.labels[0]]}; the end, {first} and {second}, is {after}. "
            f"{_counted(nearest[0])}{wrong}",
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
            f"It is still {after}, although {_counted(nearest[0])[:1].lower()}{_counted(nearest[0])[1:]} The "
            "slope at the point leads elsewhere. More steps, or a larger epsilon, may do."
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
        f"The nearest picture with the other answer needs {levels} of 255 of both pixels: counted, not "
        f"searched, among all {SIDE * SIDE:,}."
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
    "slope (gradient, the black arrow) says how much it changes a grey level of each pixel. Points are nats: "
    "2.3 more make the answer ten times as likely."
)


def why(push: Push) -> str:
    """What the slope promises, and what is the same with 784 pixels."""
    eps, score = round(push.eps * LEVELS), float(push.scores[0])
    first, second = (abs(float(slope)) for slope in push.slope)
    real = abs(float(push.scores[-1]) - score)
    enough = "more" if push.promised > abs(score) else "less"
    return (
        f"**Why so small a move is enough.** Here the score is {score:.2f}; at 0 is the border. A grey level "
        f"of the first pixel is worth {first:.3f} points, one of the second {second:.3f}. Both moved by "
        f"{eps}, each the right way: {eps} × ({first:.3f} + {second:.3f}) = **{push.promised:.1f}** promised, "
        f"{enough} than {abs(score):.2f}; really it was **{real:.1f}**, since the border is bent. A digit "
        "has **784** pixels, and nothing else is different: 784 such terms add up, so each pixel has to move far "
        "less."
    ).replace("-", "−")
