"""The same attack on several networks at once: kept in the visit, drawn a row each."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace

import streamlit as st

from trickcore import Recipe
from trickcore.jobs.networks import Network
from ui.session_run import Run, play, start
from ui.widgets.downloads import exports
from ui.widgets.run_row import RunRow


@dataclass
class Duel:
    """What was attacked, and the run on each network, by the networks' titles."""

    key: object
    runs: dict[str, Run]


class Row(RunRow):
    """Where one network's run is shown."""

    def __init__(self, title: str, dark: bool, narrow: bool) -> None:
        super().__init__(title, dark, narrow, network=True)
        self.below = st.container()


def begin(
    key: object, networks: dict[str, Network], data: bytes, noun: str, recipe: Recipe, origin: str
) -> Duel:
    """The same attack on every network, before its first step. Raises ImageError."""
    started = {
        title: start(network, data, noun, replace(recipe, network=network.name), origin)
        for title, network in networks.items()
    }
    return Duel(key, started)


def show(duel: Duel, rows: list[Row]) -> None:
    """Let both runs grow side by side, a step each in turn, and tell what came of them."""
    pairs = list(zip(duel.runs.values(), rows, strict=True))

    if any(run.growing for run in duel.runs.values()):
        with ExitStack() as stack:
            bars = [stack.enter_context(row.telling()) for row in rows]

            def draw() -> None:
                for (run, row), bar in zip(pairs, bars, strict=True):
                    bar.tell(run.frames[-1].index, run.recipe.steps)
                    row.draw(run.frames, run.labels, run.recipe)

            play(*duel.runs.values(), draw=draw)
    for run, row in pairs:
        row.show(run)
        with row.below:
            exports(run, narrow=row.narrow, key=f"take-{run.network.name}")
