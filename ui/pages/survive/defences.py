"""Defences: what each makes of the trick in hand, what it costs, and the attack that knows of it."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore import engine
from trickcore.jobs import survival
from trickcore.language import _, later, row
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
            _(
                "The trick in hand did not work, so there is nothing to recover from. The tiles show what "
                "each defence makes of it all the same."
            ),
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
    doing = _("Looking at both pictures through")
    told = progress.Progress(bar, doing, _("defence"), patience=progress.PATIENCE)
    for first in range(0, len(DEFENCES), across):
        beside = DEFENCES[first : first + across]
        for defence, column in zip(beside, st.columns(across), strict=False):
            with column.container(border=True, gap="xsmall", height="stretch"):
                st.markdown(f"**{_(defence.title)}**", help=_(defence.help))
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
        _("Strength of {defence}", defence=_(defence.title.lower())),
        defence.choices,
        value=start,
        format_func=_(defence.unit).format,
        label_visibility="collapsed",
        key=f"{defence.name}_{'digit' if current.digits else 'photo'}",
        help=_(defence.help),
        **LINK,
    )
    return defence.at(strength)


def _pictures(current: CurrentTrick, defence: Defence) -> None:
    """The original and the tricked picture through a defence, and whether that recovers it."""
    clean, tricked = (read_through(current, defence, data) for data in (current.original, current.tricked))
    grid = st.grid(2, min_column_width=4, wrap=False, gap=8)
    for name, seen in ((_("Original"), clean), (_("Tricked"), tricked)):
        with grid.cell():
            answer, sure = current.labels[seen.label], percent(float(seen.probs[seen.label]))
            alt = f"{name}, {_(defence.title.lower())}: {answer}, {sure}"
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
        text = row(_("Read as the original."), often)
        outcome_box.network(place, False, text, word=_("Recovered"), framed=False)
    elif tricked.label == current.label:
        outcome_box.network(place, True, row(_("In most draws."), often), framed=False)
    elif tricked.label == goal:
        text = row(_("The trick holds."), often)
        outcome_box.network(place, True, text, word=_("Survives"), framed=False)
    elif tricked.label == clean.label:
        now = words.escape(words.a(current.labels[clean.label]))
        text = _("The answer, too: through this defence the original itself is read as {answer}.", answer=now)
        outcome_box.network(place, False, text, word=_("Gone"), framed=False)
    elif tricked.label in current.truth:
        outcome_box.network(place, False, row(_(RIGHT_TOO), often), word=_("Gone"), framed=False)
    else:
        wanted = words.escape(words.a(current.labels[goal]))
        text = row(_("No longer {answer}, but not what it was.", answer=wanted), often)
        outcome_box.network(place, True, text, framed=False)


def _goal(current: CurrentTrick) -> int:
    """What the trick made of it."""
    assert current.run.verdict is not None
    return current.run.verdict.after.label


def _often(seen: Seen, label: int) -> str:
    """How often a random defence gives that answer; nothing of one that is not random."""
    if len(seen.labels) == 1:
        return ""
    hits, n = seen.labels.count(label), len(seen.labels)
    return _("Read right in {hits} of {n} random draws.", hits=hits, n=n)


def _costs(current: CurrentTrick, chosen: dict[str, Defence], bar: DeltaGenerator) -> dict[str, str]:
    """What each defence does to pictures nobody tricked."""
    store = state.defences.get()
    keys = {
        name: (current.network.identity, name, defence.strength, current.seed)
        for name, defence in chosen.items()
    }
    new = [(name, chosen[name].strength) for name, key in keys.items() if key not in store]
    stream = engine.stream(survival.costs, current.network, new, current.seed) if new else ()
    doing = _("Counting what each costs")
    found = progress.counted(stream, len(new), doing, _("defence"), place=bar) if new else []
    for (name, _strength), kept in zip(new, found, strict=True):
        store[keys[name]] = kept
    return {name: _cost(current.digits, name, store[keys[name]], store[keys["none"]]) for name in chosen}


def _cost(digits: bool, name: str, kept: tuple[int, int], without: tuple[int, int]) -> str:
    if not digits:
        if name == "none":
            return _("{n} sample photos to compare with.", n=kept[1])
        return _("Untricked photos: {kept} of {n} keep their answer.", kept=kept[0], n=kept[1])
    right = percent(kept[0] / kept[1])
    if name == "none":
        return _("Untricked digits: {right} right.", right=right)
    beside = percent(without[0] / without[1])
    return _("Untricked digits: {right} right, {without} without.", right=right, without=beside)


def _of_what(current: CurrentTrick) -> str:
    if current.digits:
        return _(
            "Untricked digits: the first {n} of scikit-learn's, which are other people's and enlarged from "
            "8 × 8, so they are harder than MNIST's. A random turn is drawn once for each; its tiles show "
            "one of {looks} draws.",
            n=defended.DIGITS,
            looks=LOOKS,
        )
    return _(
        "There is no set of labelled photos on board: the cost is counted on the {n} sample photos, against "
        "what the network says of them without a defence. A random turn is drawn once for each; its tiles "
        "show one of {looks} draws.",
        n=len(samples.SAMPLES),
        looks=LOOKS,
    )
