"""The same attack on several networks at once: kept in the visit, drawn a row each."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import streamlit as st

from trickcore import Recipe, engine
from trickcore.jobs import runs as run_jobs
from trickcore.jobs.networks import Network
from trickcore.pictures.files import encode
from trickcore.runs.frames import Frame
from trickcore.runs.outcome import Verdict
from ui.runs import FrameClock, Run, digest, pixels_of
from ui.widgets.downloads import exports
from ui.widgets.run_row import RunRow, tell_network


@dataclass
class Side:
    """One network's run."""

    title: str
    network: Network
    frames: list[Frame] = field(default_factory=list)
    verdict: Verdict | None = None
    png: bytes = b""

    def run(self, duel: Duel) -> Run:
        """The same as a run of its own, to be taken along."""
        recipe = replace(duel.recipe, network=self.network.name)
        run = Run(recipe, digest(duel.data), duel.noun, self.network, None, duel.origin)
        run.frames, run.verdict, run.png = self.frames, self.verdict, self.png
        return run


@dataclass
class Duel:
    """What was attacked, how, and what came of it on each side."""

    key: object
    recipe: Recipe
    data: bytes
    noun: str
    origin: str
    sides: list[Side]
    done: bool = False


class Row(RunRow):
    """Where one side is shown."""

    def __init__(self, title: str, dark: bool, narrow: bool) -> None:
        super().__init__(title, dark, narrow)
        self.below = st.container()

    def side(self, side: Side, recipe: Recipe, *, growing: bool = True) -> None:
        end = side.verdict.after if side.verdict else None
        self.draw(side.frames, side.network.labels, recipe, growing=growing, end=end)
        if side.verdict is not None:
            tell_network(self.verdict, side.verdict)


def fight(duel: Duel, rows: list[Row]) -> None:
    """Let both runs grow side by side, a step each in turn, and ask about what would be saved."""
    if not duel.done:
        clock = FrameClock()
        for side in duel.sides:
            side.frames.clear()
        runs = [engine.stream(run_jobs.frames, side.network, duel.data, duel.recipe) for side in duel.sides]
        for frames in zip(*runs, strict=False):
            for side, frame in zip(duel.sides, frames, strict=True):
                side.frames.append(frame)
            if clock.due():
                for side, row in zip(duel.sides, rows, strict=True):
                    row.side(side, duel.recipe)
        for side in duel.sides:
            first, side.png = (encode(pixels_of(side.frames[i])) for i in (0, -1))
            side.verdict = engine.call(run_jobs.verdict, side.network, first, side.png, duel.recipe.target)
        duel.done = True
    for side, row in zip(duel.sides, rows, strict=True):
        row.side(side, duel.recipe, growing=False)
        with row.below:
            exports(side.run(duel), narrow=row.narrow, key=f"take-{side.network.name}")
