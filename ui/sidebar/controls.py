"""The control panel: who looks, at what, what it should become, how much, how long, and go."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Collection, Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore import Card, Recipe
from trickcore.attacks.masks import MASKS
from trickcore.language import _, later
from trickcore.runs import fields
from trickcore.runs.methods import METHODS, SEES, Method
from trickcore.runs.recipe import DIGITS as DIGITS
from trickcore.runs.recipe import PHOTOS as PHOTOS
from trickcore.runs.recipe import default
from trickcore.text import named
from ui import state
from ui.sidebar import class_link
from ui.sidebar.url_state import LINK, SEEDS, whole
from ui.widgets import main_button

DEFAULT_NETWORK = PHOTOS.network
WIDE = 180  # pixels that the longest name of a method needs; what it is counted in stands beside it
BECOME, STOP_BEING = later("Become a class"), later("Stop being what it is")
MINE = Card("mine", later("Yours, trained here"), 0.0, 0.0, ready=True, digits=True)


def start_of(card: Card) -> Recipe:
    """Where the controls stand at first: photos and digits want other things."""
    return DIGITS if card.digits else PHOTOS


def setting(
    name: str,
    place: DeltaGenerator | None = None,
    *,
    start: object = None,
    help: str = "",
    only: Collection[Any] | None = None,
    words: Callable[[Any], str] | None = None,
    **options: Any,
) -> Any:
    """The control of a Recipe's field, as the table of fields has it, and the Recipe's value it stands at.

    `start` is where it stands at first, if not at the Recipe's default; `help` another text than the
    table's; `only` the values of the Recipe that can be chosen, where it is not all; `words` another way to
    write them; `options` are Streamlit's, such as `placeholder`.
    """
    control, where = fields.control(name), place or st
    first = control.of_recipe(default(name) if start is None else start)
    choices, label, told = control.choices, _(control.label), _shown(words or control.words)
    if only is not None:
        choices = tuple(choice for choice in choices if control.to_recipe(choice) in only)
        first = first if first in choices else choices[0]
        widget = state.widget(control.key)
        if widget.exists() and widget.get() not in choices:
            widget.set(first)
    common = {"key": control.key, "help": _(help or control.help), **options, **LINK}
    match control.widget:
        case "toggle":
            held = where.toggle(label, value=first, **common)
        case "slider":
            held = where.slider(label, control.least, control.most, first, control.step, **common)
        case "number_input":
            held = where.number_input(label, control.least, control.most, first, **common)
        case "select_slider":
            held = where.select_slider(label, choices, value=first, format_func=told, **common)
        case "selectbox":
            index = choices.index(first)
            held = where.selectbox(label, choices, index=index, format_func=told, **common)
    return control.to_recipe(held)


def _shown(words: Callable[[Any], str]) -> Callable[[Any], str]:
    """The same words in the visitor's language."""
    return lambda held: _(words(held))


def settle(card: Card) -> None:
    """Photos and digits keep settings of their own: those of the other kind are put aside and got back."""
    before, now = state.kind.get(), start_of(card)
    if before is not None and before != now:
        for name, value in (("picture", "Sample"), ("target", now.target), ("eps", now.eps), ("follow", [])):
            widget = state.widget(name)
            state.put_aside(before, name).set(widget.get())
            kept = state.put_aside(now, name).get()
            widget.set(value if kept is None else kept)
    state.kind.set(now)


def goal(
    labels: Sequence[str],
    start: Recipe,
    elsewhere: DeltaGenerator | None,
    seed: int,
    only: Sequence[int] | None = None,
    own: int | None = None,
) -> int | None:
    """The class to become, or None to stop being what it is; `only` those classes, if given, of which the
    picture is one's `own` already."""
    where = elsewhere or st.container(gap="xsmall")
    kind = where.segmented_control(
        _("Goal"),
        [BECOME, STOP_BEING],
        default=BECOME,
        required=True,
        width="stretch",
        label_visibility="collapsed" if elsewhere else "visible",  # "Trick it" has to be in sight too
        format_func=_,
        key="goal",
        disabled=class_link.pinned("goal"),
        help=_(
            "*Become a class* pushes towards one answer you choose (a targeted attack). *Stop being what "
            "it is* only pushes away from the first answer (untargeted), which is easier."
        ),
        **LINK,
    )
    if kind == STOP_BEING:
        return None
    control = fields.control("target")
    classes = range(len(labels)) if only is None else only
    others = [k for k in classes if k != own]
    first = start.target if start.target is not None and start.target in classes else (others or classes)[0]
    widget = state.widget(control.key)
    if widget.exists() and widget.get() not in classes:
        widget.set(first)
    with where.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        target: int = st.selectbox(
            _(control.label),
            classes,
            index=list(classes).index(first),
            format_func=lambda k: named(labels, k),
            key=control.key,
            disabled=class_link.pinned("goal"),
            help=_(control.help),
            **LINK,
        )
        st.button(
            _("Surprise me"),
            icon=":material/casino:",
            key="surprise",
            disabled=class_link.pinned("goal"),
            help=_("Picks a class for you. The same seed (under More) gives the same surprises."),
            on_click=_surprise,
            args=(classes, target, seed),
        )
    return target


def _surprise(classes: Sequence[int], current: int, seed: int) -> None:
    others = [k for k in classes if k != current] or [current]
    state.widget("target").set(random.Random(f"{seed}/{current}").choice(others))


def method(where: DeltaGenerator | None, about: DeltaGenerator) -> Method:
    """How it is tricked, with a sentence about it where it is not the usual way."""
    found = METHODS[setting("method", where, width=WIDE, disabled=class_link.pinned("method"))]
    if found.name != default("method") and not class_link.hidden("method"):
        sees = _("It {sees}.", sees=_(SEES[found.sees]))
        about.caption(f"{_(found.words)} {sees}")
    return found


def pixels(elsewhere: DeltaGenerator | None = None) -> int:
    count: int = setting("pixels", elsewhere, disabled=class_link.pinned("epsilon"))
    return count


def questions(elsewhere: DeltaGenerator | None = None) -> int:
    count: int = setting("questions", elsewhere, disabled=class_link.pinned("steps"))
    return count


HELP_EPSILON_L2 = later(
    "How far the colour values may move on average: the root mean square of all that may move (the norm L2, "
    "under More). Together they may go so far as the radius says; a single value may move much further, if "
    "others stay. With the norm L-infinity it is the limit of every value."
)


def epsilon(start: Recipe, elsewhere: DeltaGenerator | None = None, *, values: int | None = None) -> float:
    """Where the norm can be chosen, so many `values` may move: under L2 they share the radius."""
    l2 = values is not None and norm_so_far() == "l2"
    where = elsewhere or st.container(gap="xsmall")
    eps: float = setting(
        "eps",
        where,
        start=start.eps,
        help=HELP_EPSILON_L2 if l2 else "",
        disabled=class_link.pinned("epsilon"),
    )
    plain = _("{eps:g} of 255 = {share:.4f} on the 0 to 1 scale", eps=eps, share=eps / 255)
    where.caption(in_words(eps, values) if l2 and values is not None else plain)
    return eps


def in_words(eps: float, values: int) -> str:
    """An epsilon under L2: the mean of so many values, and the radius they share."""
    long = eps * math.sqrt(values)
    return _(
        "{eps:g} of 255 on average (root mean square), at most {long:,.0f} long in all: radius {radius:.3g} "
        "on the 0 to 1 scale",
        eps=eps,
        long=long,
        radius=long / 255,
    )


def steps(elsewhere: DeltaGenerator | None = None) -> int:
    count: int = setting("steps", elsewhere, disabled=class_link.pinned("steps"))
    return count


def _so_far(key: str, otherwise: object) -> object:
    """What a control stands at before it is drawn: in the visit, or as the link says."""
    widget = state.widget(key)
    return widget.get() if widget.exists() else st.query_params.get(key, otherwise)


def _choice_so_far(field: str) -> Any:
    """The same for one of several choices, which stands in a link as it is shown."""
    control = fields.control(field)
    asked, told = _so_far(control.key, ""), _shown(control.words)
    return next((one for one in control.choices if asked in (one, control.words(one), told(one))), None)


def seed_so_far() -> int:
    """The seed before its widget is drawn: pictures and surprises above it need it too."""
    asked = _so_far("seed", 0)
    return whole(asked, 0, SEEDS) or 0


def norm_so_far() -> str:
    """The norm before its widget is drawn, under More: what epsilon means depends on it."""
    return str(fields.control("norm").to_recipe(_choice_so_far("norm") or ""))


def method_so_far() -> str:
    """The method before its widget is drawn: some have only certain classes to aim at."""
    return str(_choice_so_far("method") or default("method"))


def mask_so_far() -> str:
    """Which pixels may move, before its widget is drawn; what is painted counts once it is there."""
    return str(_choice_so_far("mask") or MASKS[0])


def seed() -> int:
    number: int = setting("seed")
    return number


def live() -> bool:
    on: bool = st.toggle(
        _("Live"),
        value=True,
        key="live",
        help=_("On: the run starts when the page opens and when a setting changes. Off: only by the button."),
        **LINK,
    )
    return on


def go(*, possible: bool, narrow: bool = False) -> DeltaGenerator:
    """ "Trick it", and the place beside it where "Stop" stands while a run is on.

    The key T presses it too (see ui/widgets/viewport.py); a phone has no such key.
    """
    tip, key = _("Runs it with these settings."), _("On a keyboard: T.")
    main_button.button(
        _("Trick it"),
        icon=":material/auto_fix_high:",
        width="stretch",
        key="trick",
        disabled=not possible,
        help=tip if narrow else f"{tip} {key}",
        on_click=_wish,
        args=("go",),
    )
    return st.empty()


def stop(place: DeltaGenerator) -> None:
    place.button(
        _("Stop"),
        icon=":material/stop_circle:",
        key="stop",
        help=_("Ends the run; what it has reached stays."),
        on_click=_wish,
        args=("stop",),
    )


def wish() -> str | None:
    """What was pressed since the page was last run: "go", "stop" or nothing."""
    return state.wish.pop()


def _wish(word: str) -> None:
    state.wish.set(word)
