"""Why a trick fell short and what one click does about it; where the network looks: as a visitor sees it."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.helpers import alts, lines, opened, sound, verdict
from tests.ui.test_digits import TRICK

WHY = "why"


def remedies(page: AppTest) -> list[str]:
    return [button.label for button in page.button if (button.key or "").startswith("remedy-")]


def taken(page: AppTest, number: int = 0) -> AppTest:
    return sound(page.button(key=f"remedy-{number}").click().run())


def test_a_trick_that_worked_offers_nothing():
    assert remedies(opened(TRICK, network="digits-standard")) == []


def test_at_the_wall_one_click_raises_epsilon_and_runs_it_again():
    page = opened(TRICK, network="digits-robust")
    assert verdict(page).startswith("**Not yet.**")
    assert "Epsilon is the limit here" in verdict(page)
    assert remedies(page) == ["Use epsilon 128"]
    taken(page)
    assert page.select_slider(key="eps").value == 128
    assert page.query_params["eps"] == "128"
    assert verdict(page).startswith("**Tricked.**")
    assert remedies(page) == []


def test_too_few_steps_on_a_photo_become_thirty_and_it_works():
    page = opened(TRICK, steps="2")
    assert "still getting better when the 2 steps ran out" in verdict(page)
    assert remedies(page) == ["Run 30 steps"]
    taken(page)
    assert page.slider(key="steps").value == 30
    assert verdict(page).startswith("**Tricked.**")


@pytest.mark.parametrize(
    ("link", "button", "key", "value"),
    [
        ({"alpha": "0.1", "eps": "48"}, "Make the step size automatic", "alpha", None),
        ({"mask": "Frame", "eps": "255"}, "Change it everywhere", "mask", "everywhere"),
        ({"eps": "0"}, "Use epsilon 76.5", "eps", 76.5),
    ],
)
def test_other_remedies_set_their_control_and_work(link, button, key, value):
    page = opened(TRICK, network="digits-standard", **link)
    assert remedies(page)[0] == button
    taken(page)
    assert page.session_state[key] == value
    assert verdict(page).startswith("**Tricked.**")


def test_without_live_a_remedy_runs_it_all_the_same():
    page = opened(TRICK, network="digits-robust", live="false")
    sound(page.button(key="trick").click().run())
    taken(page)
    assert verdict(page).startswith("**Tricked.**")


def test_a_further_cause_stands_beside_its_own_button():
    page = opened(TRICK, network="digits-robust", mask="Frame", steps="40")
    assert remedies(page) == ["Change it everywhere", "Use epsilon 128"]
    assert "The mask is too small" in verdict(page)
    assert any("Epsilon is the limit here" in caption.value for caption in page.caption)
    taken(page, 1)
    assert page.select_slider(key="eps").value == 128
    assert page.selectbox(key="mask").value == "frame"


def test_what_it_already_is_is_sent_on_to_the_runner_up():
    page = opened(TRICK, network="digits-standard", target="5", steps="5")
    assert verdict(page).startswith("**More of the same.**")
    (button,) = remedies(page)
    assert button.startswith("Aim at ")
    taken(page)
    assert page.selectbox(key="target").value == int(button[-1])
    assert remedies(page) == ["Run 30 steps"], "five were enough to become surer, not for this"
    taken(page)
    assert verdict(page).startswith("**Tricked.**")


def test_a_picture_that_was_read_wrongly_from_the_start_says_so():
    page = opened(TRICK, sample="astronaut", steps="3")
    told = [verdict(page), *(str(caption.value) for caption in page.caption)]
    assert "To fool a network that is wrong already says little" in " ".join(told)


def test_what_rounding_undid_is_repaired_in_the_run_in_hand_and_measured_again():
    page = opened(TRICK, sample="photographer", target="coffee mug (504)", eps="0.5", steps="20")
    assert not verdict(page).startswith("**Tricked.**")
    assert "rounding to whole grey levels undid it" in verdict(page)
    assert remedies(page) == ["Repair the file"]
    before, number = lines(page)["coffee mug (504)"], page.session_state["run"].number
    taken(page)
    after = lines(page)["coffee mug (504)"]
    assert page.session_state["run"].number == number, "the same run, grown"
    assert after[: len(before)] == before, "the chart goes on"
    left, *_, mended = after[len(before) :]
    assert left < min(before[-1], mended), "first what rounding left of it, then what was mended"
    assert verdict(page).startswith("**Tricked.** The saved PNG is read as **coffee mug")
    assert remedies(page) == []
    assert page.session_state["run"].repaired
    assert alts(page)[2].startswith("Tricked: coffee mug, "), "one looks at its new end"
    assert "**Tricked**" in [str(m.value) for m in page.markdown], "and at what it is read as there"
    sound(page.run())
    assert verdict(page).startswith("**Tricked.**"), "it stays repaired"


@pytest.mark.parametrize("word", ["pin", "hide"])
def test_a_control_that_a_teacher_has_fixed_is_not_offered_but_the_reason_is_told(word):
    page = opened(TRICK, network="digits-robust", state=None, **{word: "epsilon"})
    assert "Epsilon is the limit here" in verdict(page)
    assert remedies(page) == []


@pytest.mark.parametrize("network", ["efficientnet-lite0", "digits-standard"])
def test_where_it_looks_has_two_classes_in_both_pictures_and_their_difference(network):
    page = opened(WHY, why="Where it looks", network=network, steps="10")
    first, then = ("5", "8") if "digits" in network else ("tiger cat", "king penguin")
    expected = [
        f"What speaks for {k}: {what}"
        for k in (first, then)
        for what in ("Original", "Tricked", "Difference")
    ]
    assert [alt for alt in alts(page) if alt.startswith("What speaks for")] == expected
    assert len(page.get("plotly_chart")) == 2, "two colour bars"
    told = [str(m.value) for m in page.markdown if str(m.value).startswith("**What speaks for")]
    assert "which it was taken for" in told[0]
    assert "which it should become" in told[1]
    assert "7 × 7 places" in " ".join(str(caption.value) for caption in page.caption)


def test_one_class_alone_is_shown_once():
    page = opened(WHY, why="Where it looks", network="digits-standard", target="5", steps="5")
    assert len([alt for alt in alts(page) if alt.startswith("What speaks for")]) == 3
