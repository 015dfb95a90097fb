"""The same attack on several networks at once: kept in the visit, drawn a row each."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from parts import plots, words
from parts.run import Clock, pixels_of
from trickcore import Classifier, Recipe, charts, engine, film, measure
from trickcore.film import Frame
from trickcore.images import encode, enlarged, magnified


@dataclass
class Side:
    """One network's run."""

    title: str
    classifier: Classifier
    frames: list[Frame] = field(default_factory=list)
    verdict: measure.Verdict | None = None


@dataclass
class Duel:
    """What was attacked, how, and what came of it on each side."""

    key: object
    recipe: Recipe
    data: bytes
    sides: list[Side]
    done: bool = False


class Row:
    """Where one side is shown: three pictures, the chart and a sentence."""

    def __init__(self, title: str, dark: bool, narrow: bool) -> None:
        self.dark, self.narrow = dark, narrow
        with st.container(gap="xsmall"):
            st.markdown(f"**{title} network**")
            left, right = st.columns([1.25, 1], gap="medium", vertical_alignment="center")
            grid = left.grid(3, min_column_width=4, wrap=False, gap=8)
            cells = [grid.cell().container(gap="xxsmall") for _ in range(3)]
            self.pictures = [(cell.empty(), cell.empty()) for cell in cells]
            self.chart, self.verdict = right.empty(), st.empty()

    def draw(self, side: Side, recipe: Recipe, *, growing: bool = True) -> None:
        first, last = side.frames[0], side.frames[-1]
        before, after = pixels_of(first), pixels_of(last)
        gain = float(np.clip(np.floor(127.5 / max(1.0, recipe.eps)), 1, 100))
        moved = int(np.abs(after.astype(int) - before.astype(int)).max())
        labels = side.classifier.labels
        tiles = (
            ("Original photo", before, _said(labels, first)),
            ("Perturbation", magnified(before, after, gain), f"×\u00a0{gain:g}, at most {moved} of 255"),
            ("Tricked photo", after, _said(labels, last)),
        )
        for (picture, caption), (name, pixels, said) in zip(self.pictures, tiles, strict=True):
            alt = f"{name}: {side.title} network, {said.replace('*', '')}"
            picture.image(encode(enlarged(pixels)), width="stretch", alt=alt)
            caption.markdown(said)
        figure = charts.probability_chart(
            side.frames,
            labels,
            charts.watchlist(side.frames, recipe.target, range(len(labels))),
            target=recipe.target,
            steps=recipe.steps,
            dark=self.dark,
            growing=growing,
            narrow=self.narrow,
            height=190,
        )
        show = plots.growing if growing else plots.finished
        show(self.chart, figure, f"Probability at each step, {side.title} network")
        if side.verdict is not None:
            held = side.verdict.after.label == side.verdict.before.label
            box = self.verdict.success if held else self.verdict.warning
            box(words.held(side.verdict), icon=":material/shield:" if held else ":material/warning:")


def _said(labels: tuple[str, ...], frame: Frame) -> str:
    best = int(frame.probs.argmax())
    return words.caption(labels[best], float(frame.probs[best]))


def fight(duel: Duel, rows: list[Row]) -> None:
    """Let both runs grow side by side, a step each in turn, and ask about what would be saved."""
    if not duel.done:
        clock = Clock()
        for side in duel.sides:
            side.frames.clear()
        runs = [engine.stream(film.shoot(side.classifier, duel.data, duel.recipe)) for side in duel.sides]
        for frames in zip(*runs, strict=False):
            for side, frame in zip(duel.sides, frames, strict=True):
                side.frames.append(frame)
            if clock.due():
                for side, row in zip(duel.sides, rows, strict=True):
                    row.draw(side, duel.recipe)
        for side in duel.sides:
            first, last = (encode(pixels_of(side.frames[i])) for i in (0, -1))
            side.verdict = engine.call(measure.verdict, side.classifier, first, last, duel.recipe.target)
        duel.done = True
    for side, row in zip(duel.sides, rows, strict=True):
        row.draw(side, duel.recipe, growing=False)
