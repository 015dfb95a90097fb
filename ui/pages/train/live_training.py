"""A training in hand: kept in the visit as it goes, so that it can be stopped and carried on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore import engine
from trickcore.jobs import digits
from trickcore.language import Words, _, later
from trickcore.pictures.files import encode
from trickcore.plots import gradients
from trickcore.plots import training as curves
from trickcore.text import percent
from trickcore.training.records import Lesson, Snapshot
from ui import background, state
from ui.session_run import FrameClock
from ui.widgets import chart_slot, progress

SHOWN = 4  # confused pictures at a time
AFTER_ONE = later(
    "After 1 epoch and {seconds:.1f} s it reads {plain} of the digits it never saw, and {attacked} of "
    "them under attack."
)
AFTER = later(
    "After {epochs:.3g} epochs and {seconds:.1f} s it reads {plain} of the digits it never saw, and "
    "{attacked} of them under attack."
)


@dataclass
class Training:
    """Scenes as they come; `source` gives the next ones and is None while nobody teaches."""

    lesson: Lesson
    scenes: list[Snapshot] = field(default_factory=list)
    source: Iterator[Snapshot] | None = None
    paused: bool = False
    goal: float = 0.0  # epochs at which the training in hand ends
    # Streamlit starts the next script before the last has noticed that it is over.
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @property
    def going(self) -> bool:
        return self.source is not None

    @property
    def state(self) -> bytes:
        """Where the network stands; of a network that has learnt nothing yet, nothing."""
        return self.scenes[-1].state if self.scenes else b""

    def go(self) -> None:
        """Teach from where the network stands: the rest of what was stopped, or another round."""
        if self.source is None:
            self.source = engine.stream(digits.learn, self.lesson, self.state)
            if not self.paused:
                self.goal += self.lesson.epochs
        self.paused = False

    def pause(self) -> None:
        """Stop where the last scene is; what comes after it can be learnt from there."""
        self.paused = self.source is not None
        self.close()

    def grow(self) -> bool:
        """Take the next scene; False when the training is over."""
        with self._lock:
            scene = next(self.source, None) if self.source is not None else None
            if scene is None:
                self.source = None
                return False
            if self.scenes:  # only the last is gone on from
                self.scenes[-1] = replace(self.scenes[-1], state=b"")
            self.scenes.append(scene)
            return True

    def close(self) -> None:
        with self._lock:
            background.close(self.source)
            self.source = None


class Board:
    """Where a training is shown: two charts, and the pictures the network is torn about."""

    def __init__(self, dark: bool, narrow: bool) -> None:
        self.dark, self.drawn = dark, 0
        left, right = st.columns(2, gap="medium")
        left.markdown(
            _("**Loss**"),
            help=_(
                "How wrong the network is on what it learns from: minus the natural logarithm of the "
                "probability it gave the right digit, on average (in nats). 2.3 is guessing."
            ),
        )
        self.loss = left.empty()
        right.markdown(
            _("**Accuracy**"),
            help=_(
                "The share of digits it reads right, of 200 that it never learns from: as they are, and "
                "attacked (PGD-7, projected gradient descent: seven steps, at the epsilon in the panel)."
            ),
        )
        self.accuracy = right.empty()
        st.markdown(
            _("**What it cannot decide between**"),
            help=_(
                "Digits whose two best classes have almost the same score: the picture, then what would "
                "make it more of the first and more of the second. Bright: more ink here; dark: less."
            ),
        )
        across = 1 if narrow else SHOWN
        grid = st.grid(across, gap="small")
        cells = [grid.cell().container(gap="xxsmall") for _ in range(SHOWN)]
        self.torn = [(cell.empty(), cell.empty()) for cell in cells]
        self.note = st.empty()

    def draw(self, training: Training, *, growing: bool = True) -> None:
        records = [scene.record for scene in training.scenes]
        loss, accuracy = curves.training_charts(
            records, epochs=training.goal, dark=self.dark, growing=growing
        )
        show = chart_slot.growing if growing else chart_slot.finished
        show(self.loss, loss, _("Loss against epochs"))
        show(self.accuracy, accuracy, _("Accuracy against epochs"))
        self.drawn += 1
        if growing and self.drawn % 2 == 0:
            return
        torn = training.scenes[-1].torn
        for i, (picture, caption) in enumerate(self.torn):
            if i >= len(torn):
                picture.empty()
                caption.empty()
                continue
            digit = torn[i]
            two = {"digit": digit.label, "first": digit.first, "second": digit.second}
            alt = _("A {digit} the network takes for a {first} or a {second}, and both gradients", **two)
            strip = gradients.strip(digit.pixels, digit.planes, digit.strength, least=84)
            picture.image(encode(strip), width="stretch", alt=alt)
            caption.caption(
                _("a {digit}: {first} or {second}? Scores {margin:.2f} apart", margin=digit.margin, **two)
            )
        if not torn:
            self.note.caption(
                _(
                    "None at this moment: of the digits it is judged by, no two best scores are that close. "
                    "Raise the margin to see more."
                )
            )
        else:
            self.note.empty()

    def play(self, training: Training, place: DeltaGenerator) -> None:
        clock, of = FrameClock(), training.goal
        with progress.shown(_("Training the network"), "percent", place) as bar:
            while training.grow():
                bar.tell(100 * training.scenes[-1].record.epoch / of, 100)
                if clock.due():
                    self.draw(training)


def keep(training: Training) -> None:
    """The network as it is now, for the other pages of this visit."""
    now = engine.call(digits.learnt, training.lesson, training.state)
    had = state.mine.get()
    if had is None or had.identity != now.identity:
        state.mine.set(now)


def in_words(training: Training) -> Words:
    """What it can do now."""
    last = training.scenes[-1].record
    return _(
        AFTER_ONE if last.epoch == 1 else AFTER,
        epochs=last.epoch,
        seconds=last.seconds,
        plain=percent(last.clean_accuracy),
        attacked=percent(last.robust_accuracy),
    )
