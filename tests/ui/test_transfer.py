"""Survive: the trick on other networks, and the smallest epsilon, as a visitor uses them."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from tests.helpers import Box, alts, chart, opened, outcomes, said, sound
from trickcore import engine
from trickcore.jobs import networks
from trickcore.runs.recipe import EPSILONS

OTHERS, SMALLEST = "Other networks", "Smallest epsilon"
ROBUST = "digits-robust"


def words(page: AppTest) -> str:
    return " ".join(str(text.value) for text in (*page.markdown, *page.caption)) + said(page)


def tiles(page: AppTest) -> list[Box]:
    """What the networks' tiles say, in their order on the page."""
    return [box for box in outcomes(page) if "Tricked: " in box.text]


@pytest.fixture(scope="module")
def on_photos() -> AppTest:
    return opened("survive", survive=OTHERS, steps="4")


def test_the_trick_in_hand_is_read_by_every_network_that_is_ready(on_photos):
    said_here = words(on_photos)
    for name in ("EfficientNet-Lite0", "EfficientNet-Lite1", "EfficientNet-Lite2"):
        assert f"**{name}**" in said_here
    assert len(tiles(on_photos)) == 3
    assert said_here.count("Original: ") == 3
    for size in (224, 240, 260):
        assert f"sees {size} by {size} pixels" in said_here
    assert "**EfficientNet-Lite0** · made for it" in said_here
    assert "Misses are normal" in said_here


def test_every_tile_says_in_words_what_its_colour_says(on_photos):
    colours = {"Held": "blue", "Fooled": "orange", "Fooled as wanted": "orange"}
    assert all(tile.colour == colours[tile.word] for tile in tiles(on_photos))


def test_fool_them_all_makes_one_picture_against_all_three(on_photos):
    sound(on_photos.button(key="fool-all").click().run())
    assert "**Made for all 3:** fools all 3 networks" in words(on_photos)
    assert all(tile.word == "Fooled" for tile in tiles(on_photos))
    assert [alt.split(":")[0] for alt in alts(on_photos)][:3] == [
        "Original",
        "Perturbation",
        "Tricked",
    ]
    table = next(text.value for text in on_photos.markdown if text.value.startswith("| "))
    assert "The trick in hand" in table
    assert "Made for all 3" in table
    sound(on_photos.button(key="others-back").click().run())
    assert "**The trick in hand:** fools" in words(on_photos)


def test_on_digits_the_trick_is_made_again_with_the_settings_of_the_link():
    link = {"others_goal": "Become a class", "others_momentum": "false", "others_eps_digit": "128"}
    page = opened("survive", None, survive=OTHERS, network=ROBUST, steps="20", **link)
    assert page.segmented_control(key="others_goal").value == "Become a class"
    sound(page.button(key="craft-again").click().run())
    assert "Made for Digits, robust: to become 8, no momentum, epsilon 128" in words(page)
    assert tiles(page)[0].word == "Fooled as wanted"
    assert page.query_params["others_eps_digit"] == "128"
    sound(page.select_slider(key="eps").set_value(64.0).run())
    assert not page.button(key="craft-again").value
    assert "Made for Digits, robust" not in words(page), "another trick in hand: nothing was made for it yet"


def test_the_visitors_own_network_is_asked_too():
    mine = engine.call(networks.untrained)
    page = opened("survive", {"mine": mine}, survive=OTHERS, network=ROBUST, steps="5")
    assert "**Yours**" in words(page)
    assert len(tiles(page)) == 4


def test_what_raises_the_rate_is_counted_on_digits():
    page = opened("survive", survive=OTHERS, network=ROBUST, steps="5")
    sound(page.button(key="measure-travel").click().run())
    table = next(text.value for text in page.markdown if text.value.startswith("| to become"))
    rows = [[cell.strip(" *") for cell in row.split("|")[1:-1]] for row in table.splitlines()[2:]]
    assert [row[0] for row in rows] == [
        "one class, drawn for each, no momentum",
        "one class, drawn for each, with momentum",
        "any other class, no momentum",
        "any other class, with momentum",
        "any other class, with momentum, made for all the others",
    ]
    own = [list(map(int, re.findall(r"\d+", row[1]))) for row in rows]
    assert own[3][1] < own[0][1] < own[0][0], "any other class is easier than one"
    assert "of 100" in words(page)


def test_the_smallest_epsilon_is_found_drawn_and_compared():
    page = opened("survive", survive=SMALLEST, network="digits-standard", steps="10")
    assert "Nothing tried yet" in said(page)
    sound(page.button(key="find-smallest").click().run())
    found = re.search(r"\*\*Epsilon ([\d.]+) of 255 \((0\.\d+)\) is enough\.\*\*", said(page))
    assert found is not None
    assert float(found[1]) / 255 == pytest.approx(float(found[2]), abs=1e-3)
    assert float(found[1]) < 76.5, "the trick in hand works with that"
    _, failed, worked = chart(page)["data"]
    assert min(worked["x"]) == pytest.approx(float(found[1]), abs=0.5)
    assert max(x for x in failed["x"] if x < min(worked["x"])) >= 0.9 * min(worked["x"])
    assert len(page.get("plotly_chart")) == 1, "it ends with its answer"
    sound(page.button(key="compare-smallest").click().run())
    bars = chart(page, 1)["data"]
    assert len(bars) == 9, "every class but what it is already"
    assert re.search(r"\d of the 8 other targets need", words(page))
    again = sound(page.run())
    assert "is enough" in said(again), "what was found stays"


def test_a_trick_that_fell_short_is_told_the_smallest_epsilon_once_it_was_measured():
    page = opened("survive", survive=SMALLEST, network="digits-standard", eps="8", steps="10")
    run = page.session_state["run"]
    assert run.verdict.outcome != "tricked"
    assert run.findings[0].words.endswith("Try epsilon 12.")
    sound(page.button(key="find-smallest").click().run())
    answer = page.session_state["smallest"].hunts[0].tries[-1].answer
    stop = min(eps for eps in EPSILONS if eps >= answer)
    assert f"Epsilon {stop:g} is enough" in run.findings[0].words
    assert run.findings[0].remedy.settings["eps"] == stop


def test_a_picture_that_is_the_target_already_needs_nothing():
    page = opened("survive", survive=SMALLEST, network="digits-standard", target="5", steps="5")
    sound(page.button(key="find-smallest").click().run())
    assert "**Nothing is needed.**" in said(page)


def test_on_a_photo_the_search_works_too():
    page = opened("survive", survive=SMALLEST, goal="Stop being what it is", steps="2")
    sound(page.button(key="find-smallest").click().run())
    assert "is enough" in said(page)
    assert "anything but" in words(page)
    own = page.session_state["smallest"].hunts[0].tries
    best = next(one for one in own if one.eps == own[-1].answer)
    assert best.eps != best.saved == round(best.saved), "what was bisected is not whole, a file's own is"
    assert f"is enough.** As saved: {best.saved:g}. The saved PNG" in said(page)
    sound(page.button(key="compare-smallest").click().run())
    assert len(chart(page, 1)["data"]) == 4
