"""Survive: as a file, in the world and tougher, as a visitor uses them, without a browser."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.helpers import alts, chart, opened, outcomes, said, sound
from trickcore import engine
from trickcore.jobs.networks import classifier_of
from trickcore.measure import survival
from trickcore.pictures.files import encode
from trickcore.pictures.photograph_transforms import ATHALYE, PRINTED
from trickcore.text import percent
from ui.session_run import pixels_of

FILE, WORLD, TOUGHER = "As a file", "In the world", "Tougher"
DIGIT = {"network": "digits-standard", "steps": "20"}


def survive(part: str, **link: str) -> AppTest:
    return opened("survive", None, survive=part, **link)


def alt_of(page: AppTest, start: str) -> str:
    (found,) = [alt for alt in alts(page) if alt.startswith(start)]
    return found


def notes(page: AppTest, number: int = 0) -> list[str]:
    return [note["text"] for note in chart(page, number)["layout"]["annotations"]]


def test_a_digits_trick_outlives_every_file_but_not_being_made_small():
    page = survive(FILE, **DIGIT)
    for form in ("PNG", "JPEG", "WebP"):
        assert alt_of(page, f"Original, {form}") == f"Original, {form}: 5"
        assert alt_of(page, f"Tricked, {form}") == f"Tricked, {form}: 8"
    assert alt_of(page, "Tricked, Resized there and back").endswith(": 5")
    boxes = outcomes(page)
    assert [(box.colour, box.word) for box in boxes] == [("orange", "Survives")] * 3 + [("blue", "Gone")]
    assert not page.error, "red is for errors"
    tricked = chart(page)["data"][1]
    assert tricked["name"] == "tricked: 8"
    assert tricked["y"][0] < 0.98 < tricked["y"][-1], "the worst JPEG weakens it, the best does not"


def test_a_photos_trick_lives_in_its_png_and_in_the_best_of_jpegs_alone():
    page = survive(FILE, steps="15", jpg_quality="100")
    assert alt_of(page, "Tricked, PNG") == "Tricked, PNG: king penguin"
    assert alt_of(page, "Tricked, JPEG") == "Tricked, JPEG: king penguin"
    assert [box.word for box in outcomes(page)].count("Survives") == 2
    assert chart(page)["layout"]["shapes"][0]["x0"] == 100
    sound(page.slider(key="jpg_quality").set_value(50).run())
    assert alt_of(page, "Tricked, JPEG") != "Tricked, JPEG: king penguin"
    assert chart(page)["layout"]["shapes"][0]["x0"] == 50
    assert [box.word for box in outcomes(page)].count("Survives") == 1
    png, jpeg, _, resized = (float(label.split()[1]) for label in downloads(page))
    assert png > resized > jpeg > 1, "kilobytes"


def downloads(page: AppTest) -> list[str]:
    labels = [button.proto.label for button in page.get("download_button")]
    return [label for label in labels if label.startswith("Download,")]


def test_the_world_is_set_by_the_link_straightened_and_printed():
    page = survive(WORLD, **DIGIT, world_rotation="100", world_noise="7")
    assert page.slider(key="world_rotation").value == 100
    assert not alt_of(page, "Original, photographed").endswith(": 5"), "a 5 on its back is none to it"
    sound(page.button(key="straighten").click().run())
    assert [page.slider(key=f"world_{name}").value for name in ("rotation", "noise", "scale")] == [0, 0, 100]
    assert alt_of(page, "Original, photographed").endswith(": 5")
    assert alt_of(page, "Tricked, photographed").endswith(": 8")
    assert [box.word for box in outcomes(page)] == ["Survives"]
    sound(page.button(key="print-it").click().run())
    values = {
        name: page.slider(key=f"world_{name}").value for name in ("rotation", "contrast", "blur", "noise")
    }
    for name, unit in (("rotation", 1), ("contrast", 0.01), ("blur", 0.1), ("noise", 0.01)):
        low, high = getattr(PRINTED, name)
        assert round(low / unit) <= values[name] <= round(high / unit), name
    assert page.query_params["world_contrast"] in (str(values["contrast"]), [str(values["contrast"])])


@pytest.mark.parametrize(
    "name",
    [
        "rotation",
        "scale",
        "right",
        "down",
        "side",
        "above",
        "crop",
        "brightness",
        "contrast",
        "blur",
        "noise",
    ],
)
def test_every_slider_of_the_world_changes_the_picture(name, visited):
    page, before = visited
    slider = page.slider(key=f"world_{name}")
    sound(slider.set_value(slider.min if name in ("contrast", "scale") else slider.max).run())
    after = shown(page)
    assert after[0] != before[0]
    assert after[1] != before[1]
    sound(page.button(key="straighten").click().run())
    assert shown(page) == before


@pytest.fixture(scope="module")
def visited() -> tuple[AppTest, list[str]]:
    page = survive(WORLD, **DIGIT)
    return page, shown(page)


def shown(page: AppTest) -> list[str]:
    """Addresses of the two photographs, which are made from what is in them."""
    images = [image for element in page.image for image in element.proto.imgs]
    return [image.url for image in images if "photographed" in image.alt]


def test_random_views_are_counted_as_the_library_counts_them():
    page = survive(WORLD, **DIGIT, world_count="200")
    assert "Nothing counted yet" in said(page)
    sound(page.button(key="count-views").click().run())
    run = page.session_state["run"]
    original = encode(pixels_of(run.frames[0]))
    classifier = engine.call(classifier_of, run.network)
    *_, found = engine.stream(survival.survival, classifier, original, run.png, 8, ATHALYE, 200)
    tricked, _, clean, _ = notes(page)
    assert (tricked, clean) == ("Tricked: read as 8", "Original: read as 5")
    bars = chart(page)["data"][0]
    assert values(bars["x"]) == [found.wanted.share, found.clean.share]
    assert found.wanted.share < 0.3 < 0.9 < found.clean.share
    assert len([alt for alt in alts(page) if alt.startswith("A view: ")]) == 10
    sentence = next(m.value for m in page.markdown if "random views the tricked" in m.value)
    assert "of 200 random views" in sentence
    fooled, lost = percent(found.fooled.share), percent(1 - found.clean.share)
    assert f"It is not read as 5 in {fooled}; nor is the original, in {lost} of the same views." in sentence
    sound(page.slider(key="world_rotation").set_value(5).run())
    assert values(chart(page)["data"][0]["x"]) == [found.wanted.share, found.clean.share], "a count is kept"


def values(numbers: Any) -> list[float]:
    """Plotly may write a list of numbers as base64."""
    if isinstance(numbers, dict):
        return [float(x) for x in np.frombuffer(base64.b64decode(numbers["bdata"]), numbers["dtype"])]
    return [float(x) for x in numbers]


def test_a_tougher_trick_survives_more_often_and_can_be_kept():
    page = survive(TOUGHER, **DIGIT, target="3", tougher_count="100", tougher_steps="40", eps="32")
    assert "Nothing made yet" in said(page)
    sound(page.button(key="make-tougher").click().run())
    plain_name, _, tough_name, _, original, _ = notes(page, 1)
    assert (plain_name, tough_name, original) == (
        "Plain trick: read as 3",
        "Tougher trick: read as 3",
        "Original: read as 5",
    )
    plain, tough, untouched = values(chart(page, 1)["data"][0]["x"])
    assert plain < 0.05
    assert tough > 0.9
    assert not any("Not yet 90\u00a0%" in m.value for m in page.markdown)
    assert untouched > 0.95
    captions = [m.value for m in page.markdown if "survives **" in m.value]
    assert len(captions) == 2
    assert captions[1].startswith("**Tougher trick** (epsilon 76.5)")
    sound(page.button(key="keep-tougher").click().run())
    run = page.session_state["run"]
    assert (run.recipe.views, run.recipe.momentum, run.recipe.eps) == (8, 1.0, 76.5)
    assert page.slider(key="views").value == 8, "the panel has its settings"
    assert page.select_slider(key="eps").value == 76.5
    assert "Nothing made yet" in said(page), "it is the trick in hand now"


def test_until_it_survives_ends_early_and_without_it_all_steps_are_taken():
    page = survive(TOUGHER, **DIGIT, target="3", tougher_count="20", tougher_steps="60", tougher_views="4")
    sound(page.button(key="make-tougher").click().run())
    early = page.session_state["tougher"].run
    assert early.frames[-1].index < 60
    assert early.frames[-1].probs[3] >= 0.95
    sound(page.toggle(key="tougher_until").set_value(False).run())
    sound(page.button(key="make-tougher").click().run())
    assert page.session_state["tougher"].run.frames[-1].index == 60


@pytest.mark.parametrize("part", [FILE, WORLD, TOUGHER])
def test_without_a_target_and_with_a_trick_that_failed_every_part_still_speaks(part):
    page = survive(part, network="digits-robust", steps="2", goal="Stop being what it is", eps="2")
    assert not [box.value for box in page.error if "could not be worked out" in box.value]
    if part == WORLD:
        sound(page.button(key="count-views").click().run())
        assert notes(page)[0] == "Tricked: read as anything else"


@pytest.mark.parametrize("part", [FILE, WORLD, TOUGHER])
def test_every_control_of_these_parts_explains_itself(part):
    page = survive(part, **DIGIT)
    widgets = [
        *page.slider,
        *page.select_slider,
        *page.toggle,
        *page.segmented_control,
        *page.button,
        *page.get("download_button"),
    ]
    assert len(widgets) >= 5
    for widget in widgets:
        assert getattr(widget, "help", None) or widget.proto.help, widget
    assert json.dumps(sorted(page.query_params)), "the link can be read"
