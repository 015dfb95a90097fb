"""What the pages say about epsilon: never rounded away, what the file has of it, and what L2 means by it."""

from __future__ import annotations

import json
import re

import pytest
from streamlit.testing.v1 import AppTest

from tests.helpers import alts, opened, sound, verdict
from tests.ui.test_digits import TRICK
from trickcore import Recipe
from trickcore.runs import frames
from ui.session_run import pixels_of

DIGIT = {"network": "digits-standard", "steps": "6"}


def captions(page: AppTest) -> str:
    return " ".join(str(one.value) for one in (*page.caption, *page.markdown))


def test_half_a_level_that_was_asked_for_is_a_whole_one_in_the_file():
    page = opened(TRICK, eps="0.5", steps="3")
    assert "(epsilon 0.5 asked, as saved: 1; " in verdict(page)
    assert "0.5 of 255 asked, 1 as saved" in captions(page)
    assert any(alt.endswith("0.5 of 255 asked, 1 as saved") for alt in alts(page))


def test_seventy_six_and_a_half_is_not_rounded_away_and_a_whole_epsilon_needs_no_second():
    page = opened(TRICK, None, **DIGIT)
    assert "No value moved by more than 77 of 255 (epsilon 76.5 asked, as saved: 77; " in verdict(page)
    assert "76.5 of 255 asked, 77 as saved" in captions(page)
    sound(page.select_slider(key="eps").set_value(64.0).run())
    assert "No value moved by more than 64 of 255 (" in verdict(page)
    assert "asked" not in verdict(page)
    made_on = page.session_state["run"].machine
    assert (made_on.device, made_on.threads >= 1) == ("cpu", True)


def test_under_l2_epsilon_is_said_to_be_a_mean_and_the_radius_is_shown():
    """784 values: 16 sqrt(784) = 448 long, which is 1.76 on the 0 to 1 scale; a frame has 208 of them."""
    page = opened(TRICK, None, **DIGIT, eps="16", norm="L2")
    slider = page.select_slider(key="eps")
    assert "How far any colour value may move" not in slider.help
    assert "root mean square" in slider.help
    assert (
        "16 of 255 on average (root mean square), at most 448 long in all: radius 1.76 on the 0 to 1 scale"
    ) in captions(page)
    assert re.search(r"\(root mean square: epsilon 16 asked, as saved: 1\d\.?\d?; ", verdict(page))
    sound(page.selectbox(key="mask").set_value("frame").run())
    assert "at most 231 long in all: radius 0.905" in captions(page)
    sound(page.selectbox(key="norm").set_value("L-infinity").run())
    assert "16 of 255 = 0.0627 on the 0 to 1 scale" in captions(page)
    assert "How far any colour value may move" in page.select_slider(key="eps").help


def test_a_small_row_magnifies_an_l2_run_as_the_page_trick_does():
    link = {"norm": "L2", "survive": "Tougher", "tougher_eps_digit": "16", "tougher_steps": "5"}
    page = opened("survive", None, **DIGIT, **link)
    sound(page.button(key="make-tougher").click().run())
    run = page.session_state["tougher"].run
    assert run.recipe.norm == "l2"
    gain = frames.automatic_gain(run.recipe)
    assert gain == frames.automatic_gain(Recipe(eps=16, norm="l2")) == 2
    assert "×\u00a02, at most " in captions(page)


def test_where_the_chart_ends_elsewhere_than_the_file_the_verdict_says_so():
    page = opened(TRICK, None, **ELSEWHERE)
    run = page.session_state["run"]
    end, file = int(run.frames[-1].probs.argmax()), run.verdict.after.label
    assert end != file
    said = verdict(page).replace("\\", "")
    assert f"The chart ends at {end}, " in said
    assert "and the file does not: the chart shows the mean over a step's random views" in said
    assert pixels_of(run.frames[-1]) is not None


ELSEWHERE = {"network": "digits-standard", "views": "2", "steps": "6", "eps": "64"}


def test_the_settings_and_the_script_note_the_machine():
    from ui.widgets.downloads import downloads

    run = opened(TRICK, None, **DIGIT).session_state["run"]
    _, rest = downloads(run, 1.0, [8, 5])
    (made,) = [one.make() for one in rest if one.label == "Settings"]
    kept = json.loads(made)
    assert (kept["torch"], kept["device"], kept["threads"]) == (
        run.machine.torch,
        run.machine.device,
        run.machine.threads,
    )


@pytest.mark.parametrize("hide", ["more", "steps"])
def test_a_link_with_l2_shows_the_radius_also_before_the_norm_s_widget_was_ever_drawn(hide):
    page = opened(TRICK, None, **DIGIT, norm="L2", hide=hide)
    assert "root mean square), at most 2,142 long in all: radius 8.4" in captions(page)
