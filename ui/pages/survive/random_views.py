"""Random views of a trick, counted while one watches: how often it survives, beside the original."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore import engine
from trickcore.jobs import survival as jobs
from trickcore.language import _, later
from trickcore.measure.survival import ComparisonAfter, Survival
from trickcore.pictures.files import encode, enlarged
from trickcore.pictures.photograph_transforms import ATHALYE, PRINTED
from trickcore.plots import survival as rates
from trickcore.plots.survival import Rate, Role, share_of
from trickcore.text import named
from ui import text as words
from ui.current_trick import CurrentTrick
from ui.session_run import FrameClock
from ui.sidebar.url_state import LINK
from ui.widgets import chart_slot, outcome_box, progress

TURNED, PRINT = later("Turned, scaled, moved"), later("Printed and photographed")
RANGES = {TURNED: ATHALYE, PRINT: PRINTED}
VIEWS = {
    TURNED: later("Views: turned, scaled, moved."),
    PRINT: later("Views: printed and photographed."),
}
HELP = later(
    "Each view is drawn at random. *Turned, scaled, moved*: rotation up to 22.5 degrees either way, scale "
    "0.9 to 1.4, moved by up to a tenth, a little lighter or darker, and noise up to 0.1, as Athalye et al. "
    "counted in 2018 (arXiv:1707.07397). *Printed and photographed*: slightly turned and seen from the side, "
    "blurred, paler, noisy; it imitates what Kurakin et al. did in 2016 with a printer and a telephone "
    "(arXiv:1607.02533)."
)
HELP_INTERVAL = later(
    "A share that was counted on a few views is near the true one, which endlessly many would give. The "
    "95\u00a0% interval is where the true one lies: of a hundred such intervals about 95 hold it (Wilson "
    "1927). In the chart it is the whisker, the thin line at the end of each bar."
)
SHOWN = 10  # views one can look at
UNSURE = 0.5  # a clean picture read right less often than this says little about the trick


@dataclass
class Counting:
    """What was counted of one trick: pictures by name, and how each has done so far."""

    key: object
    ranges: str
    n: int
    roles: Mapping[str, Role]
    found: dict[str, Survival] = field(default_factory=dict)


class Board:
    """Where a count is shown: bars, a sentence, and the first few views of each picture."""

    def __init__(self, current: CurrentTrick, names: tuple[str, ...]) -> None:
        self.current = current
        self.bar, self.chart, self.said = st.empty(), st.empty(), st.empty()
        self.rows = {name: st.empty() for name in names}
        self.drawn = dict.fromkeys(names, 0)

    def draw(self, counting: Counting, *, growing: bool = True) -> None:
        if not counting.found:
            return
        current, target = self.current, self.current.recipe.target
        wanted = _("anything else") if target is None else current.labels[target]
        bars = [
            Rate(
                _("{name}: read as {answer}", name=_(name), answer=wanted), found.wanted, counting.roles[name]
            )
            for name, found in counting.found.items()
        ]
        clean = next(iter(counting.found.values())).clean
        original = _("Original: read as {answer}", answer=current.labels[current.label])
        bars.append(Rate(original, clean, "clean"))
        show = chart_slot.growing if growing else chart_slot.finished
        alt = "; ".join(f"{rate.name}: {share_of(rate.tally)}" for rate in bars)
        show(self.chart, rates.survival_bars(bars, dark=current.dark, narrow=current.narrow), alt)
        for name, found in counting.found.items():
            if len(found.seen) > self.drawn[name] or not growing:
                self.drawn[name] = len(found.seen)
                self._views(name, found, several=len(counting.found) > 1)

    def _views(self, name: str, found: Survival, *, several: bool) -> None:
        current = self.current
        with self.rows[name].container(gap="xsmall"):
            n, what = len(found.seen), _(name.lower())
            st.caption(
                _("The first {n} views, {name}, and what each is read as:", n=n, name=what)
                if several
                else _("The first {n} views of the tricked picture and what each is read as:", n=n)
            )
            grid = st.grid(5 if current.narrow else SHOWN, min_column_width=4, wrap=False, gap=6)
            for seen in found.seen:
                with grid.cell().container(gap="xxsmall"):
                    label = current.labels[seen.label]
                    alt = _("A view: {answer}", answer=label)
                    st.image(encode(enlarged(seen.pixels, 112)), width="stretch", alt=alt)
                    hit = is_wanted(current, seen.label)
                    text = words.escape(label)
                    st.caption(f"**{text}**" if hit else text, text_alignment="center")


def goal(current: CurrentTrick) -> str:
    """What the trick is to be taken for."""
    target = current.recipe.target
    return (
        _("anything but {answer}", answer=named(current.labels, current.label))
        if target is None
        else named(current.labels, target)
    )


def is_wanted(current: CurrentTrick, label: int) -> bool:
    return label != current.label if current.recipe.target is None else label == current.recipe.target


def controls(prefix: str) -> tuple[str, int]:
    """Which random views, and how many; inside a container of the caller's."""
    ranges: str = st.segmented_control(
        _("Random views"),
        list(RANGES),
        default=TURNED,
        required=True,
        format_func=_,
        key=f"{prefix}_ranges",
        help=_(HELP),
        **LINK,
    )
    return ranges, how_many(prefix)


def how_many(prefix: str) -> int:
    n: int = st.select_slider(
        _("How many"),
        (20, 50, 100, 200, 500, 1000),
        value=100,
        key=f"{prefix}_count",
        width=170,
        help=_("More views make the figure surer and take longer; a hundred take some seconds."),
        **LINK,
    )
    return n


def count(current: CurrentTrick, counting: Counting, pictures: Mapping[str, bytes], board: Board) -> None:
    """Count the same views of every picture, a batch at a time; what was counted is kept as it comes."""
    ranges, clock = RANGES[counting.ranges], FrameClock()
    with progress.shown(_("Showing the network random views"), _("view"), board.bar) as bar:
        for survivals in engine.stream(
            jobs.survival,
            current.network,
            current.original,
            list(pictures.values()),
            current.recipe.target,
            ranges,
            counting.n,
            seed=current.seed,
            batch=50 if current.digits else 10,
            show=SHOWN,
        ):
            counting.found = dict(zip(pictures, survivals, strict=True))
            bar.tell(survivals[0].wanted.asked, counting.n)
            if clock.due():
                board.draw(counting)


def stop_button(place: DeltaGenerator, key: str) -> None:
    place.button(_("Stop"), key=key, icon=":material/stop_circle:", help=_("Keeps what was counted so far."))


def unsure(current: CurrentTrick, found: Survival) -> str:
    """A remark where the network is not sure of the clean picture either."""
    if found.clean.share >= UNSURE or found.usual == current.label:
        return ""
    original, usual = (words.escape(current.labels[k]) for k in (current.label, found.usual))
    return _(
        "Even the original is read as {usual} in most views, not as {original}: the network was never sure "
        "of it, and that is not the trick's doing.",
        usual=usual,
        original=original,
    )


RIGHT_TOO = later("Not what it was, but right for this picture, too.")


def tell(
    place: DeltaGenerator, comparison: ComparisonAfter, truth: Collection[int], *, framed: bool = True
) -> None:
    """What became of the trick, in the box of its outcome; `truth`: see `CurrentTrick.truth`."""
    if comparison.status != "lost" and comparison.tricked.label in truth:
        outcome_box.network(place, False, _(RIGHT_TOO), word=_("Gone"), framed=framed)
    elif comparison.status == "kept":
        outcome_box.network(place, True, _("Read as wanted."), word=_("Survives"), framed=framed)
    elif comparison.status == "changed":
        outcome_box.network(
            place, True, _("Not as wanted: read as neither the goal nor the original."), framed=framed
        )
    else:
        outcome_box.network(place, False, _("Read as without the trick."), word=_("Gone"), framed=framed)
