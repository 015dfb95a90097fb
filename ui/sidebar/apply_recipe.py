"""A recipe put on the panel, as if the visitor had set every control."""

from __future__ import annotations

import streamlit as st

from trickcore import Recipe
from trickcore.pictures.drawing import Stroke
from trickcore.text import named
from ui.runs import catalogue, labels_of
from ui.sidebar.controls import BECOME, DEFAULT_NETWORK, DIGITS, PHOTOS, STOP_BEING
from ui.sidebar.picture_source import ANSWERS
from ui.sidebar.url_state import to_link
from ui.widgets import canvas

PAINTED = "canvas-mask"  # the canvas on which a mask is painted, on every page that has one


def adopt(recipe: Recipe, origin: str | None = None) -> None:
    """Called before any widget is drawn, as in a button's callback. Without an `origin` (see
    pictures.Picture) the picture stays as it is; "file" asks for one of the visitor's own."""
    state = st.session_state
    digits = any(card.name == recipe.network and card.digits for card in catalogue())
    state["network"] = recipe.network
    to_link("network", recipe.network, DEFAULT_NETWORK)
    state["kind"] = DIGITS if digits else PHOTOS
    state["goal"] = STOP_BEING if recipe.target is None else BECOME
    if recipe.target is not None:
        state["target"] = recipe.target
    state["eps"], state["steps"] = recipe.eps, recipe.steps
    state["alpha"] = recipe.alpha
    state["norm"] = "L2" if recipe.norm == "l2" else "L-infinity"
    state["direction"] = "Raw gradient" if recipe.raw else "Sign"
    state["momentum"], state["random_start"], state["seed"] = (
        recipe.momentum,
        recipe.random_start,
        recipe.seed,
    )
    state["stop_at"] = "never" if recipe.stop_at is None else recipe.stop_at
    state["mask"], state["views"] = recipe.mask, recipe.views
    state["follow"] = []
    if recipe.painted:
        paint(recipe.painted)
    if origin is not None:
        _show(*origin.partition(":")[::2])


def in_link(recipe: Recipe, origin: str) -> dict[str, str]:
    """The same in the words of the panel's link, for a page that is opened with it: Streamlit does not
    write what code has set before a page was ever there."""
    digits = any(card.name == recipe.network and card.digits for card in catalogue())
    begin, labels = DIGITS if digits else PHOTOS, labels_of(recipe.network)
    source, _, name = origin.partition(":")
    sample = source in ("sample", "digit")
    told = {
        "network": (recipe.network, DEFAULT_NETWORK),
        "picture": ("Sample" if sample else "Blank" if source == "blank" else "Upload", "Sample"),
        "sample": (name if sample else "", ANSWERS[digits] if sample else ""),
        "canvas": (name.capitalize() if source == "blank" else "", "White" if source == "blank" else ""),
        "goal": (STOP_BEING if recipe.target is None else BECOME, BECOME),
        "target": tuple(named(labels, begin.target if k is None else k) for k in (recipe.target, None)),
        "eps": (f"{recipe.eps:g}", f"{begin.eps:g}"),
        "steps": (str(recipe.steps), "30"),
        "alpha": ("" if recipe.alpha is None else f"{recipe.alpha:g}", ""),
        "norm": ("L2" if recipe.norm == "l2" else "L-infinity", "L-infinity"),
        "direction": ("Raw gradient" if recipe.raw else "Sign", "Sign"),
        "momentum": (f"{recipe.momentum:g}", "0"),
        "random_start": (str(recipe.random_start).lower(), "false"),
        "mask": (recipe.mask.capitalize(), "Everywhere"),
        "views": (str(recipe.views), "0"),
        "seed": (str(recipe.seed), "0"),
        "stop_at": ("never" if recipe.stop_at is None else sure(recipe.stop_at), "never"),
    }
    return {name: value for name, (value, default) in told.items() if value != default}


def sure(p: float | str) -> str:
    """How sure a run has to be to end, in the panel's words."""
    return p if isinstance(p, str) else f"{p:.1%}".replace(".0%", "%")


def paint(strokes: tuple[Stroke, ...]) -> None:
    canvas.replace(PAINTED, strokes)


def _show(source: str, name: str) -> None:
    """The picture's widgets, set to where it comes from."""
    state = st.session_state
    if source in ("sample", "digit"):
        state["picture"] = "Sample"
        to_link("sample", name, "", f"sample.{'digits' if source == 'digit' else 'photos'}")
        state["gallery.turn"] = state.get("gallery.turn", 0) + 1
    elif source == "blank":
        state["picture"], state["canvas"] = "Blank", name
    else:
        state["picture"] = "Upload"
