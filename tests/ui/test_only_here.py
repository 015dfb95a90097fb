"""Only here and Defences on the page Survive, as a visitor uses them, without a browser."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from tests import helpers
from tests.helpers import alts, outcomes, sound
from trickcore.attacks import masks
from trickcore.attacks.masks import Brushed
from trickcore.pictures.drawing import Stroke

DIGIT = {"network": "digits-standard", "sample": "5"}


def opened(part: str, **link: str) -> AppTest:
    return helpers.opened("survive", at_once=False, **{"survive": part, **link})


def boxes(page: AppTest) -> str:
    notes = (str(box.value) for box in (*page.success, *page.warning, *page.error, *page.info))
    return " ".join((*map(str, outcomes(page)), *notes))


def told(page: AppTest) -> str:
    return " ".join(str(one.value) for one in (*page.markdown, *page.caption))


def moved(page: AppTest) -> tuple[np.ndarray, np.ndarray]:
    """The run's original, and which of its pixels are another colour in the picture that is saved."""
    (run,) = page.session_state["here.runs"].values()
    original = run.frames[0].pixels
    return original, np.asarray(Image.open(io.BytesIO(run.png))) != original


def test_a_digit_is_tricked_inside_the_glasses_once_the_button_is_pressed():
    page = opened("Only here", **DIGIT)
    assert "**12.2\u00a0%** of the picture may change." in told(page)
    assert "The glasses that may change, 12.2\u00a0% of the picture" in alts(page)
    assert not boxes(page), "nothing runs before the button is pressed"
    sound(page.button(key="go-here").click().run())
    assert "**Tricked.** The saved PNG is read as **8" in boxes(page)
    original, changed = moved(page)
    glasses = masks.mask("glasses", original.shape)[0].numpy() > 0
    assert changed.any()
    assert not changed[~glasses].any()
    page.slider(key="here_steps").set_value(70)
    assert not boxes(sound(page.run())), "other settings, another run"
    page.slider(key="here_steps").set_value(60)
    assert "**Tricked.**" in boxes(sound(page.run())), "the run is kept"


def test_a_photo_is_changed_inside_the_sticker_as_the_link_says():
    page = opened("Only here", steps="3", here="Sticker", here_eps="64", here_steps="10")
    assert "**10.2\u00a0%** of the picture may change." in told(page)
    sound(page.button(key="go-here").click().run())
    (run,) = page.session_state["here.runs"].values()
    assert (run.recipe.mask, run.recipe.eps, run.recipe.steps) == ("sticker", 64, 10)
    original, changed = moved(page)
    sticker = masks.mask("sticker", original.shape[:2])[0].numpy() > 0
    assert changed.any()
    assert not changed[~sticker].any()
    assert "The saved PNG is" in boxes(page)


def test_nothing_runs_until_something_is_painted_and_then_only_there():
    page = opened("Only here", here="Painted", here_brush="30 %", **DIGIT)
    assert page.button(key="go-here").disabled
    page.session_state["canvas-mask.strokes"] = (Stroke(((0.2, 0.5), (0.8, 0.5))),)
    sound(page.run())
    (painted,) = page.session_state["canvas-mask.strokes"]
    assert painted == Brushed(((0.2, 0.5), (0.8, 0.5)), False, 0.3), "as wide as the brush"
    share = masks.share(masks.mask("painted", (28, 28), (painted,)))
    assert f"**{100 * share:.1f}\u00a0%** of the picture may change." in told(page)
    sound(page.button(key="go-here").click().run())
    _, changed = moved(page)
    assert changed.any()
    assert not changed[masks.mask("painted", (28, 28), (painted,))[0].numpy() == 0].any()


@pytest.fixture(scope="module")
def photo() -> AppTest:
    return opened("Defences")


def test_a_photo_is_recovered_only_where_that_was_measured(photo):
    said = [alt for alt in alts(photo) if alt.startswith("Tricked, ")]
    assert len(said) == 6
    for name, answer in (("no defence", "king penguin"), ("blur", "tiger cat"), ("median", "tiger cat")):
        assert any(alt.startswith(f"Tricked, {name}: {answer}") for alt in said), said
    words = [box.word for box in outcomes(photo)]
    assert words[:2] == ["Recovered", "Recovered"], "blur and median"
    assert set(words[2:]) <= {"Recovered", "Gone"}, "which cat JPEG leaves hangs on how threads add up"
    assert "**Gone.** " in boxes(photo)
    assert (
        "**Gone.** The answer, too: through this defence the original itself is read as an Egyptian"
        in boxes(photo)
    )
    assert {box.colour for box in outcomes(photo)} == {"blue"}
    assert told(photo).count("Untricked photos: 4 of 6 keep their answer.") == 4
    assert "There is no set of labelled photos on board" in told(photo)


def test_a_gentler_blur_does_not_recover_the_photo_and_says_so(photo):
    sound(photo.select_slider(key="blur_photo").set_value(0.3).run())
    assert "**Survives.** The trick holds." in boxes(photo)
    assert [box.word for box in outcomes(photo)][:2] == ["Survives", "Recovered"]


def test_an_attack_through_the_blur_wins_on_the_photo():
    page = opened("Defences", adapt="Blur", adapt_steps="30")
    assert "Fooled again" not in boxes(page)
    sound(page.button(key="go-adapt").click().run())
    won = str(next(box for box in outcomes(page) if box.word == "Fooled again"))
    assert won.startswith("**Fooled again.** Through blur (sigma 1), of the saved PNG, the network")
    assert "**king penguin**" in won
    assert "It took 30 steps at epsilon 2 of 255; without the defence 30 at 2 were enough." in won


def test_two_levels_of_grey_recover_the_digit_and_cost_the_attack_twice_the_epsilon():
    page = opened("Defences", adapt="Fewer grey levels", **DIGIT)
    assert boxes(page).count("**Recovered.**") == 1
    assert "Untricked digits: 87.0\u00a0% right, 92.0\u00a0% without." in told(page)
    sound(page.button(key="go-adapt").click().run())
    assert "Epsilon 76.5 is not enough: the network says **5**" in told(page)
    won = next(box.text for box in outcomes(page) if box.word == "Fooled again")
    assert "**8**" in won
    assert "It took 60 steps at epsilon 153 of 255; without the defence 30 at 76.5 were enough." in won
    sound(page.run())
    assert "Fooled again" in boxes(page), "the attempt is kept"


def test_where_the_trick_failed_nothing_is_called_recovered():
    page = opened("Defences", network="digits-robust", sample="5")
    assert "**Recovered.**" not in boxes(page)
    assert "there is nothing to recover from" in boxes(page)


def test_on_trick_a_painted_mask_that_nobody_painted_is_told_and_changes_everything():
    page = opened("trick", mask="Painted", network="digits-standard", steps="2")
    assert page.session_state["run"].recipe.mask == "everywhere"
    assert any("Nothing is painted yet" in str(caption.value) for caption in page.caption)
