"""A recipe put on the panel, as if the visitor had set every control."""

from __future__ import annotations

from dataclasses import fields as dataclass_fields
from dataclasses import replace

from trickcore import Recipe
from trickcore.pictures.drawing import Stroke
from trickcore.runs import fields
from trickcore.runs.recipe import DIGITS, PHOTOS
from trickcore.text import named
from ui import state
from ui.session_run import card_named, labels_of
from ui.sidebar.controls import BECOME, DEFAULT_NETWORK, STOP_BEING
from ui.sidebar.picture_source import ANSWERS
from ui.sidebar.url_state import to_link
from ui.widgets import canvas

PAINTED = "canvas-mask"  # the canvas on which a mask is painted, on every page that has one


def apply(recipe: Recipe, origin: str | None = None) -> None:
    """Called before any widget is drawn, as in a button's callback. Without an `origin` (see
    pictures.Picture) the picture stays as it is; "file" asks for one of the visitor's own."""
    card = card_named(recipe.network)
    digits = card is not None and card.digits
    to_link("network", recipe.network, DEFAULT_NETWORK)
    state.kind.set(DIGITS if digits else PHOTOS)
    state.widget("goal").set(STOP_BEING if recipe.target is None else BECOME)
    for name, control in fields.controls().items():
        value = getattr(recipe, name)
        if name != "target" or value is not None:
            state.widget(control.key).set(control.of_recipe(value))
    state.widget("follow").set([])
    if recipe.painted:
        paint(recipe.painted)
    if origin is not None:
        _show(*origin.partition(":")[::2])


_HELD = {"goal": ("target",), "epsilon": ("eps",), "steps": ("steps",)}


def hold(recipe: Recipe, names: set[str]) -> None:
    """Puts those controls of class_link.CONTROLS back to where the recipe has them, whatever a link says."""
    if "network" in names:
        to_link("network", recipe.network, DEFAULT_NETWORK)
    if "goal" in names:
        state.widget("goal").set(STOP_BEING if recipe.target is None else BECOME)
    for field, control in fields.controls().items():
        holder = next((name for name, held in _HELD.items() if field in held), "more")
        value = getattr(recipe, field)
        if holder in names and (field != "target" or value is not None):
            state.widget(control.key).set(control.of_recipe(value))


def held(asked: Recipe, recipe: Recipe, names: set[str]) -> Recipe:
    """What is asked for, with the fields of those controls as `recipe` has them."""
    own = {"network": ("network",), **_HELD}
    elsewhere = {"network", *(field for those in _HELD.values() for field in those)}
    rest = tuple(field.name for field in dataclass_fields(Recipe) if field.name not in elsewhere)
    kept = [field for name in names for field in {**own, "more": rest}.get(name, ())]
    return replace(asked, **{field: getattr(recipe, field) for field in kept})


def in_link(recipe: Recipe, origin: str) -> dict[str, str]:
    """The same in the words of the panel's link, for a page that is opened with it: Streamlit does not
    write what code has set before a page was ever there."""
    card = card_named(recipe.network)
    digits = card is not None and card.digits
    begin, labels = DIGITS if digits else PHOTOS, labels_of(recipe.network)
    start = begin.target or 0
    source, _, name = origin.partition(":")
    sample = source in ("sample", "digit")
    words = {
        "picture": ("Sample" if sample else "Blank" if source == "blank" else "Upload", "Sample"),
        "sample": (name if sample else "", ANSWERS[digits] if sample else ""),
        "canvas": (name.capitalize() if source == "blank" else "", "White" if source == "blank" else ""),
        "goal": (STOP_BEING if recipe.target is None else BECOME, BECOME),
        **{
            control.key: (control.in_link(getattr(recipe, field)), control.in_link(getattr(begin, field)))
            for field, control in fields.controls().items()
        },
        "target": (named(labels, start if recipe.target is None else recipe.target), named(labels, start)),
        "network": (recipe.network, DEFAULT_NETWORK),
    }
    return {name: value for name, (value, default) in words.items() if value != default}


def paint(strokes: tuple[Stroke, ...]) -> None:
    canvas.replace(PAINTED, strokes)


def _show(source: str, name: str) -> None:
    """The picture's widgets, set to where it comes from."""
    kind = state.widget("picture")
    if source in ("sample", "digit"):
        kind.set("Sample")
        to_link("sample", name, "", f"sample.{'digits' if source == 'digit' else 'photos'}")
        state.gallery_turn.set(state.gallery_turn.get() + 1)
    elif source == "blank":
        kind.set("Blank")
        state.widget("canvas").set(name)
    else:
        kind.set("Upload")
