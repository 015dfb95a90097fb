"""Where it looks: which parts of a picture speak for a class, of the original and the tricked one."""

from __future__ import annotations

import streamlit as st

from trickcore import engine
from trickcore.explain.grad_cam import Looks
from trickcore.jobs import explanations
from trickcore.language import _, later
from trickcore.pictures.files import Pixels, encode, enlarged
from trickcore.plots import gradients, run
from trickcore.text import named, percent
from ui import text
from ui.current_trick import CurrentTrick
from ui.widgets import chart_slot, progress

HELP = later(
    "Grad-CAM (Selvaraju et al. 2017): the network's last maps of the picture are added up, each weighed by "
    "how much it counts for the class (place by place, as in HiResCAM, 2020). What speaks against the class "
    "is left out. A map is coarse, since the network has made the picture small by then."
)


HELP_SCORE = later(
    "A score (logit) is what the network gives each class before scores become probabilities; 2.3 points "
    "more is ten times as likely."
)


def section(current: CurrentTrick) -> None:
    """Two classes, each in the original, the tricked picture and the difference, on one scale."""
    st.subheader(_("Where it looks"), help=_(HELP))
    classes = tuple(dict.fromkeys((current.label, current.target)))
    looks = current.kept(
        "looks",
        classes,
        make=lambda: _measured(current, classes),
    )
    _table(current, looks)
    _scales(current, looks)
    rows, columns = looks.grid
    st.caption(
        _(
            "In points of the class's score (logit), all maps on one scale. The network tells {rows} × "
            "{columns} places apart here; between them the map is drawn smoothly.",
            rows=rows,
            columns=columns,
        ),
        help=_(HELP_SCORE),
    )


def _measured(current: CurrentTrick, classes: tuple[int, ...]) -> Looks:
    with progress.spinning(_("Following the network's answer back to the places that count")):
        return engine.call(explanations.looks, current.network, current.original, current.tricked, classes)


def _table(current: CurrentTrick, looks: Looks) -> None:
    for which, k in enumerate(looks.classes):
        st.markdown(f"{_heading(current, k)} {_seen(looks, which)}")
        grid = st.grid(3, min_column_width=4, wrap=False, gap=8)
        before, after = looks.maps[which]
        for title, picture in (
            (_("Original"), gradients.overlay(before, looks.before, looks.scale)),
            (_("Tricked"), gradients.overlay(after, looks.after, looks.scale)),
            (_("Difference"), gradients.change_overlay(looks.difference(which), looks.after, looks.scale)),
        ):
            with grid.cell():
                _tile(picture, title, current.labels[k])


def _heading(current: CurrentTrick, k: int) -> str:
    name = text.escape(named(current.labels, k))
    if k == current.label:
        return _("**What speaks for {name}**, which it was taken for.", name=name)
    if k == current.recipe.target:
        return _("**What speaks for {name}**, which it should become.", name=name)
    return _("**What speaks for {name}**, the strongest other class.", name=name)


def _tile(picture: Pixels, title: str, name: str) -> None:
    with st.container(gap="xxsmall"):
        alt = _("What speaks for {name}: {title}", name=name, title=title)
        st.image(encode(enlarged(picture)), width="stretch", alt=alt)
        st.caption(title, text_alignment="center")


def _scales(current: CurrentTrick, looks: Looks) -> None:
    """The colour bars of the maps and of their differences."""
    left, right = st.columns(2, gap="medium")
    top = f"{looks.scale:.2g}"
    most = _("+{top} points", top=top)
    maps = run.colour_bar("0", "", most, dark=current.dark)
    maps.update_traces(colorscale=list(gradients.SEQUENTIAL))
    with left:
        st.caption(_("Original and tricked"))
        alt = _("The colours of a map: dark is 0, bright {top} points", top=top)
        chart_slot.finished(st.empty(), maps, alt)
    with right:
        st.caption(_("Difference"))
        change = run.colour_bar(_("−{top} points", top=top), "0", most, dark=current.dark)
        chart_slot.finished(
            st.empty(), change, _("The colours of a difference: dark is less, grey the same, bright more")
        )


def _seen(looks: Looks, which: int) -> str:
    """What one sees, in a sentence that is measured."""
    before, after = (float(heat.mean()) for heat in looks.maps[which])
    least = 0.01 * looks.scale
    if max(before, after) < least:
        return _("Hardly anything does, in either picture.")
    if before < least:
        return _("Hardly anything did; now something does.")
    if after < least:
        return _("Now hardly anything does.")
    change, same = after / before, looks.overlap(which)
    if same >= 0.9:
        where = _("in the same places")
    else:
        where = _("in partly other places") if same >= 0.5 else _("elsewhere")
    if 0.9 <= change <= 1.1:
        return _("About as much does now, {where}.", where=where)
    if change > 1:
        return _("{times:.2g} times as much does now, {where}.", times=change, where=where)
    return _("{share} of it is left, {where}.", share=percent(change, 0), where=where)
