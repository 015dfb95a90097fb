"""A run as one HTML file: pictures, chart, numbers and settings, with nothing to fetch and no script.

What is said and shown is put together here; template.html.j2 lays it out, and style.css makes it look so.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from trickcore.language import _, again, language, later
from trickcore.measure.verdict import Reading, Verdict, convincing
from trickcore.pictures.files import Pixels, encode, magnified
from trickcore.pictures.samples import truth
from trickcore.plots import run as charts
from trickcore.plots.style import DARK, LIGHT, Palette, evenly_spaced
from trickcore.report import sentences, svg
from trickcore.runs import script
from trickcore.runs.frames import Frame, automatic_gain
from trickcore.runs.machine import Machine
from trickcore.runs.methods import GRADIENT
from trickcore.runs.recipe import Recipe
from trickcore.text import counted, named, percent, unbroken

FOLDER = Path(__file__).parent
MOST_ROWS = 200
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"  # nothing is fetched or run


class Picture(NamedTuple):
    """A picture of the report with its caption."""

    url: str  # a data URL: the PNG itself
    alt: str
    name: str
    value: str
    small: bool  # its pixels are shown sharp


class Bar(NamedTuple):
    """A class of the top five."""

    role: str  # "target", "original" or "other"
    name: str
    value: str
    width: str  # per cent


class Instructions(NamedTuple):
    """One way to make the run again, or why there is none."""

    title: str
    style: str
    code: str
    problem: str


def html(
    run: Sequence[Frame],
    labels: Sequence[str],
    recipe: Recipe,
    said: Verdict,
    *,
    gain: float | None = None,
    watch: Sequence[int] | None = None,
    noun: str = later("picture"),
    picture: str = "file",
    advice: str = "",
    stopped: bool = False,
    repaired: Sequence[int] = (),
    when: str = "",
    network: str = "",
    machine: Machine | None = None,
) -> str:
    """A finished run, whose first and last Frame kept their pictures, as a page that needs no network.

    `gain` magnifies the perturbation and `watch` lists the classes with a line; both can be left to be
    chosen. `picture` is where it came from, as in `settings.Settings`; `advice` is what to
    try next; `stopped` says that somebody ended the run before its last step, `repaired` how many steps
    each repair took that followed it; `when` is printed as it is; `network` is the network's title, looked
    up by its name where it is empty; `machine` is what it was made on.
    Touches no tensor. Raises ValueError for a run without its pictures.
    """
    if not run or run[0].pixels is None or run[-1].pixels is None:
        raise ValueError("expected a run that kept its first and last picture")
    gain = automatic_gain(recipe, run) if gain is None else gain
    watch = charts.watchlist(run, recipe.target) if watch is None else watch
    right = truth(picture)
    advice = again(advice)
    advice = " ".join(filter(None, (sentences.apart(run, said, labels, recipe, advice), advice)))
    network = network or sentences.title_of(recipe.network)
    made = sentences.made_with(recipe, labels, picture, network)
    made += [(_("Made on"), str(machine))] if machine is not None else []
    repeat = script.until(recipe, run[-1].index) if stopped else recipe
    last = script.stopped_at(recipe, run[-1].index) if stopped else None
    return _template().render(
        language=language(),
        policy=POLICY,
        light=_variables(LIGHT),
        dark=_variables(DARK),
        stylesheet=Markup((FOLDER / "style.css").read_text("utf-8")),
        headline=sentences.headline(said, noun, right),
        outcome=convincing(said, right),
        lead=" ".join(filter(None, (sentences.readings(said) + sentences.relation(said, right), advice))),
        facts=_facts(run, recipe, when, network),
        pictures=_pictures(run[0].pixels, run[-1].pixels, said, gain, recipe),
        charts=_charts(run, labels, watch, recipe),
        top_five=[
            (title, _top_five(reading, labels, said))
            for title, reading in ((_("Original"), said.before), (_("Tricked"), said.after))
        ],
        changed=[*sentences.measured(said, labels), *sentences.epsilons(said.change, recipe, run[0].pixels)],
        settings=made,
        own_file=script.FILE if picture == "file" else "",
        again=list(_again(repeat, picture, labels, noun, said, repaired, last, machine)),
        columns=(_("Step"), *(named(labels, k) for k in watch), _("Loss (nats)"), _("Distance")),
        steps=_steps(run, watch),
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["text"] = _text
    environment.globals["_"] = _
    return environment.get_template("template.html.j2")


def _text(text: str) -> Markup:
    """Escaped, with what belongs together kept on one line."""
    return Markup(unbroken(str(escape(text))).replace("L-infinity", "L\u2011infinity"))


def _variables(theme: Palette) -> Markup:
    return Markup("".join(f"{name}:{value};" for name, value in svg.variables(theme).items()))


def _facts(run: Sequence[Frame], recipe: Recipe, when: str, network: str) -> str:
    last = run[-1].index
    steps = counted(last, recipe.how.unit)
    if last < recipe.length:
        steps = _("{steps} of {length:,}", steps=steps, length=recipe.length)
    eps = _("epsilon {eps:g} of 255", eps=recipe.eps) if recipe.how.reads("eps") else ""
    method = "" if recipe.method == GRADIENT else _(recipe.how.title)
    facts = [network, method, steps, eps, when]
    return " · ".join(filter(None, facts))


def _pictures(before: Pixels, after: Pixels, verdict: Verdict, gain: float, recipe: Recipe) -> list[Picture]:
    """The two pictures exactly as they are: saved from the report, they are the run's files."""
    moved = round(verdict.change.linf * 255)
    most = sentences.at_most(moved, recipe) if moved else _("nothing moved")
    change = magnified(before, after, gain)
    cells = (
        (before, _("Original"), verdict.before.name, percent(verdict.before.probability)),
        (
            change,
            _("Perturbation, magnified {gain:g} times", gain=gain),
            _("change × {gain:g}", gain=gain),
            most,
        ),
        (after, _("Tricked"), verdict.after.name, percent(verdict.after.probability)),
    )
    small = min(before.shape[:2]) < 100
    return [
        Picture(data_url(pixels), f"{alt}: {name}, {value}", name, value, small)
        for pixels, alt, name, value in cells
    ]


def _charts(
    run: Sequence[Frame], labels: Sequence[str], watch: Sequence[int], recipe: Recipe
) -> dict[str, Markup]:
    """Twice, for a wide page and for a phone: letters in an SVG shrink with it."""
    last = run[-1]
    ends = ", ".join(f"{named(labels, k)} {percent(float(last.probs[k]))}" for k in watch)
    drawn = {}
    for place, narrow, size in (("wide", False, (940, 330)), ("narrow", True, (380, 300))):
        figure = charts.probability_chart(
            run,
            labels,
            watch,
            target=recipe.target,
            steps=last.index or 1,
            unit=recipe.how.unit,
            narrow=narrow,
        )
        if recipe.how.asks:
            alt = _("Probability at each question; at question {n}: {ends}", n=last.index, ends=ends)
        else:
            alt = _("Probability at each step; at step {n}: {ends}", n=last.index, ends=ends)
        drawn[place] = Markup(svg.lines(figure, *size, alt))
    return drawn


def _top_five(reading: Reading, labels: Sequence[str], verdict: Verdict) -> list[Bar]:
    original = verdict.before.label
    goal = (
        verdict.target
        if verdict.target is not None or verdict.after.label == original
        else verdict.after.label
    )
    bars = []
    for k in map(int, reading.probs.argsort()[::-1][:5]):
        role = "target" if k == goal else "original" if k == original else "other"
        p = float(reading.probs[k])
        bars.append(Bar(role, named(labels, k), percent(p), f"{100 * p:.2f}"))
    return bars


def _again(
    recipe: Recipe,
    picture: str,
    labels: Sequence[str],
    noun: str,
    verdict: Verdict,
    repaired: Sequence[int],
    last: int | None,
    machine: Machine | None,
) -> Iterator[Instructions]:
    """What makes the run again, where it can be made elsewhere."""

    def python() -> str:
        return script.script(
            recipe, picture, labels, noun=noun, said=verdict, repaired=repaired, last=last, machine=machine
        )

    ways: list[tuple[str, str, Callable[[], str]]] = [(_("In Python"), "code", python)]
    if not repaired and last is None:  # which no terminal line can do
        ways.append((_("In a terminal"), "code wrap", lambda: script.command(recipe, picture)))
    for title, style, make in ways:
        try:
            yield Instructions(title, style, make(), "")
        except ValueError as error:
            yield Instructions(title, style, "", str(error))


def _steps(run: Sequence[Frame], watch: Sequence[int]) -> Iterator[tuple[str, ...]]:
    """Rows of the table: at most MOST_ROWS steps, evenly spaced."""
    for i in evenly_spaced(len(run), MOST_ROWS):
        frame = run[i]
        chances = (percent(float(frame.probs[k])) for k in watch)
        yield (str(frame.index), *chances, f"{frame.loss:.4g}", f"{frame.distance:.4g}")


def data_url(pixels: Pixels) -> str:
    return f"data:image/png;base64,{base64.b64encode(encode(pixels)).decode()}"
