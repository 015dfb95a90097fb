"""The report: one file that needs nothing else, true to the run, and safe whatever things are called."""

from __future__ import annotations

import base64
import dataclasses
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import numpy as np
import pytest

from tests.helpers import plain
from trickcore import Classifier, Recipe, engine, load, measure, report, to_png
from trickcore.measure.verdict import Verdict
from trickcore.pictures import drawing, files
from trickcore.plots.style import DARK, LIGHT, evenly_spaced
from trickcore.report import sentences, svg
from trickcore.runs import frames as film
from trickcore.runs import machine
from trickcore.runs.frames import Frame
from trickcore.text import percent

RECIPE = Recipe(target=2, eps=64, steps=10)


def finished(classifier: Classifier, data: bytes, recipe: Recipe) -> tuple[list[Frame], Verdict]:
    def make() -> tuple[list[Frame], Verdict]:
        run = list(film.run_recipe(classifier, data, recipe))
        first, last = run[0].pixels, run[-1].pixels
        assert first is not None
        assert last is not None
        return run, measure.verdict(classifier, files.encode(first), files.encode(last), recipe.target)

    return engine.call(make)


def red() -> bytes:
    return to_png(plain(8, 12, 0.6, 0.2, 0.2))


class Reader(HTMLParser):
    """What a browser would see: tags with their attributes, and the text outside of styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text, self._inside = "", ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        self._inside = tag

    def handle_endtag(self, tag):
        self._inside = ""

    def handle_data(self, data):
        if self._inside != "style":
            self.text += data.replace("\u00a0", " ").replace("\u2011", "-")

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture
def run(colours) -> tuple[list[Frame], Verdict]:
    return finished(colours, red(), RECIPE)


@pytest.fixture
def page(colours, run) -> str:
    told = {"noun": "square", "advice": "Try epsilon 96 & smile.", "when": "2 June 2026"}
    return report.html(run[0], colours.labels, RECIPE, run[1], **told)  # type: ignore[arg-type]


def test_nothing_in_it_is_fetched_or_executed(page):
    seen = Reader(page)
    assert not [tag for tag, _ in seen.tags if tag in ("script", "link", "iframe", "object", "base", "form")]
    for _, attrs in seen.tags:
        assert not [name for name in attrs if name.startswith("on") or name == "href"]
        assert attrs.get("src", "data:image/png;base64,").startswith("data:image/png;base64,")
    assert not re.search(r"url\(|@import|https?:", page)
    policy = next(m["content"] for m in seen.all("meta") if "http-equiv" in m)
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def test_the_pictures_are_the_runs_to_the_last_value(page, run):
    frames, _ = run
    shown = [
        files.read_image(base64.b64decode(one["src"].partition(",")[2]), (8, 12))
        for one in Reader(page).all("img")
    ]
    before, change, after = ((255 * one).round().numpy().transpose(1, 2, 0) for one in shown)
    np.testing.assert_array_equal(before, frames[0].pixels)
    np.testing.assert_array_equal(after, frames[-1].pixels)
    assert film.automatic_gain(RECIPE) == 1
    expected = (127.5 + after - before).round().clip(0, 255)
    np.testing.assert_allclose(change, expected, atol=1)


def test_the_numbers_are_those_of_the_verdict(page, run, colours):
    _, said = run
    told = Reader(page).text
    change = said.change
    assert "Try epsilon 96 & smile." in told
    for number in (
        f"{round(change.linf * 255)} of 255 (L-infinity {change.linf:.4f})",
        f"{change.l2:.3f}",
        f"{change.psnr:.1f} dB",
        f"{change.ssim:.4f}",
        f"red (0), {percent(said.before.probability)}",
        f"blue (2), {percent(said.after.probability)}",
        f"{percent(float(said.before.probs[2]))}, then {percent(said.wanted)}",
        "64 of 255 (0.2510), of every value (L-infinity)",
        "16 (automatic)",
        "2 June 2026",
        "Tricked: the square is taken for a blue",
    ):
        assert number.replace("\u00a0", " ") in told, number
    rows = re.findall(r"<tr>(<td>.*?)</tr>", page)
    assert len(rows) == 11, "a row a step"


def test_the_file_s_own_epsilon_the_machine_and_a_flip_it_does_not_have_are_told(colours, run):
    frames, said = run
    made_on = machine.Machine("2.15.0", "cpu", 1)
    recipe = dataclasses.replace(RECIPE, eps=64.5)
    told = Reader(report.html(frames, colours.labels, recipe, said, machine=made_on)).text
    assert f"{round(said.change.linf * 255)} of 255 (64.5 asked)" in told
    assert "torch 2.15.0, cpu, 1 thread" in told
    assert "The chart ends at" not in told
    other = dataclasses.replace(frames[-1], probs=said.before.probs)
    told = Reader(report.html([*frames[:-1], other], colours.labels, recipe, said)).text
    assert "The chart ends at red (0)" in told


def test_the_chart_runs_through_the_runs_probabilities(page, run):
    """Points of the SVG brought back to probabilities, by the grid's own lines at 0 and 100 %."""
    frames, _ = run
    chart = ET.fromstring(re.findall(r"<svg.*?</svg>", page, re.S)[0])
    grid = [one.get("d", "") for one in chart.iter("path") if one.get("class") == "grid"]
    zero, whole = (float(re.findall(r"M\S+ (\S+)H", d)[0]) for d in (grid[0], grid[-1]))
    left, right = map(float, re.findall(r"M(\S+) \S+H(\S+)", grid[0])[0])
    lines = {one.get("stroke"): one.get("points", "") for one in chart.iter("polyline")}
    for k, color in ((2, "var(--target-line)"), (0, "var(--original-line)")):
        points = np.array([[float(v) for v in pair.split(",")] for pair in lines[color].split()])
        np.testing.assert_allclose(points[:, 0], np.linspace(left, right, 11), atol=0.06)
        p = (zero - points[:, 1]) / (zero - whole)
        np.testing.assert_allclose(p, [f.probs[k] for f in frames], atol=0.001)


def test_each_step_of_the_chart_can_be_read_off(page, run):
    frames, _ = run
    steps = re.findall(r'<g class="step">.*?Step (\d+)</tspan> · (.*?)</text>', page)
    wide = steps[: len(steps) // 2]
    assert [int(index) for index, _ in wide] == list(range(11))
    leader = int(frames[7].probs.argmax())
    name = ("red (0)", "green (1)", "blue (2)")[leader]
    assert wide[7][1].startswith(f"{name} {percent(float(frames[7].probs[leader]))}")


def test_both_schemes_have_all_their_colours_and_nothing_else_is_coloured(page):
    style = page[page.index("<style>") : page.index("</style>")]
    root, dark = style.index(":root"), style.index("@media screen and (prefers-color-scheme: dark)")
    for look, part in ((LIGHT, style[root:dark]), (DARK, style[dark:])):
        for name, value in svg.variables(look).items():
            assert f"{name}:{value};" in part
    assert len(set(svg.variables(LIGHT).values())) == len(svg.variables(LIGHT)), "each stands for one thing"
    used = set(re.findall(r"var\((--[\w-]+)\)", page))
    assert used <= set(svg.variables(LIGHT))
    body = page[page.index("<body>") :]
    assert not re.findall(r'(?:fill|stroke)="#', body)
    assert "@media print" in style


NASTY = "<script>alert(\"1\")</script> & 'co' <b>"


def test_whatever_classes_and_pictures_are_called_it_stays_text(colours, run):
    labels = (NASTY, "green", f"<b>{NASTY}</b>")
    frames, said = run
    said = dataclasses.replace(
        said,
        before=dataclasses.replace(said.before, name=labels[0]),
        after=dataclasses.replace(said.after, name=labels[2]),
    )
    recipe = dataclasses.replace(RECIPE, network="<i>net</i>")
    page = report.html(frames, labels, recipe, said, noun=NASTY, picture=f"sample:{NASTY}", when=NASTY)
    seen = Reader(page)
    assert not seen.all("script")
    assert len(seen.all("i")) == 6, "only the bars"
    assert NASTY in seen.text
    assert "<script" not in page
    assert "<i>net" not in page
    for chart in re.findall(r"<svg.*?</svg>", page, re.S):
        ET.fromstring(chart)


def test_a_run_without_a_target_that_did_not_work_says_so(colours):
    recipe = Recipe(target=None, eps=1, steps=2)
    frames, said = finished(colours, red(), recipe)
    told = Reader(report.html(frames, colours.labels, recipe, said)).text
    assert "Not yet: the picture is still taken for a red" in told
    assert "The saved PNG is still read as red" in told
    assert "stop being what it is" in told
    assert "Anything else" in told


def test_nothing_moved_and_infinite_decibels_are_told(colours):
    recipe = dataclasses.replace(RECIPE, eps=0.0, steps=1)
    frames, said = finished(colours, red(), recipe)
    told = Reader(report.html(frames, colours.labels, recipe, said)).text
    assert "nothing moved" in told
    assert "infinite" in told
    assert "1 step ·" in told


def test_a_digit_is_shown_with_sharp_pixels():
    recipe = Recipe(network="digits-standard", target=8, eps=76.5, steps=4, momentum=0.3, views=2)
    classifier = engine.call(load, "digits-standard")
    frames, said = finished(classifier, drawing.drawn_png("5"), recipe)
    seen = Reader(report.html(frames, classifier.labels, recipe, said, noun="5", picture="digit:5"))
    assert [one["class"] for one in seen.all("img")] == ["small"] * 3
    for word in ("the drawn digit 5", "0.3", "2, random (EOT)", "python -m trickcore digit:5"):
        assert word in seen.text, word


def test_a_long_run_stays_a_small_file(colours, run):
    """2,001 steps: the lines are thinned, and the first and last stay."""
    frames, said = run
    long = [
        dataclasses.replace(frames[round(10 * i / 2000)], index=i, pixels=None if 0 < i < 2000 else one)
        for i in range(2001)
        for one in [frames[0 if i == 0 else -1].pixels]
    ]
    recipe = dataclasses.replace(RECIPE, steps=2000)
    page = report.html(long, colours.labels, recipe, said)
    assert len(page) < 600_000
    steps = re.findall(r"Step (\d+)</tspan>", page)
    assert (steps[0], steps[len(steps) // 2 - 1]) == ("0", "2000")
    assert len(re.findall("<tr><td>", page)) == report.MOST_ROWS
    assert evenly_spaced(3, 10) == [0, 1, 2]


def test_a_run_somebody_stopped_says_of_how_many_steps(colours, run):
    frames, said = run
    page = report.html(frames[:5], colours.labels, RECIPE, said, picture="blank:white", stopped=True)
    told = Reader(page).text
    assert "4 steps of 10" in told
    assert "steps=4, alpha=16.0" in told


def test_a_network_nobody_else_has_gets_no_script(colours, run):
    frames, said = run
    recipe = dataclasses.replace(RECIPE, network="mine")
    assert "a script cannot load it" in Reader(report.html(frames, colours.labels, recipe, said)).text


def test_a_run_without_its_pictures_is_refused(colours, run):
    frames, said = run
    for gone in ([], [dataclasses.replace(frame, pixels=None) for frame in frames]):
        with pytest.raises(ValueError, match="kept its first and last picture"):
            report.html(gone, colours.labels, RECIPE, said)


def test_more_of_the_same_is_told_as_that(colours):
    recipe = dataclasses.replace(RECIPE, target=0, steps=3)
    _, said = finished(colours, red(), recipe)
    assert sentences.headline(said, "square") == "More of the same: the square is even more of a red"
    assert sentences.readings(said).startswith("The saved PNG is read as red")


def test_the_automatic_gain_fills_the_range_at_the_largest_move():
    assert film.automatic_gain(Recipe(eps=2)) == 63
    assert film.automatic_gain(Recipe(eps=0.1)) == 100
    assert film.automatic_gain(Recipe(eps=255)) == 1
    assert film.automatic_gain(Recipe(eps=10, norm="l2")) == 4
