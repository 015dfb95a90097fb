"""The share of digits that is proved against epsilon, beside what an attack leaves: as shipped, and anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import streamlit as st

from trickcore import engine
from trickcore.jobs import digits as digit_jobs
from trickcore.jobs import proofs as jobs
from trickcore.language import _, later
from trickcore.measure import accuracy as digits
from trickcore.measure.accuracy import EPS, PROVED, Count
from trickcore.plots.digits import proofs as charts
from trickcore.plots.digits.proofs import ShareCurve
from trickcore.text import percent
from ui import state
from ui.pages.defend.accuracy import MNIST, SIZES, SMALL
from ui.session_run import network_named
from ui.sidebar.url_state import LINK
from ui.widgets import chart_slot, progress

HELP = later(
    "Of the 10,000 test digits of MNIST, which none of the networks learnt from. At epsilon 0 both lines "
    "begin at the accuracy on untouched digits, give or take a digit or two. *Attacked*: the share "
    "still read right under PGD-40, an attack of 40 steps; a better attack could leave fewer. *Proved*: the "
    "share of which it is sure that no attack works; a better proof could find more. The truth lies in the "
    "grey between the two."
)
OF = {"attacked": "pgd", PROVED: "proved"}


@dataclass
class Shares:
    """What was counted on this visit."""

    source: str
    counts: dict[float, Count] = field(default_factory=dict)

    @property
    def asked(self) -> int:
        """How many digits each point of the curve stands for."""
        return max((count.asked for count in self.counts.values()), default=0)

    def curve(self) -> ShareCurve:
        """Without an epsilon at which a count was stopped midway, but for the first."""
        whole = {eps: count for eps, count in self.counts.items() if count.asked == self.asked}
        shares = [count.right / count.asked for count in whole.values()]
        return ShareCurve(_("proved, here"), PROVED, list(whole), shares, measured_here=True)


def section(dark: bool, narrow: bool) -> None:
    """The chart, what a proof costs, and the button that counts it again."""
    ours, robust, plain = (digits.report(which) for which in ("proved", "robust", "standard"))
    at = digits.GRID.index(EPS)
    st.subheader(_("Of how many digits it can be proved"), help=_(HELP))
    chart = st.empty()

    def draw(shares: Shares | None, show: Callable[..., None] = chart_slot.growing) -> None:
        lines = [
            ShareCurve(_("attacked"), "attacked", digits.GRID, ours.pgd),
            ShareCurve(_("proved"), PROVED, digits.GRID, ours.proved),
            ShareCurve(_("robust, attacked"), "attacked", digits.GRID, robust.pgd, dashed=True),
            ShareCurve(_("robust, proved"), PROVED, digits.GRID, robust.proved, dashed=True),
        ]
        published = [
            (name.partition(",")[0], eps, share)
            for (name, kind, eps), share in digits.PUBLISHED.items()
            if kind == PROVED
        ]
        figure = charts.share_chart(
            [*lines, *([shares.curve()] if shares and shares.counts else [])],
            points=published,
            dark=dark,
            narrow=narrow,
            height=270 if narrow else 330,
        )
        show(chart, figure, _("Share of digits attacked and proved against epsilon"))

    st.markdown(
        _(
            "**At epsilon {eps:g}**, {sure} of the 10,000 digits are proved with the proved network, and "
            "{held} withstand the attack. With the robust one {robust_sure} are proved and {robust_held} "
            "withstand it: it resists, but this proof cannot make sure of it.",
            eps=EPS,
            sure=percent(ours.proved[at], 1),
            held=percent(ours.pgd[at], 1),
            robust_sure=percent(robust.proved[at], 1),
            robust_held=percent(robust.pgd[at], 1),
        )
    )
    st.markdown(
        _(
            "**What a proof costs:** of untouched digits the proved network reads {proved} right, the robust "
            "one {robust}, the standard one {standard}. And a proof is for this network and these digits "
            "alone: another network needs its own.",
            proved=percent(ours.clean, 2),
            robust=percent(robust.clean, 2),
            standard=percent(plain.clean, 2),
        )
    )
    st.markdown(_("**Count it now**"))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        source = st.selectbox(
            _("Digits"),
            [MNIST, SMALL] if engine.call(digit_jobs.mnist_here) else [SMALL],
            format_func=_,
            key="proved_on",
            width=170 if narrow else 220,
            help=_(
                "scikit-learn's 1,797 digits come with this page; they are other people's, enlarged from "
                "8 × 8, so they are harder. MNIST's can be fetched once, on the Train page."
            ),
            **LINK,
        )
        count = st.slider(
            _("How many"),
            50,
            SIZES[source],
            200,
            50,
            key=f"proved_count_{'mnist' if source == MNIST else 'small'}",
            width=170 if narrow else 220,
            help=_("More digits give a surer figure and take longer."),
            **LINK,
        )
        go = st.button(
            _("Prove them"),
            key="prove",
            icon=":material/play_arrow:",
            help=_("Works out the bounds of each of these digits at nine sizes of epsilon."),
        )
        stop = st.empty()
    place = st.empty()
    if go:
        shares = state.shares_proved.set(Shares(source))
        stop.button(
            _("Stop"), key="stop-proving", icon=":material/stop_circle:", help=_("Keeps what was counted.")
        )
        asked = {PROVED: network_named("digits-proved")}
        drawn = 0
        draw(None)
        with progress.shown(_("Proving digits"), "percent", place) as bar:
            for tally in engine.stream(jobs.shares, asked, source == MNIST, count, digits.GRID):
                shares.counts[tally.eps] = tally
                bar.tell(100 * tally.done, 100, doing=_("Proving digits at epsilon {eps:.2f}", eps=tally.eps))
                if len(shares.counts) > drawn or tally.done == 1:
                    drawn = len(shares.counts)
                    draw(shares)
        stop.empty()
    done = state.shares_proved.get()
    draw(done, chart_slot.finished)
    if done is not None and done.counts:
        st.caption(_("Rings: counted here, on {n:,} of {source}.", n=done.asked, source=_(done.source)))
