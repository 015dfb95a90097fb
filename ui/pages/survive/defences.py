"""Defences: what each makes of the trick in hand, what it costs, and the attack that knows of it."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore import engine
from trickcore.networks import defences
from trickcore.networks.defences import DEFENCES, LOOKS, Defence, Seen
from trickcore.pictures import samples
from trickcore.pictures.files import encode, enlarged
from trickcore.plots.run import percent
from ui import text as words
from ui.current_trick import Hand
from ui.pages.survive import adaptive_attack
from ui.pages.survive.adaptive_attack import through
from ui.pages.survive.random_views import RIGHT_TOO
from ui.sidebar.url_state import LINK
from ui.widgets import outcome_box

HELP = (
    "A defence treats every picture before the network sees it, in the hope that the trick breaks and the "
    "picture does not. *Recovered* stands here only where it was measured: the tricked picture, treated, is "
    "read as what the original was read as."
)


def section(hand: Hand) -> None:
    """A tile for each defence, then the attack that takes one of them into account."""
    st.subheader("Defend it", help=HELP)
    if not _fooled(hand):
        st.info(
            "The trick in hand did not work, so there is nothing to recover from. The tiles show what each "
            "defence makes of it all the same.",
            icon=":material/info:",
        )
    chosen = _tiles(hand)
    adaptive_attack.section(hand, chosen)


def _fooled(hand: Hand) -> bool:
    said = hand.run.verdict
    return said is not None and said.after.label not in (said.before.label, *hand.truth)


def _tiles(hand: Hand) -> dict[str, Defence]:
    """Every defence at the strength it is set to; pictures and answers first, then what it costs."""
    chosen: dict[str, Defence] = {}
    places: dict[str, DeltaGenerator] = {}
    across = 1 if hand.narrow else 3
    for first in range(0, len(DEFENCES), across):
        row = DEFENCES[first : first + across]
        for defence, column in zip(row, st.columns(across), strict=False):
            with column.container(border=True, gap="xsmall", height="stretch"):
                st.markdown(f"**{defence.title}**", help=defence.help)
                chosen[defence.name] = _strength(hand, defence)
                _pictures(hand, chosen[defence.name])
                places[defence.name] = st.empty()
    for name, cost in _costs(hand, chosen).items():
        places[name].caption(cost)
    st.caption(_of_what(hand))
    return chosen


def _strength(hand: Hand, defence: Defence) -> Defence:
    if len(defence.choices) < 2:
        st.caption("as it is saved")
        return defence
    start = defence.on_digits if hand.digits and defence.on_digits else defence.strength
    strength: float = st.select_slider(
        f"Strength of {defence.title.lower()}",
        defence.choices,
        value=start,
        format_func=defence.unit.format,
        label_visibility="collapsed",
        key=f"{defence.name}_{'digit' if hand.digits else 'photo'}",
        help=defence.help,
        **LINK,
    )
    return defence.at(strength)


def _pictures(hand: Hand, defence: Defence) -> None:
    """The original and the tricked picture through a defence, and whether that recovers it."""
    clean, tricked = (through(hand, defence, data) for data in (hand.original, hand.tricked))
    grid = st.grid(2, min_column_width=4, wrap=False, gap=8)
    for name, seen in (("Original", clean), ("Tricked", tricked)):
        with grid.cell():
            answer, sure = hand.labels[seen.label], percent(float(seen.probs[seen.label]))
            alt = f"{name}, {defence.title.lower()}: {answer}, {sure}"
            st.caption(name)
            st.image(encode(enlarged(seen.pixels)), width="stretch", alt=alt)
            st.markdown(f"**{words.escape(answer)}**  \n{sure}")
    if defence.name == "none":
        st.caption("What the others are measured against.")
    elif not _fooled(hand):
        st.caption("Nothing to recover.")
    else:
        _tell(hand, clean, tricked)


def _tell(hand: Hand, clean: Seen, tricked: Seen) -> None:
    """Whether the defence recovers the picture: the words and colours that a file's fate has, too."""
    place, often = st.empty(), _often(tricked, hand.label)
    goal = _goal(hand)
    if defences.recovered(tricked, hand.label):
        outcome_box.network(place, False, f"Read as the original.{often}", word="Recovered", framed=False)
    elif tricked.label == hand.label:
        outcome_box.network(place, True, f"In most draws.{often}", framed=False)
    elif tricked.label == goal:
        outcome_box.network(place, True, f"The trick holds.{often}", word="Survives", framed=False)
    elif tricked.label == clean.label:
        now = words.escape(words.a(hand.labels[clean.label]))
        text = f"The answer, too: through this defence the original itself is read as {now}."
        outcome_box.network(place, False, text, word="Gone", framed=False)
    elif tricked.label in hand.truth:
        outcome_box.network(place, False, f"{RIGHT_TOO}{often}", word="Gone", framed=False)
    else:
        was = words.escape(words.a(hand.labels[goal]))
        outcome_box.network(place, True, f"No longer {was}, but not what it was.{often}", framed=False)


def _goal(hand: Hand) -> int:
    """What the trick made of it."""
    assert hand.run.verdict is not None
    return hand.run.verdict.after.label


def _often(seen: Seen, label: int) -> str:
    """How often a random defence gives that answer; nothing of one that is not random."""
    if len(seen.labels) == 1:
        return ""
    return f" Read right in {seen.labels.count(label)} of {len(seen.labels)} random draws."


def _costs(hand: Hand, chosen: dict[str, Defence]) -> dict[str, str]:
    """What each defence does to pictures nobody tricked."""
    store: dict[object, tuple[int, int]] = st.session_state.setdefault("defences.kept", {})
    keys = {name: (hand.classifier.identity, name, one.strength, hand.seed) for name, one in chosen.items()}
    new = [chosen[name] for name, key in keys.items() if key not in store]
    for defence, kept in zip(new, engine.call(_kept, hand, new) if new else (), strict=True):
        store[keys[defence.name]] = kept
    return {name: _cost(hand.digits, name, store[keys[name]], store[keys["none"]]) for name in chosen}


def _kept(hand: Hand, new: list[Defence]) -> list[tuple[int, int]]:
    """So many of so many clean pictures are read right. On the thread that owns torch."""
    x, labels = defences.references(hand.classifier)
    return [(defences.kept(hand.classifier, one, x, labels, hand.seed), len(labels)) for one in new]


def _cost(digits: bool, name: str, kept: tuple[int, int], without: tuple[int, int]) -> str:
    if not digits:
        told = f"Untricked photos: {kept[0]} of {kept[1]} keep their answer."
        return f"{kept[1]} sample photos to compare with." if name == "none" else told
    beside = "" if name == "none" else f", {percent(without[0] / without[1])} without"
    return f"Untricked digits: {percent(kept[0] / kept[1])} right{beside}."


def _of_what(hand: Hand) -> str:
    if hand.digits:
        return (
            f"Untricked digits: the first {defences.DIGITS} of scikit-learn's, which are other people's and "
            "enlarged from 8 × 8, so they are harder than MNIST's. A random turn is drawn once for each; "
            f"its tiles show one of {LOOKS} draws."
        )
    return (
        f"There is no set of labelled photos on board: the cost is counted on the {len(samples.SAMPLES)} "
        "sample photos, against what the network says of them without a defence. A random turn is drawn "
        f"once for each; its tiles show one of {LOOKS} draws."
    )
