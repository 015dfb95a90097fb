"""The training of the network with two pixels: kept in the visit, shown as it goes."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore.explain.plane_drawing import PlaneDrawing, drawing
from trickcore.explain.plane_views import View, view
from trickcore.explain.point_sets import LEVELS, Points, Values, points
from trickcore.explain.two_pixels import (
    COUNT,
    Moment,
    Plan,
    Push,
    all_scores,
    border,
    chance,
)
from trickcore.jobs import two_pixels
from trickcore.language import _, later, row
from trickcore.plots.two_pixels import planes
from trickcore.text import percent
from ui import state
from ui.background import BackgroundJob
from ui.session_run import FrameClock, pace
from ui.widgets import chart_slot, progress, viewport

HEIGHT, LOW = 290, 270  # of the charts, in pixels: on a screen and on a phone
CALM = 0.25  # seconds that a browser has for two charts at least, or it shows the gaps between them
COARSE, FINE = 5, 3  # every how many grey levels the field is coloured: while it grows, and at the end


@dataclass
class PlaneTraining:
    """A plan's moments so far, and what was counted of some of them."""

    plan: Plan
    job: BackgroundJob[Moment]
    points: Points
    scores: dict[int, Values] = field(default_factory=dict)  # of all pictures, by the epoch

    @classmethod
    def of(cls, plan: Plan) -> PlaneTraining:
        """The visit's training of this plan, begun where there is none."""
        kept = state.plane_training.get()
        if kept is not None and kept.plan == plan:
            return kept
        if kept is not None:
            kept.job.stop(True)
        found = points(plan.data, COUNT, plan.seed)
        return state.plane_training.set(cls(plan, BackgroundJob(two_pixels.learn, plan), found))

    @property
    def growing(self) -> bool:
        return not (self.job.done or self.job.stopped)

    def at(self, epoch: int) -> Moment:
        """The last moment that is not after an epoch."""
        return [moment for moment in self.job.items if moment.epoch <= epoch][-1]

    def counted(self, moment: Moment) -> Values:
        """The scores of all 65,536 pictures at a moment."""
        if moment.epoch not in self.scores:
            while len(self.scores) > 2:
                self.scores.pop(next(iter(self.scores)))
            self.scores[moment.epoch] = all_scores(moment.network)
        return self.scores[moment.epoch]


class Board:
    """Where the plane of all pictures is shown, and beside it what the layers make of it."""

    def __init__(self, dark: bool, narrow: bool, layers: int) -> None:
        self.dark, self.narrow = dark, narrow
        self.stage = 2 * layers  # that is shown on the right: the last, or another
        self.height = LOW if narrow else HEIGHT
        left, right = st.columns(2, gap="medium")
        self.told, self.plane, self.below_plane = left.empty(), left.empty(), left.container()
        self.heading, self.bent, self.below_bent = right.empty(), right.empty(), right.container()

    def reserve(self) -> None:
        """Room for the charts, so that what comes below does not move when they come.

        Only where they are not there yet: a chart that is replaced by another in its place glides there.
        """
        for place in (self.plane, self.bent):
            place.container(height=self.height, border=False)

    def draw(
        self, training: PlaneTraining, moment: Moment, push: Push | None = None, *, growing: bool
    ) -> None:
        network, found = moment.network, training.points
        scores = all_scores(network, COARSE) if growing else training.counted(moment)
        lines = border(network, scores)
        seen = view(network, self.stage, found.pixels)
        square = drawing(view(network, 0, found.pixels), network, found, lines, push)
        bent = drawing(seen, network, found, lines, push)
        moves = not (growing or viewport.calm())
        before = [view(network, stage, found.pixels) for stage in range(self.stage if moves else 0)]
        way = [*(drawing(place, network, found, lines, push) for place in before), bent]
        right, fresh = percent(moment.right, 0), percent(moment.fresh, 0)
        told = _("**All pictures**: {right} right, unseen {fresh}", right=right, fresh=fresh)
        self.told.markdown(told, help=_(HELP_PLANE))
        name = stage_name(self.stage)
        self.heading.markdown(
            f"**{name[:1].upper()}{name[1:]}**: {_(SHORT[seen.kind])}",
            help=row(_(HELP_BENT), _directions(seen)),
        )
        field = chance(scores if growing else scores[::FINE, ::FINE])
        if growing:
            plane = planes.pixel_plane(square, field, **self._style())
            chart_slot.growing(
                self.plane, plane, _("All pictures of two pixels, in the colours of the answers")
            )
            chart = planes.bent_plane(bent, **self._style())
            chart_slot.growing(self.bent, chart, _("The same pictures, as the network has bent them"))
            return
        self._finished(square, way, field, training)

    def _finished(
        self,
        square: PlaneDrawing,
        way: list[PlaneDrawing],
        field: Values,
        training: PlaneTraining,
    ) -> None:
        found = training.points.pixels
        places = planes.click_places(found)
        plane = planes.pixel_plane(square, field, clicks=places, **self._style())
        alt = _("All pictures of two pixels, in the colours of the answers, with the border between them")
        _clickable(self.plane, plane, "two_plane", training.plan.data, places, alt)
        chart = planes.bent_plane(way[-1], clicks=found, way=way, **self._style())
        alt = _("The same points and a grid of lines: {stage}", stage=stage_name(self.stage))
        _clickable(self.bent, chart, "two_bent", training.plan.data, found, alt)

    def _style(self) -> dict[str, Any]:
        return {"dark": self.dark, "height": self.height}

    def play(self, training: PlaneTraining, place: DeltaGenerator) -> None:
        """The training as it goes, in the time that a run takes to be shown."""
        self.reserve()
        begin, of, drawn = time.perf_counter(), training.plan.epochs, 0.0
        with (
            progress.shown(_("Training the network"), _("epoch"), place) as bar,
            FrameClock.started() as clock,
        ):
            while training.job.more():
                moment = training.job.items[-1]
                bar.tell(moment.epoch, of)
                time.sleep(max(0.0, pace() * moment.epoch / of - (time.perf_counter() - begin)))
                now = time.perf_counter()
                if now - drawn >= CALM and clock.due():
                    drawn = now
                    clock.draw(partial(self.draw, training, moment, growing=True))


def stage_name(stage: int) -> str:
    """What a stage is called on the page."""
    if not stage:
        return _("the pixels")
    layer, bent = (stage + 1) // 2, stage % 2 == 0
    return _("layer {layer}, bent", layer=layer) if bent else _("layer {layer}, stretched", layer=layer)


def _clickable(
    place: DeltaGenerator, figure: go.Figure, key: str, data: str, places: Values, alt: str
) -> None:
    """A finished chart on which a click chooses one of `places`, pixels on [0, 1]."""

    def clicked() -> None:
        chosen = state.widget(key).get().selection.points
        if chosen:
            levels = np.rint(places[chosen[-1]["point_index"]] * LEVELS).astype(int)
            for which, level in zip(("first", "second"), levels, strict=True):
                state.widget(f"two_{which}_{data.lower()}").set(int(level))

    chart_slot.finished(place, figure, alt, key=key, on_select=clicked, selection_mode="points")


HELP_PLANE = later(
    "Across is the first pixel, upwards the second, from 0 (black) to 255 (white), so every picture of two "
    "pixels is one place in the square. Colours: what the network takes it for; the paler, the less sure it "
    "is. The thick line is the border between the two answers. The first percentage is the share of the 200 "
    "points it learns from that it has right; *unseen*: of 200 others, drawn in the same way."
)
HELP_BENT = later(
    "The same points, and lines that are straight in the square, where the network has them at this stage. A "
    "layer weighs and adds its numbers, which stretches and turns the plane, and then bends it. After the "
    "last hidden layer the border is one straight line (dashed, on to the edges): all a network does before "
    "is to bend the plane until such a line will do."
)


SHORT = {
    "pixels": later("nothing is bent yet"),
    "units": later("unit 1 across, unit 2 up"),
    "principal": later("two principal directions"),
    "score": later("the score from left to right"),
}


def _directions(seen: View) -> str:
    share, units = percent(seen.share, 0), len(seen.middle)
    return {
        "pixels": _("Nothing is bent here yet."),
        "units": _("There are two units: across is the first, upwards the second."),
        "principal": _(
            "There are {units} units, too many to draw. You see the two principal directions, those in which "
            "the points spread most: {share} of their spread (variance).",
            units=units,
            share=share,
        ),
        "score": _(
            "There are {units} units, too many to draw. Across is the direction of the score (below 0 the "
            "answer is green, above it pink), in which the border lies straight; upwards the principal "
            "direction at right angles to it, in which the points spread most. Together {share} of their "
            "spread (variance).",
            units=units,
            share=share,
        ),
    }[seen.kind]
