"""Accuracy against epsilon: from the card at once, and measured again on digits of one's choice."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import streamlit as st

from trickcore import engine
from trickcore.jobs import digits as jobs
from trickcore.jobs.networks import Network
from trickcore.language import _, later
from trickcore.measure import accuracy as digits
from trickcore.measure.accuracy import EPS, Count
from trickcore.plots import accuracy as curves
from trickcore.plots.accuracy import Curve
from ui import state, text
from ui.sidebar.url_state import LINK
from ui.widgets import chart_slot, progress

KINDS = {"FGSM": digits.FGSM, "PGD-40": digits.PGD}
SMALL, MNIST = later("scikit-learn's digits"), later("MNIST's test digits")
STANDARD, ROBUST = later("standard"), later("robust")
HERE = {  # of the networks
    STANDARD: later("standard, here"),
    ROBUST: later("robust, here"),
    "mine": later("mine, here"),
}
DOING = {
    STANDARD: later("Attacking the standard network with epsilon {eps:.2f}"),
    ROBUST: later("Attacking the robust network with epsilon {eps:.2f}"),
    "mine": later("Attacking the mine network with epsilon {eps:.2f}"),
}
SIZES = {SMALL: 1_797, MNIST: 10_000}
HELP = later(
    "Accuracy is the share of digits a network still reads right. *FGSM*: one step along the gradient's sign "
    "(Goodfellow et al. 2015). *PGD-40*: 40 smaller steps from a random start (Madry et al. 2018), the "
    "attack the field uses. Both want any wrong answer, whichever. *AutoAttack*: four attacks in a row, the "
    "strictest judge (Croce and Hein 2020)."
)


@dataclass
class Measurement:
    """What was counted on this visit."""

    source: str
    kind: str
    key: object = None  # the identities of the networks it was counted on
    counts: dict[tuple[str, float], Count] = field(default_factory=dict)

    def curves(self) -> list[Curve]:
        names = dict.fromkeys(name for name, eps in self.counts)
        return [
            Curve(
                _(HERE[name]),
                name != STANDARD,
                self.kind,
                [eps for who, eps in self.counts if who == name],
                [count.right / count.asked for (who, eps), count in self.counts.items() if who == name],
                measured_here=True,
            )
            for name in names
        ]


def section(networks: dict[str, Network], eps: float, dark: bool, narrow: bool) -> None:
    """The chart, what robustness costs, and the button that measures it again."""
    ours = digits.report("robust")
    by = _(
        "Ours was judged on {n:,} test digits by the AutoAttack of the package {package}.",
        n=ours.judged,
        package=ours.judge,
    )
    halves = _(
        "The robust network is the mean of two: one was attacked all through its training, the other learnt "
        "to be right for whole boxes round each digit, as the one under *Proved* did."
    )
    st.subheader(_("How many digits survive"), help=f"{_(HELP)} {by} {halves}")
    shown = (
        st.pills(
            _("Attacks shown"),
            list(KINDS),
            default="PGD-40",
            selection_mode="multi",
            key="accuracy_of",
            help=_(HELP),
            **LINK,
        )
        or []
    )
    chart = st.empty()

    def draw(measured: Measurement | None, show: Callable[..., None] = chart_slot.growing) -> None:
        kinds = {*map(KINDS.get, shown), *([measured.kind] if measured else ())}
        figure = curves.accuracy_chart(
            [*_of_card(kinds), *(measured.curves() if measured else ())],
            _points(),
            eps=eps / 255,
            dark=dark,
            narrow=narrow,
            height=220 if narrow else 320,
        )
        show(chart, figure, _("Accuracy against epsilon, standard and robust"))

    key = tuple(network.identity for network in networks.values())
    st.markdown(text.cost(digits.reports()))
    st.markdown(_("**Measure it now**"))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        source = st.selectbox(
            _("Digits"),
            [MNIST, SMALL] if engine.call(jobs.mnist_here) else [SMALL],
            format_func=_,
            key="measure_on",
            width=170 if narrow else 220,
            help=_(
                "scikit-learn's 1,797 digits come with this page; they are other people's, enlarged from "
                "8 x 8, so they are harder. MNIST's can be fetched once, on the Train page."
            ),
            **LINK,
        )
        count = st.slider(
            _("How many"),
            50,
            SIZES[source],
            200,
            50,
            key=f"measure_count_{'mnist' if source == MNIST else 'small'}",
            width=170 if narrow else 220,
            help=_("More digits give a surer figure and take longer."),
            **LINK,
        )
        kind = KINDS[
            st.segmented_control(
                _("Attack"),
                list(KINDS),
                default="PGD-40",
                required=True,
                key="measure_attack",
                help=_(HELP),
                **LINK,
            )
        ]
        go = st.button(
            _("Measure it now"),
            key="measure",
            icon=":material/play_arrow:",
            help=_("Attacks each of these digits at nine sizes of epsilon, on every network."),
        )
        stop = st.empty()
    place = st.empty()
    if go:
        draw(None)
        measured = state.accuracy.set(Measurement(source, kind, key))
        stop.button(
            _("Stop"), key="stop-measuring", icon=":material/stop_circle:", help=_("Keeps what was counted.")
        )
        asked = {name.removeprefix("digits-"): network for name, network in networks.items()}
        drawn = 0
        with progress.shown(_("Attacking the digits"), "percent", place) as bar:
            for tally in engine.stream(jobs.accuracy, asked, source == MNIST, count, kind):
                measured.counts[tally.name, tally.eps] = tally
                doing = _(DOING[tally.name], eps=tally.eps)
                bar.tell(100 * tally.done, 100, doing=doing)
                if len(measured.counts) > drawn or tally.done == 1:
                    drawn = len(measured.counts)
                    draw(measured)
        stop.empty()
    done = state.accuracy.get()
    if done is not None and done.key != key:
        done = None  # of a network that was trained on since
    draw(done, chart_slot.finished)
    if done is not None and done.counts:
        some = next(iter(done.counts.values()))
        st.caption(_("Rings: measured here, on {n:,} of {source}.", n=some.asked, source=_(done.source)))


def _of_card(kinds: Collection[str | None]) -> list[Curve]:
    found = []
    for which in (STANDARD, ROBUST):
        card = digits.report(which)
        for name, kind in KINDS.items():
            if kind not in kinds:
                continue
            accuracies = card.fgsm if kind == digits.FGSM else card.pgd
            title = _(which) if len(kinds) == 1 else f"{_(which)}, {name}"
            found.append(Curve(title, which == ROBUST, kind, digits.GRID, accuracies))
    return found


def _points() -> dict[tuple[str, float], float]:
    """Others' published accuracies at their epsilon, and our own under the strictest judge."""
    points = {
        (f"{who.partition(' 2')[0].partition(',')[0]}, {attack}", eps): accuracy
        for (who, attack, eps), accuracy in digits.PUBLISHED.items()
        if eps and "standard" not in who and attack not in ("FGSM", digits.PROVED)
    }
    ours = digits.report("robust").autoattack
    return points if ours is None else {**points, (_("ours, AutoAttack"), EPS): ours}
