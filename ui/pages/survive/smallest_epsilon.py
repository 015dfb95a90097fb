"""The smallest epsilon that works: the search as it goes, and how much other targets need."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore import Recipe, engine
from trickcore.diagnose import causes
from trickcore.jobs import runs
from trickcore.measure import smallest_eps
from trickcore.measure.smallest_eps import HALF, Try
from trickcore.plots import eps_search
from trickcore.plots.eps_search import Need
from trickcore.text import counted, named, percent
from ui import state, text
from ui.current_trick import CurrentTrick
from ui.session_run import FrameClock
from ui.widgets import chart_slot, main_button, outcome_box, progress

RIVALS = 3  # other targets on photos; of digits all ten are compared
HELP = (
    "First epsilon is doubled until a try works, then the middle between the largest that failed and the "
    "smallest that worked is tried, again and again (bisection), until the two are within a tenth of a grey "
    "level or 5\u00a0%. Every try is a whole run, judged by the PNG it would be saved as."
)


@dataclass
class Hunt:
    """The tries for one target."""

    target: int | None
    name: str
    tries: list[Try] = field(default_factory=list)

    @property
    def over(self) -> bool:
        return bool(self.tries) and self.tries[-1].over

    def need(self, *, chosen: bool) -> Need:
        last = self.tries[-1] if self.tries else None
        works, failed = (last.works, last.failed) if last else (None, 0.0)
        return Need(self.name, works, failed, self.over, chosen)


@dataclass
class Search:
    """The visitor's own target first, then the others."""

    key: object
    hunts: list[Hunt]

    @property
    def over(self) -> bool:
        return all(hunt.over for hunt in self.hunts)


class Board:
    """Where a search is shown."""

    def __init__(self, current: CurrentTrick) -> None:
        self.current = current
        self.bar, self.sentence, self.chart = st.empty(), st.empty(), st.empty()
        self.heading, self.bars, self.remark = st.empty(), st.empty(), st.empty()

    def draw(self, search: Search, *, growing: bool = True) -> None:
        own, dark, narrow = search.hunts[0], self.current.dark, self.current.narrow
        show = chart_slot.growing if growing else chart_slot.finished
        figure = eps_search.tries_chart(own.tries, wanted=own.name, dark=dark, growing=growing, narrow=narrow)
        show(self.chart, figure, _alt(own))
        if own.over:
            _told(self.sentence, self.current, own)
            started = [hunt for hunt in search.hunts if hunt is own or hunt.tries]
            if len(started) > 1:
                needs = [hunt.need(chosen=hunt is own) for hunt in started]
                self.heading.markdown(
                    "**Other targets, same picture and steps** · the smallest epsilon that works (of 255)",
                    help="Some classes are nearer than others. Outlined bars are still being looked for, or "
                    "never worked.",
                )
                alt = "; ".join(f"{need.name}: {eps_search.answer_text(need)}" for need in needs)
                show(self.bars, eps_search.needs_chart(needs, dark=dark, narrow=narrow), alt)


def section(current: CurrentTrick) -> None:
    """The button, the curve of tries, the answer, and the comparison."""
    st.subheader("The smallest epsilon that works", help=HELP)
    recipe, own = current.recipe, _own(current)
    if not recipe.how.reads("eps"):
        st.info(
            f"*{recipe.how.title}* knows no epsilon. Choose another method to look for the smallest one.",
            icon=":material/straighten:",
        )
        return
    st.markdown(
        f"How small can the change be so that this {text.escape(current.run.noun)} is still read as "
        f"{text.escape(own)}? Each try takes {counted(recipe.length, recipe.how.unit)}, as the trick in "
        f"hand, which used epsilon {_eps(recipe.eps)}."
    )
    with st.container(horizontal=True, gap="small"):
        go = main_button.button(
            "Find it",
            key="find-smallest",
            icon=":material/search:",
            help="Tries one epsilon after the other.",
        )
        compare_place = st.empty()
        stop = st.empty()
    board = Board(current)
    search = state.smallest_epsilon.get()
    if search is None or search.key != current.key():
        search = state.smallest_epsilon.set(Search(current.key(), _hunts(current, own)))
    own_hunt = search.hunts[0]
    compare = _compare_button(compare_place, search)
    if go or compare:
        stop.button(
            "Stop", key="stop-smallest", icon=":material/stop_circle:", help="Keeps what was found so far."
        )
        if go:
            for hunt in search.hunts:
                hunt.tries.clear()
        _go(current, search.hunts[:1] if go else search.hunts, search, board)
        stop.empty()
        _compare_button(compare_place, search)
    if own_hunt.over and own_hunt.tries[-1].answer != 0:  # what the run is told to try is then measured
        current.run.findings = causes.with_search(current.run.findings, own_hunt.tries[-1].answer)
    if own_hunt.tries:
        board.draw(search, growing=False)
        if remark := _remark(search):
            board.remark.caption(remark)
    elif not go:
        board.chart.info(
            "Nothing tried yet. Press *Find it*: a try of 30 steps on a photo takes about a second, and five "
            "to ten are needed.",
            icon=":material/straighten:",
        )


def _compare_button(place: DeltaGenerator, search: Search) -> bool:
    """Offered once the visitor's own answer is there, since it takes several times as long."""
    if not search.hunts[0].over or search.over:
        place.empty()
        return False
    return place.button(
        "Compare with other targets",
        key="compare-smallest",
        icon=":material/compare_arrows:",
        help="Searches in the same way for other classes: how small can the change be for each of them?",
    )


def _go(current: CurrentTrick, hunts: list[Hunt], search: Search, board: Board) -> None:
    """Look for those of these that are not found yet, each from its first try on."""
    clock = FrameClock()
    with progress.shown("Looking for the smallest epsilon", place=board.bar) as bar:
        for place, hunt in enumerate(hunts):
            if hunt.over:
                continue
            hunt.tries.clear()
            whom = hunt.name if place == 0 else f"{hunt.name}, {place} of {len(hunts) - 1} others"
            recipe: Recipe = replace(current.recipe, target=hunt.target)
            frames = 0
            for trial in engine.stream(runs.smallest_epsilon, current.network, current.original, recipe):
                if trial is None:
                    frames += 1
                    if clock.due():
                        doing = f"Smallest epsilon for {whom}, try {len(hunt.tries)}"
                        bar.tell(max(0, frames - 1), recipe.length, doing=doing)
                else:
                    frames = 0
                    hunt.tries.append(trial)
                    board.draw(search)


def _own(current: CurrentTrick) -> str:
    if current.recipe.target is None:
        return f"anything but {named(current.labels, current.label)}"
    return named(current.labels, current.recipe.target)


def _hunts(current: CurrentTrick, own: str) -> list[Hunt]:
    known = {current.label, current.recipe.target if current.recipe.target is not None else current.label}
    rivals = smallest_eps.others(len(current.labels), known, 10 if current.digits else RIVALS, current.seed)
    rivals = sorted(rivals) if current.digits else rivals
    return [Hunt(current.recipe.target, own), *(Hunt(k, named(current.labels, k)) for k in rivals)]


def _told(place: DeltaGenerator, current: CurrentTrick, own: Hunt) -> None:
    """The result, in a sentence."""
    last, steps = own.tries[-1], current.recipe.length
    name = text.escape(own.name)
    wanted = "anything but the first answer" if current.recipe.target is None else "the class you chose"
    if last.answer is None:
        outcome_box.wish(
            place,
            "not",
            f"Even with epsilon {_eps(last.eps)} the saved PNG is read as "
            f"{text.escape(last.name)}; {wanted} has {percent(last.probability)}. Try more than "
            f"{counted(steps, current.recipe.how.unit)}, or another target.",
            word="Not found",
        )
        return
    if not last.answer:
        outcome_box.wish(
            place,
            "tricked",
            f"The original is already read as {name}. Choose another target.",
            word="Nothing is needed",
        )
        return
    best = next(trial for trial in own.tries if trial.worked and trial.eps == last.answer)
    parts = [
        f"**Epsilon {_eps(last.answer)} is enough.**{_saved(current.recipe, best)} The saved PNG is read as "
        f"**{text.escape(best.name)}**; {wanted} has {percent(best.probability)}."
    ]
    if last.answer <= HALF and current.recipe.norm == "linf":
        parts.append("Less cannot work: a file holds whole grey levels, so below half a level nothing moves.")
    elif last.failed:
        parts.append(f"{last.failed:.3g} was too little.")
    parts.append(f"Found in {len(own.tries) - 1} tries of {counted(steps, current.recipe.how.unit)}.")
    outcome_box.wish(place, "tricked", " ".join(parts), word="Found")


def _remark(search: Search) -> str:
    own, *others = search.hunts
    if not own.over:
        return "Stopped before it was found. *Find it* starts the search again."
    ends = [hunt.tries[-1].answer for hunt in others if hunt.over]
    started = any(hunt.tries for hunt in others)
    parts = []
    if started and not search.over:
        parts.append("Stopped before all were compared. *Compare with other targets* goes on.")
    mine = own.tries[-1].answer
    if ends and mine is not None:
        harder = sum(end is None or end > mine for end in ends)
        parts.insert(0, f"{harder} of the {len(ends)} other targets need a larger epsilon than yours.")
    return " ".join(parts)


def _alt(own: Hunt) -> str:
    tried = ", ".join(f"{trial.eps:.3g} {'worked' if trial.worked else 'failed'}" for trial in own.tries)
    return f"Probability of {own.name} against epsilon. Tried: {tried}"


def _saved(recipe: Recipe, best: Try) -> str:
    """The file's own epsilon beside the one asked for, where it is another."""
    own = f"{best.saved:.3g}"
    if own == f"{best.eps:.3g}":
        return ""
    return f" As saved: {own}{' (root mean square)' if recipe.norm == 'l2' else ''}."


def _eps(levels: float) -> str:
    return f"{levels:.3g} of 255 ({levels / 255:.4f})"
