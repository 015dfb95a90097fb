"""The hill and the map: what the network says of the pictures all round the trick."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from trickcore import engine
from trickcore.attacks import masks
from trickcore.explain import landscape
from trickcore.explain.landscape import ACROSS, ALONG, SIDES, Path, Plane, Survey
from trickcore.jobs import explanations, runs
from trickcore.language import _, later, row
from trickcore.pictures.files import encode, enlarged
from trickcore.plots import class_map, run
from trickcore.plots import hill as surfaces
from trickcore.text import percent
from ui import state, text
from ui.background import BackgroundJob
from ui.current_trick import CurrentTrick
from ui.session_run import pixels_of
from ui.sidebar.url_state import LINK
from ui.widgets import chart_slot, progress

STEP = 1 / 16  # of the sliders: the gap between the points of the finest grid
HEIGHT, LOW = 330, 300  # of the charts, in pixels: on a screen and on a phone
SOON = 9  # points a side, after which there is time to measure the run's own pictures
HELP_PLANE = later(
    "Every point is a picture: the original, plus so much of the trick's change (along), plus so much of a "
    "random change as large (across). {which} Each is clipped and rounded to whole "
    "grey levels as a file holds them, then shown to the network; so with a small epsilon the hill climbs in "
    "steps. The line is the run, each picture as high as the network's own answer to it."
)


WHICH = {"linf": later("every value up or down by chance"), "l2": later("in a direction by chance, as long")}
HELP_ACROSS = {
    "linf": later(
        "In it every value that may move goes up or down by chance, by as much as the trick's largest "
        "move: so it stays within the trick's epsilon (L-infinity)."
    ),
    "l2": later(
        "It is drawn from all directions alike, as long as the trick's and at right angles to it, and "
        "moves only what the trick may move (L2)."
    ),
}


@dataclass
class Hillside:
    """What was found out about the plane so far."""

    plane: Plane
    harvest: BackgroundJob[Survey]
    path: Path | None = None

    @property
    def side(self) -> int:
        """Points a side of the finest grid that is whole; 0 before there is one."""
        return len(self.harvest.items[-1].a) if self.harvest.items else 0


class View:
    """Where hill and map are shown, and what one should see there."""

    def __init__(self, current: CurrentTrick) -> None:
        self.current = current
        above = st.container() if current.narrow else None  # there both charts together fill a screen
        left, right = st.columns([1.15, 1], gap="medium")
        self.hill, self.map = left.empty(), right.empty()
        for place in (self.hill, self.map):  # what comes below does not move when they come
            place.container(height=LOW if current.narrow else HEIGHT, border=False)
        with (above or st).container(horizontal=True, vertical_alignment="center"):
            self.bar, self.button = st.empty(), st.empty()
        self.told = st.empty()
        self.log = False
        self.point: tuple[float, float] | None = None

    def draw(self, hillside: Hillside, *, growing: bool) -> None:
        current, now = self.current, hillside.harvest.items[-1]
        dress: dict[str, Any] = {
            "dark": current.dark,
            "narrow": current.narrow,
            "height": LOW if current.narrow else HEIGHT,
        }
        hill = surfaces.hill_chart(now, hillside.path, current.labels, current.target, log=self.log, **dress)
        land = class_map.class_map(
            now, hillside.path, current.labels, current.target, current.label, chosen=self.point, **dress
        )
        # The point chosen is marked on the map alone: a figure that changed would turn back its view.
        if growing:
            hill.layout.meta = (
                f"{hillside.side} {hillside.path is not None}"  # two alike have no place in a run
            )
        sentence = _told(current, now)
        plain = sentence.replace("**", "")
        chart_slot.put(self.hill, hill, _("Hill: {told}", told=plain), config=surfaces.TURNABLE)
        alt = _("Map of the winning classes: {told}", told=plain)
        if growing:
            chart_slot.growing(self.map, land, alt)
        else:
            chart_slot.finished(self.map, land, alt, key="map", on_select=_clicked, selection_mode="points")
        self.told.markdown(sentence)


def section(current: CurrentTrick) -> None:
    hillside = current.kept("hillside", make=lambda: _begin(current))
    name = text.escape(current.labels[current.target])
    st.markdown(
        _(
            "Start at the original picture: one way leads to the tricked picture, the other is a random "
            "change just as large ({which}). The hill is as high as the network is sure of **{name}**; the "
            "map shows what it sees. Drag the hill to turn it; click the map to see a picture.",
            which=_(WHICH[current.followed.norm]),
            name=name,
        ),
        help=_(HELP_PLANE, which=_(HELP_ACROSS[current.followed.norm])),
    )
    view = View(current)
    view.point = _chosen(current, hillside.plane)
    view.log, side = _controls(current)
    _grow(current, hillside, view, side)
    if hillside.side:
        view.draw(hillside, growing=False)
    else:
        view.told.info(_("Stopped before anything was measured."), icon=":material/stop_circle:")


def _grow(current: CurrentTrick, hillside: Hillside, view: View, side: int) -> None:
    """Let the grid grow finer up to so many points a side, drawing each that is whole."""
    harvest, drawn, of = hillside.harvest, 0, side**2
    if hillside.side < side:
        harvest.button(view.button, "hill")
    if hillside.path is not None and (harvest.stopped or hillside.side >= side):
        return
    with progress.shown(_("Asking the network about the pictures all round"), _("picture"), view.bar) as bar:
        while hillside.side < side and not harvest.stopped:
            if hillside.side > drawn:
                view.draw(hillside, growing=True)
                drawn = hillside.side
            if hillside.side >= SOON and hillside.path is None:
                hillside.path = _path(current, hillside.plane)
                view.draw(hillside, growing=True)
            if not harvest.more():
                break
            if harvest.items:
                bar.tell(min(of, round(harvest.items[-1].done * SIDES[-1] ** 2)), of)
        if hillside.path is None and hillside.side:
            hillside.path = _path(current, hillside.plane)
    if not harvest.stopped:
        view.button.empty()


def _begin(current: CurrentTrick) -> Hillside:
    first, last = (pixels_of(current.run.frames[i]) for i in (0, -1))
    recipe = current.followed
    may = masks.found(recipe.mask, (first.shape[0], first.shape[1]), recipe.painted)
    plane = landscape.plane(first, last, seed=current.seed, norm=recipe.norm, may=may)
    return Hillside(plane, BackgroundJob(explanations.survey, current.network, plane, current.target))


def _path(current: CurrentTrick, plane: Plane) -> Path:
    kept = [frame.pixels for frame in current.run.frames if frame.pixels is not None]
    return engine.call(explanations.path, current.network, plane, kept, current.target)


def _chosen(current: CurrentTrick, plane: Plane) -> tuple[float, float]:
    """The point that the sliders or a click on the map chose; its picture, and the network's answer."""
    st.markdown(
        _("**The picture at a point**"), help=_("1 along and 0 across is the tricked picture itself.")
    )
    if current.narrow:
        right = st.container()
        with st.grid(2, min_column_width=4, wrap=False, gap=8) as grid:
            left, bars = grid.cell(), grid.cell().empty()
    else:
        left, right = st.columns([1, 4.2], gap="medium", vertical_alignment="center")
    with right:
        first, second = st.columns(2, gap="medium")
        a = first.slider(
            _("Along the trick"),
            *ALONG,
            1.0,
            STEP,
            format="%.2f",
            key="along",
            help=_("How much of the trick's change is added: 0 is the original, 1 the tricked picture."),
            **LINK,
        )
        b = second.slider(
            _("Across"),
            *ACROSS,
            0.0,
            STEP,
            format="%.2f",
            key="across",
            help=row(
                _("How much of a random change is added, as large as the trick's."),
                _(HELP_ACROSS[current.followed.norm]),
            ),
            **LINK,
        )
        if not current.narrow:
            bars = st.empty()
    pixels = plane.picture(a, b)
    png = encode(pixels)
    reading = engine.call(runs.reading, current.network, png)
    answer = f"{reading.name}, {percent(reading.probability)}"
    with left:
        alt = _("The picture at this point: {answer}", answer=answer)
        st.image(encode(enlarged(pixels)), width="stretch", alt=alt)
        st.markdown(text.caption(reading.name, reading.probability), text_alignment="center")
    draw = run.class_bars if current.digits else run.top_five
    figure = draw(
        reading.probs, current.labels, target=current.target, original=current.label, dark=current.dark
    )
    chart_slot.finished(bars, figure, _("What the network says of it: {answer}", answer=answer))
    return a, b


def _clicked() -> None:
    """A click on the map moves the sliders there."""
    points = state.widget("map").get().selection.points
    if points:
        for key, axis in (("along", "x"), ("across", "y")):
            state.widget(key).set(float(round(points[0][axis] / STEP) * STEP))


def _controls(current: CurrentTrick) -> tuple[bool, int]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        side = st.select_slider(
            _("Detail"),
            SIDES[1:],
            value=SIDES[-1] if current.digits else SIDES[-2],
            format_func=lambda side: f"{side} × {side}",
            key="detail_digits" if current.digits else "detail",
            width=220,
            help=_("How many pictures the network is asked about. More take longer and show finer borders."),
            **LINK,
        )
        log = st.toggle(
            _("Logarithm"),
            key="log",
            help=_(
                "Each mark of the height is then a hundred or a thousand times less likely than the one "
                "above, which shows slopes where the hill looks flat."
            ),
            **LINK,
        )
    return log, side


def _told(current: CurrentTrick, now: Survey) -> str:
    """What was measured, in two sentences."""
    name = text.escape(current.labels[current.target])
    beside = _("A random change just as large brings it to **{share}** at most.", share=percent(now.beside()))
    start = now.crossing(current.target)
    if start is None:
        along = _(
            "Along the trick, {name} never wins, not even at {far:g} times the change.",
            name=name,
            far=ALONG[1],
        )
    elif start.after == 0:
        along = _("Along the trick, {name} wins from the start.", name=name)
    else:
        along = _(
            "Along the trick, {name} wins from **{border:.2f}** of the way on (measured at {before:.2f}, "
            "where it does not, and at {after:.2f}, where it does).",
            name=name,
            border=start.border,
            before=start.before,
            after=start.after,
        )
    return row(along, beside)
