"""The run in hand: kept in the visit as it comes, so that nothing that was reached is lost."""

from __future__ import annotations

import gc
import hashlib
import math
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from itertools import count
from typing import ClassVar

import streamlit as st

from trickcore import Card, Recipe, WeightsError, engine
from trickcore.diagnose.causes import Finding
from trickcore.jobs import explanations, networks, runs
from trickcore.jobs.networks import Network
from trickcore.language import _
from trickcore.networks.catalogue import card_of, own_names, spelled
from trickcore.pictures import samples
from trickcore.pictures.files import Pixels, encode
from trickcore.plots.run import Band, goal_class
from trickcore.plots.style import evenly_spaced
from trickcore.runs.frames import Frame
from trickcore.runs.machine import Machine
from trickcore.runs.outcome import Verdict
from trickcore.runs.recipe import PHOTOS
from ui import background, state
from ui.widgets import viewport

FPS = 8.0
PACE = 1.5
CALM = 2.0  # seconds between two frames for whoever asked for less motion
_numbers = count(1)
_STARTS: dict[str, dict[str, int]] = {}  # by the network's identity: pictures that ship, so the same for all


@dataclass
class Run:
    """Frames as they come; `source` gives the next ones and is None once there are none."""

    recipe: Recipe
    digest: str  # of the picture file
    noun: str
    network: Network
    source: Iterator[Frame] | None
    origin: str = "file"  # where the picture came from: see pictures.Picture
    number: int = field(default_factory=lambda: next(_numbers))
    revision: int = 0  # counts the repairs: what was found out about the picture before one is not of this
    frames: list[Frame] = field(default_factory=list)
    stopped: bool = False
    repairs: tuple[int, ...] = ()  # the steps after which it went on, on the lattice of whole levels
    cut: int | None = None  # the step at which the plain run was stopped, if it was repaired after that
    verdict: Verdict | None = None
    png: bytes = b""  # the tricked picture as it is saved
    machine: Machine | None = None  # that it was made on, once it is finished
    findings: list[Finding] = field(default_factory=list)  # why it fell short, if it did
    noise: list[Band] | None = None  # once it was asked for
    begun_again: bool = False  # since the process that made it ended on the way
    fell_back: bool = False  # to the CPU, since the graphics card's memory was full
    # Streamlit starts the next script before the last has noticed that it is over.
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @property
    def labels(self) -> tuple[str, ...]:
        return self.network.labels

    @property
    def growing(self) -> bool:
        return self.source is not None

    @property
    def repaired(self) -> tuple[int, ...]:
        """How many steps each repair took."""
        ends = (*self.repairs[1:], self.frames[-1].index)
        return tuple(end - begin for begin, end in zip(self.repairs, ends, strict=False) if end > begin)

    def grow(self) -> bool:
        """Take the next frame; False when there is none. Of the one before only the numbers are
        kept, unless its picture is to stay."""
        with self._lock:
            try:
                frame = next(self.source, None) if self.source is not None else None
            except Exception:  # it ended where it is, and is not to be taken for whole
                self.close(stopped=True)
                raise
            self.begun_again |= getattr(self.source, "begun_again", False)
            self.fell_back |= getattr(self.source, "fell_back", False)
            if frame is None:
                return False
            self.frames.append(frame)  # first: a script that is about to end may be drawing the newest
            if len(self.frames) > 1 and not self.frames[-2].kept:
                self.frames[-2] = replace(self.frames[-2], pixels=None)
            return True

    def resume(self, source: Iterator[Frame]) -> None:
        """Grow on, as a repair does; what was said of the picture so far no longer holds."""
        with self._lock:
            self.source, self.verdict, self.png, self.noise = source, None, b"", None
            self.revision += 1
            last = self.frames[-1].index
            if self.stopped and not self.repairs:
                self.cut = last
            self.findings, self.stopped, self.repairs = [], False, (*self.repairs, last)

    def close(self, *, stopped: bool = False) -> None:
        """End the run where it is, or was when there last was a picture: frames that were made faster than
        they were taken have none. The thread that owns torch may forget the rest of it."""
        with self._lock:
            background.close(self.source)
            self.source = None
            self.stopped = self.stopped or stopped
            while self.frames and self.frames[-1].pixels is None:
                self.frames.pop()

    def finish(self) -> None:
        """Ask the network about the last picture as anyone would open it."""
        self.close()
        with self._lock:
            if self.verdict is not None or not self.frames:
                return
            original = encode(pixels_of(self.frames[0]))
            self.png = encode(pixels_of(self.frames[-1]))
            found = engine.call(
                runs.result,
                self.network,
                original,
                self.png,
                runs.numbers(self.frames),
                self.recipe,
                samples.truth(self.origin, self.labels),
            )
            self.verdict, self.machine, self.findings = found.verdict, found.machine, found.findings
            if self.fell_back:
                self.machine = found.machine.fallen_back()


def pace() -> float:
    """Seconds that a run takes to be shown to somebody who asked for it, however quickly it is made.

    TRICK_PACE sets them; without frames on the way there is nothing to show, and who asked for less motion is
    shown the end.
    """
    if viewport.calm():
        return 0.0
    return float(os.environ.get("TRICK_PACE", PACE)) if float(os.environ.get("TRICK_FPS", FPS)) > 0 else 0.0


def play(*runs: Run, draw: Callable[[], None] | None = None, least: float = 0.0) -> None:
    """Let runs grow to their ends, a step each in turn, and ask about the files they end in.

    `draw` is called whenever the browser has had time for what was drawn last, and the server for others;
    not while the frames that others have had made already are taken in, unless it is to take at `least`
    so many seconds.
    """
    begin = time.perf_counter()
    with FrameClock.started() as clock:
        while [run for run in runs if run.grow()]:
            if draw is None:
                continue
            share = max(run.frames[-1].index / run.recipe.length for run in runs if run.frames)
            time.sleep(max(0.0, least * min(share, 1.0) - (time.perf_counter() - begin)))
            if (least or not any(engine.ready(run.source) for run in runs)) and clock.due():
                clock.draw(draw)
    for run in runs:
        run.finish()


def noise_of(run: Run, draws: int = 5, most: int = 12) -> list[Band]:
    """What random changes as large as the run's do to its goal, at up to `most` of its steps."""
    goal = goal_class(run.frames, run.recipe.target)
    kept = [frame for frame in run.frames if frame.pixels is not None]
    chosen = [kept[i] for i in evenly_spaced(len(kept), most)]
    if goal is None:
        return []
    pictures = [pixels_of(frame) for frame in chosen]
    found = engine.stream(explanations.noise_band, run.network, pictures, draws, run.recipe.seed)
    return [
        Band(frame.index, float(noise.mean[goal]), float(noise.low[goal]), float(noise.high[goal]))
        for frame, noise in zip(chosen, found, strict=True)
    ]


def pixels_of(frame: Frame) -> Pixels:
    """The picture of a frame that kept it: the first, the last, and those the slider offers."""
    if frame.pixels is None:
        raise ValueError(f"the picture of step {frame.index} was let go")
    return frame.pixels


def newest(frames: Sequence[Frame]) -> Frame:
    """The last frame that has its picture."""
    return next((frame for frame in reversed(frames) if frame.pixels is not None), frames[-1])


def network_named(name: str) -> Network:
    """A network by its name, the visitor's own included. Raises WeightsError and ValueError."""
    if name == "mine":
        mine = state.mine.get()
        assert mine is not None  # whoever offers it has seen that it is there
        return mine
    with st.spinner(_("Waking the network…")):
        return load_once(name)


def load_once(name: str) -> Network:
    """A network of the catalogue, loaded and kept for all visitors; those used last stay."""
    return engine.call(networks.named, name)  # always on one thread, so nothing is loaded twice


def catalogue() -> tuple[Card, ...]:
    """The card of every network there is, one's own and those on this machine first."""
    own = engine.call(networks.own_cards) if own_names() else ()
    return (*own, *networks.catalogue())


def own_reads_digits(name: str) -> bool:
    """Whether a network of one's own has one channel, as those for digits."""
    return any(card.digits for card in catalogue() if card.name == name)


def card_named(name: str) -> Card | None:
    """The card of a network, also of one of timm's that is not listed; None where there is none."""
    found = spelled(name)
    if found in own_names():
        return next(card for card in catalogue() if card.name == found)
    return None if found is None else card_of(found, own=False)


def labels_of(name: str) -> tuple[str, ...]:
    """The class names of a network, without loading it, but for one's own."""
    return engine.call(networks.labels_of, name) if name in own_names() else networks.labels_of(name)


def start(network: Network, data: bytes, noun: str, recipe: Recipe, origin: str = "file") -> Run:
    """A run that has not taken its first step. Raises ImageError before anything else is given up."""
    seen(network, data)
    source = engine.stream(runs.frames, network, data, recipe)
    return Run(recipe, digest(data), noun, network, source, origin)


def prepare() -> None:
    """What the page shows at first, made before anyone comes: whoever asks for the same is given it."""
    name = samples.SAMPLES[0]
    pool = engine.pool()
    # Whoever opens the page is told of an error.
    with suppress(WeightsError, ValueError, engine.WorkerLostError), pool.pinned() if pool else nullcontext():
        network = load_once(PHOTOS.network)
        play(start(network, samples.sample(name), name, PHOTOS, f"sample:{name}"))
    gc.collect()
    gc.freeze()  # what was loaded at the start stays, and need not be looked through again and again


def seen(network: Network, data: bytes) -> Pixels:
    """A picture file as the network would see it. Raises ImageError."""
    return engine.call(runs.seen, network, data)


def starts(network: Network) -> dict[str, int]:
    """The classes that the pictures at hand to start from are read as, by the picture's origin."""
    if network.identity not in _STARTS:
        _STARTS[network.identity] = engine.call(runs.starts, network)
    return _STARTS[network.identity]


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class FrameClock:
    """Says when the next frame may be drawn: what is dear is the browser, and the server's one Python.

    TRICK_FPS sets the frames a second; 0 draws only the last. All who watch a run at the same time share
    what the server may spend on drawing, so that it never costs more than a quarter of the time.
    """

    SHARE = 0.25
    watching: ClassVar[int] = 0
    cost: ClassVar[float] = 0.02  # seconds of Python's time that a drawing takes, of late
    _lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self) -> None:
        fps = float(os.environ.get("TRICK_FPS", FPS))
        self.pause = 1 / fps if fps > 0 else math.inf
        if viewport.calm():
            self.pause = max(self.pause, CALM)
        self.next = 0.0 if fps > 0 else math.inf

    @classmethod
    @contextmanager
    def started(cls) -> Iterator[FrameClock]:
        """A clock that counts among those that share."""
        with cls._lock:
            FrameClock.watching += 1
        try:
            yield cls()
        finally:
            with cls._lock:
                FrameClock.watching -= 1

    def due(self) -> bool:
        now = time.perf_counter()
        if now < self.next:
            return False
        self.next = now + max(self.pause, self.watching * self.cost / self.SHARE)
        return True

    def draw(self, draw: Callable[[], None]) -> None:
        """Draws, and notes what it took."""
        begin = time.thread_time()
        draw()
        took = time.thread_time() - begin
        with self._lock:
            FrameClock.cost += 0.1 * (took - FrameClock.cost)
