"""A run in one line: original, perturbation and tricked picture, and the chart beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore import Recipe
from trickcore.language import _
from trickcore.measure.verdict import Reading, Verdict
from trickcore.pictures.files import Pixels, encode, enlarged, magnified, preview
from trickcore.pictures.rings import ringed
from trickcore.plots import run as charts
from trickcore.report import sentences
from trickcore.runs import frames as film
from trickcore.runs.frames import Frame
from ui import session_run as runs
from ui import text as words
from ui.session_run import Run, newest, pixels_of
from ui.widgets import chart_slot, outcome_box, progress

Encoder = Callable[[Pixels], bytes]

FEWEST = 20  # questions that a chart has room for
FEW = 10  # so many classes can all have a line


def extent(frames: Sequence[Frame], recipe: Recipe, *, growing: bool) -> int:
    """How far a run's chart goes: all its steps, or more after a repair. Of questions nobody knows how many
    are needed, so it goes as far as the run has gone, with some room while it grows."""
    last = frames[-1].index if frames else 0
    if not recipe.how.asks:
        return max(recipe.length, last)
    return min(recipe.length, max(FEWEST, round(1.3 * last))) if growing else max(last, 1)


def shown(recipe: Recipe, before: Pixels, after: Pixels) -> Pixels:
    """A tricked picture as a page shows it: with rings where only a few pixels were changed."""
    return ringed(before, after) if recipe.method == "pixels" else after


class RunRow:
    """Placeholders for a run, filled as it grows.

    `network`: its box says what happened to the network, not whether the visitor's wish came true.
    """

    def __init__(
        self, title: str, dark: bool, narrow: bool, *, advice: bool = True, network: bool = False
    ) -> None:
        self.title, self.dark, self.narrow, self.advice = title, dark, narrow, advice
        self.network = network
        self.drawn = 0
        with st.container(gap="xsmall"):
            if title:
                st.markdown(f"**{title}**")
            left, right = st.columns([1.25, 1], gap="medium", vertical_alignment="center")
            grid = left.grid(3, min_column_width=4, wrap=False, gap=8)
            cells = [grid.cell().container(gap="xxsmall") for _ in range(3)]
            self.pictures = [(cell.empty(), cell.empty()) for cell in cells]
            self.chart, self.verdict = right.empty(), st.empty()

    def draw(
        self,
        frames: Sequence[Frame],
        labels: Sequence[str],
        recipe: Recipe,
        *,
        growing: bool = True,
        end: Reading | None = None,
    ) -> None:
        """`end` is what the network says of the last picture as it was saved, once that is known."""
        first, last = frames[0], newest(frames)
        before, after = pixels_of(first), pixels_of(last)
        gain = film.automatic_gain(recipe, frames)
        moved = int(abs(after.astype(int) - before.astype(int)).max())
        most = _("{moved} of 255", moved=moved) if self.narrow else sentences.at_most(moved, recipe)
        tiles = (
            (_("Original"), before, said(labels, first)),
            (_("Perturbation"), magnified(before, after, gain), f"×\u00a0{gain:g}, {most}"),
            (
                _("Tricked"),
                shown(recipe, before, after),
                words.caption(end.name, end.probability) if end else said(labels, last),
            ),
        )
        of = f"{self.title}, " if self.title else ""
        # While it grows the eye follows the line: pictures come with every second one, and as JPEGs.
        self.drawn += 1
        encoded = preview if growing else encode
        for number, ((picture, caption), (name, pixels, answer)) in enumerate(
            zip(self.pictures, tiles, strict=True)
        ):
            if growing and (self.drawn % 2 == 0 or (number == 0 and self.drawn > 1)):
                continue
            alt = f"{name}: {of}{answer.replace('*', '')}"
            put(picture, pixels, alt, encoded)
            caption.markdown(answer)
        everyone = range(len(labels)) if len(labels) <= FEW else ()
        figure = charts.probability_chart(
            frames,
            labels,
            charts.watchlist(frames, recipe.target, everyone),
            target=recipe.target,
            steps=extent(frames, recipe, growing=growing),
            unit=recipe.how.unit,
            dark=self.dark,
            growing=growing,
            narrow=self.narrow,
            height=140 if self.narrow else 190,
        )
        show = chart_slot.growing if growing else chart_slot.finished
        chart = words.over_the_run(recipe.how)
        show(self.chart, figure, f"{chart}: {self.title}" if self.title else chart)

    def play(self, run: Run) -> None:
        """Let a run grow to its end, and say what came of it."""
        with self.telling() as bar:

            def draw() -> None:
                bar.tell(run.frames[-1].index, run.recipe.length)
                self.draw(run.frames, run.labels, run.recipe)

            runs.play(run, draw=draw, least=runs.pace())
        self.show(run)

    def telling(self) -> AbstractContextManager[progress.Progress]:
        """How far a run is, where its verdict will stand."""
        return progress.shown(_("Tricking the picture"), place=self.verdict)

    def present(
        self, run: Run, stop: DeltaGenerator, key: str, tip: str, on_stop: Callable[[], None] | None = None
    ) -> None:
        """A run as far as it is: played to its end with a button to stop it at `stop`, or shown."""
        if not run.growing:
            run.finish()
            self.show(run)
            return
        stop.button(
            _("Stop"),
            key=key,
            icon=":material/stop_circle:",
            help=tip,
            on_click=on_stop or partial(run.close, stopped=True),
        )
        self.play(run)
        stop.empty()

    def show(self, run: Run) -> None:
        """A finished run."""
        if run.frames:
            end = run.verdict.after if run.verdict else None
            self.draw(run.frames, run.labels, run.recipe, growing=False, end=end)
            if self.network and run.verdict is not None:
                tell_network(self.verdict, run.verdict, run.frames[-1].index if run.stopped else None)
            else:
                tell(self.verdict, run, advice=self.advice)


def put(place: DeltaGenerator, pixels: Pixels, alt: str, encoded: Encoder = encode) -> None:
    """A picture, each of its values as it is; Streamlit, left to itself, makes a JPEG of every photo."""
    form: Literal["PNG", "JPEG"] = "PNG" if encoded is encode else "JPEG"
    place.image(encoded(enlarged(pixels)), width="stretch", output_format=form, alt=alt)


def tell(place: DeltaGenerator, run: Run, *, advice: bool = True) -> None:
    """The verdict, in the box of its outcome."""
    if run.verdict is not None:
        text, word = words.verdict(run, advice=advice), words.first(run.verdict)
        outcome_box.wish(place, words.came(run), text, word=word, help=_(words.HELP_MEASURED))


def tell_network(place: DeltaGenerator, verdict: Verdict, stopped: int | None = None) -> None:
    """What happened to the network, in the box of that; `stopped` is the step at which somebody ended it."""
    fooled = verdict.after.label != verdict.before.label
    early = "" if stopped is None else _("Stopped at step {step}.", step=stopped)
    text = f"{early} {words.held(verdict)}".strip()
    outcome_box.network(place, fooled, text, word=words.first(verdict))


def said(labels: Sequence[str], frame: Frame) -> str:
    best = int(frame.probs.argmax())
    return words.caption(labels[best], float(frame.probs[best]))
