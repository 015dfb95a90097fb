"""How often tricks travel: counted on the pictures that come with the page, for what raises the rate."""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st

from trickcore import engine
from trickcore.jobs import transfer
from trickcore.jobs.networks import Network
from trickcore.jobs.transfer import DIGITS, STEPS, Way
from trickcore.language import _, later, row
from trickcore.measure.transfer import Rate
from trickcore.pictures import samples
from ui import state, text
from ui.current_trick import CurrentTrick
from ui.widgets import progress

TOLD = {  # whether they are digits: what is done, and what stands beside the buttons
    True: (
        later(
            "Crafts each way on {n} digits of scikit-learn's, {steps} steps each, and asks every network. "
            "Photos take about a minute."
        ),
        later("On {n} digits of scikit-learn's, at epsilon {eps:g}. Right means: read as what they are."),
    ),
    False: (
        later(
            "Crafts each way on the {n} sample photos, {steps} steps each, and asks every network. Photos "
            "take about a minute."
        ),
        later(
            "On the {n} sample photos, at epsilon {eps:g}. Right means: read as what {network} takes the "
            "originals for."
        ),
    ),
}


@dataclass
class Travels:
    """What was counted on this visit."""

    key: object
    rates: dict[tuple[Way, str], Rate] = field(default_factory=dict)
    over: bool = False


def section(current: CurrentTrick, who: dict[str, Network], titles: dict[str, str], eps: float) -> None:
    """The table, and the button that counts."""
    st.subheader(
        _("What raises the rate"),
        help=_(
            "The same attack in several ways, on several pictures, counted by what the other networks say "
            "of the saved files."
        ),
    )
    maker = text.escape(titles[current.recipe.network])
    n = DIGITS if current.digits else len(samples.SAMPLES)
    about, under = TOLD[current.digits]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        go = st.button(
            _("Measure it"),
            key="measure-travel",
            icon=":material/play_arrow:",
            disabled=len(who) < 2,
            help=_(about, n=n, steps=STEPS),
        )
        stop = st.empty()
        st.caption(_(under, n=n, eps=eps, network=maker))
    bar, table = st.empty(), st.empty()
    key = (tuple(network.identity for network in who.values()), current.recipe.network, eps, current.digits)
    kept = state.transfer_table.get()
    if go:
        kept = state.transfer_table.set(Travels(key))
        stop.button(
            _("Stop"), key="stop-travel", icon=":material/stop_circle:", help=_("Keeps what was counted.")
        )
        names = list(who)
        counted = engine.stream(
            transfer.table, list(who.values()), names.index(current.recipe.network), current.followed, eps
        )
        ways = len(transfer.ways_of(len(who)))
        with progress.shown(_("Making tricks in several ways"), "percent", bar) as told:
            for variant, place, rate, done in counted:
                kept.rates[variant, names[place]] = rate
                way = list(dict.fromkeys(one for one, _name in kept.rates)).index(variant) + 1
                doing = _("Making tricks: way {n} of {of}, {way}", n=way, of=ways, way=str(variant))
                told.tell(100 * done, 100, doing=doing)
                table.markdown(_table(kept, who, titles, current))
        kept.over = True
        stop.empty()
    if kept is not None and kept.key == key and kept.rates:
        table.markdown(_table(kept, who, titles, current))
        st.caption(
            row(
                _(
                    "Right answers, original → tricked, of {n}; in brackets: read as the class drawn.",
                    n=_asked(kept),
                ),
                _("Made for {network}, where nothing else is said.", network=maker),
                "" if kept.over else _("Stopped before the end."),
            )
        )


def _asked(kept: Travels) -> int:
    return max(rate.after.asked for rate in kept.rates.values())


def rows_of(head: list[str], rows: list[list[str]], narrow: bool) -> str:
    """A table in Markdown; on a phone, which has no room for columns, a list."""
    if narrow:
        return "\n".join(
            f"- **{first}**\n"
            + "\n".join(f"  - {name}: {cell}" for name, cell in zip(head[1:], rest, strict=True))
            for first, *rest in rows
        )
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [head, ["---"] * len(head), *rows])


def _table(kept: Travels, who: dict[str, Network], titles: dict[str, str], current: CurrentTrick) -> str:
    own = current.recipe.network
    head = [_("to become"), *(text.escape(titles[name]) for name in who)]
    rows = [
        [
            str(variant),
            *(_cell(kept, variant, name, own=name == own and not variant.together) for name in who),
        ]
        for variant in dict.fromkeys(variant for variant, _name in kept.rates)
    ]
    return rows_of(head, rows, current.narrow)


def _cell(kept: Travels, variant: Way, name: str, *, own: bool) -> str:
    rate = kept.rates.get((variant, name))
    if rate is None:
        return "…"
    hits = f" ({rate.wanted.hits})" if rate.wanted.asked else ""
    counts = f"{rate.before.hits} → {rate.after.hits}"
    if rate.after.asked < _asked(kept):
        counts = _("{counts} of {n} so far", counts=counts, n=rate.after.asked)
    counts += hits
    return f"*{counts}*" if own else f"**{counts}**"
