"""Train, What it never saw: two networks side by side, on scikit-learn's digits."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.helpers import alts, opened, sound, stopped
from trickcore.training.records import Gap


def page(gap: str = "A digit is left out", **link: str) -> AppTest:
    asked = {"train_part": "What it never saw", "gap": gap, "gap_epochs_small": "3", **link}
    return opened("train", at_once=False, **asked)


def told(one: AppTest) -> str:
    return " ".join(str(found.value) for found in (*one.markdown, *one.caption))


def test_what_it_says_of_a_digit_left_out_is_counted_and_shown():
    one = page(gap_digit="3")
    assert one.header[0].value == "What does a network say of what it never saw?"
    (job,) = one.session_state["gaps"].values()
    last = job.items[-1]
    assert (
        f"it reads **0.0\u00a0%** right; a network taught without the gap, **{100 * last.right[1]:.1f}"
        in told(one)
    )
    assert f"({last.asked})" in told(one)
    wrong = [alt for alt in alts(one) if alt.startswith(("A 3 taken for a ", "A 3 taken for an 8"))]
    assert len(wrong) == len(last.mistakes) == 8


@pytest.mark.parametrize("gap", ["A dot gives it away", "Poisoned labels"])
def test_the_shortcut_is_seen_in_the_gradients_of_both(gap):
    one = page(gap)
    assert [alt for alt in alts(one) if "mean gradient" in alt] == [
        "Taught with the dot: mean gradient",
        "Taught without: mean gradient",
    ]
    assert "of them for a 7" in told(one)


def test_each_gap_is_taught_once_and_one_that_was_left_goes_on_when_asked():
    one = page()
    sound(one.selectbox(key="gap").set_value("Only thin strokes").run())
    jobs = dict(one.session_state["gaps"])
    assert list(jobs) == [Gap("digit", 7, 5, False, 3, 0), Gap("thin", 7, 5, False, 3, 0)]
    assert all(job.done for job in jobs.values())
    sound(one.selectbox(key="gap").set_value("A digit is left out").run())
    assert one.session_state["gaps"] == jobs, "what was learnt is shown again"


def test_what_was_learnt_before_a_stop_stays_and_it_goes_on():
    one = page(gap_digit="3")
    (job,) = one.session_state["gaps"].values()
    stopped(one, job, 2)
    assert one.session_state["gaps"], "what was learnt is kept"
    assert f"({job.items[-1].asked})" in told(one)
    sound(one.button(key="go-on-gap").click().run())
    assert job.done
    assert "go-on-gap" not in {button.key for button in one.button}


def test_mnist_that_is_not_here_is_offered(monkeypatch, tmp_path):
    monkeypatch.setenv("MNIST_ROOT", str(tmp_path))
    one = page(gap_on="MNIST")
    assert [button.label for button in one.button if button.key == "fetch-mnist"] == ["Download MNIST"]
