"""From pixels to an answer: what each hidden unit sees, what it adds, and the gradient on the way back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore import engine
from trickcore.explain.records import ForwardPass, Values, largest
from trickcore.jobs import explanations, networks
from trickcore.jobs.networks import DENSE, Network
from trickcore.networks.dense_card import dense_card
from trickcore.pictures.files import encode, enlarged
from trickcore.plots import bars, gradients
from trickcore.plots.network_drawing import Chosen, colour_scale, network_drawing
from trickcore.plots.style import INTERACTIVE
from trickcore.text import percent, signed
from ui import state, text
from ui.pages.ask import input_gradients
from ui.sidebar.url_state import LINK
from ui.widgets import chart_slot, lit_path, progress

SHOWN = 16  # units that are drawn
FORWARDS, BACKWARDS = "Forwards", "Backwards"
STRONGEST, LIKELIEST = "The strongest", "The likeliest"
DRAWING = "pixels_drawing"
TERMS = 5  # pixels whose terms are written out
HELP_SUM = (
    "A pixel's value goes from 0 (empty) to 1 (full ink). Each is multiplied by the unit's weight for that "
    "pixel, and all products are added up, with one number more that no pixel changes: the bias. Every "
    "number is rounded by itself, so the last digit of the sum may be off by one."
)
HELP_HERE = (
    "Before these hidden units come two layers that look at small patches. As long as none of their parts "
    "switches on or off, all of it together acts like one set of weights on the pixels. Those are shown: "
    "exact for this picture, others for another one."
)
HELP_RELU = (
    "This rule is called ReLU, rectified linear unit: what is below 0 counts as 0. Without it a network of "
    "many layers could do no more than one layer can."
)
HELP_BACK = (
    "The gradient is found backwards, from the answer to the pixels (backpropagation, Rumelhart and others "
    "1986): the answer's weight on each unit, times the unit's weights on the pixels, nothing where a unit "
    "is off, and all units added up."
)
HELP_DRAWING = (
    "Orange lines push up, blue dashed lines push down; the wider, the more. Only the strongest are drawn. "
    "Point at a hidden unit or an answer and its path lights up; click or tap it, or choose it in the "
    "lists, to see its numbers below. In the small pictures bright is positive, dark is negative and grey "
    "is 0."
)


@dataclass(frozen=True, slots=True)
class Looked:
    """What is looked at, and by whom."""

    data: bytes
    noun: str
    who: dict[str, Network]  # by name
    dark: bool
    narrow: bool


def looked(data: bytes, noun: str, who: dict[str, Network], dark: bool, narrow: bool) -> Looked:
    """A picture file and the page's networks, with the small dense one first. Raises WeightsError."""
    first = {DENSE: engine.call(networks.dense)}
    return Looked(data, noun, first | dict(reversed(who.items())), dark, narrow)


def title(noun: str) -> str:
    return f"How does a network get from this {text.escape(noun)} to an answer?"


def section(looked: Looked) -> None:
    """The drawing of a forward pass, and one of its hidden units in numbers. Raises ImageError."""
    lit_path.watched()
    drawing = st.container(key=lit_path.KEY) if looked.narrow else None
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        name, back = _network(looked)
        with progress.spinning("Following the picture through the network"):
            found = engine.call(explanations.forward_pass, looked.who[name], looked.data)
        answer, unit = _part(found, name)
    units = found.strongest(answer, SHOWN)
    unit = max(units, key=lambda j: abs(found.added[answer, j])) if unit is None else unit
    if unit not in units:  # it takes the place of the weakest
        units.remove(min(units, key=lambda j: abs(found.added[answer, j])))
        units = sorted([*units, unit])
    chosen = Chosen(units, unit, answer, back)
    with drawing or st.container(key=lit_path.KEY):
        _draw(looked, name, found, chosen)
    st.markdown(_told(looked, name, found, chosen), help=HELP_DRAWING)
    (_backwards if back else _forwards)(looked, found, chosen)


def _network(looked: Looked) -> tuple[str, bool]:
    name: str = st.selectbox(
        "Network",
        list(looked.who),
        format_func=lambda name: input_gradients.TITLES.get(name, "Small and dense"),
        key="pixels_network",
        width=190,
        help="*Small and dense* has 16 hidden units, each joined to every pixel, and nothing else. The "
        "others are this project's digit networks: two layers that look at small patches come first, then "
        "100 hidden units, of which the 16 that count most are drawn.",
        **LINK,
    )
    back = st.segmented_control(
        "Direction",
        [FORWARDS, BACKWARDS],
        default=FORWARDS,
        required=True,
        key="pixels_direction",
        help="*Forwards*: how the answer comes about. *Backwards*: the gradient, which says how the score of "
        "one answer changes with each hidden unit, and with each pixel.",
        **LINK,
    )
    return name, back == BACKWARDS


def _part(found: ForwardPass, name: str) -> tuple[int, int | None]:
    """The answer and the hidden unit that were chosen; None for the strongest."""
    answers = [LIKELIEST, *map(str, range(len(found.logits)))]
    units = [STRONGEST, *(_unit(j) for j in range(len(found.sums)))]
    answer = st.selectbox(
        "Answer",
        answers,
        key="pixels_answer",
        width=150,
        help="The answer whose score is explained. A score (logit) is what the network gives each answer "
        "before scores become probabilities: 2.3 points more is ten times as likely.",
        **LINK,
    )
    unit = st.selectbox(
        "Hidden unit",
        units,
        key=_unit_key(name),
        width=160,
        help="One of the small pictures in the middle: its numbers stand below the drawing. *The strongest* "
        "is the one that adds most to the answer or takes most from it.",
        **LINK,
    )
    best = int(found.probs.argmax())
    return best if answer == LIKELIEST else int(answer), None if unit == STRONGEST else units.index(unit) - 1


def _draw(looked: Looked, name: str, found: ForwardPass, chosen: Chosen) -> None:
    labels = looked.who[name].labels
    figure = network_drawing(found, labels, chosen, dark=looked.dark, narrow=looked.narrow)
    st.plotly_chart(
        figure,
        theme=None,
        config=INTERACTIVE,
        key=DRAWING,
        on_select=lambda: _clicked(name),
        selection_mode="points",
        alt=f"The network drawn: the picture, {len(chosen.units)} hidden units and ten answers. "
        + _told(looked, name, found, chosen).replace("**", ""),
    )


def _clicked(name: str) -> None:
    """A click on a unit or an answer chooses it in the lists."""
    for point in state.widget(DRAWING).get().selection.points:
        kind, _, number = str(point.get("customdata")).partition(" ")
        if kind == "unit":
            state.widget(_unit_key(name)).set(_unit(int(number)))
        elif kind == "answer":
            state.widget("pixels_answer").set(number)


def _unit(j: int) -> str:
    return f"Unit {j + 1}"


def _unit_key(name: str) -> str:
    """Each network has units of its own."""
    return f"pixels_unit_{name.replace('-', '_')}"


def _told(looked: Looked, name: str, found: ForwardPass, chosen: Chosen) -> str:
    """What comes out at the end, and of what the answer's score is made."""
    k, labels = chosen.answer, looked.who[name].labels
    best = int(found.probs.argmax())
    drawn = float(found.added[k, list(chosen.units)].sum())
    others = len(found.sums) - len(chosen.units)
    rest = float(found.added[k].sum()) - drawn
    more = f", the {others} others {signed(rest)}" if others else ""
    told = (
        f"The network says **{labels[best]}**, {percent(float(found.probs[best]))}. The score of "
        f"**{labels[k]}** is **{signed(found.logits[k])}**: the {len(chosen.units)} hidden units drawn add "
        f"{signed(drawn)}{more}, and its own bias {signed(found.biases[k])}."
    )
    if name == DENSE:
        told += f" It reads {percent(dense_card().clean)} of MNIST's 10,000 test digits."
    return told


def _forwards(looked: Looked, found: ForwardPass, chosen: Chosen) -> None:
    """The sum of the unit that is looked at, written out, and what it adds to every answer."""
    unit, answer = chosen.unit, chosen.answer
    st.subheader(f"{_unit(unit)} in numbers", help=HELP_SUM if found.fixed else f"{HELP_SUM} {HELP_HERE}")
    first, second, third, fourth = _columns(looked)
    of = "weights" if found.fixed else "weights for this picture"
    _picture(first, found.patterns[unit], f"Its {of}", f"The {of} of {_unit(unit)}", looked)
    adds = "What each pixel adds"
    _picture(second, found.terms(unit), adds, f"What each pixel adds to {_unit(unit)}", looked)
    terms, places = found.terms(unit), largest(found.terms(unit), TERMS)
    rows = [
        (place, f"{found.values[place]:.2f} × {signed(found.patterns[unit][place])}", terms[place])
        for place in places
    ]
    others = float(terms.sum() - sum(terms[place] for place in places))
    offset = "bias" if found.fixed else "biases on the way"
    last = [(f"{terms.size - len(places)} other pixels", others), (offset, float(found.offsets[unit]))]
    third.markdown(_table("value × weight", rows, [*last, ("**sum**", float(found.sums[unit]))]))
    on = found.sums[unit] > 0
    passes = (
        f"Above 0, so the unit passes on **{found.active[unit]:.2f}**."
        if on
        else "Not above 0, so the unit is off and passes on **0**."
    )
    third.markdown(passes, help=HELP_RELU)
    fourth.markdown(
        f"**What it adds to each answer.** To {answer}: {found.active[unit]:.2f} × "
        f"{signed(found.weights[answer, unit])} = **{signed(found.added[answer, unit])}**"
    )
    figure = bars.added_bars(found.added[:, unit], _digits(found), answer, dark=looked.dark)
    alt = ", ".join(f"{k}: {signed(value)}" for k, value in enumerate(found.added[:, unit]))
    chart_slot.finished(fourth.empty(), figure, f"What {_unit(unit)} adds to each answer: {alt}")


def _backwards(looked: Looked, found: ForwardPass, chosen: Chosen) -> None:
    """The unit's share of the answer's gradient, and the gradient itself, in numbers."""
    unit, answer = chosen.unit, chosen.answer
    pull, share, whole = found.pull(answer)[unit], found.shares(answer)[unit], found.gradients[answer]
    st.subheader(f"{_unit(unit)} and the gradient of {answer}", help=HELP_BACK)
    first, second, third, fourth = _columns(looked)
    of = "weights" if found.fixed else "weights for this picture"
    _picture(first, found.patterns[unit], f"Its {of}", f"The {of} of {_unit(unit)}", looked)
    _picture(
        second, share, "Its share of the gradient", f"The share of {_unit(unit)} in the gradient", looked
    )
    if pull:
        third.markdown(
            f"The unit is on: a point more in its sum is **{signed(pull)}** for the score of {answer}, the "
            f"weight between them. So its share is {signed(pull)} times its weights:"
        )
        rows = [
            (place, f"{signed(pull)} × {signed(found.patterns[unit][place])}", share[place])
            for place in largest(share, TERMS)
        ]
        third.markdown(_table("pull × weight", rows, []))
    else:
        third.markdown(
            f"The unit is off: its sum is {signed(found.sums[unit])}, below 0. A little more or less changes "
            f"nothing, so nothing passes through, and its share of the gradient is 0 everywhere."
        )
    units = np.abs(found.pull(answer)) > 0
    fourth.markdown(
        f"**The whole gradient.** All {int(units.sum())} units that are on, added up. These pixels push {answer} "
        "most, in points of score for a pixel that goes from empty to full:"
    )
    fourth.markdown(_table("", [(place, "", whole[place]) for place in largest(whole, TERMS)], []))


def _columns(looked: Looked) -> tuple[DeltaGenerator, DeltaGenerator, DeltaGenerator, DeltaGenerator]:
    if looked.narrow:
        grid = st.grid(2, min_column_width=4, wrap=False, gap=8)
        first, second = grid.cell().container(), grid.cell().container()
        return first, second, st.container(), st.container()
    first, second, third, fourth = st.columns([1, 1, 1.65, 1.75], gap="medium")
    return first, second, third, fourth


def _picture(place: DeltaGenerator, values: Values, caption: str, alt: str, looked: Looked) -> None:
    """Numbers (H, W) as a picture, with the bar that says what its colours mean."""
    scale = colour_scale(values)
    with place:
        st.markdown(f"**{caption}**")
        drawn = gradients.picture(values.astype(np.float32), scale)
        st.image(encode(enlarged(drawn)), width="stretch", alt=alt)
        figure = bars.colour_bar(f"{-scale:.2g}".replace("-", "−"), "0", f"+{scale:.2g}", dark=looked.dark)
        chart_slot.finished(
            st.empty(), figure, f"The colours: dark is {-scale:.2g}, grey 0, bright {scale:.2g}"
        )


def _table(how: str, rows: list[tuple[tuple[int, int], str, float]], last: list[tuple[str, float]]) -> str:
    """Terms of a sum as a table: the pixel, how its term is made, and the term."""
    lines = [f"| pixel | {how} | points |" if how else "| pixel | points |"]
    lines.append("|:--|--:|--:|" if how else "|:--|--:|")
    for (row, column), made, value in rows:
        made = f" {made} |" if how else ""
        lines.append(f"| row {row + 1}, column {column + 1} |{made} {signed(value)} |")
    for name, value in last:
        mark = "**" if name.startswith("**") else ""
        lines.append(f"| {name} |{' |' if how else ''} {mark}{signed(value)}{mark} |")
    return "\n".join(lines)


def _digits(found: ForwardPass) -> list[str]:
    return [str(k) for k in range(len(found.logits))]
