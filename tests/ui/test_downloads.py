"""What a visitor takes along of a run, and the row of buttons that offers it."""

from __future__ import annotations

import dataclasses
import io

import pytest
from PIL import Image, ImageSequence
from streamlit.testing.v1 import AppTest

from tests.helpers import sound
from tests.ui.test_trick import opened
from trickcore import Recipe
from trickcore.attacks.masks import Brushed
from trickcore.cli import options
from trickcore.pictures import drawing, samples
from trickcore.pictures import files as images
from trickcore.runs import settings_json as settings
from ui import session_run as pages
from ui.session_run import Run
from ui.widgets.downloads import downloads

LABELS = ["PNG", "GIF", "Report", "CSV", "Original", "Settings"]
DIGIT = Recipe(network="digits-standard", target=8, eps=76.5, steps=6)


def made(recipe: Recipe, data: bytes, noun: str, origin: str, most: int = 1000) -> Run:
    run = pages.start(pages.load_once(recipe.network), data, noun, recipe, origin)
    while len(run.frames) <= most and run.grow():
        pass
    run.close(stopped=run.frames[-1].index < recipe.steps)
    run.finish()
    return run


@pytest.fixture(scope="module")
def five() -> Run:
    return made(DIGIT, drawing.drawn_png("5"), "5", "digit:5")


def data(run: Run) -> dict[str, bytes]:
    first, rest = downloads(run, 1.0, [8, 5])
    assert [one.label for one in (*first, *rest)] == LABELS
    return {
        one.file: done if isinstance(done := one.make(), bytes) else done.encode() for one in first + rest
    }


def test_each_download_holds_what_it_says(five):
    files = data(five)
    stem = "5-to-8-eps-76.5"
    assert list(files) == [
        *(f"{stem}.{end}" for end in ("png", "gif", "html", "csv")),
        "original.png",
        f"{stem}.json",
    ]
    assert files[f"{stem}.png"] == five.png
    strip = Image.open(io.BytesIO(files[f"{stem}.gif"]))
    assert (strip.format, strip.size) == ("GIF", (3 * 224 + 16, 224))
    assert len(list(ImageSequence.Iterator(strip))) > 1
    assert b"<!doctype html>" in files[f"{stem}.html"]
    assert files[f"{stem}.csv"].splitlines()[0] == b"step,8,5,loss (nats),distance,passes"
    assert files["original.png"] == images.encode(pages.pixels_of(five.frames[0]))
    assert settings.from_json(files[f"{stem}.json"]) == settings.Settings(DIGIT, "digit:5")


def test_without_a_target_the_file_says_anything_else_and_odd_names_become_plain():
    recipe = Recipe(target=None, eps=0.5, steps=1)
    run = made(recipe, samples.blank("white", (224, 224)), "white canvas", "blank:white")
    assert next(iter(data(run))) == "white-canvas-to-anything-else-eps-0.5.png"
    run.recipe = dataclasses.replace(recipe, target=607)  # jack-o'-lantern
    assert next(iter(data(run))) == "white-canvas-to-jack-o-lantern-eps-0.5.png"


def test_of_a_run_that_was_stopped_the_settings_make_what_there_is():
    run = made(dataclasses.replace(DIGIT, steps=50), drawing.drawn_png("5"), "5", "digit:5", most=3)
    assert run.frames[-1].index == 3
    files = data(run)
    recipe = settings.from_json(next(text for name, text in files.items() if name.endswith("json"))).recipe
    again = made(recipe, drawing.drawn_png("5"), "5", "digit:5")
    assert again.png == run.png
    assert again.frames[-1].index == 3


def shown(run: Run, narrow: bool = False) -> AppTest:
    """The row alone on a page."""

    def page() -> None:
        import streamlit as st

        from ui.widgets.downloads import exports

        exports(st.session_state.it, 1.0, [8, 5], narrow=st.session_state.narrow)

    test = AppTest.from_function(page, default_timeout=60)
    test.session_state.it, test.session_state.narrow = run, narrow
    return sound(test.run())


@pytest.mark.parametrize("narrow", [False, True])
def test_the_row_offers_all_of_it_and_each_button_explains_itself(five, narrow):
    page = shown(five, narrow)
    assert [button.label for button in page.download_button] == LABELS
    assert all(len(button.help) > 20 for button in page.download_button)
    python, line = (block.value for block in page.code)
    assert 'drawing.drawn_png("5")' in python
    wanted = options.order(options.parser().parse_args(line.split()[3:-2]))
    assert (wanted.recipe, wanted.picture) == (DIGIT, "digit:5")


def test_what_one_line_cannot_say_goes_by_the_settings():
    painted = (Brushed(((0.0, 0.5), (1.0, 0.5)), False, 0.4),)
    recipe = dataclasses.replace(DIGIT, mask="painted", painted=painted, steps=2)
    page = shown(made(recipe, drawing.drawn_png("5"), "digit", "file"))
    python, line = (block.value for block in page.code)
    assert "painted=strokes(PAINTED)" in python
    assert line.split()[3:] == [
        "original.png",
        "--settings",
        "digit-to-8-eps-76.5.json",
        "--save",
        "tricked.png",
    ]
    assert any("Save the original beside it as original.png first" in note.value for note in page.caption)


def test_a_network_trained_in_the_visit_has_everything_but_a_script(five):
    run = dataclasses.replace(five, recipe=dataclasses.replace(DIGIT, network="mine"))
    page = shown(run)
    assert [button.label for button in page.download_button] == LABELS
    assert not page.code
    assert any("trained on the page" in note.value for note in page.caption)


def test_a_run_that_has_no_picture_yet_offers_nothing(five):
    assert not shown(dataclasses.replace(five, png=b"")).download_button


def test_on_the_trick_page_the_script_is_that_of_the_run_shown():
    page = opened(steps="2", eps="4", sample="rocket", seed="7", random_start="true", momentum="0.5")
    python, line = (block.value for block in page.code if "trickcore" in block.value)
    assert 'samples.sample("rocket")' in python
    wanted = options.order(options.parser().parse_args(line.split()[3:-2]))
    assert wanted.recipe == Recipe(eps=4.0, steps=2, seed=7, random_start=True, momentum=0.5)
