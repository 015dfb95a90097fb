"""The page Why as a visitor uses it, without a browser: each part, on a photo and on a digit."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests import helpers
from tests.helpers import alts, sound
from tests.plots.test_hill import unpacked

DIGIT = {"network": "digits-standard", "steps": "10"}
PHOTO = {"steps": "3", "eps": "8", "detail": "9 × 9"}


def opened(**link: str) -> AppTest:
    return helpers.opened("why", at_once=False, **link)


def figures(page: AppTest) -> list[dict[str, Any]]:
    return [unpacked(json.loads(chart.proto.spec)) for chart in page.get("plotly_chart")]


def hill_and_map(page: AppTest) -> tuple[dict[str, Any], dict[str, Any]]:
    hill = next(one for one in figures(page) if one["data"][0]["type"] == "surface")
    land = next(one for one in figures(page) if one["data"][0]["type"] == "heatmap")
    return hill, land


def pointed(page: AppTest) -> str:
    """What the picture chosen is taken for."""
    alt = next(alt for alt in alts(page) if alt.startswith("The picture at this point"))
    return alt.removeprefix("The picture at this point: ").split(",")[0]


def text(page: AppTest) -> str:
    return " ".join(str(one.value) for one in (*page.markdown, *page.caption, *page.info, *page.error))


@pytest.fixture(scope="module")
def digit() -> AppTest:
    return opened(**DIGIT)


def test_the_page_asks_why_and_shows_hill_and_map_side_by_side(digit):
    assert digit.header[0].value == "Why does this 5 become an 8?"
    hill, land = hill_and_map(digit)
    assert np.asarray(hill["data"][0]["z"]).shape == np.asarray(land["data"][0]["z"]).shape == (33, 33)
    assert len(hill["data"]) == 3, "the run is drawn over it"
    told = re.search(
        r"wins from \*\*([\d.]+)\*\* of the way on \(measured at ([\d.]+),.* at ([\d.]+),", text(digit)
    )
    assert told is not None, text(digit)
    turn, before, after = map(float, told.groups())
    border = np.asarray(land["data"][1]["x"], float)
    assert np.abs(border[np.isfinite(border)] - turn).min() < 0.006, "the map's border, to two decimals"
    assert before < turn < after
    assert "random change just as large (every value up or down by chance)" in text(digit)


def test_the_hill_stands_where_the_network_put_it(digit):
    hill, _ = hill_and_map(digit)
    z = np.asarray(hill["data"][0]["z"])
    said = digit.session_state["run"].verdict
    assert z[16, 8] == pytest.approx(float(said.before.probs[8]), abs=1e-5), "the original, at (0, 0)"
    assert z[16, 24] == pytest.approx(float(said.after.probs[8]), abs=1e-5), "the tricked one, at (1, 0)"


def test_the_sliders_choose_a_picture_and_the_map_marks_it():
    page = opened(**DIGIT)
    assert pointed(page) == "8"
    sound(page.slider(key="along").set_value(0.0).run())
    assert pointed(page) == "5"
    _, land = hill_and_map(page)
    spot = next(t for t in land["data"] if t.get("marker", {}).get("symbol") == "diamond-open")
    assert [np.asarray(spot["x"])[0], np.asarray(spot["y"])[0]] == [0, 0]


def test_the_sliders_and_the_logarithm_can_be_given_in_the_link():
    page = opened(**DIGIT, along="0.5", across="-1.0", log="true")
    assert page.slider(key="along").value == 0.5
    assert page.slider(key="across").value == -1.0
    hill, _ = hill_and_map(page)
    assert np.asarray(hill["data"][0]["z"]).min() < -2, "powers of ten"


def test_of_a_photo_the_hill_is_there_too():
    page = opened(**PHOTO)
    assert page.header[0].value.startswith("Why does this cat")
    hill, _ = hill_and_map(page)
    assert np.asarray(hill["data"][0]["z"]).shape == (9, 9)
    assert "king penguin" in str(hill["data"][0]["colorbar"]["title"])


def test_straight_lines_say_how_far_the_simple_model_holds():
    page = opened(**DIGIT, why="Straight lines")
    (figure,) = figures(page)
    assert {line["line"]["dash"] for line in figure["data"]} == {"solid", "dot"}
    assert "The simple model" in text(page)
    assert "76.5 of 255 (0.3000)" in text(page)
    assert "simple model of a complicated model" in text(page)
    assert "This line is **one step**" in text(page)
    assert "The trick took **10 steps**, asking for the gradient anew at each; it ended at **8**" in text(
        page
    )


def test_random_noise_of_the_same_size_leaves_the_answer_alone():
    page = opened(**DIGIT, why="Random noise", shuffles="5")
    (figure,) = figures(page)
    lines = {line["name"]: np.asarray(line["y"]) for line in figure["data"] if "name" in line}
    assert set(lines) == {"8, trick", "8, noise", "5, trick", "5, noise"}
    assert lines["8, trick"][8] > 0.9
    assert lines["8, noise"].max() < 0.1
    assert "Direction matters" in text(page)
    assert "in 5 shuffles" in text(page)


@pytest.mark.parametrize("part", ["Straight lines", "Random noise"])
def test_lines_and_noise_are_there_for_a_photo_too(part):
    page = opened(**PHOTO, why=part, shuffles="5")
    assert not page.error
    assert figures(page)
    assert "king penguin" in text(page)


@pytest.mark.parametrize(
    ("part", "why"),
    [("The hill", "same file"), ("Straight lines", "Epsilon is 0"), ("Random noise", "same file")],
)
def test_a_change_of_nothing_is_told_in_a_sentence(part, why):
    page = opened(network="digits-standard", eps="0", steps="1", why=part)
    assert page.header[0].value == "Why does this 5 not become an 8?"
    assert any(why in box.value for box in page.error), text(page)


def test_measuring_that_was_stopped_keeps_what_was_reached_and_goes_on():
    page = opened(**DIGIT, why="Random noise", shuffles="5")
    harvest = next(v for k, v in page.session_state["kept"].items() if "noise" in k)
    del harvest.items[9:]
    harvest.stopped, harvest.done = True, False
    sound(page.run())
    lines = {line["name"]: line for line in figures(page)[0]["data"] if "name" in line}
    assert len(np.asarray(lines["8, trick"]["y"])) == 9
    sound(page.button(key="go-on-noise").click().run())
    assert not harvest.stopped


def test_a_photo_nobody_gave_is_asked_for():
    page = opened(picture="Upload")
    assert page.header[0].value == "Why does it work?"
    assert page.info
