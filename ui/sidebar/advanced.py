"""The settings most people leave alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st

from trickcore import Recipe
from trickcore.attacks.masks import MASKS
from trickcore.text import named
from ui.sidebar import class_link, controls
from ui.sidebar.apply_recipe import PAINTED, sure
from ui.sidebar.url_state import LINK

FEW = 10  # so many classes can all have a line


@dataclass(frozen=True, slots=True)
class DisplayOptions:
    """How a run is to be shown; none of it changes the run."""

    followed: tuple[int, ...]
    gain: int | None  # None: automatic
    noise: bool = False  # random changes of the same size beside the run


def more(labels: Sequence[str], recipe: Recipe) -> tuple[Recipe, DisplayOptions]:
    """The settings most people leave alone."""
    fixed, painted = class_link.pinned("more"), st.session_state.get(f"{PAINTED}.strokes", ())
    with st.expander("More", key="more"):
        alpha = st.number_input(
            "Step size (grey levels)",
            min_value=0.001,
            max_value=10_000.0,
            value=None,
            format="%.3f",
            placeholder=f"Automatic: {recipe.step_size:.3g}",
            key="alpha",
            disabled=fixed,
            help="How far one step goes. Empty: automatic, 2.5 times epsilon divided by the steps. With the "
            "raw gradient it is a learning rate, and automatic is 40 times that.",
            **LINK,
        )
        norm = st.selectbox(
            "Norm",
            ["L-infinity", "L2"],
            key="norm",
            disabled=fixed,
            help="What epsilon limits. *L-infinity*: every single value. *L2*: the root mean square of all "
            "that may move, so that some values may move far if others stay.",
            **LINK,
        )
        direction = st.selectbox(
            "Direction",
            ["Sign", "Raw gradient"],
            key="direction",
            disabled=fixed,
            help="Which way a step goes. *Sign*: every value moves by the same amount, up or down (under L2: "
            "one unit along the gradient). *Raw gradient*: each moves as much as it matters.",
            **LINK,
        )
        momentum = st.slider(
            "Momentum",
            0.0,
            1.0,
            0.0,
            0.1,
            key="momentum",
            disabled=fixed,
            help="How much of the last direction is kept. It helps a trick to fool other networks too.",
            **LINK,
        )
        random_start = st.toggle(
            "Random start",
            key="random_start",
            disabled=fixed,
            help="Begin with random noise inside epsilon instead of the picture itself.",
            **LINK,
        )
        mask = st.selectbox(
            "Only here",
            MASKS,
            key="mask",
            format_func=str.capitalize,
            disabled=fixed,
            help="Which pixels may change: everywhere, a pair of glasses, a sticker, a frame, or what you "
            "painted on the page Survive. With few pixels, epsilon has to be large.",
            **LINK,
        )
        if mask == "painted" and not painted:
            st.caption("Nothing is painted yet, so all may change. Paint on the page Survive, *Only here*.")
        views = st.slider(
            "Random views a step",
            0,
            16,
            0,
            key="views",
            disabled=fixed,
            help="0: the network sees the picture as it is. More: at each step it is shown so many copies, "
            "turned, scaled, moved, lighter or darker, noisy, and the trick has to work on all of them "
            "(expectation over transformation, EOT). Takes so many times as long.",
            **LINK,
        )
        seed = controls.seed()
        stop_at = st.select_slider(
            "Stop when this sure",
            ["never", 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999],
            key="stop_at",
            disabled=fixed,
            format_func=sure,
            help="End the run as soon as the goal has this probability.",
            **LINK,
        )
        followed = st.multiselect(
            "Classes to follow",
            range(len(labels)),
            format_func=lambda k: named(labels, k),
            key="follow",
            disabled=fixed,
            placeholder="The leading ones",
            help="Classes that get a line in the chart and a column in the CSV, besides the leading ones.",
            **LINK,
        )
        gain = st.select_slider(
            "Gain of the perturbation",
            ["automatic", *range(1, 101)],
            key="gain",
            disabled=fixed,
            help="How many times the perturbation in the middle is magnified, so that it can be seen.",
            **LINK,
        )
        noise = st.toggle(
            "Random noise beside it",
            key="noise",
            disabled=fixed,
            help="Draws into the chart what the same changes do when each is given to another pixel at "
            "random. The page Why looks closer at this.",
            **LINK,
        )
    recipe = replace(
        recipe,
        alpha=alpha,
        norm="l2" if norm == "L2" else "linf",
        raw=direction == "Raw gradient",
        momentum=momentum,
        random_start=random_start,
        seed=seed,
        stop_at=None if isinstance(stop_at, str) else stop_at,
        mask=mask if mask != "painted" or painted else "everywhere",
        painted=painted if mask == "painted" else (),
        views=views,
    )
    few = range(len(labels)) if len(labels) <= FEW else ()
    return recipe, DisplayOptions((*followed, *few), None if isinstance(gain, str) else gain, noise)
