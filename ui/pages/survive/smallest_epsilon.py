"""The smallest epsilon that works: the search as it goes, and how much other targets need."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore import Recipe, engine
from trickcore.diagnose import causes
from trickcore.jobs import runs
from trickcore.language import _, later, row
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
HELP = later(
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
                    _("**Other targets, same picture and steps** · the smallest epsilon that works (of 255)"),
                    help=_(
                        "Some classes are nearer than others. Outlined bars are still being looked for, or "
                        "never worked."
                    ),
                )
                alt = "; ".join(f"{need.name}: {eps_search.answer_text(need)}" for need in needs)
                show(self.bars, eps_search.needs_chart(needs, dark=dark, narrow=narrow), alt)


def section(current: CurrentTrick) -> None:
    """The button, the curve of tries, the answer, and the comparison."""
    st.subheader(_("The smallest epsilon that works"), help=_(HELP))
    recipe, own = current.recipe, _own(current)
    if not recipe.how.reads("eps"):
        st.info(
            _(
                "*{method}* knows no epsilon. Choose another method to look for the smallest one.",
                method=_(recipe.how.title),
            ),
            icon=":material/straighten:",
        )
        return
    st.markdown(
        _(
            "How small can the change be so that this {noun} is still read as {wish}? Each try takes "
            "{steps}, as the trick in hand, which used epsilon {eps}.",
            noun=text.escape(text.noun_of(current.run.noun)),
            wish=text.escape(own),
            steps=counted(recipe.length, recipe.how.unit),
            eps=_eps(recipe.eps),
        )
    )
    with st.container(horizontal=True, gap="small"):
        go = main_button.button(
            _("Find it"),
            key="find-smallest",
            icon=":material/search:",
            help=_("Tries one epsilon after the other."),
        )
        compare_place = st.empty()
        stop = st.empty()
    board = Board(current)
    search = state.smallest_epsilon.get()
    if search is None or search.key != current.key():
        search = state.smallest_epsilon.set(Search(current.key(), _hunts(current, own)))
    own_hunt = search.hunts[0]
    own_hunt.name = own  # in the language of now
    compare = _compare_button(compare_place, search)
    if go or compare:
        stop.button(
            _("Stop"),
            key="stop-smallest",
            icon=":material/stop_circle:",
            help=_("Keeps what was found so far."),
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
            _(
                "Nothing tried yet. Press *Find it*: a try of 30 steps on a photo takes about a second, and "
                "five to ten are needed."
            ),
            icon=":material/straighten:",
        )


def _compare_button(place: DeltaGenerator, search: Search) -> bool:
    """Offered once the visitor's own answer is there, since it takes several times as long."""
    if not search.hunts[0].over or search.over:
        place.empty()
        return False
    return place.button(
        _("Compare with other targets"),
        key="compare-smallest",
        icon=":material/compare_arrows:",
        help=_("Searches in the same way for other classes: how small can the change be for each of them?"),
    )


def _go(current: CurrentTrick, hunts: list[Hunt], search: Search, board: Board) -> None:
    """Look for those of these that are not found yet, each from its first try on."""
    clock = FrameClock()
    with progress.shown(_("Looking for the smallest epsilon"), place=board.bar) as bar:
        for place, hunt in enumerate(hunts):
            if hunt.over:
                continue
            hunt.tries.clear()
            whom = hunt.name
            if place > 0:
                whom = _("{name}, {n} of {of} others", name=hunt.name, n=place, of=len(hunts) - 1)
            recipe: Recipe = replace(current.recipe, target=hunt.target)
            frames = 0
            for trial in engine.stream(runs.smallest_epsilon, current.network, current.original, recipe):
                if trial is None:
                    frames += 1
                    if clock.due():
                        doing = _("Smallest epsilon for {whom}, try {n}", whom=whom, n=len(hunt.tries))
                        bar.tell(max(0, frames - 1), recipe.length, doing=doing)
                else:
                    frames = 0
                    hunt.tries.append(trial)
                    board.draw(search)


def _own(current: CurrentTrick) -> str:
    if current.recipe.target is None:
        return _("anything but {answer}", answer=named(current.labels, current.label))
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
    first = current.recipe.target is None
    wanted = _("anything but the first answer") if first else _("the class you chose")
    if last.answer is None:
        outcome_box.wish(
            place,
            "not",
            _(
                "Even with epsilon {eps} the saved PNG is read as {name}; {wanted} has {share}. Try more "
                "than {steps}, or another target.",
                eps=_eps(last.eps),
                name=text.escape(last.name),
                wanted=wanted,
                share=percent(last.probability),
                steps=counted(steps, current.recipe.how.unit),
            ),
            word=_("Not found"),
        )
        return
    if not last.answer:
        outcome_box.wish(
            place,
            "tricked",
            _("The original is already read as {name}. Choose another target.", name=name),
            word=_("Nothing is needed"),
        )
        return
    best = next(trial for trial in own.tries if trial.worked and trial.eps == last.answer)
    less = ""
    if last.answer <= HALF and current.recipe.norm == "linf":
        less = _("Less cannot work: a file holds whole grey levels, so below half a level nothing moves.")
    elif last.failed:
        less = _("{eps:.3g} was too little.", eps=last.failed)
    said = row(
        _("**Epsilon {eps} is enough.**", eps=_eps(last.answer)),
        _saved(current.recipe, best),
        _(
            "The saved PNG is read as **{name}**; {wanted} has {share}.",
            name=text.escape(best.name),
            wanted=wanted,
            share=percent(best.probability),
        ),
        less,
        _(
            "Found in {n} tries of {steps}.",
            n=len(own.tries) - 1,
            steps=counted(steps, current.recipe.how.unit),
        ),
    )
    outcome_box.wish(place, "tricked", said, word=_("Found"))


def _remark(search: Search) -> str:
    own, *others = search.hunts
    if not own.over:
        return _("Stopped before it was found. *Find it* starts the search again.")
    ends = [hunt.tries[-1].answer for hunt in others if hunt.over]
    started = any(hunt.tries for hunt in others)
    stopped = compared = ""
    if started and not search.over:
        stopped = _("Stopped before all were compared. *Compare with other targets* goes on.")
    mine = own.tries[-1].answer
    if ends and mine is not None:
        harder = sum(end is None or end > mine for end in ends)
        compared = _(
            "{n} of the {of} other targets need a larger epsilon than yours.", n=harder, of=len(ends)
        )
    return row(compared, stopped)


def _alt(own: Hunt) -> str:
    tried = ", ".join(
        _("{eps:.3g} worked", eps=trial.eps) if trial.worked else _("{eps:.3g} failed", eps=trial.eps)
        for trial in own.tries
    )
    return _("Probability of {name} against epsilon. Tried: {tried}", name=own.name, tried=tried)


def _saved(recipe: Recipe, best: Try) -> str:
    """The file's own epsilon beside the one asked for, where it is another."""
    own = f"{best.saved:.3g}"
    if own == f"{best.eps:.3g}":
        return ""
    if recipe.norm == "l2":
        return _("As saved: {eps} (root mean square).", eps=own)
    return _("As saved: {eps}.", eps=own)


def _eps(levels: float) -> str:
    return _("{levels:.3g} of 255 ({share:.4f})", levels=levels, share=levels / 255)
