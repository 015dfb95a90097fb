"""Defences: what each makes of the trick in hand, what it costs, and the attack that knows of it."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore import engine
from trickcore.jobs import survival
from trickcore.language import _, later
from trickcore.measure import defended
from trickcore.measure.defended import LOOKS, Seen
from trickcore.networks.defences import DEFENCES, Defence
from trickcore.pictures import samples
from trickcore.pictures.files import encode, enlarged
from trickcore.text import percent
from ui import state
from ui import text as words
from ui.current_trick import CurrentTrick
from ui.pages.survive import adaptive_attack
from ui.pages.survive.adaptive_attack import read_through
from ui.pages.survive.random_views import RIGHT_TOO
from ui.sidebar.url_state import LINK
from ui.widgets import outcome_box, progress

HELP = later(
    "A defence treats every picture before the network sees it, in the hope that the trick breaks and the "
    "picture does not. *Recovered* stands here only where it was measured: the tricked picture, treated, is "
    "read as what the original was read as."
)


def section(current: CurrentTrick) -> None:
    """A tile for each defence, then the attack that takes one of them into account."""
    st.subheader(_("Defend it"), help=_(HELP))
    if not _fooled(current):
        st.info(
            _("The trick in hand did not work, so there is nothing to recover from. The tiles show what each "
            "defence makes of it all the same."),
            icon=":material/info:",
        )
    chosen = _tiles(current)
    adaptive_attack.section(current, chosen)


def _fooled(current: CurrentTrick) -> bool:
    verdict = current.run.verdict
    return verdict is not None and verdict.after.label not in (verdict.before.label, *current.truth)


def _tiles(current: CurrentTrick) -> dict[str, Defence]:
    """Every defence at the strength it is set to; pictures and answers first, then what it costs."""
    chosen: dict[str, Defence] = {}
    places: dict[str, DeltaGenerator] = {}
    across, bar = 1 if current.narrow else 3, st.empty()
    bar.caption(_of_what(current))
    told = progress.Progress(bar, _("Looking at both pictures through"), _("defence"), patience=progress.PATIENCE)
    for first in range(0, len(DEFENCES), across):
        row = DEFENCES[first : first + across]
        for defence, column in zip(row, st.columns(across), strict=False):
            with column.container(border=True, gap="xsmall", height="stretch"):
                st.markdown(f"**{defence.title}**", help=defence.help)
                chosen[defence.name] = _strength(current, defence)
                _pictures(current, chosen[defence.name])
                places[defence.name] = st.empty()
                told.tell(len(chosen), len(DEFENCES))
    for name, cost in _costs(current, chosen, bar).items():
        places[name].caption(cost)
    bar.caption(_of_what(current))  # where the bar was, if there was one: nothing below moves
    return chosen


def _strength(current: CurrentTrick, defence: Defence) -> Defence:
    if len(defence.choices) < 2:
        st.caption(_("as it is saved"))
        return defence
    start = defence.on_digits if current.digits and defence.on_digits else defence.strength
    strength: float = st.select_slider(
        f"Strength of {defence.title.lower()}",
        defence.choices,
        value=start,
        format_func=defence.unit.format,
        label_visibility="collapsed",
        key=f"{defence.name}_{'digit' if current.digits else 'photo'}",
        help=defence.help,
        **LINK,
    )
    return defence.at(strength)


def _pictures(current: CurrentTrick, defence: Defence) -> None:
    """The original and the tricked picture through a defence, and whether that recovers it."""
    clean, tricked = (read_through(current, defence, data) for data in (current.original, current.tricked))
    grid = st.grid(2, min_column_width=4, wrap=False, gap=8)
    for name, seen in (("Original", clean), ("Tricked", tricked)):
        with grid.cell():
            answer, sure = current.labels[seen.label], percent(float(seen.probs[seen.label]))
            alt = f"{name}, {defence.title.lower()}: {answer}, {sure}"
            st.caption(name)
            st.image(encode(enlarged(seen.pixels)), width="stretch", alt=alt)
            st.markdown(f"**{words.escape(answer)}**  \n{sure}")
    if defence.name == "none":
        st.caption(_("What the others are measured against."))
    elif not _fooled(current):
        st.caption(_("Nothing to recover."))
    else:
        _tell(current, clean, tricked)


def _tell(current: CurrentTrick, clean: Seen, tricked: Seen) -> None:
    """Whether the defence recovers the picture: the words and colours that a file's fate has, too."""
    place, often = st.empty(), _often(tricked, current.label)
    goal = _goal(current)
    if defended.recovered(tricked, current.label):
        outcome_box.network(place, False, f"Read as the original.{often}", word=_("Recovered"), framed=False)
    elif tricked.label == current.label:
        outcome_box.network(place, True, f"In most draws.{often}", framed=False)
    elif tricked.label == goal:
        outcome_box.network(place, True, f"The trick holds.{often}", word=_("Survives"), framed=False)
    elif tricked.label == clean.label:
        now = words.escape(words.a(current.labels[clean.label]))
        text = f"The answer, too: through this defence the original itself is read as {now}."
        outcome_box.network(place, False, text, word=_("Gone"), framed=False)
    elif tricked.label in current.truth:
        outcome_box.network(place, False, f"{RIGHT_TOO}{often}", word=_("Gone"), framed=False)
    else:
        wanted = words.escape(words.a(current.labels[goal]))
        outcome_box.network(place, True, f"No longer {wanted}, but not what it was.{often}", framed=False)


def _goal(current: CurrentTrick) -> int:
    """What the trick made of it."""
    assert current.run.verdict is not None
    return current.run.verdict.after.label


def _often(seen: Seen, label: int) -> str:
    """How often a random defence gives that answer; nothing of one that is not random."""
    if len(seen.labels) == 1:
        return ""
    return f" Read right in {seen.labels.count(label)} of {len(seen.labels)} random draws."


def _costs(current: CurrentTrick, chosen: dict[str, Defence], bar: DeltaGenerator) -> dict[str, str]:
    """What each defence does to pictures nobody tricked."""
    store = state.defences.get()
    keys = {
        name: (current.network.identity, name, defence.strength, current.seed)
        for name, defence in chosen.items()
    }
    new = [(name, chosen[name].strength) for name, key in keys.items() if key not in store]
    stream = engine.stream(survival.costs, current.network, new, current.seed) if new else ()
    doing = "Counting what each costs"
    found = progress.counted(stream, len(new), doing, _("defence"), place=bar) if new else []
    for (name, _), kept in zip(new, found, strict=True):
        store[keys[name]] = kept
    return {name: _cost(current.digits, name, store[keys[name]], store[keys["none"]]) for name in chosen}


def _cost(digits: bool, name: str, kept: tuple[int, int], without: tuple[int, int]) -> str:
    if not digits:
        sentence = f"Untricked photos: {kept[0]} of {kept[1]} keep their answer."
        return f"{kept[1]} sample photos to compare with." if name == "none" else sentence
    beside = "" if name == "none" else f", {percent(without[0] / without[1])} without"
    return f"Untricked digits: {percent(kept[0] / kept[1])} right{beside}."


def _of_what(current: CurrentTrick) -> str:
    if current.digits:
        return (
            f"Untricked digits: the first {defended.DIGITS} of scikit-learn's, which are other people's and "
            "enlarged from 8 × 8, so they are harder than MNIST's. A random turn is drawn once for each; "
            f"its tiles show one of {LOOKS} draws."
        )
    return (
        f"There is no set of labelled photos on board: the cost is counted on the {len(samples.SAMPLES)} "
        "sample photos, against what the network says of them without a defence. A random turn is drawn "
        f"once for each; its tiles show one of {LOOKS} draws."
    )
