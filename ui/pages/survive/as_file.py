"""The trick saved as others would save it: PNG, JPEG, WebP, made smaller and large again."""

from __future__ import annotations

from functools import partial

import streamlit as st

from trickcore import engine
from trickcore.jobs import survival
from trickcore.language import _, later
from trickcore.pictures.files import encode, enlarged
from trickcore.plots import survival as rates
from trickcore.text import named
from ui import text
from ui.current_trick import CurrentTrick
from ui.pages.survive.random_views import goal, tell
from ui.session_run import seen
from ui.sidebar.url_state import LINK
from ui.widgets import chart_slot, progress

QUALITIES = (5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100)
FORMS = (  # title, name in `reencode.FORMS`, suffix, remark
    ("PNG", "png", "png", later("Every value stays.")),
    ("JPEG", "jpeg", "jpg", ""),
    ("WebP", "webp", "webp", ""),
    (later("Resized there and back"), "resized", "png", ""),
)
HELP = later(
    "Sites and telephones save pictures anew. PNG keeps every value. JPEG and WebP leave out what the eye "
    "hardly sees, and a small perturbation is just that. Resizing averages neighbouring pixels. The "
    "original goes through the same, so that you can see what the file does and what the trick does."
)


def section(current: CurrentTrick) -> None:
    """A card for every form, and the probability against JPEG quality."""
    st.subheader(_("As a file"), help=_(HELP))
    sentence = _(
        "The tricked picture is to be read as **{goal}**, the original as **{answer}**. What is left after "
        "each of these?",
        goal=text.escape(goal(current)),
        answer=text.escape(named(current.labels, current.label)),
    )
    about = st.empty()  # what it is about; how far it is, where that takes long: nothing below moves
    about.markdown(sentence)
    cards = st.columns(1 if current.narrow else 4, gap="small")
    places = cards * 4 if current.narrow else cards
    quality = 0
    with progress.shown(
        _("Saving both pictures and asking the network"), _("form"), about, patience=progress.PATIENCE
    ) as told:
        for done, (place, form) in enumerate(zip(places, FORMS, strict=True)):
            with place:
                value = _card(current, *form)
            quality = value if form[1] == "jpeg" else quality
            told.tell(done + 1, len(FORMS))
    about.markdown(sentence)
    _curve(current, quality)


def _card(current: CurrentTrick, title: str, form: str, suffix: str, remark: str) -> int:
    """One form: both pictures, its slider, the verdict; the value of the slider is given back."""
    with st.container(border=True, gap="xsmall", height="stretch"):
        head = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center")
        head.markdown(f"**{_(title)}**", width="content")
        # On a phone the pictures are small, so that the four forms need less than three screens.
        grid = st.grid(3 if current.narrow else 2, min_column_width=4, wrap=False, gap=8)
        cells = [grid.cell().container(gap="xxsmall") for _cell in range(2)]
        verdict = st.empty()
        value = 0
        settings: tuple[float, ...] = ()
        if form == "resized":
            value = _share()
            settings = (value / 100,)
        elif form != "png":
            value = _quality(title, suffix)
            settings = (value,)
        filed = current.kept(
            "filed",
            title,
            value,
            make=partial(
                engine.call,
                survival.as_file,
                current.network,
                current.original,
                current.tricked,
                form,
                settings,
                current.label,
                current.recipe.target,
            ),
        )
        readings = (
            (_("Original"), filed.clean, filed.comparison.clean),
            (_("Tricked"), filed.tricked, filed.comparison.tricked),
        )
        for cell, (name, data, reading) in zip(cells, readings, strict=True):
            with cell:
                st.caption(name)
                alt = f"{name}, {_(title)}: {reading.name}"
                st.image(encode(enlarged(seen(current.network, data))), width="stretch", alt=alt)
                st.markdown(text.caption(reading.name, reading.probability))
        tell(verdict, filed.comparison, current.truth, framed=False)
        if remark:
            st.caption(_(remark))
        (head if current.narrow else st).download_button(
            _("Download, {size:.1f} kB", size=len(filed.tricked) / 1000),
            filed.tricked,
            f"tricked.{suffix}",
            key=f"download-{title}",
            type="tertiary",
            icon=":material/download:",
            help=_("The tricked picture in this form."),
            on_click="ignore",
        )
    return value


def _quality(title: str, suffix: str) -> int:
    value: int = st.slider(
        _("Quality"),
        1,
        100,
        75 if suffix == "jpg" else 80,
        key=f"{suffix}_quality",
        help=_("What a program asks when it saves a {form}: 100 is the largest and best file.", form=title),
        **LINK,
    )
    return value


def _share() -> int:
    value: int = st.slider(
        _("Size in between"),
        10,
        200,
        50,
        5,
        format="%d\u00a0%%",
        key="resized_to",
        help=_("Each side is brought to this share of its length, and then back to what it was."),
        **LINK,
    )
    return value


def _curve(current: CurrentTrick, quality: int) -> None:
    """What was wanted of the tricked picture, and what the clean one is, against JPEG quality."""
    st.markdown(_("**JPEG, from worst to best**"))
    target, place = current.recipe.target, st.empty()

    def ask(data: bytes, label: int) -> list[float]:
        found = engine.stream(survival.jpeg_chances, current.network, data, label, QUALITIES)
        return progress.counted(found, len(QUALITIES), _("Saving and asking"), _("quality"), place=place)

    clean = current.kept("jpeg clean", make=lambda: ask(current.original, current.label))
    tricked = current.kept(
        "jpeg", make=lambda: ask(current.tricked, current.label if target is None else target)
    )
    if target is None:
        tricked = [1 - p for p in tricked]
    wanted = _("anything else") if target is None else current.labels[target]
    figure = rates.quality_chart(
        QUALITIES,
        tricked,
        clean,
        (
            _("tricked: {answer}", answer=wanted),
            _("original: {answer}", answer=current.labels[current.label]),
        ),
        chosen=quality,
        dark=current.dark,
        narrow=current.narrow,
    )
    alt = _("Probability against JPEG quality: {goal}, and the original", goal=goal(current))
    chart_slot.finished(place, figure, alt)
