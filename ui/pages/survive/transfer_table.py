"""How often tricks travel: counted on the pictures that come with the page, for what raises the rate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import streamlit as st

from trickcore import Classifier, Recipe, engine, measure
from trickcore.measure import accuracy, transfer
from trickcore.measure.transfer import Rate
from trickcore.pictures import samples
from trickcore.pictures.files import to_png
from ui import state, text
from ui.current_trick import CurrentTrick

STEPS = 10  # as in Dong et al. 2018
DIGITS = 100
ONE, ANY = "one class, drawn for each", "any other class"


@dataclass(frozen=True, slots=True)
class Way:
    """One way to craft, a row of the table."""

    goal: str
    momentum: bool
    together: bool = False  # on all the other networks at once, instead of on the one of the trick in hand

    def __str__(self) -> str:
        alone = f"{self.goal}, {'with' if self.momentum else 'no'} momentum"
        return f"{alone}, made for all the others" if self.together else alone


@dataclass
class Travels:
    """What was counted on this visit."""

    key: object
    rates: dict[tuple[Way, str], Rate] = field(default_factory=dict)
    over: bool = False


def section(current: CurrentTrick, who: dict[str, Classifier], titles: dict[str, str], eps: float) -> None:
    """The table, and the button that counts."""
    st.subheader(
        "What raises the rate",
        help="The same attack in several ways, on several pictures, counted by what the other networks say "
        "of the saved files.",
    )
    what = (
        f"{DIGITS} digits of scikit-learn's"
        if current.digits
        else f"the {len(samples.SAMPLES)} sample photos"
    )
    right = (
        "what they are"
        if current.digits
        else f"what {titles[current.recipe.network]} takes the originals for"
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        go = st.button(
            "Measure it",
            key="measure-travel",
            icon=":material/play_arrow:",
            disabled=len(who) < 2,
            help=f"Crafts each way on {what}, {STEPS} steps each, and asks every network. "
            "Photos take about a minute.",
        )
        stop = st.empty()
        st.caption(f"On {what}, at epsilon {eps:g}. Right means: read as {right}.")
    bar, table = st.empty(), st.empty()
    key = (tuple(one.identity for one in who.values()), current.recipe.network, eps, current.digits)
    kept = state.transfer_table.get()
    if go:
        kept = state.transfer_table.set(Travels(key))
        stop.button("Stop", key="stop-travel", icon=":material/stop_circle:", help="Keeps what was counted.")
        for way, name, rate, done in engine.stream(_counted(who, current.recipe, eps, current.digits)):
            kept.rates[way, name] = rate
            bar.progress(done, f"{way} · {text.escape(titles[name])}")
            table.markdown(_table(kept, who, titles, current))
        kept.over = True
        stop.empty()
        bar.empty()
    if kept is not None and kept.key == key and kept.rates:
        table.markdown(_table(kept, who, titles, current))
        st.caption(
            f"Right answers, original → tricked, of {_asked(kept)}; in brackets: read as the class drawn. "
            f"Made for {text.escape(titles[current.recipe.network])}, where nothing else is said."
            + ("" if kept.over else " Stopped before the end.")
        )


def _asked(kept: Travels) -> int:
    return max(rate.after.asked for rate in kept.rates.values())


def _counted(
    who: dict[str, Classifier], recipe: Recipe, eps: float, of_digits: bool
) -> Iterator[tuple[Way, str, Rate, float]]:
    """The counts so far, way by way; the share of all of it that is done."""
    own = who[recipe.network]
    pictures, labels = _pictures(own, of_digits)
    targets = transfer.drawn(labels, len(own.labels), recipe.seed)
    ways = _ways(len(who))
    for row, way in enumerate(ways):
        asked = Recipe(target=None, eps=eps, steps=STEPS, momentum=float(way.momentum), seed=recipe.seed)
        # What is crafted on the others is read by the one that was left out.
        rounds = (
            [
                (transfer.ensemble([one for one in who.values() if one is not out]), [out])
                for out in who.values()
            ]
            if way.together
            else [(own, list(who.values()))]
        )
        for turn, (source, readers) in enumerate(rounds):
            goals = targets if way.goal == ONE else None
            batch = DIGITS if of_digits else 2
            for rates in transfer.rates(source, readers, pictures, labels, asked, targets=goals, batch=batch):
                done = (row + (turn + rates.done) / len(rounds)) / len(ways)
                for name, rate in zip(_names(who, readers), rates.networks, strict=True):
                    yield way, name, rate, done


def _ways(networks: int) -> list[Way]:
    """With two networks there are no others to craft on together."""
    alone = [Way(goal, momentum) for goal in (ONE, ANY) for momentum in (False, True)]
    return [*alone, *([Way(ANY, True, together=True)] if networks > 2 else [])]


def _names(who: dict[str, Classifier], readers: list[Classifier]) -> list[str]:
    return [name for reader in readers for name, one in who.items() if one is reader]


def _pictures(own: Classifier, of_digits: bool) -> tuple[list[bytes], list[int]]:
    """Picture files, and what counts as right."""
    if of_digits:
        images, labels = accuracy.some(False, DIGITS)
        return [to_png(one) for one in images], labels.tolist()
    files = [samples.sample(name) for name in samples.SAMPLES]
    return files, [measure.read(own, own.read(data)).label for data in files]


def rows_of(head: list[str], rows: list[list[str]], narrow: bool) -> str:
    """A table in Markdown; on a phone, which has no room for columns, a list."""
    if narrow:
        return "\n".join(
            f"- **{first}**\n"
            + "\n".join(f"  - {name}: {cell}" for name, cell in zip(head[1:], rest, strict=True))
            for first, *rest in rows
        )
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])


def _table(kept: Travels, who: dict[str, Classifier], titles: dict[str, str], current: CurrentTrick) -> str:
    own = current.recipe.network
    head = ["to become", *(text.escape(titles[name]) for name in who)]
    rows = [
        [
            str(way),
            *(_cell(kept, way, name, own=name == own and not way.together) for name in who),
        ]
        for way in dict.fromkeys(way for way, _ in kept.rates)
    ]
    return rows_of(head, rows, current.narrow)


def _cell(kept: Travels, way: Way, name: str, *, own: bool) -> str:
    rate = kept.rates.get((way, name))
    if rate is None:
        return "…"
    hits = f" ({rate.wanted.hits})" if rate.wanted.asked else ""
    so_far = f" of {rate.after.asked} so far" if rate.after.asked < _asked(kept) else ""
    counts = f"{rate.before.hits} → {rate.after.hits}{so_far}{hits}"
    return f"*{counts}*" if own else f"**{counts}**"
