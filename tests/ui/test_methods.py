"""The control Method: what stands on the panel for each, and two runs compared."""

from __future__ import annotations

import pytest

from tests.helpers import opened
from trickcore.runs.methods import METHODS
from ui.widgets import comparison

DIGIT = {"network": "digits-standard", "goal": "Stop being what it is", "steps": "20", "questions": "500"}
LABELS = {
    "eps": "Epsilon (grey levels of 255)",
    "pixels": "Pixels",
    "steps": "Steps",
    "questions": "Questions",
}


def labels(page) -> set[str]:
    kinds = (page.slider, page.select_slider, page.selectbox, page.number_input, page.toggle)
    return {str(widget.label) for kind in kinds for widget in kind}


def said(page) -> str:
    return " ".join(str(m.value) for m in (*page.markdown, *page.caption))


@pytest.mark.parametrize("name", METHODS)
def test_a_method_shows_the_controls_it_reads_and_says_why_the_others_are_not_there(name):
    method = METHODS[name]
    page = opened("trick", **DIGIT, method=method.title)
    run = page.session_state["run"]
    assert run.recipe.method == name
    assert run.verdict is not None
    for field, label in LABELS.items():
        assert (label in labels(page)) == method.reads(field), label
    assert ("Momentum" in labels(page)) == method.reads("momentum")
    assert ("Norm" in labels(page)) == method.reads("norm")
    if name == "gradient":
        assert "are not there" not in said(page)
    else:
        assert method.words in said(page)
        assert "Step size, direction, momentum, random start and random views are not there" in said(page)
    counted = "questions" if method.asks else "passes"
    assert f"{counted}." in said(page)
    assert f"**Probability at each {method.unit}**" in said(page)


def test_a_link_with_a_method_that_nobody_knows_opens_with_the_usual_one():
    assert opened("trick", **DIGIT, method="Luck").session_state["run"].recipe.method == "gradient"


def test_a_norm_that_the_next_method_does_not_know_gives_way_to_one_that_it_knows():
    page = opened("trick", **DIGIT, method="Least change", norm="L0")
    assert page.session_state["run"].recipe.norm == "l0"
    page.selectbox(key="method").set_value("square").run()
    assert not page.exception
    assert page.session_state["run"].recipe.norm == "linf"


def test_only_its_label_offers_the_classes_that_there_is_a_picture_of():
    page = opened("trick", network="digits-standard", method="Only its label", questions="200")
    run = page.session_state["run"]
    assert run.verdict.outcome == "tricked"
    assert run.frames[1].probs.argmax() == run.recipe.target == 8
    photo = opened("trick", method="Only its label", questions="100")
    options = photo.selectbox(key="target").options
    assert 3 <= len(options) <= 6
    assert any("espresso" in option for option in options)
    assert not any("king penguin" in option for option in options)
    verdict = photo.session_state["run"].verdict
    assert verdict.outcome == "tricked"
    assert verdict.after.name != verdict.before.name == "tiger cat", (
        "it does not begin with what it is already"
    )


def test_a_run_is_kept_and_compared_with_the_next_on_the_same_picture_and_forgotten():
    page = opened("trick", **DIGIT)
    assert "Side by side" not in [h.value for h in page.subheader]
    page.button(key="compare").click().run()
    assert "Now change the method and both stand here side by side." in said(page)
    page.selectbox(key="method").set_value("square").run()
    assert not page.exception
    assert "Side by side" in [h.value for h in page.subheader]
    (rows,) = page.table
    assert list(rows.value.columns[1:]) == ["Only its answers", "Follow the gradient"]
    run, other = page.session_state["run"], page.session_state["other"]
    assert (run.recipe.method, other.recipe.method) == ("square", "gradient")
    cost = rows.value.set_index(rows.value.columns[0]).loc["Cost"].tolist()
    assert cost == [f"{run.frames[-1].questions} questions", "41 passes"]
    page.button(key="compare-forget").click().run()
    assert "Side by side" not in [h.value for h in page.subheader]


def test_two_runs_of_one_method_are_compared_by_the_settings_that_differ():
    page = opened("trick", **DIGIT)
    page.button(key="compare").click().run()
    page.slider(key="steps").set_value(10).run()
    (rows,) = page.table
    table = rows.value.set_index(rows.value.columns[0])
    assert list(table.columns) == ["this run", "the other one"]
    assert table.loc["Steps"].tolist() == ["10", "20"]
    assert "Method" not in table.index


def test_another_picture_is_not_compared_and_the_page_says_so():
    page = opened("trick", **DIGIT)
    page.button(key="compare").click().run()
    other = page.session_state["other"]
    again = opened("trick", **DIGIT, sample="7")
    again.session_state["other"] = other
    again.run()
    assert "is of another picture" in said(again)
    assert "Side by side" not in [h.value for h in again.subheader]


def test_a_curve_goes_on_after_a_repair_with_the_passes_before_it():
    page = opened("trick", **DIGIT)
    run = page.session_state["run"]
    curve = comparison.curve(run, "this run")
    assert curve.passes == [*range(2, 42, 2), 41]
    assert curve.wanted[0] < 0.5 < curve.wanted[-1]
    run.frames += run.frames[:2]  # as a repair counts: from the start
    assert comparison.curve(run, "this run").passes[-2:] == [43, 45]


@pytest.mark.parametrize(("method", "knows"), [("Only its answers", True), ("Few pixels", False)])
def test_the_smallest_epsilon_is_looked_for_where_the_method_knows_one(method, knows):
    page = opened("survive", **DIGIT, method=method, survive="Smallest epsilon")
    assert any("knows no epsilon" in str(box.value) for box in page.info) != knows
    assert any(button.label == "Find it" for button in page.button) == knows


def test_what_other_pages_make_anew_follows_the_gradient_and_says_so():
    page = opened("survive", **DIGIT, method="Only its answers", survive="Only here")
    assert "What is made here is made by *Follow the gradient*" in said(page)
    assert page.session_state["run"].recipe.method == "square"


def test_a_mask_that_leaves_no_picture_to_begin_at_is_told_with_what_to_do(caplog):
    link = {"network": "digits-standard", "sample": "5", "method": "Only its label", "mask": "Frame"}
    page = opened("trick", at_once=False, **link, target="8")
    (told,) = [str(error.value) for error in page.error]
    assert "only the pixels inside of the mask come from it, it is read as 5, not as 8" in told
    assert "Choose a larger mask or another class." in told
    assert "run" not in page.session_state
    assert not [one for one in caplog.records if one.name == "ui.guard"]
