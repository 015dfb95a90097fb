"""The share of digits that is proved against epsilon, beside what an attack leaves: as shipped, and anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import streamlit as st

from trickcore import engine
from trickcore.jobs import digits as digit_jobs
from trickcore.jobs import proofs as jobs
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

HELP = (
    "Of the 10,000 test digits of MNIST, which none of the networks learnt from. At epsilon 0 both lines "
    "begin at the accuracy on untouched digits. *Attacked*: the share still read right under PGD-40, an "
    "attack of 40 steps; a better attack could leave fewer. *Proved*: the share of which it is sure that no "
    "attack works; a better proof could find more. The truth lies in the grey between the two."
)
OF = {"attacked": "pgd", PROVED: "proved"}


@dataclass
class Shares:
    """What was counted on this visit."""

    source: str
    counts: dict[float, Count] = field(default_factory=dict)

    def curve(self) -> ShareCurve:
        shares = [count.right / count.asked for count in self.counts.values()]
        return ShareCurve("proved, here", PROVED, list(self.counts), shares, measured_here=True)


def section(dark: bool, narrow: bool) -> None:
    """The chart, what a proof costs, and the button that counts it again."""
    ours, robust, plain = (digits.report(which) for which in ("proved", "robust", "standard"))
    at = digits.GRID.index(EPS)
    st.subheader("Of how many digits it can be proved", help=HELP)
    chart = st.empty()

    def draw(shares: Shares | None, show: Callable[..., None] = chart_slot.growing) -> None:
        lines = [
            ShareCurve("attacked", "attacked", digits.GRID, ours.pgd),
            ShareCurve("proved", PROVED, digits.GRID, ours.proved),
            ShareCurve("robust, attacked", "attacked", digits.GRID, robust.pgd, dashed=True),
            ShareCurve("robust, proved", PROVED, digits.GRID, robust.proved, dashed=True),
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
        show(chart, figure, "Share of digits attacked and proved against epsilon")

    sure, held = percent(ours.proved[at], 1), percent(ours.pgd[at], 1)
    st.markdown(
        f"**At epsilon {EPS:g}** {sure} of the 10,000 digits are proved with the proved network, and {held} "
        f"withstand the attack. With the robust one {percent(robust.proved[at], 1)} are proved and "
        f"{percent(robust.pgd[at], 1)} withstand it: it resists, but this proof cannot make sure of it."
    )
    st.markdown(
        f"**What a proof costs:** of untouched digits the proved network reads {percent(ours.clean, 2)} "
        f"right, the robust one {percent(robust.clean, 2)}, the standard one {percent(plain.clean, 2)}. And "
        "a proof is for this network and these digits alone: another network needs its own."
    )
    st.markdown("**Count it now**")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        source = st.selectbox(
            "Digits",
            [MNIST, SMALL] if engine.call(digit_jobs.mnist_here) else [SMALL],
            key="proved_on",
            width=170 if narrow else 220,
            help="scikit-learn's 1,797 digits come with this page; they are other people's, enlarged from "
            "8 × 8, so they are harder. MNIST's can be fetched once, on the Train page.",
            **LINK,
        )
        count = st.slider(
            "How many",
            50,
            SIZES[source],
            200,
            50,
            key=f"proved_count_{'mnist' if source == MNIST else 'small'}",
            width=170 if narrow else 220,
            help="More digits give a surer figure and take longer.",
            **LINK,
        )
        go = st.button(
            "Prove them",
            key="prove",
            icon=":material/play_arrow:",
            help="Works out the bounds of each of these digits at nine sizes of epsilon.",
        )
        stop = st.empty()
    place = st.empty()
    if go:
        shares = state.shares_proved.set(Shares(source))
        stop.button("Stop", key="stop-proving", icon=":material/stop_circle:", help="Keeps what was counted.")
        asked = {PROVED: network_named("digits-proved")}
        drawn = 0
        draw(None)
        with progress.shown("Proving digits", "percent", place) as bar:
            for tally in engine.stream(jobs.shares, asked, source == MNIST, count, digits.GRID):
                shares.counts[tally.eps] = tally
                bar.tell(100 * tally.done, 100, doing=f"Proving digits at epsilon {tally.eps:.2f}")
                if len(shares.counts) > drawn or tally.done == 1:
                    drawn = len(shares.counts)
                    draw(shares)
        stop.empty()
    done = state.shares_proved.get()
    draw(done, chart_slot.finished)
    if done is not None and done.counts:
        some = next(iter(done.counts.values()))
        st.caption(f"Rings: counted here, on {some.asked:,} of {done.source}.")
