"""The settings most people leave alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from trickcore import Recipe
from trickcore.language import _, later
from trickcore.runs import fields
from trickcore.runs.field_kinds import share
from trickcore.runs.methods import GRADIENT, why_not
from trickcore.text import named
from ui import state
from ui.sidebar import class_link, controls
from ui.sidebar.apply_recipe import PAINTED
from ui.sidebar.url_state import LINK

FEW = 10  # so many classes can all have a line
AUTOMATIC = later("automatic")
LAST = ("seed", "stop_at")  # what a run is drawn from and when it ends stand after what it does


@dataclass(frozen=True, slots=True)
class DisplayOptions:
    """How a run is to be shown; none of it changes the run."""

    followed: tuple[int, ...]
    gain: int | None  # None: automatic
    noise: bool = False  # random changes of the same size beside the run


def advanced(labels: Sequence[str], recipe: Recipe) -> tuple[Recipe, DisplayOptions]:
    """The settings most people leave alone."""
    fixed, painted = class_link.pinned("more"), state.strokes(PAINTED).get()
    with st.expander(_("More"), key="more"):
        chosen: dict[str, Any] = {}
        for name in in_order():
            if not recipe.how.reads(name):
                continue
            options: dict[str, Any] = {} if name == "seed" else {"disabled": fixed}
            if name == "norm":
                options["only"] = recipe.how.norms
            if name == "stop_at" and recipe.how.asks:
                options["words"] = _ending
            if name == "alpha":
                options |= {
                    "format": "%.3f",
                    "placeholder": _("Automatic: {step:.3g}", step=recipe.step_size),
                }
            chosen[name] = controls.setting(name, **options)
            if name == "mask" and chosen["mask"] == "painted" and not painted:
                st.caption(
                    _("Nothing is painted yet, so all may change. Paint on the page Survive, *Only here*.")
                )
        if recipe.method != GRADIENT:
            st.caption(why_not(recipe.method))
        followed = st.multiselect(
            _("Classes to follow"),
            range(len(labels)),
            format_func=lambda k: named(labels, k),
            key="follow",
            disabled=fixed,
            placeholder=_("The leading ones"),
            help=_("Classes that get a line in the chart and a column in the CSV, besides the leading ones."),
            **LINK,
        )
        gain = st.select_slider(
            _("Gain of the perturbation"),
            [AUTOMATIC, *range(1, 101)],
            format_func=lambda held: _(str(held)),
            key="gain",
            disabled=fixed,
            help=_("How many times the perturbation in the middle is magnified, so that it can be seen."),
            **LINK,
        )
        noise = st.toggle(
            _("Random noise beside it"),
            key="noise",
            disabled=fixed,
            help=_(
                "Draws into the chart what the same changes do when each is given to another pixel at "
                "random. The page Why looks closer at this."
            ),
            **LINK,
        )
    if chosen["mask"] == "painted":
        chosen |= {"painted": painted} if painted else {"mask": "everywhere"}
    recipe = replace(recipe, **chosen)
    few = range(len(labels)) if len(labels) <= FEW else ()
    return recipe, DisplayOptions((*followed, *few), None if isinstance(gain, str) else gain, noise)


def _ending(held: Any) -> str:
    """When a method ends that only asks, in the panel's words."""
    return _("as soon as it can") if held == "never" else share(held)


def in_order() -> list[str]:
    """The fields that stand under More, from first to last."""
    names = fields.controls("more")
    return [*(name for name in names if name not in LAST), *LAST]
