"""Two pixels as a visitor uses it, without a browser: training, stages, a point pushed over the border."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests import helpers
from tests.helpers import outcomes, sound
from tests.plots.test_hill import unpacked
from trickcore.explain.two_pixels import all_scores, smallest_move


def opened(**link: str) -> AppTest:
    return helpers.opened("why", at_once=False, why="Two pixels", **link)


def charts(page: AppTest) -> tuple[dict[str, Any], dict[str, Any]]:
    square, bent = (unpacked(json.loads(chart.proto.spec)) for chart in page.get("plotly_chart"))
    return square, bent


def text(page: AppTest) -> str:
    return " ".join(str(one.value) for one in (*page.markdown, *page.caption, *page.error))


def outcome(page: AppTest) -> helpers.Box:
    (box,) = outcomes(page)
    return box


@pytest.fixture(scope="module")
def moons() -> AppTest:
    return opened()


def test_the_page_trains_a_network_and_pushes_a_point_over_its_border(moons):
    assert moons.header[0].value.startswith("Two pixels")
    assert "All pictures**: 100\u00a0% right, unseen 100\u00a0%" in text(moons)
    box = outcome(moons)
    assert (box.colour, box.word) == ("green", "Crossed")
    told = re.search(r"At step (\d+) of 10, moved by \*\*(\d+) of 255\*\*", box.text)
    assert told is not None, box.text
    training = moons.session_state["plane_training"]
    network = training.job.items[-1].network
    nearest = smallest_move(all_scores(network), np.array([150, 112]) / 255)
    assert nearest is not None
    assert nearest[0] <= int(told[2]) <= 20
    assert f"is **{nearest[0]} of 255** away, found by asking about all 65,536" in text(moons)
    assert "**784** pixels" in text(moons)
    assert not moons.error


def test_no_trick_is_made_for_it(moons):
    assert "run" not in moons.session_state


def test_what_the_slope_promises_is_its_arithmetic(moons):
    told = re.search(
        r"score is (−?[\d.]+);.* worth ([\d.]+) points, one of the second ([\d.]+)\..*"
        r"(\d\d) × .* = \*\*([\d.]+)\*\* promised, (more|less) than",
        text(moons),
    )
    assert told is not None
    score, first, second, eps, promised, more = told.groups()
    assert float(promised) == pytest.approx(int(eps) * (float(first) + float(second)), abs=0.1)
    assert (more == "more") == (float(promised) > abs(float(score.replace("−", "-"))))


def test_an_epsilon_too_small_says_how_far_it_is_and_a_button_uses_enough():
    page = opened(two_eps="3")
    box = outcome(page)
    assert (box.colour, box.word) == ("gray", "Not yet")
    assert "Epsilon is 3." in box.text
    sound(page.button(key="two_more").click().run())
    assert outcome(page).word == "Crossed"
    assert float(str(page.slider(key="two_eps").value)) > 3


def test_without_a_hidden_layer_there_is_one_line_and_no_stage():
    page = opened(two_layers_moons="0")
    assert "nothing is bent: the network can draw one straight line" in text(page)
    assert "One straight line is not enough for these points" in text(page)
    assert not [one for one in page.select_slider if str(one.key).startswith("two_stage")]
    assert "two_units_moons" not in [one.key for one in page.slider]


def test_the_stage_and_the_epoch_can_be_looked_back_at():
    page = opened(two_stage_1="layer 1, stretched")
    assert "**Layer 1, stretched**: two principal directions" in text(page)
    _, bent = charts(page)
    assert len(bent["frames"]) == 2, "from the pixels to this stage"
    sound(page.select_slider(key="two_stage_1").set_value("the pixels").run())
    square, bent = charts(page)
    assert "frames" not in bent or not bent["frames"]
    before = np.asarray(square["data"][0]["z"])
    sound(page.select_slider(key="two_epoch_100").set_value(0).run())
    square, _ = charts(page)
    assert np.abs(np.asarray(square["data"][0]["z"], int) - before).mean() > 10
    assert "100\u00a0% right" not in text(page)


def test_each_set_of_points_keeps_settings_of_its_own():
    page = opened(two_points="Circles", two_epochs_circles="25")
    sound(page.slider(key="two_units_circles").set_value(3).run())
    assert page.session_state["plane_training"].plan.units == 3
    sound(page.segmented_control(key="two_points").set_value("Spirals").run())
    plan = page.session_state["plane_training"].plan
    assert (plan.data, plan.layers, plan.units) == ("Spirals", 2, 8)
    sound(page.segmented_control(key="two_points").set_value("Circles").run())
    assert page.slider(key="two_units_circles").value == 3


def test_a_training_that_was_stopped_shows_what_it_reached_and_goes_on():
    page = opened(two_points="Circles")
    training = page.session_state["plane_training"]
    del training.job.items[5:]
    training.job.stopped, training.job.done = True, False
    sound(page.run())
    assert len(charts(page)) == 2
    sound(page.button(key="go-on-two").click().run())
    assert training.job.done


def test_train_it_trains_again_from_the_beginning_to_the_same_network(moons):
    before = moons.session_state["plane_training"]
    sound(moons.button(key="two_train").click().run())
    after = moons.session_state["plane_training"]
    assert after is not before
    assert after.job.items[-1].loss == before.job.items[-1].loss


def test_a_point_the_network_has_wrong_is_said_to_be_wrong():
    page = opened(two_layers_moons="0")
    training = page.session_state["plane_training"]
    network, found = training.job.items[-1].network, training.points
    wrong = np.flatnonzero((network.score(found.pixels) > 0) != (found.labels == 1))[0]
    first, second = (int(level) for level in np.rint(found.pixels[wrong] * 255))
    page.slider(key="two_first_moons").set_value(first)
    sound(page.slider(key="two_second_moons").set_value(second).run())
    assert "the network was wrong to begin with" in outcome(page).text


def test_where_the_slope_is_zero_nothing_is_promised_and_no_setting_is_advised():
    page = opened(two_points="Circles")
    training = page.session_state["plane_training"]
    for moment in training.job.items:
        weight, bias = moment.network.weights[0]
        weight[:], bias[:] = 0, 0  # everything is taken for one thing
    training.scores.clear()
    sound(page.run())
    said = text(page)
    assert "A small move changes nothing: the slope is 0" in said
    assert "promised" not in said
    assert "More steps" not in outcome(page).text


def test_without_a_hidden_layer_the_slope_is_not_said_to_change():
    said = text(opened(two_layers_moons="0"))
    assert "the slope is the same everywhere" in said
    assert "the slope changes on the way" not in said


def test_both_gifs_can_be_taken_along(moons):
    labels = [button.label for button in moons.get("download_button")]
    assert labels == ["GIF of the training", "GIF of the layers"]


def test_one_goes_from_two_pixels_to_the_trick_in_hand_and_back_with_all_settings():
    page = helpers.opened("why", at_once=False, network="digits-standard", steps="3", why="Random noise")
    sound(page.segmented_control(key="why").set_value("Two pixels").run())
    sound(page.slider(key="two_eps").set_value(33).run())
    assert page.header[0].value.startswith("Two pixels")
    sound(page.segmented_control(key="why").set_value("Random noise").run())
    assert page.header[0].value.startswith("Why does this 5")
    assert page.slider(key="steps").value == 3
    assert page.session_state["run"].network.name == "digits-standard"
    sound(page.segmented_control(key="why").set_value("Two pixels").run())
    assert page.slider(key="two_eps").value == 33
