"""Train, A forger and a detective: as they learn, what a trained one draws, and the game."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests import helpers
from tests.helpers import alts, opened, sound, stopped
from trickcore import engine
from trickcore.jobs import forgeries
from trickcore.networks.gan.card import card

PART = "A forger and a detective"


def page(part: str = "Watch them learn", **link: str) -> AppTest:
    return opened("train", at_once=False, train_part=PART, gan_part=part, gan_steps="100", **link)


def told(one: AppTest) -> str:
    return " ".join(str(found.value) for found in (*one.markdown, *one.caption))


def test_both_learn_and_one_can_look_back_at_every_moment():
    one = page()
    (job,) = one.session_state["gans"].values()
    assert job.done
    assert "25 drawings of the forger after 100 steps" in alts(one)
    (scrubber,) = [found for found in one.select_slider if str(found.key).startswith("gan-step")]
    assert len(scrubber.options) == len(job.items) == 40
    sound(scrubber.set_value(0).run())
    assert "25 drawings of the forger after 0 steps" in alts(one)
    assert f"{100 * job.items[0].believed_forged:.1f}" in told(one)


def test_what_was_learnt_before_a_stop_stays_and_it_goes_on():
    one = page()
    (job,) = one.session_state["gans"].values()
    stopped(one, job, 8)
    (scrubber,) = [found for found in one.select_slider if str(found.key).startswith("gan-step")]
    assert len(scrubber.options) == 8
    assert f"25 drawings of the forger after {job.items[-1].step} steps" in alts(one)
    sound(one.button(key="go-on-gan").click().run())
    assert job.done
    assert "go-on-gan" not in {button.key for button in one.button}


def test_the_page_says_that_a_gan_is_no_defence():
    assert "does **not** defend a network" in told(page("Which one is real?"))


def test_a_digit_is_drawn_as_asked_beside_the_robust_networks_own_idea():
    one = page("Draw me a digit", gan_digit="4")
    found = [alt for alt in alts(one) if alt.startswith("A forged 4, read as")]
    drawn = engine.call(forgeries.drawn, 4, 8, 0)
    assert len(found) == len(drawn) == 8
    assert sum(drawing.answer == 4 for drawing in drawn) >= 6
    assert sum(alt.startswith("The robust network's idea of a 4") for alt in alts(one)) == 1
    assert sum("over the nearest real digit" in alt for alt in alts(one)) == 10
    assert f"{100 * card().as_asked:.1f}" in told(one)
    assert f"read in {min(card().spread)} to {max(card().spread)} of them" in told(one)
    assert list(helpers.lines(one)["real"]) == [moment.believed_real for moment in card().curve]


@pytest.mark.parametrize("right", [True, False])
def test_who_says_the_right_side_each_time_has_ten_and_who_never_does_has_none(right):
    one = page("Which one is real?", seed="2")
    for pair in engine.call(forgeries.twins, 2):
        side = "lr"[pair.real if right else 1 - pair.real]
        sound(one.button(key=f"gan-guess-{side}").click().run())
    assert one.subheader[0].value == f"You told {10 if right else 0} of 10 apart"
    assert len("".join(one.query_params["gan_guesses"])) == 10
    sound(one.button(key="gan-again").click().run())
    assert "Which one is real?" in told(one)
    assert "gan_guesses" not in one.query_params


def test_a_link_opens_the_game_where_it_was_and_nonsense_is_ignored():
    one = page("Which one is real?", gan_guesses="lrl")
    pairs = engine.call(forgeries.twins, 0)
    assert f"The left {pairs[3].label}" in alts(one)
    one = page("Which one is real?", gan_guesses="l<b>")
    assert f"The left {pairs[0].label}" in alts(one)


def test_another_seed_begins_another_game():
    one = page("Which one is real?", gan_guesses="lrl")
    sound(one.number_input(key="seed").set_value(9).run())
    assert f"The left {engine.call(forgeries.twins, 9)[0].label}" in alts(one)


def test_without_a_class_nothing_is_said_of_one():
    one = page("Which one is real?", gan_guesses="l" * 10)
    assert one.subheader[0].value.startswith("You told")
    assert not one.info
