"""The votes of a picture's noisy copies as they are counted, which a visit keeps, and their chart."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

from streamlit.delta_generator import DeltaGenerator

from trickcore import engine
from trickcore.jobs import proofs as jobs
from trickcore.jobs.networks import Network
from trickcore.language import _
from trickcore.measure.smoothing import Votes
from trickcore.plots import votes as bars
from trickcore.text import named
from ui import state
from ui.session_run import digest
from ui.widgets import chart_slot


@dataclass
class Vote:
    """What was counted of one photo."""

    votes: Votes
    seconds: float


@dataclass(frozen=True, slots=True)
class Asked:
    """Which network votes, and how."""

    network: Network
    sigma: float
    n: int
    seed: int
    dark: bool
    narrow: bool

    def key(self, data: bytes) -> tuple[object, ...]:
        return (self.network.identity, self.sigma, self.n, self.seed, digest(data))

    @property
    def values(self) -> int:
        """How many values a picture has."""
        return self.network.channels * math.prod(self.network.size)


def counted(asked: Asked, data: bytes) -> Iterator[Vote]:
    """The vote as it is counted, which is kept for the visit, also when it is stopped."""
    start, kept = time.perf_counter(), state.votes.get()
    for votes in engine.stream(jobs.votes, asked.network, data, asked.sigma, asked.n, asked.seed):
        vote = Vote(votes, time.perf_counter() - start)
        while len(kept) >= 24 and asked.key(data) not in kept:
            kept.pop(next(iter(kept)))
        kept[asked.key(data)] = vote
        yield vote


def vote_chart(asked: Asked, votes: Votes, place: DeltaGenerator) -> None:
    if not votes.asked:
        return
    labels = asked.network.labels
    others = [(named(labels, k), count) for k, count in votes.others]
    winner = named(labels, votes.label)
    figure = bars.vote_bars(others, winner=winner, dark=asked.dark, narrow=asked.narrow)
    best = ", ".join(f"{name}: {count}" for name, count in others[:5])
    chart_slot.growing(place, figure, _("Votes of {n} copies: {best}", n=votes.asked, best=best))
