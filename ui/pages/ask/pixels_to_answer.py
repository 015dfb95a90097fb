"""From pixels to an answer: what each hidden unit sees, what it adds, and the gradient on the way back."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore import engine
from trickcore.explain.records import ForwardPass, largest
from trickcore.jobs import explanations, networks
from trickcore.jobs.networks import DENSE, Network
from trickcore.language import _, later, many, row
from trickcore.networks.dense.dense_card import dense_card
from trickcore.plots.digits.network_drawing import Chosen, network_drawing
from trickcore.text import percent, signed
from ui import state, text
from ui.pages.ask import input_gradients, unit_numbers
from ui.pages.ask.unit_numbers import unit_name
from ui.sidebar.url_state import LINK
from ui.widgets import chart_slot, lit_path, progress

SHOWN = 16  # units that are drawn
FORWARDS, BACKWARDS = later("Forwards"), later("Backwards")
STRONGEST, LIKELIEST = later("The strongest"), later("The likeliest")
DRAWING = "pixels_drawing"
PROVED = "digits-proved"
DENSE_TITLE = later("Small and dense")
HELP_DRAWING = later(
    "In the middle are hidden units: each multiplies every pixel by a weight, adds all up and passes on what "
    "is above 0. A line is as wide as what goes along it; only the strongest are drawn. Point at a hidden "
    "unit or an answer and its path lights up; click or tap it, or choose it in the lists, to see its "
    "numbers below. In the small pictures bright is above 0, dark below and grey is 0. Every number is "
    "rounded by itself."
)
COLOURS = later(
    "Orange adds, blue and dashed takes away; wider is more. The small pictures are the hidden units' "
    "weights: ink on bright adds, on dark takes away. Point at a unit or an answer to light up its path, "
    "click it for its numbers."
)
COLOURS_HERE = later(
    "Orange adds, blue and dashed takes away; wider is more. The small pictures are the hidden units' "
    "weights for this picture: ink on bright adds, on dark takes away. Point at a unit or an answer to light "
    "up its path, click it for its numbers."
)
BACK_COLOURS = later(
    "Bright: more ink here raises the score; dark: it lowers it; grey: no effect. The small pictures are the "
    "units' shares: those of all units added up are the large one. Orange lines raise the score, blue dashed "
    "ones lower it."
)


@dataclass(frozen=True, slots=True)
class Looked:
    """What is looked at, and by whom."""

    data: bytes
    who: dict[str, Network]  # by name
    dark: bool
    narrow: bool


def looked(data: bytes, who: dict[str, Network], dark: bool, narrow: bool) -> Looked:
    """A picture file and the page's networks, the small dense one first, and the one with proofs. Raises
    WeightsError."""
    dense = engine.call(networks.dense)
    known = {**dict(reversed(who.items())), PROVED: input_gradients.known(PROVED)}
    return Looked(data, {DENSE: dense, **known}, dark, narrow)


def title(noun: str) -> str:
    return _("How does a network get from this {noun} to an answer?", noun=text.escape(text.noun_of(noun)))


def section(looked: Looked, panel: DeltaGenerator, below: DeltaGenerator) -> None:
    """The drawing of a forward pass, its settings in `panel`, and one of its hidden units in numbers `below`.

    Raises ImageError.
    """
    lit_path.watched()
    with panel:
        name, back = _network(looked)
    with progress.spinning(_("Following the picture through the network")):
        found = engine.call(explanations.forward_pass, looked.who[name], looked.data)
    with panel:
        answer, unit = _part(found, name)
    units, counts = found.strongest(answer, SHOWN, back=back), found.counts(answer, back=back)
    if unit is None:
        unit = max(units, key=lambda j: counts[j])
    if unit not in units:  # it takes the place of the weakest
        units.remove(min(units, key=lambda j: counts[j]))
        units = sorted([*units, unit])
    chosen = Chosen(units, unit, answer, back)
    told = (_told_back if back else _told)(looked, name, found, chosen)
    with st.container(key=lit_path.KEY):
        _draw(looked, name, found, chosen, told)
    st.markdown(told)
    colours = BACK_COLOURS if back else COLOURS if found.fixed else COLOURS_HERE
    st.caption(_(colours), help=_(HELP_DRAWING))
    numbers = unit_numbers.backwards if back else unit_numbers.forwards
    with below:
        numbers(found, chosen, looked.dark, looked.narrow)


def _network(looked: Looked) -> tuple[str, bool]:
    name: str = st.selectbox(
        _("Network"),
        list(looked.who),
        format_func=lambda name: _(input_gradients.TITLES.get(name, DENSE_TITLE)),
        key="pixels_network",
        help=_(
            "*Small and dense* has 16 hidden units, each joined to every pixel, and nothing else. The others "
            "are this project's digit networks: layers that look at small patches come first, then 100 "
            "hidden units (256 in *Proved*, 292 in *Robust*), of which the 16 that count most are drawn."
        ),
        **LINK,
    )
    back = st.segmented_control(
        _("Direction"),
        [FORWARDS, BACKWARDS],
        default=FORWARDS,
        format_func=_,
        required=True,
        key="pixels_direction",
        help=_(
            "*Forwards*: how the answer comes about. *Backwards*: the gradient, which says how the score of "
            "one answer changes with each hidden unit, and with each pixel."
        ),
        **LINK,
    )
    return name, back == BACKWARDS


def _part(found: ForwardPass, name: str) -> tuple[int, int | None]:
    """The answer and the hidden unit that were chosen; None for the strongest."""
    answers = [LIKELIEST, *map(str, range(len(found.logits)))]
    units = [STRONGEST, *(f"Unit {j + 1}" for j in range(len(found.sums)))]
    grid = st.grid(2, min_column_width=4, wrap=False, gap=8)
    answer = grid.cell().selectbox(
        _("Answer"),
        answers,
        format_func=_,
        key="pixels_answer",
        help=_(
            "The answer whose score is explained. A score (logit) is what the network gives each answer "
            "before scores become probabilities: 2.3 points more is ten times as likely."
        ),
        **LINK,
    )
    unit = grid.cell().selectbox(
        _("Hidden unit"),
        units,
        format_func=lambda unit: unit_name(units.index(unit) - 1) if unit != STRONGEST else _(unit),
        key=_unit_key(name),
        help=_(
            "One of the small pictures in the middle. It multiplies every pixel by a weight, adds all up "
            "and passes on what is above 0; its numbers stand below the drawing. *The strongest* "
            "is the one that adds most to the answer or takes most from it; backwards, the one that "
            "counts most for it."
        ),
        **LINK,
    )
    best = int(found.probs.argmax())
    return best if answer == LIKELIEST else int(answer), None if unit == STRONGEST else units.index(unit) - 1


def _draw(looked: Looked, name: str, found: ForwardPass, chosen: Chosen, told: str) -> None:
    labels = looked.who[name].labels
    figure = network_drawing(found, labels, chosen, dark=looked.dark, narrow=looked.narrow)
    alt = _(
        "The network drawn: the picture, {units} hidden units and ten answers. {told}",
        units=len(chosen.units),
        told=told.replace("**", ""),
    )
    chart_slot.finished(
        st.empty(),
        figure,
        alt,
        key=DRAWING,
        on_select=lambda: _clicked(name),
        selection_mode="points",
    )


def _clicked(name: str) -> None:
    """A click on a unit or an answer chooses it in the lists."""
    for point in state.widget(DRAWING).get().selection.points:
        kind, _gap, number = str(point.get("customdata")).partition(" ")
        if kind == "unit":
            state.widget(_unit_key(name)).set(f"Unit {int(number) + 1}")
        elif kind == "answer":
            state.widget("pixels_answer").set(number)


def _unit_key(name: str) -> str:
    """Each network has units of its own."""
    return f"pixels_unit_{name.replace('-', '_')}"


ALL_DRAWN = later(
    "The score of **{answer}** is **{score}**: the {units} hidden units drawn add {drawn}, and a fixed "
    "number of its own (bias) {bias}."
)
SOME_DRAWN = later(
    "The score of **{answer}** is **{score}**: the {units} hidden units drawn add {drawn}, the {others} "
    "others {rest}, and a fixed number of its own (bias) {bias}."
)


def _told(looked: Looked, name: str, found: ForwardPass, chosen: Chosen) -> str:
    """What comes out at the end, and of what the answer's score is made."""
    k, labels = chosen.answer, looked.who[name].labels
    best = int(found.probs.argmax())
    drawn = float(found.added[k, list(chosen.units)].sum())
    others = len(found.sums) - len(chosen.units)
    says = _(
        "The network says **{name}**, {sure}.", name=labels[best], sure=percent(float(found.probs[best]))
    )
    made = _(
        SOME_DRAWN if others else ALL_DRAWN,
        answer=labels[k],
        score=signed(found.logits[k]),
        units=len(chosen.units),
        drawn=signed(drawn),
        others=others,
        rest=signed(float(found.added[k].sum()) - drawn),
        bias=signed(found.biases[k]),
    )
    return row(says, made, _accuracy() if name == DENSE else "")


def _told_back(looked: Looked, name: str, found: ForwardPass, chosen: Chosen) -> str:
    """What changes the answer's score, and which pixel changes it most."""
    k, whole = chosen.answer, found.gradients[chosen.answer]
    wish, on = looked.who[name].labels[k], int((found.sums > 0).sum())
    places = largest(whole, 1)
    if not places:
        return _("No pixel changes the score of **{answer}**: no hidden unit is on.", answer=wish)
    down, across = places[0]
    return row(
        _(
            "The score of **{answer}** is **{score}**. The pixel that counts most is in row {row}, column "
            "{column}: at this rate **{points}** points from empty to full ink.",
            answer=wish,
            score=signed(found.logits[k]),
            row=down + 1,
            column=across + 1,
            points=signed(float(whole[down, across])),
        ),
        many(
            "{n} of {all} hidden units is on (the sum is above 0); through the others nothing passes.",
            "{n} of {all} hidden units are on (the sum is above 0); through the others nothing passes.",
            on,
            all=len(found.sums),
        ),
    )


def _accuracy() -> str:
    card = dense_card()
    return _(
        "This network learnt for {time:.0f} seconds and reads {share} of MNIST's 10,000 test digits right.",
        time=card.seconds,
        share=percent(card.clean),
    )
