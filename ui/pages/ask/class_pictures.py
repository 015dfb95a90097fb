"""Draw me a digit: what a network makes of nothing, as the Ask page shows it."""

from __future__ import annotations

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore import engine
from trickcore.explain.records import Dream
from trickcore.jobs import explanations
from trickcore.jobs.networks import UNTRAINED
from trickcore.language import _, later
from trickcore.pictures.files import encode, enlarged
from trickcore.text import percent
from ui import state
from ui.pages.ask.input_gradients import Asked
from ui.session_run import FrameClock
from ui.sidebar.url_state import LINK
from ui.widgets import main_button, progress

BUDGET = 10.0  # the length of the whole change; the ink of a digit is about 9 long
BLANK, NOISE, THIS = later("Blank"), later("Noise"), later("This digit")
Row = list[tuple[DeltaGenerator, DeltaGenerator]]


def section(asked: Asked) -> None:
    """One start, pulled towards each of the ten classes, by every trained network."""
    st.subheader(
        _("Draw me a digit"),
        help=_(
            "Nobody draws here but the network: from one start, whatever raises its probability for a class "
            "is added over and over, with a budget that is hardly a limit."
        ),
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        begin = st.segmented_control(
            _("Start from"),
            [BLANK, NOISE, THIS],
            default=BLANK,
            format_func=_,
            required=True,
            key="dream_from",
            help=_("An empty sheet, faint noise drawn with the seed, or the digit above."),
            **LINK,
        )
        steps = st.slider(
            _("Changes"),
            10,
            200,
            60,
            10,
            key="dream_steps",
            width=220,
            help=_("How many times the picture is changed."),
            **LINK,
        )
        go = main_button.button(
            _("Draw all ten"),
            key="dream",
            icon=":material/draw:",
            help=_("Ten pictures for each network, a few seconds."),
        )
    drawers = {name: net for name, net in asked.who.items() if name != UNTRAINED}
    key = asked.key(begin, steps, *(drawer.identity for drawer in drawers.values()))
    if begin != THIS:
        key = key[1:]  # the digit does not matter
    kept = state.class_pictures.get()
    if not go and key not in kept:
        st.caption(_("Press **Draw all ten** to see what each network takes for a perfect 0, 1, 2 … 9."))
        return
    if go or key not in kept:
        kept.clear()
    found = kept.setdefault(key, {})
    bar = st.empty()
    for name, network in drawers.items():
        row = _row(_("{name} network", name=asked.title(name)), asked.narrow)
        if name not in found:
            clock = FrameClock()
            doing = _("The {name} network draws", name=asked.title(name).lower())
            with progress.shown(doing, _("change"), bar) as told:
                for dream in engine.stream(
                    explanations.dreamt,
                    network,
                    _start(begin, asked),
                    steps=steps,
                    budget=BUDGET,
                    shake=asked.shake,
                    seed=asked.seed,
                ):
                    told.tell(dream.index - 1, steps)
                    found[name] = dream
                    if clock.due():
                        _draw(row, dream, asked.title(name))
        _draw(row, found[name], asked.title(name))
    st.markdown(_in_words({asked.title(name): dream for name, dream in found.items()}))


def _start(begin: str, asked: Asked) -> bytes:
    if begin == THIS:
        return asked.data
    if begin == NOISE:
        return encode(np.random.default_rng(asked.seed).integers(0, 64, (28, 28), np.uint8))
    return encode(np.zeros((28, 28), np.uint8))


def _row(title: str, narrow: bool) -> Row:
    st.markdown(
        f"**{title}**",
        help=_(
            "Under each picture: the class it was pulled towards, and how sure the "
            "network is of that, asked about the picture as it would be saved."
        ),
    )
    grid = st.grid(5 if narrow else 10, min_column_width=4, wrap=False, gap=6)
    cells = [grid.cell().container(gap="xxsmall") for digit in range(10)]
    return [(cell.empty(), cell.empty()) for cell in cells]


def _draw(row: Row, dream: Dream, title: str) -> None:
    for k, (picture, caption) in enumerate(row):
        sure = percent(float(dream.probs[k]))
        alt = _("The {name} network's idea of a {digit}, {sure}", name=title, digit=k, sure=sure)
        picture.image(encode(enlarged(dream.pixels[k], 84)), width="stretch", alt=alt)
        caption.caption(f"**{k}** {sure}", text_alignment="center")


def _in_words(found: dict[str, Dream]) -> str:
    parts = [
        _(
            "the {name} network takes {right} of its ten for what they should be, {sure} sure on average",
            name=title.lower(),
            right=int(dream.right.sum()),
            sure=percent(float(dream.probs.mean())),
        )
        for title, dream in found.items()
    ]
    return _(
        "As saved, {parts}. Being sure and being right are different things: ask yourself which of them you "
        "can read.",
        parts="; ".join(parts),
    )
