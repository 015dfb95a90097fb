"""Where a run is shown: the row of three pictures, the chart, the verdict, the bars, the exports."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore.language import _, later
from trickcore.pictures.files import Pixels, encode, enlarged, magnified, preview
from trickcore.plots import run as charts
from trickcore.plots.methods.sizes import size_chart
from trickcore.report import sentences
from trickcore.runs import frames
from trickcore.runs.frames import Frame
from trickcore.runs.methods import GRADIENT, METHODS, Method
from trickcore.text import percent
from ui import state, text
from ui.session_run import Run, newest, pixels_of
from ui.sidebar import link_notice, url_state
from ui.sidebar.advanced import DisplayOptions
from ui.widgets import chart_slot, remedy_buttons
from ui.widgets.downloads import exports
from ui.widgets.run_row import Encoder, extent, put, shown, tell

HELP_CHART = later(
    "Each line is one class. Before every step the network is asked what it sees; the probabilities of all "
    "its classes add up to 100\u00a0%."
)
HEIGHT = 198  # of the chart, in pixels
SIZES = 88  # of the chart of the change's size under it
NARROWEST = 150  # Streamlit draws no chart narrower, and cuts off what is over
HELP_FIVE = later("The five classes the network finds likeliest, of all it knows.")


class RunView:
    """Placeholders in the order the eye travels; each is filled as soon as there is something to show."""

    def __init__(self, dark: bool, narrow: bool) -> None:
        self.dark, self.narrow, self.drawn = dark, narrow, 0
        self.noise: list[charts.Band] = []  # drawn into the chart beside the run
        self.signs: list[tuple[DeltaGenerator, str]] = []
        self.title = st.empty()
        self.notice = st.empty()
        with st.container(gap="xsmall"):
            self.original, self.perturbation, self.tricked = self._row()
            # On a phone the captions share the width evenly, as the pictures do.
            spans = (1, 1, 1) if narrow else (8, 8, 7)
            under = st.grid(sum(spans), min_column_width=4, wrap=False, gap=(0, 6 if narrow else 3))
            captions = [under.cell(column_span=span).empty() for span in spans]
        self.under_original, self.under_perturbation, self.under_tricked = captions
        self.quick = st.container(gap="xxsmall")
        verdict_first, remedies_first = st.empty(), st.empty()
        left, right = st.columns([1.45, 1], gap="medium")
        with left:
            self.heading = st.empty()
            self.chart = st.empty()
            self.sizes = st.empty()
            # Beside each other, so that a laptop of 1366 x 768 shows them.
            scrub, take = st.columns([1, 1.8], gap="small", vertical_alignment="bottom")
            self.slider, self.exports = scrub.empty(), take.empty()
        with right:
            self.verdict = verdict_first if narrow else st.empty()
            self.remedies = remedies_first if narrow else st.empty()
            self.bars = st.empty()

    def _row(self) -> list[DeltaGenerator]:
        """Picture + perturbation = picture; where there is no room, without the signs."""
        if self.narrow:
            row = st.grid(3, min_column_width=4, wrap=False, gap=6)
            return [row.cell().empty() for _ in range(3)]
        row = st.grid(23, min_column_width=4, wrap=False, gap=3, vertical_alignment="center")
        places = []
        for sign in ("+", "=", ""):
            places.append(row.cell(column_span=7).empty())
            if sign:
                self.signs.append((row.cell().empty(), sign))
        return places

    def _furnish(self, how: Method = METHODS[GRADIENT]) -> None:
        """The signs between the pictures and the chart's heading: only where there are pictures."""
        for place, sign in self.signs:
            place.markdown(f"$\\Large{sign}$", text_alignment="center")
        self.heading.markdown(f"**{text.over_the_run(how)}**", help=_(HELP_CHART))

    def wait(self) -> None:
        """What will be where, before there is anything to show."""
        self._furnish()
        for place in (self.original, self.perturbation, self.tricked):
            place.skeleton(height=110 if self.narrow else 260)
        self.chart.skeleton(height=HEIGHT)

    def rest(self, original: Pixels | None) -> None:
        """Nothing is on its way: at most the picture that would be tricked."""
        places = [self.original, self.perturbation, self.tricked, self.chart, self.heading]
        for place in (*places, *(place for place, _sign in self.signs)):
            place.empty()
        if original is not None:
            self.original.image(
                encode(enlarged(original)),
                width="stretch",
                output_format="PNG",
                alt=_("Original, not yet tricked"),
            )

    def clear(self) -> None:
        """Take away what belongs to the run before."""
        for place in (self.verdict, self.remedies, self.bars, self.slider, self.exports, self.sizes):
            place.empty()

    def draw(self, run: Run, wishes: DisplayOptions, *, whole: bool = False) -> None:
        """The newest frame of a growing run; `whole` draws also what stays as it is.

        Pictures come with every second chart: the eye follows the lines, and the browser paints less.
        """
        first, last = run.frames[0], newest(run.frames)
        self.drawn += 1
        if last is first or whole:
            self._furnish(run.recipe.how)
            self._original(first, run)
        if self.drawn % 2 or whole:
            self._change(first, last, run, wishes, preview)
            self._tricked(last, run, preview)
        self._chart(run, wishes, growing=True)

    def show(self, run: Run, wishes: DisplayOptions) -> None:
        """The finished run, and whichever of its steps is being looked at."""
        first, last = run.frames[0], run.frames[-1]
        kept = [frame for frame in run.frames if frame.pixels is not None]
        chosen = last
        if len(kept) > 1:
            steps = {str(frame.index): frame for frame in kept}
            key = f"step-{run.number}-{last.index}"  # a repair brings it to the new end
            if (asked := url_state.once("step")) is not None:
                link_notice.read("step", good=asked in steps)
                if asked in steps:
                    state.widget(key).set(steps[asked].index)
            index = self.slider.select_slider(
                text.unit(run.recipe.how).capitalize(),
                [frame.index for frame in kept],
                value=last.index,
                key=key,
                help=_("Look back through the run: the pictures, the bars and the chart's marker follow."),
            )
            chosen = steps[str(index)]
            url_state.to_link("step", str(index), str(last.index))
        self._furnish(run.recipe.how)
        self._original(first, run)
        self._change(first, chosen, run, wishes)
        self._tricked(chosen, run)
        self._chart(run, wishes, growing=False, chosen=chosen.index)
        tell(self.verdict, run)
        remedy_buttons.offer(self.remedies, run)
        self._bars(run, first, chosen)
        self._exports(run, wishes)

    def _original(self, first: Frame, run: Run) -> None:
        k = int(first.probs.argmax())
        answer = f"{run.labels[k]}, {percent(float(first.probs[k]))}"
        self.original.image(
            encode(enlarged(pixels_of(first))),
            width="stretch",
            output_format="PNG",
            alt=_("Original: {answer}", answer=answer),
        )
        self.under_original.markdown(text.caption(run.labels[k], float(first.probs[k])))

    def _change(
        self, first: Frame, now: Frame, run: Run, wishes: DisplayOptions, encoded: Encoder = encode
    ) -> None:
        gain = gain_of(run, wishes)
        before, after = pixels_of(first), pixels_of(now)
        moved = np.abs(after.astype(np.int16) - before.astype(np.int16)).max()
        picture = magnified(before, after, gain)
        most = sentences.at_most(int(moved), run.recipe)
        alt = _("Perturbation, magnified {gain:g} times: {most}", gain=gain, most=most)
        put(self.perturbation, picture, alt, encoded)
        self.under_perturbation.markdown(text.perturbation(gain, int(moved), run.recipe, brief=self.narrow))

    def _tricked(self, now: Frame, run: Run, encoded: Encoder = encode) -> None:
        probs = now.probs
        if run.verdict is not None and now is run.frames[-1]:
            probs = run.verdict.after.probs  # as saved
        k = int(probs.argmax())
        answer = f"{run.labels[k]}, {percent(float(probs[k]))}"
        pixels = shown(run.recipe, pixels_of(run.frames[0]), pixels_of(now))
        put(self.tricked, pixels, _("Tricked: {answer}", answer=answer), encoded)
        self.under_tricked.markdown(text.caption(run.labels[k], float(probs[k])))

    def _chart(self, run: Run, wishes: DisplayOptions, *, growing: bool, chosen: int | None = None) -> None:
        unit, looks_for_least = run.recipe.how.unit, bool(sentences.least(run.frames, run.recipe))
        figure = charts.probability_chart(
            run.frames,
            run.labels,
            charts.watchlist(run.frames, run.recipe.target, wishes.followed),
            target=run.recipe.target,
            steps=extent(run.frames, run.recipe, growing=growing),
            unit=run.recipe.how.unit,
            chosen=chosen,
            noise=self.noise,
            dark=self.dark,
            growing=growing,
            narrow=self.narrow,
            over=looks_for_least,
            height=HEIGHT - SIZES if looks_for_least else HEIGHT,
        )
        show = chart_slot.growing if growing else chart_slot.finished
        alt = (
            _("{chart}, growing", chart=text.over_the_run(run.recipe.how))
            if growing
            else _chart_in_words(run)
        )
        show(self.chart, figure, alt)
        if looks_for_least:
            figure = size_chart(
                run.frames,
                run.recipe.norm,
                length=extent(run.frames, run.recipe, growing=growing),
                unit=unit,
                dark=self.dark,
                growing=growing,
                narrow=self.narrow,
                height=SIZES,
            )
            least = sentences.least(run.frames, run.recipe)
            show(self.sizes, figure, _("Size of the change: {least}", least=least))

    def _bars(self, run: Run, first: Frame, chosen: Frame) -> None:
        before, after, how = first.probs, chosen.probs, run.recipe.how
        key = f"Tricked, at {how.unit} {chosen.index}"
        when = _("Tricked, at {unit} {step}", unit=text.unit(how), step=chosen.index)
        if run.verdict is not None:
            before = run.verdict.before.probs
            if chosen is run.frames[-1]:
                after, key, when = run.verdict.after.probs, "Tricked", _("Tricked")
        target, original = charts.goal_class(run.frames, run.recipe.target), int(first.probs.argmax())
        with self.bars.grid(2, min_column_width=NARROWEST, gap="xsmall") as grid:
            for name, which, probs in (("Original", _("Original"), before), (key, when, after)):
                with grid.cell():
                    st.markdown(f"**{which}**", help=_(HELP_FIVE) if name == "Original" else None)
                    chart_slot.finished(
                        st.empty(),
                        charts.top_five(probs, run.labels, target=target, original=original, dark=self.dark),
                        _("Top five, {which}: {five}", which=which, five=_five_in_words(run.labels, probs)),
                        key=f"five-{name}",
                    )

    def _exports(self, run: Run, wishes: DisplayOptions) -> None:
        watch = charts.watchlist(run.frames, run.recipe.target, wishes.followed)
        with self.exports.container():
            exports(run, gain_of(run, wishes), watch, narrow=True)  # there is little room


def gain_of(run: Run, wishes: DisplayOptions) -> float:
    """Automatic: the largest move allowed fills the range from black to white."""
    if wishes.gain is not None:
        return wishes.gain
    return frames.automatic_gain(run.recipe, run.frames)


def _chart_in_words(run: Run) -> str:
    first, last = run.frames[0], run.frames[-1]
    k, now = int(first.probs.argmax()), int(last.probs.argmax())
    before = f"{run.labels[k]} {percent(float(first.probs[k]))}"
    after = f"{run.labels[now]} {percent(float(last.probs[now]))}"
    return _(
        "{chart}, from {before} at {unit} 0 to {after} at {unit} {step}",
        chart=text.over_the_run(run.recipe.how),
        before=before,
        after=after,
        unit=text.unit(run.recipe.how),
        step=last.index,
    )


def _five_in_words(labels: Sequence[str], probs: np.ndarray) -> str:
    return ", ".join(f"{labels[k]} {percent(float(probs[k]))}" for k in probs.argsort()[::-1][:5])
