"""The table of a Recipe's fields: a Recipe checks itself by it, and all that sets a field reads it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import pytest

from tests.helpers import opened
from trickcore import Recipe
from trickcore.cli import options
from trickcore.pictures.drawing import Stroke
from trickcore.runs import script
from trickcore.runs import settings_json as settings
from trickcore.runs.field_kinds import Control, Field, Option
from trickcore.runs.fields import FIELDS, controls
from ui.sidebar import advanced, apply_recipe, class_link, panel, url_state


def test_the_table_has_a_row_for_each_field_of_a_recipe_in_its_order():
    assert list(FIELDS) == [field.name for field in fields(Recipe)]
    assert all(name == field.name for name, field in FIELDS.items())


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("eps", -3, "eps is a number of grey levels from 0 to 255, got -3."),
        ("eps", 255.1, "eps is a number of grey levels from 0 to 255, got 255.1."),
        ("eps", float("nan"), "eps is a number of grey levels from 0 to 255, got nan."),
        ("steps", 0, "steps is a whole number from 1 to 100,000, got 0."),
        ("steps", 2.0, "steps is a whole number from 1 to 100,000, got 2.0."),
        (
            "alpha",
            float("inf"),
            "alpha is a number of grey levels of at least 0, or null for automatic, got inf.",
        ),
        ("target", -1, "target is the number of a class, or null to stop being what the picture is, got -1."),
        ("norm", "l1", "Follow the gradient knows the norms linf and l2, got 'l1'."),
        ("norm", "l7", "norm is linf or l2 (with the method fmn l1 and l0 too), got 'l7'."),
        ("method", "luck", "method is one of gradient, apgd, fmn, pixels, square, hopskipjump, got 'luck'."),
        ("pixels", 0, "pixels is a whole number from 1 to 500, got 0."),
        ("questions", 9, "questions is a whole number from 10 to 100,000, got 9."),
        ("start", "/etc/passwd", f"start is {FIELDS['start'].expected}, got '/etc/passwd'."),
        ("raw", 1, "raw is true or false, got 1."),
        ("seed", None, "seed is a whole number of at least 0, got None."),
        ("stop_at", 0, "stop_at is a probability above 0 and at most 1, or null for never, got 0."),
        ("mask", "hat", "mask is one of everywhere, glasses, sticker, frame, painted, got 'hat'."),
        ("painted", ("a line",), "painted is a list of strokes, got ('a line',)."),
        ("views", 1001, "views is a whole number from 0 to 1,000, got 1001."),
    ],
)
def test_a_recipe_refuses_what_makes_no_sense_in_the_sentence_of_its_settings(name, value, says):
    for make in (lambda: Recipe(**{name: value}), lambda: replace(Recipe(), **{name: value})):
        with pytest.raises(ValueError) as caught:  # noqa: PT011  # what it says is compared in full below
            make()
        assert str(caught.value) == says


def test_odd_recipes_that_make_sense_are_made():
    odd = Recipe(eps=0, steps=1, alpha=0.0, momentum=2, stop_at=1, target=None, seed=2**63 - 1)
    assert odd.step_size == 0
    assert Recipe(target=np.int64(3), eps=np.float32(0.5)).target == 3, "numpy's numbers are numbers"  # type: ignore[arg-type]
    strokes = [Stroke(((0.5, 0.5),))]
    assert Recipe(painted=strokes).painted == tuple(strokes)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Longer(Recipe):
    """A Recipe with one more field."""

    decay: float = 0.0


DECAY = Field(
    "decay",
    "number",
    "a share from 0 to 1",
    least=0,
    most=1,
    option=Option("how much each step is shorter than the last (0)", "SHARE"),
    control=Control(
        "decay", "Decay", "How much shorter each step is.", "slider", least=0.0, most=1.0, step=0.1
    ),
)


@pytest.fixture
def longer(monkeypatch):
    """With the row in the table, and the line in Recipe."""
    monkeypatch.setitem(FIELDS, "decay", DECAY)
    monkeypatch.setattr(Recipe, "decay", 0.0, raising=False)
    for module in (settings, options, panel):
        monkeypatch.setattr(module, "Recipe", Longer)
    return Longer(decay=0.5)


def test_one_more_row_is_found_by_the_check_the_settings_the_script_and_the_terminal(longer):
    with pytest.raises(ValueError, match=r"decay is a share from 0 to 1, got 2\."):
        Longer(decay=2)
    text = settings.to_json(longer)
    assert '"decay": 0.5' in text
    assert settings.from_json(text).recipe == longer
    with pytest.raises(ValueError, match="decay is a share from 0 to 1, got 'much'"):
        settings.from_json('{"decay": "much"}')
    labels = [str(k) for k in range(1000)]
    assert "decay=0.5" in script.script(longer, "sample:cat", labels)
    assert "decay" not in script.script(Longer(), "sample:cat", labels)
    assert "--decay 0.5" in script.command(longer, "sample:cat")
    assert "--decay SHARE" in options.parser().format_help()
    wanted = options.order(options.parser().parse_args(["sample:cat", "--decay", "0.25"]))
    assert wanted.recipe == Longer(decay=0.25)


def test_one_more_row_is_found_by_the_link_and_stands_under_more(longer):
    assert url_state.has("", "decay")
    assert not url_state.has("train", "decay")
    assert apply_recipe.in_link(longer, "sample:cat") == {"decay": "0.5"}
    assert "decay" in advanced.in_order()


def test_one_more_row_is_a_control_of_the_panel_that_a_link_sets(longer):
    page = opened("trick", network="digits-standard", steps="2", decay="0.3")
    slider = page.slider(key="decay")
    assert (slider.label, slider.value) == ("Decay", 0.3)
    assert page.session_state["run"].recipe.decay == 0.3


def test_each_control_belongs_to_a_part_of_the_panel_that_a_link_for_a_class_knows():
    assert {control.group for control in controls().values()} <= class_link.CONTROLS.keys()


@pytest.mark.parametrize("name", [name for name, control in controls().items() if control.choices])
def test_a_control_gives_back_the_value_it_was_given(name):
    control = controls()[name]
    for held in control.choices:
        assert control.of_recipe(control.to_recipe(held)) == held
