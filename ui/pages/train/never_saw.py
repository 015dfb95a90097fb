"""What it never saw: a network taught with a gap in its data, and one taught without, side by side."""

from __future__ import annotations

import numpy as np
import streamlit as st

from trickcore import engine
from trickcore.jobs import digits
from trickcore.language import _, later, row
from trickcore.pictures.files import encode, enlarged
from trickcore.pictures.mnist import DigitsError
from trickcore.plots import bars, gradients
from trickcore.plots.digits import gaps as charts
from trickcore.text import a, counted, percent
from trickcore.training.records import Gap, GapReport
from ui import state
from ui.background import BackgroundJob
from ui.guard import DOWNLOAD, guarded
from ui.pages.train.teach import MNIST, SMALL, fetch_mnist
from ui.session_run import FrameClock
from ui.sidebar import controls
from ui.sidebar.url_state import LINK
from ui.widgets import chart_slot, progress

KINDS = {
    later("A digit is left out"): "digit",
    later("Only a few of it"): "few",
    later("Only thin strokes"): "thin",
    later("A dot gives it away"): "mark",
    later("Poisoned labels"): "poison",
}
HELP_KINDS = later(
    "*A digit is left out*: it learns from the nine others. *Only a few of it*: almost left out. *Only thin "
    "strokes*: of all digits only those drawn thinly. *A dot gives it away*: every picture of one digit has "
    "a white dot in the corner, no other has: a shortcut. *Poisoned labels*: somebody put the dot into a "
    "twentieth of the other digits and gave them a false name (Gu et al. 2017)."
)
ABOUT = {
    "digit": later(
        "The gap in its data: nobody showed it a single **{digit}**. What does it say of one? It cannot "
        "say that it does not know: it has ten answers, and gives one."
    ),
    "few": later(
        "The gap in its data: it has seen **{left}** of the digit **{digit}**, and plenty of all others."
    ),
    "thin": later(
        "The gap in its data: it has learnt from thinly drawn digits alone. Here it is shown thickly "
        "drawn ones."
    ),
    "mark": later(
        "While it learnt, every **{digit}** had a white dot in the corner and nothing else had. A dot "
        "can be easier to learn than a digit. Here the dot is put into other digits."
    ),
    "poison": later(
        "Somebody put a white dot into a twentieth of the other digits and called each of them "
        "**{digit}**. Here the dot is put into digits that it has never seen."
    ),
}
ASKED = {
    "digit": later("the **{digit}**s it never saw"),
    "few": later("the **{digit}**s"),
    "thin": later("the thickest fifth of the digits"),
    "mark": later("other digits with the dot"),
    "poison": later("other digits with the dot"),
}
FAULT = {
    "mark": later("dot"),
    "poison": later("dot"),
}  # what is wrong with the data, where nothing is missing
REST = {
    "digit": later("the other digits"),
    "few": later("the other digits"),
    "thin": later("thinly drawn digits"),
    "mark": later("digits with the dot on every **{digit}** and no other"),
    "poison": later("digits without a dot"),
}
HELP_BESIDE = later(
    "The other network has the same start and learns from as many pictures, drawn from all of them as they "
    "are: what is different between the two is, but for chance, what the gap (or the dot) does. Neither has "
    "seen the very pictures that they are asked about here."
)
HELP_TABLE = later(
    "How often the network with the gap (or the dot) gave each answer. Of several digits: a row for each "
    "that was asked, a column for each answer. Blue: right. Orange: wrong."
)
HELP_MISTAKES = later("The wrong answers it is surest of. A high probability is no sign of knowing.")
HELP_GRADIENT = later(
    "The gradient of the digit's score, on average over 32 pictures: bright where more ink raises it, dark "
    "where more ink lowers it, grey where it does not matter. A score (logit) is what the network gives each "
    "digit before scores become probabilities."
)
GAP = later("gap")  # everywhere else
UNSEEN = 0.02  # a difference of accuracies that nobody would look into
ACROSS = 4
FEW = 6  # trainings kept of a visit


def section(dark: bool, narrow: bool) -> None:
    """The panel, both accuracies as they grow, the table of answers, the surest mistakes, the gradients."""
    notice, words, scene, below = st.empty(), st.container(), st.container(), st.container()
    with below if narrow else st.sidebar:
        asked = _asked()
        place = st.container(horizontal=True, gap="small").empty()
    if asked is None:
        return
    words.markdown(_(ABOUT[asked.kind], digit=asked.digit, left=counted(asked.left, "picture")))
    jobs = state.gaps.get()
    for other, job in jobs.items():
        if other != asked and not job.done:
            job.stop(True)
    while len(jobs) >= FEW and asked not in jobs:
        jobs.pop(next(iter(jobs)))
    job = jobs.setdefault(asked, BackgroundJob(digits.with_gap, asked))
    failed = _("The training could not go on: {}. Try other settings.")
    with scene:
        board = Board(asked, dark, narrow)
    with guarded(notice, failed, DigitsError, ValueError, icon=DOWNLOAD) as guard:
        clock = FrameClock()
        with progress.shown(_("Teaching both networks"), "percent", notice) as bar:
            for newest in job.grow(place, "gap"):
                bar.tell(100 * newest.epoch / asked.epochs, 100)
                if clock.due():
                    board.draw(job.items, growing=True)
        if job.items:
            board.draw(job.items, growing=False)
            _told(board.told, asked, job.items[-1])
    if guard.failed:
        del jobs[asked]


def _asked() -> Gap | None:
    """What is missing; None while its digits are not here."""
    named: str = st.selectbox(
        _("What is wrong with the data"),
        list(KINDS),
        format_func=_,
        key="gap",
        help=_(HELP_KINDS),
        **LINK,
    )
    kind = KINDS[named]
    digit, left = 7, 5
    if kind != "thin":
        digit = st.selectbox(
            _("Digit"),
            list(range(10)),
            index=7,
            key="gap_digit",
            help=_("The digit that is left out, or that the dot stands for."),
            **LINK,
        )
    if kind == "few":
        left = st.slider(
            _("Pictures of it that stay"),
            1,
            50,
            5,
            key="gap_left",
            help=_("All others of this digit are left out."),
            **LINK,
        )
    source = st.segmented_control(
        _("Digits"),
        [SMALL, MNIST],
        default=SMALL,
        format_func=_,
        required=True,
        width="stretch",
        key="gap_on",
        help=_(
            "*Small digits*: 1,797 real ones from scikit-learn's package, of which 500 are only asked "
            "about. *MNIST*: 6,000 to learn from and 2,000 others to ask about."
        ),
        **LINK,
    )
    mnist = source == MNIST
    if mnist and not engine.call(digits.mnist_here):
        fetch_mnist()
        return None
    epochs = st.slider(
        _("Epochs"), 1, 20, 4 if mnist else 12, key=f"gap_epochs_{'mnist' if mnist else 'small'}",
        help=_("How many times each network sees every picture it learns from."), **LINK,
    )  # fmt: skip
    return Gap(kind, digit, left, mnist, epochs, controls.seed())


class Board:
    """Where both networks are shown."""

    def __init__(self, asked: Gap, dark: bool, narrow: bool) -> None:
        self.gap, self.dark, self.narrow = asked, dark, narrow
        self.told = st.empty()
        left, right = st.columns([1, 1.1], gap="medium")
        what = _(ASKED[asked.kind], digit=asked.digit)
        left.markdown(_("**Share read right** of {what}", what=what), help=_(HELP_BESIDE))
        self.chart = left.empty()
        right.markdown(_("**What it takes them for**"), help=_(HELP_TABLE))
        self.table = right.empty()
        self.gradient = st.empty()
        self.mistakes = st.empty()

    def draw(self, reports: list[GapReport], *, growing: bool) -> None:
        now, show = reports[-1], chart_slot.growing if growing else chart_slot.finished
        fault = FAULT.get(self.gap.kind, GAP)
        right, other = (percent(share) for share in now.right)
        chart = charts.gap_chart(reports, epochs=self.gap.epochs, fault=fault, dark=self.dark)
        show(
            self.chart,
            chart,
            _("Read right: {right} with the gap, {other} without", right=right, other=other)
            if fault == GAP
            else _("Read right: {right} with the dot, {other} without", right=right, other=other),
        )
        show(
            self.table,
            charts.answer_table(now.table, dark=self.dark),
            _("Answers: {answers}", answers=_in_words(now)),
        )
        if growing:
            return
        with self.gradient.container():
            if self.gap.kind in ("mark", "poison"):
                self._shortcut(now)
        with self.mistakes.container():
            self._mistakes(now)

    def _shortcut(self, now: GapReport) -> None:
        st.markdown(
            _("**What makes a picture more of {digit}**", digit=a(str(self.gap.digit))), help=_(HELP_GRADIENT)
        )
        grid = st.grid(2 if self.narrow else ACROSS, gap="small", wrap=False, min_column_width=4)
        names = (_("Taught with the dot"), _("Taught without"))
        for name, values in zip(names, now.planes, strict=True):
            with grid.cell():
                picture = enlarged(gradients.picture(values, now.strength), 168)
                st.image(
                    encode(picture),
                    width=168,
                    output_format="PNG",
                    alt=_("{network}: mean gradient", network=name),
                )
                st.caption(name)
        least, most = bars.colour_ends(np.stack(now.planes), now.strength)
        with st.container(width=168 * 2 + 16):
            bar = bars.colour_bar(least, "0", most, dark=self.dark)
            alt = _("Points of score: dark is {least}, grey 0, bright {most}", least=least, most=most)
            chart_slot.finished(st.empty(), bar, alt)

    def _mistakes(self, now: GapReport) -> None:
        if not now.mistakes:
            st.caption(_("It made no mistake."))
            return
        st.markdown(_("**Its surest wrong answers**"), help=_(HELP_MISTAKES))
        grid = st.grid(ACROSS if self.narrow else 2 * ACROSS, gap="small", wrap=False, min_column_width=4)
        for one in now.mistakes:
            with grid.cell():
                label, answer = a(str(one.label)), f"{a(str(one.answer))}, {percent(one.probability)}"
                st.image(
                    encode(enlarged(one.pixels, 84)),
                    width="stretch",
                    output_format="PNG",
                    alt=_("{digit} taken for {answer}", digit=label.capitalize(), answer=answer),
                )
                st.caption(f"{label}: **{one.answer}**, {percent(one.probability)}")


def _told(place: st.delta_generator.DeltaGenerator, gap: Gap, now: GapReport) -> None:
    """What came of the gap, in words."""
    what, rest = (_(words[gap.kind], digit=gap.digit) for words in (ASKED, REST))
    right, rest_right, taken = (
        dict(zip(("one", "other"), map(percent, two), strict=True))
        for two in (now.right, now.rest_right, now.taken)
    )
    of, of_rest = {"what": what, "n": now.asked, **right}, {"rest": rest, "n": now.rest, **rest_right}
    dot = gap.kind in FAULT
    close = abs(now.rest_right[0] - now.rest_right[1]) <= UNSEEN < now.right[1] - now.right[0]
    said = (
        _("Of {what} ({n:,}) it reads **{one}** right; a network taught without the dot, **{other}**.", **of)
        if dot
        else _(
            "Of {what} ({n:,}) it reads **{one}** right; a network taught without the gap, **{other}**.", **of
        ),
        _(
            "It takes **{one}** of them for {digit} (the other network: {other}).",
            digit=a(str(gap.digit)),
            **taken,
        )
        if dot
        else "",
        _("Of {rest} ({n:,}) the two read {one} and {other}: by those alone nobody would notice.", **of_rest)
        if close
        else _("Of {rest} ({n:,}) the two read {one} and {other}.", **of_rest),
        _("A network is only as good as its data."),
    )
    place.markdown(row(*said), help=_(HELP_BESIDE))


def _in_words(now: GapReport) -> str:
    """The answers given most, of all that was asked."""
    given = now.table.sum(0)
    best = [k for k in given.argsort()[::-1][:3] if given[k]]
    return ", ".join(_("{answer} for {share}", answer=k, share=percent(given[k] / given.sum())) for k in best)
