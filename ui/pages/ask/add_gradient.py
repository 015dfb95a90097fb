"""Adding the gradient, once and again: the climb that the Ask page keeps and shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore import engine
from trickcore.jobs import explanations
from trickcore.jobs.networks import Network
from trickcore.language import _, carried
from trickcore.pictures.files import encode, enlarged
from trickcore.plots import run
from trickcore.plots.run import class_bars, top_five
from trickcore.plots.style import evenly_spaced
from trickcore.runs import frames as film
from trickcore.runs.frames import Frame
from trickcore.text import named, percent
from ui import state
from ui import text as words
from ui.pages.ask.input_gradients import Asked, answers
from ui.session_run import FrameClock, pixels_of
from ui.sidebar import link_notice, url_state
from ui.sidebar.url_state import LINK
from ui.widgets import chart_slot, outcome_box, progress

FIRST = 10  # additions made unasked, so that there is something to see
MOST = 60  # additions at a time until it gives up
ADD = (1, 10, MOST)  # what the buttons add
LINKED = 300  # so many additions are made when a link asks for them
STRIDE = 0.1  # the largest move of a value when a gradient is added once


@dataclass
class Climb:
    """The pictures on the way up, kept in the visit."""

    key: object  # what it was made for
    network: Network
    data: bytes
    label: int
    shake: bool
    seed: int
    frames: list[Frame] = field(default_factory=list)
    added: list[int] = field(default_factory=list)  # what was pressed, so that a link can press it again

    def more(
        self, steps: int, *, until_taken: bool, show: Callable[[Climb], None], tell: Callable[[int], None]
    ) -> None:
        """Add the gradient again; `show` whenever the browser has had time for the last picture,
        `tell` how many additions were made, each time."""
        done, clock = self.frames[-1].index if self.frames else 0, FrameClock()
        for frame in self._way(steps, until_taken):
            tell(frame.index)
            if frame.index or not self.frames:
                self.frames.append(replace(frame, index=done + frame.index))
                if clock.due():
                    show(self)

    def _way(self, steps: int, until_taken: bool) -> Iterator[Frame]:
        data = encode(pixels_of(self.frames[-1])) if self.frames else self.data
        return engine.stream(
            explanations.climbed,
            self.network,
            data,
            self.label,
            steps=steps,
            stride=STRIDE,
            until_taken=until_taken,
            shake=self.shake,
            seed=self.seed + (self.frames[-1].index if self.frames else 0),
        )


class Ladder:
    """Where a climb is shown: the picture looked at, its bars, and a row of those on the way."""

    def __init__(self, dark: bool, narrow: bool) -> None:
        self.dark, self.narrow, self.tiles = dark, narrow, 5 if narrow else 10
        if narrow:  # side by side there too
            grid = st.grid(5, min_column_width=4, wrap=False, gap=8, vertical_alignment="center")
            left, right = grid.cell(column_span=2).container(), grid.cell(column_span=3).container()
        else:
            left, right = st.columns([1, 2.2], gap="medium", vertical_alignment="center")
        self.picture, self.caption = left.empty(), left.empty()
        self.bars, self.scrubber = right.empty(), right.empty()
        row = st.grid(self.tiles, min_column_width=4, wrap=False, gap=6)
        cells = [row.cell().container(gap="xxsmall") for _ in range(self.tiles)]
        self.row = [(cell.empty(), cell.empty()) for cell in cells]
        self.exports = st.empty()

    def draw(self, climb: Climb, *, growing: bool = True, chosen: Frame | None = None) -> None:
        now = chosen or climb.frames[-1]
        labels = climb.network.labels
        best = int(now.probs.argmax())
        sure = float(now.probs[best])
        seen = f"{labels[best]}, {percent(sure)}"
        alt = _("The picture after {steps} additions: {seen}", steps=now.index, seen=seen)
        self.picture.image(encode(enlarged(pixels_of(now))), width="stretch", alt=alt)
        self.caption.markdown(
            _("after {steps} · {seen}", steps=now.index, seen=words.caption(labels[best], sure)),
            text_alignment="center",
        )
        first = int(climb.frames[0].probs.argmax())
        bars = class_bars if len(labels) <= 10 else top_five
        show = chart_slot.growing if growing else chart_slot.finished
        show(self.bars, bars(now.probs, labels, target=climb.label, original=first, dark=self.dark), alt)
        shown = [climb.frames[i] for i in evenly_spaced(len(climb.frames), self.tiles)]
        for (picture, caption), frame in zip(self.row, shown, strict=False):
            best = int(frame.probs.argmax())
            picture.image(
                encode(enlarged(pixels_of(frame), 84)),
                width="stretch",
                alt=_("After {steps} additions", steps=frame.index),
            )
            caption.caption(
                f"{frame.index}: {words.escape(labels[best])} {percent(float(frame.probs[best]))}"
                if len(labels) <= 10
                else f"{frame.index}: {percent(float(frame.probs[climb.label]))}",
                text_alignment="center",
            )

    def show(self, climb: Climb) -> None:
        """The finished climb, and whichever of its pictures is looked at."""
        chosen = climb.frames[-1]
        if len(climb.frames) > 1:
            last = chosen.index
            key = f"additions-{len(climb.frames)}"
            if (link := url_state.once("addition")) is not None:
                asked = url_state.whole(link, 0, last)
                link_notice.read("addition", good=asked is not None)
                if asked is not None:
                    state.widget(key).set(asked)
            index = self.scrubber.select_slider(
                _("Additions"),
                [frame.index for frame in climb.frames],
                value=last,
                key=key,
                help=_("Look back: the picture and the bars follow."),
            )
            chosen = next(frame for frame in climb.frames if frame.index == index)
            url_state.to_link("addition", str(index), str(last))
        self.draw(climb, growing=False, chosen=chosen)
        if len(climb.frames) > 1:
            self._exports(climb, chosen)

    def _exports(self, climb: Climb, chosen: Frame) -> None:
        labels = climb.network.labels
        stem = f"more-of-{labels[climb.label].replace(' ', '-')}"
        watch = run.watchlist(climb.frames, climb.label, range(len(labels)) if len(labels) <= 10 else ())
        with self.exports.container(horizontal=True, gap="small"):
            for kind, mime, make, tip in (
                (
                    "GIF",
                    "image/gif",
                    lambda: film.to_gif(climb.frames, 1, least=224),
                    _("The start, what was added, and the sum."),
                ),
                ("PNG", "image/png", lambda: encode(pixels_of(chosen)), _("The picture you are looking at.")),
                (
                    "CSV",
                    "text/csv",
                    lambda: film.to_csv(climb.frames, labels, watch),
                    _("A table with a row an addition."),
                ),
            ):
                st.download_button(
                    kind if self.narrow else _("Download {kind}", kind=kind),
                    carried(make),
                    f"{stem}.{kind.lower()}",
                    mime,
                    key=f"climb-{kind.lower()}",
                    help=tip,
                    icon=":material/download:",
                    on_click="ignore",
                )


def section(asked: Asked) -> None:
    """Add the gradient once, ten times, or until the picture is taken for the class."""
    st.subheader(
        _("Add the gradient"),
        help=_(
            "Each time the gradient is worked out anew and added to the picture, so that the value that "
            "moves most moves by a tenth of the way from black to white."
        ),
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        climb = _chosen(asked)
        wish = words.escape(words.a(asked.labels[climb.label]))
        for text, what, tip in (
            (_("Add once"), 1, _("Adds the gradient to the picture one time.")),
            (_("Add ten times"), 10, _("Ten times, worked out anew each time.")),
            (
                _("Until it is {wish}", wish=wish),
                MOST,
                _("Until it is taken for {wish}, at most {most} times.", wish=wish, most=MOST),
            ),
        ):
            st.button(text, key=f"add-{what}", on_click=_add, args=(what,), help=tip)
        st.button(
            _("Start again"),
            key="again",
            type="tertiary",
            icon=":material/undo:",
            on_click=_again,
            args=(climb,),
            help=_("Back to the picture itself."),
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        bar, stop = st.empty(), st.empty()
    ladder = Ladder(asked.dark, asked.narrow)
    link = url_state.once("added")
    pressed = [] if climb.frames else _of_link(link)
    if adding := state.adding.pop():
        pressed.append(adding)
    for steps in pressed:
        climb.added.append(steps)
        _grow(climb, steps, ladder, bar, stop)
    if not climb.frames:  # a link to the picture itself
        _grow(climb, 1, ladder, bar, stop)
        _again(climb)
    url_state.to_link("added", "-".join(map(str, climb.added)) or "0", str(FIRST))
    ladder.show(climb)
    if asked.shake:
        why = _shaken(asked, climb)
        st.caption(
            _("Means over shaken copies of the picture.") if asked.narrow else why,
            help=why if asked.narrow else None,
        )
    last = climb.frames[-1]
    said = {"wish": wish, "steps": last.index, "sure": percent(float(last.probs[climb.label]))}
    if int(last.probs.argmax()) == climb.label:
        text = _("Taken for {wish} after {steps} additions, {sure} sure.", **said)
        outcome_box.wish(st.empty(), "tricked", text, word=_("Reached"))
    elif last.index >= MOST:
        text = _(
            "{sure} for {wish} after {steps} additions. Try another network, or a class that looks more like "
            "it.",
            **said,
        )
        outcome_box.wish(st.empty(), "not", text)


def _grow(climb: Climb, steps: int, ladder: Ladder, bar: DeltaGenerator, stop: DeltaGenerator) -> None:
    """More additions, with how far they are; many can be stopped, and those made so far stay."""
    if steps > 1:
        stop.button(
            _("Stop"),
            key=f"stop-adding-{len(climb.added)}",
            icon=":material/stop_circle:",
            help=_("Ends it; the additions made so far stay."),
        )
    until = steps == MOST
    wish = words.a(climb.network.labels[climb.label])
    doing = _("Adding the gradient until it is {wish}", wish=wish) if until else _("Adding the gradient")
    with progress.shown(doing, _("addition"), bar) as told:
        climb.more(steps, until_taken=until, show=ladder.draw, tell=lambda done: told.tell(done, steps))
    stop.empty()


def _shaken(asked: Asked, climb: Climb) -> str:
    """Why it is less sure here than above: another picture is asked about, or rather many."""
    (name,) = (name for name, network in asked.who.items() if network == climb.network)
    reading = answers(asked)[name].reading
    return _(
        "Every percentage here is the mean over copies of the picture that were shaken, as *Shake the "
        "picture* asks. Of the picture itself, unshaken, the network says {name}, {sure}: that is the figure "
        "further up.",
        name=words.escape(reading.name),
        sure=percent(reading.probability),
    )


def _add(steps: int) -> None:
    state.adding.set(steps)


def _of_link(link: str | None) -> list[int]:
    """What was pressed, as the link says: "10-1" is ten times and once more, "0" nothing."""
    if link is None:
        return [FIRST]
    found = [url_state.whole(part, 1, MOST) or 0 for part in link.split("-")] if link != "0" else []
    good = all(steps in ADD for steps in found) and sum(found) <= LINKED
    link_notice.read("added", good=good)
    return found if good else [FIRST]


def _again(climb: Climb) -> None:
    climb.added.clear()
    del climb.frames[1:]


def _chosen(asked: Asked) -> Climb:
    """The climb for the network and class chosen, the one in hand if it was made for them."""
    names = list(asked.who)
    name = names[0]
    if len(names) > 1:
        name = st.selectbox(
            _("Network to climb on"),
            names,
            index=names.index("digits-standard"),
            format_func=asked.title,
            key="climber",
            width=170,
            help=_("Whose gradient is added."),
            **LINK,
        )
    which = st.selectbox(
        _("Make it more of"),
        (0, 1),
        index=1,
        format_func=lambda i: named(asked.labels, asked.pair[i]),
        key="wanted",
        width=170,
        help=_("One of the two classes compared above."),
        **LINK,
    )
    network, label = asked.who[name], asked.pair[which]
    key = asked.key(network.identity, label)
    climb = state.climb.get()
    if climb is None or climb.key != key:
        climb = Climb(key, network, asked.data, label, asked.shake, asked.seed)
        state.climb.set(climb)
    return climb
