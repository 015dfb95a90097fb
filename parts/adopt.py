"""A recipe put on the panel, as if the visitor had set every control."""

from __future__ import annotations

import streamlit as st

from parts import canvas
from parts.controls import BECOME, DEFAULT_NETWORK, DIGITS, PHOTOS, STOP_BEING
from parts.links import to_link
from trickcore import Recipe, catalogue
from trickcore.drawing import Stroke

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


def paint(strokes: tuple[Stroke, ...]) -> None:
    canvas.replace(PAINTED, strokes)


def _show(source: str, name: str) -> None:
    """The picture's widgets, set to where it comes from."""
    state = st.session_state
    if source in ("sample", "digit"):
        state["picture"] = "Sample"
        to_link("sample", name, "")
        state["gallery.turn"] = state.get("gallery.turn", 0) + 1
    elif source == "blank":
        state["picture"], state["canvas"] = "Blank", name
    else:
        state["picture"] = "Upload"
