"""A sticker and One for all on the page Survive, as a visitor uses them, without a browser."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests import helpers
from tests.helpers import alts, chart, outcomes, sound
from tests.ui.test_only_here import told
from trickcore.jobs import one_for_all as jobs
from trickcore.pictures.samples import HELD_OUT, MADE_OVER, sample
from ui.pages.survive.any_photo import sticker_count

DIGIT = {"network": "digits-standard", "sample": "5"}


def opened(part: str, **link: str) -> AppTest:
    return helpers.opened("survive", at_once=False, **{"survive": part, **link})


def upload(page: AppTest, key: str) -> Any:
    (found,) = [one for one in page.get("file_uploader") if one.key == key]
    return found


def made(page: AppTest, key: str) -> AppTest:
    return sound(page.button(key=key).click().run())


def test_nothing_is_made_before_it_is_asked_for():
    page = opened("A sticker", **DIGIT)
    assert "Nothing made yet" in page.info[0].value
    assert not page.session_state["stickers"]
    assert "Choose a network for photos to check a print" in told(page)


def test_a_sticker_for_digits_is_made_counted_and_can_be_taken_along():
    page = made(opened("A sticker", **DIGIT, sticker_steps="50", sticker_shape="Square"), "make-sticker")
    ((key, sticker),) = page.session_state["stickers"].items()
    settings = key[1]
    assert (settings.target, settings.shape, settings.area, settings.steps) == (3, "square", 0.25, 50)
    frames = sticker.job.items
    assert [frame.index for frame in frames] == list(range(51))
    judged = [frame for frame in frames if frame.held_out is not None]
    assert len(judged) == 26
    assert all(frame.pixels is not None for frame in judged)
    assert [frame.index for frame in frames if frame.pixels is not None] == [one.index for one in judged]
    counts = dict(sticker.counts.items)
    assert sorted(counts) == [0.05, 0.1, 0.15, 0.2, 0.25]
    assert counts[0.25].read.asked == 200
    assert counts[0.05].read.asked == 100
    box = outcomes(page)[-1]
    share = counts[0.25].read.share
    assert box.word == ("Works" if share >= 0.7 else "Sometimes" if share >= 0.3 else "Rarely")
    assert f"Of 200 random places on digits that it was not made with, {100 * share:.1f}" in box.text
    assert "The sticker after 50 steps: 3" in alts(page)
    (growth, bars) = (chart(page, k) for k in (0, 1))
    assert len(next(line for line in growth["data"] if line.get("name") == "share, held out")["x"]) == 26
    assert len(bars["data"][0]["x"]) == 5
    assert {"sticker-pdf", "sticker-png"} <= {button.key for button in page.get("download_button")}


def test_one_can_look_back_at_a_sticker_and_other_settings_make_another():
    page = made(opened("A sticker", **DIGIT, sticker_steps="50"), "make-sticker")
    (scrubber,) = [one for one in page.select_slider if str(one.key).startswith("sticker-step")]
    sound(scrubber.set_value(0).run())
    assert "The sticker after 0 steps: 3" in alts(page)
    page.selectbox(key="sticker_target_digit").set_value(8)
    assert "Nothing made yet" in sound(page.run()).info[0].value
    page.selectbox(key="sticker_target_digit").set_value(3)
    sound(page.run())
    assert not page.info, "what was made is kept"


def test_the_link_carries_the_settings_and_the_seed_makes_the_same_sticker():
    link = {**DIGIT, "sticker_steps": "50", "sticker_target_digit": "8 (8)", "seed": "3"}
    first, second = (made(opened("A sticker", **link), "make-sticker") for _ in range(2))
    ends = []
    for page in (first, second):
        ((key, sticker),) = page.session_state["stickers"].items()
        assert key[3] == 3
        ends.append(sticker.job.items[-1].pixels)
    assert np.array_equal(*ends)


def test_a_photo_network_shows_what_it_is_made_over_and_a_print_is_checked():
    page = opened("A sticker", steps="2")
    shown = alts(page)
    assert {name.capitalize() for name in (*MADE_OVER, *HELD_OUT)} <= set(shown)
    assert page.selectbox(key="sticker_target_photo").value == 859
    for side, name in (("with", "espresso"), ("without", "cat")):
        upload(page, f"sticker-{side}-file").set_value((f"{name}.png", sample(name), "image/png"))
    sound(page.run())
    assert "With the sticker: espresso" in alts(page)
    box = outcomes(page)[-1]
    assert (box.colour, box.word) == ("orange", "Fooled")
    assert box.text.startswith("Not read as toaster")
    upload(page, "sticker-without-file").set_value(("broken.png", sample("cat")[:500], "image/png"))
    sound(page.run())
    assert any("broken" in str(error.value) for error in page.error)
    assert "With the sticker: espresso" in alts(page), "the other photo stays"


def test_the_same_photo_twice_is_held_and_told_what_to_do():
    page = opened("A sticker", steps="2")
    for side in ("with", "without"):
        upload(page, f"sticker-{side}-file").set_value(("cup.png", sample("espresso"), "image/png"))
    sound(page.run())
    box = outcomes(page)[-1]
    assert (box.colour, box.word) == ("blue", "Held")
    assert "go nearer" in box.text


def test_own_photos_are_given_to_making_and_to_judging_in_turn(monkeypatch):
    """At a few places, since how often it works is not asked here."""
    monkeypatch.setattr(jobs, "PLACES", 1)
    monkeypatch.setattr(sticker_count, "PLACES", 8)
    monkeypatch.setattr(sticker_count, "PLACES_BESIDES", 2)
    page = opened("A sticker", steps="2", sticker_steps="50")
    upload(page, "sticker-photos").set_value(
        [(f"{name}.png", sample(name), "image/png") for name in ("cat", "coins", "rocket")]
    )
    page.select_slider(key="sticker_steps").set_value(50)
    sound(page.run())
    page = made(page, "make-sticker")
    ((key, sticker),) = page.session_state["stickers"].items()
    given = key[2]
    assert given.made_over == (sample("cat"), sample("rocket"))
    assert given.held_out == (sample("coins"),)
    assert len(sticker.job.items[-1].held_out.by_photo) == len(HELD_OUT) + 1


def test_one_change_for_all_digits_is_made_and_judged_on_others():
    page = made(opened("One for all", **DIGIT, universal_steps="40"), "make-universal")
    ((key, job),) = page.session_state["universals"].items()
    assert (key[1].eps, key[1].target, key[1].steps) == (76.5 / 255, None, 40)
    box = outcomes(page)[-1]
    share = job.items[-1].held_out.fooled
    assert f"Of {share.asked} digits that it was not made with, {100 * share.share:.1f}" in box.text
    assert "No value moves by more than 76.5 levels of 255 (0.3000)" in box.text
    assert any(
        re.match(r"The change after 40 steps, \d+ times? as large as it is", alt) for alt in alts(page)
    )
    pixels = job.items[-1].levels
    assert pixels is not None
    assert np.abs(pixels.astype(int) - 128).max() <= 77


def test_a_class_can_be_asked_of_one_change_for_all():
    link = {"universal_goal": "A class", "universal_steps": "20"}
    page = made(opened("One for all", **DIGIT, **link), "make-universal")
    ((key, job),) = page.session_state["universals"].items()
    assert key[1].target == 3
    assert "are read as a 3" in outcomes(page)[-1].text
    assert job.items[-1].held_out.read.asked > 0


@pytest.mark.parametrize("part", ["A sticker", "One for all"])
def test_the_robust_network_of_two_halves_has_both_parts(part):
    page = opened(part, network="digits-robust", sample="3")
    assert not page.exception
    assert not page.error


@pytest.mark.parametrize(
    ("part", "key", "kept"),
    [("A sticker", "sticker", "stickers"), ("One for all", "universal", "universals")],
)
def test_a_photo_of_ones_own_that_is_broken_is_told_each_time_and_nothing_half_made_stays(part, key, kept):
    page = opened(part, steps="2", sticker_steps="50", universal_steps="20")
    upload(page, f"{key}-photos").set_value([("cut.png", sample("cat")[:700], "image/png")])
    sound(page.run())
    for _ in range(2):
        page = made(page, f"make-{key}")
        assert any("broken or was cut short" in str(error.value) for error in page.error)
        assert not page.session_state[kept]


@pytest.mark.parametrize(
    ("part", "key", "kept"),
    [("A sticker", "sticker", "stickers"), ("One for all", "universal", "universals")],
)
def test_what_was_made_before_a_stop_stays_and_it_goes_on(part, key, kept):
    page = made(opened(part, **DIGIT, sticker_steps="50", universal_steps="20"), f"make-{key}")
    (found,) = page.session_state[kept].values()
    job = getattr(found, "job", found)
    before = alts(page)
    helpers.stopped(page, job, len(job.items))
    assert list(page.session_state[kept].values()) == [found]
    assert alts(page) == before, "the last look before the stop"
    sound(page.button(key=f"go-on-{key}").click().run())
    assert job.done
    assert f"go-on-{key}" not in {button.key for button in page.button}


def test_a_sticker_that_goes_on_after_a_stop_is_counted_anew():
    page = made(opened("A sticker", **DIGIT, sticker_steps="50"), "make-sticker")
    ((_, sticker),) = page.session_state["stickers"].items()
    assert sticker.counted == 50
    first = sticker.counts
    sound(page.run())
    assert sticker.counts is first, "the same sticker is not counted twice"
    del sticker.job.items[30:]  # as if it had been stopped there
    last = next(frame for frame in reversed(sticker.job.items) if frame.pixels is not None)
    sound(page.run())
    assert sticker.counts is not first
    assert sticker.counted == last.index < 50


def test_a_change_of_25_and_a_half_levels_moves_no_value_by_26():
    link = {"universal_steps": "20", "universal_eps_digit": "25.5"}
    page = made(opened("One for all", **DIGIT, **link), "make-universal")
    ((key, job),) = page.session_state["universals"].items()
    assert key[1].eps == 25.5 / 255
    assert np.abs(job.items[-1].levels.astype(int) - 128).max() == 25
