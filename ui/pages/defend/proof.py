"""Proved: what is sure of a digit for every change within epsilon, beside what an attack finds."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore import ImageError, Recipe, engine
from trickcore.jobs import proofs as jobs
from trickcore.jobs import runs
from trickcore.jobs.networks import Network
from trickcore.jobs.proofs import DigitBounds
from trickcore.language import _, later, many
from trickcore.measure.smallest_eps import Try
from trickcore.pictures.files import encode, enlarged
from trickcore.plots.digits import proofs as charts
from trickcore.plots.digits.proofs import Reach
from ui import state, text
from ui.guard import guarded
from ui.pages.ask.input_gradients import TITLES
from ui.pages.defend import share_proved
from ui.session_run import FrameClock, digest, network_named, seen
from ui.sidebar import controls
from ui.sidebar.picture_source import picture
from ui.sidebar.url_state import LINK
from ui.widgets import chart_slot, main_button, outcome_box, progress

PROVED = "digits-proved"
NETWORKS = (PROVED, "digits-robust", "digits-standard")
GRID = tuple(i / 100 for i in range(41))
ABOUT = later(
    "An attack tries some changes. A **proof** is about all: it takes every picture in which no pixel moves "
    "by more than epsilon through the network at once, and works out how far each answer can get at most."
)
HELP_BOUNDS = later(
    "Interval arithmetic (Gowal et al. 2018). Each pixel may be anywhere in an interval, epsilon either way "
    "and never outside black and white. Layer by layer the smallest and the largest value that anything can "
    "then take is worked out, with a little added for rounding. The bar of an answer shows by how much its "
    "score (logit) can at most lead over the digit's own; the tick is where it stands untouched. As long as "
    "no bar reaches the line, no change can alter the answer, be it right or wrong."
)
HELP_GAP = later(
    "Blue: proved, no change up to here alters the answer. Orange: a saved picture that this attack made is "
    "read as something else. Between the two a cleverer attack might work, or a better proof might be found: "
    "interval arithmetic calls more possible than is."
)


@dataclass
class Attack:
    """The search for the smallest epsilon with which an attack changes the answer."""

    key: object
    tries: list[Try] = field(default_factory=list)

    @property
    def over(self) -> bool:
        return bool(self.tries) and self.tries[-1].over

    @property
    def found(self) -> float | None:
        """On the [0, 1] scale, as the saved file has it; None while the search is on, and if none works."""
        if not self.over or self.tries[-1].answer is None:
            return None
        return next(t.saved for t in self.tries if t.worked and t.eps == self.tries[-1].answer) / 255


def show(title: DeltaGenerator, notice: DeltaGenerator, dark: bool, narrow: bool) -> None:
    """The panel, the bounds, how far the proof reaches, and of how many digits. Raises WeightsError."""
    body = st.container()
    quick = st.container(gap="xsmall")
    below = st.container()
    with st.sidebar:
        controls.settle(controls.MINE)
        elsewhere = quick if narrow else None
        names = [*NETWORKS, *(["mine"] if state.mine.exists() else [])]
        with elsewhere or st.container():
            name = st.segmented_control(
                _("Network"),
                names,
                default=PROVED,
                required=True,
                wrap=True,
                format_func=lambda name: _(TITLES[name]),
                key="proved_network",
                help=_(
                    "*Proved* was trained so that much can be proved of it. *Robust* resists attacks, and "
                    "*standard* does not; see how little can be proved of either."
                ),
                **LINK,
            )
        with progress.spinning(_("Waking the network"), notice):
            network = network_named(name)
        seed = controls.seed_so_far()
        given = picture(controls.MINE, (28, 28), seed, lambda data: text.guess(network, data), elsewhere)
        steps = controls.steps(elsewhere)
        controls.seed()
    title.header(_("What can be proved of this {noun}?", noun=text.escape(text.noun_of(given.noun))))
    if given.wrong:
        notice.error(text.escape(given.wrong), icon=":material/broken_image:")
    elif given.data is None:
        notice.info(given.ask, icon=":material/add_photo_alternate:")
    else:
        recipe = Recipe(network=name, target=None, steps=steps, random_start=True, seed=seed)
        with body, guarded(notice, _("This could not be worked out: {}. Try another digit."), ImageError):
            _digit(network, given.data, recipe, dark, narrow)
    with below:
        share_proved.section(dark, narrow)


def _digit(network: Network, data: bytes, recipe: Recipe, dark: bool, narrow: bool) -> None:
    bounds = _bounds(network, data)
    own = network.labels[bounds.label]
    if narrow:
        pictures = controls_place = st.container()
    else:
        pictures, controls_place = st.columns([1, 3], vertical_alignment="center", gap="medium")
    with controls_place:
        st.markdown(_(ABOUT))
        eps = st.slider(
            _("Epsilon"),
            0.0,
            GRID[-1],
            0.1,
            0.01,
            key="proved_eps",
            help=_(
                "How far every pixel may move, on the scale from 0 (black) to 1 (white): 0.1 is 25.5 of 255 "
                "grey levels. Move it and watch the bars grow."
            ),
            **LINK,
        )
    with pictures:
        _pictures(network, data, own, eps, recipe.seed)
    place = min(range(len(GRID)), key=lambda i: abs(GRID[i] - eps))
    st.markdown(
        _("**How far can each answer get, with any change up to {eps:.2f}?**", eps=eps), help=_(HELP_BOUNDS)
    )
    figure = charts.lead_bars(
        bounds.now.tolist(),
        bounds.low[place].tolist(),
        bounds.high[place].tolist(),
        bounds.label,
        network.labels,
        dark=dark,
        narrow=narrow,
        height=230 if narrow else 270,
    )
    reaching = [
        network.labels[k] for k, high in enumerate(bounds.high[place]) if k != bounds.label and high >= 0
    ]
    alt = (
        _(
            "Bounds at epsilon {eps:.2f}. Answers that can reach {digit}: {answers}",
            eps=eps,
            digit=own,
            answers=", ".join(reaching),
        )
        if reaching
        else _("Bounds at epsilon {eps:.2f}. Answers that can reach {digit}: none", eps=eps, digit=own)
    )
    chart_slot.finished(st.empty(), figure, alt)
    if bounds.proved(place):
        told = _(
            "No bar reaches the line: whatever is done to this digit within epsilon {eps:.2f}, this network "
            "reads it as **{digit}**. No attack that keeps to this epsilon will ever change that.",
            eps=eps,
            digit=own,
        )
        outcome_box.network(st.empty(), False, told, word=_("Proved"))
    else:
        told = many(
            "One bar reaches the line. That does not mean that an attack works at epsilon {eps:.2f}; it "
            "means that this proof does not rule it out.",
            "{n} of 9 bars reach the line. That does not mean that an attack works at epsilon {eps:.2f}; it "
            "means that this proof does not rule it out.",
            len(reaching),
            eps=eps,
        )
        outcome_box.wish(st.empty(), "not", told, word=_("Not proved"))
    _reach(network, data, recipe, bounds, eps, dark, narrow)


def _pictures(network: Network, data: bytes, own: str, eps: float, seed: int) -> None:
    """What the page is about, the digit, and one of the endlessly many pictures within epsilon of it."""
    pixels = seen(network, data).astype(np.int64)
    levels = math.floor(255 * eps + 1e-9)  # whole ones, of which none may be too many
    either = np.random.default_rng(seed).choice((-levels, levels), pixels.shape)
    changed = np.clip(pixels + either, 0, 255)
    grid = st.grid(2, min_column_width=4, wrap=False, gap=10)
    for name, shown in ((_("The digit"), pixels), (_("Within {eps:.2f}", eps=eps), changed)):
        with grid.cell().container(gap="xxsmall"):
            st.image(
                encode(enlarged(shown.astype(np.uint8), 112)),
                width=100,
                alt=_("{picture}: a {digit}", picture=name, digit=own),
            )
            st.caption(name)


def _bounds(network: Network, data: bytes) -> DigitBounds:
    found = state.proofs.get()
    key = (network.identity, digest(data))
    if key not in found:
        with progress.spinning(_("Working out the bounds")):
            made = engine.call(jobs.bounds, network, data, GRID)
        while len(found) >= 24:
            found.pop(next(iter(found)))
        found[key] = made
    return found[key]


def _reach(
    network: Network, data: bytes, recipe: Recipe, bounds: DigitBounds, eps: float, dark: bool, narrow: bool
) -> None:
    """How far the proof reaches, and from where an attack works."""
    st.subheader(_("How far the proof reaches, and where an attack begins"), help=_(HELP_GAP))
    key = (network.identity, digest(data), recipe)
    attack = state.proof_attack.get()
    if attack is None or attack.key != key:
        attack = state.proof_attack.set(Attack(key))
    chart, said = st.empty(), st.empty()
    with st.container(horizontal=True, gap="small"):
        go = main_button.button(
            _("Attack it"),
            key="attack-proved",
            icon=":material/search:",
            help=_(
                "Looks for the smallest epsilon with which {steps} steps change the answer. A try is judged "
                "by its saved PNG.",
                steps=recipe.steps,
            ),
        )
        stop = st.empty()
    bar = st.empty()
    if go:
        attack.tries.clear()
        stop.button(_("Stop"), key="stop-proved", icon=":material/stop_circle:", help=_("Ends the search."))
        _draw_reach(chart, Reach(bounds.largest, None), eps, dark, narrow)
        _search(network, data, recipe, attack, bar)
        stop.empty()
    _draw_reach(chart, Reach(bounds.largest, attack.found), eps, dark, narrow)
    _told(said, network.labels[bounds.label], bounds.largest, attack)


def _draw_reach(place: DeltaGenerator, reach: Reach, eps: float, dark: bool, narrow: bool) -> None:
    alt = (
        _("Proved up to epsilon {proved:.3f}; an attack works: not looked for", proved=reach.proved)
        if reach.attacked is None
        else _(
            "Proved up to epsilon {proved:.3f}; an attack works: from {attacked:.3f}",
            proved=reach.proved,
            attacked=reach.attacked,
        )
    )
    chart_slot.growing(place, charts.reach_chart(reach, eps=eps, dark=dark, narrow=narrow), alt)


def _search(network: Network, data: bytes, recipe: Recipe, attack: Attack, place: DeltaGenerator) -> None:
    clock, steps = FrameClock(), 0
    original = seen_file(network, data)
    with progress.shown(_("Attacking the digit"), place=place) as bar:
        for trial in engine.stream(runs.smallest_epsilon, network, original, recipe):
            if trial is None:
                steps += 1
                if clock.due():
                    doing = _("Attacking the digit, try {n}", n=len(attack.tries))
                    bar.tell(max(0, steps - 1), recipe.steps, doing=doing)
            else:
                steps = 0
                attack.tries.append(trial)


def seen_file(network: Network, data: bytes) -> bytes:
    """The picture as the network sees it, as a file."""
    return encode(seen(network, data))


def _told(place: DeltaGenerator, own: str, proved: float, attack: Attack) -> None:
    sure = (
        _("Proved up to **{proved:.3f}**.", proved=proved)
        if proved > 0
        else _("Nothing is proved, not even for the smallest change.")
    )
    if attack.found is not None:
        broken = attack.found
        gap = _(
            "An attack first changes the answer at **{broken:.3f}**. What holds in the gap of {gap:.3f} "
            "between the two, neither this proof nor this attack can tell.",
            broken=broken,
            gap=broken - proved,
        )
    elif attack.over:
        gap = _("The attack found nothing, whatever epsilon it was given. Try more steps.")
    elif attack.tries:
        gap = _("The search was stopped; up to {eps:.3f} it found no way.", eps=attack.tries[-1].failed / 255)
    else:
        gap = _(
            "From which epsilon does an attack change the answer {digit}? *Attack it* looks.",
            digit=text.escape(own),
        )
    place.markdown(f"{sure} {gap}")
