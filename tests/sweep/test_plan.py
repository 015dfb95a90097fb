"""A plan: what it refuses, its trials, and the file it is kept in."""

from __future__ import annotations

import json

import pytest

from trickcore import Recipe
from trickcore.sweep.plan import Plan, PlanError, differences, from_plain, to_plain


def test_every_method_is_tried_with_every_epsilon_and_seed_and_one_without_epsilon_once():
    plan = Plan("samples", methods=("gradient", "fmn"), eps=(1, 4), seeds=(0, 7), settings=Recipe(steps=5))
    assert [(trial.method, trial.eps_levels, trial.recipe.seed) for trial in plan.trials()] == [
        ("gradient", 1.0, 0),
        ("gradient", 4.0, 0),
        ("fmn", None, 0),
        ("gradient", 1.0, 7),
        ("gradient", 4.0, 7),
        ("fmn", None, 7),
    ]
    assert {trial.steps for trial in plan.trials()} == {5}


def test_it_is_read_back_from_json_as_it_was():
    plan = Plan(
        "photos",
        ("a", "b"),
        ("gradient", "square"),
        (0.5, 2.0),
        "untargeted",
        (1, 2),
        Recipe(steps=7, norm="l2", momentum=0.5),
        "labels.csv",
        10,
        4,
    )
    again = from_plain(json.loads(json.dumps(to_plain(plan))))
    assert to_plain(again) == to_plain(plan)
    assert again.trials() == plan.trials()
    assert differences(plan, again) == []


def test_what_two_plans_differ_in_is_said():
    first, second = Plan("a", eps=(1, 2)), Plan("a", eps=(1, 4), settings=Recipe(steps=20))
    assert differences(first, second) == ["eps 1, 4 instead of 1, 2", "steps 20 instead of 10"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"networks": ()}, "at least one of networks"),
        ({"networks": ("a", "a")}, "something twice"),
        ({"eps": ()}, "at least one of eps"),
        ({"methods": ("magic",)}, "No method is called 'magic'"),
        ({"methods": ("hopskipjump",)}, "untargeted"),
        ({"limit": 0}, "limit is a whole number"),
        ({"batch": -1}, "batch"),
        ({"settings": Recipe(stop_at=0.9)}, "to its end"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(given, said):
    with pytest.raises(PlanError, match=said):
        Plan("samples", **given)


@pytest.mark.parametrize("given", [{"eps": (300,)}, {"eps": (-1,)}, {"seeds": (-1,)}])
def test_what_no_run_may_have_no_sweep_may_either(given):
    with pytest.raises(ValueError, match=r"eps|seed"):
        Plan("samples", **given)


@pytest.mark.parametrize("text", ["{}", '{"pictures": "a", "more": 1}', '{"pictures": "a", "settings": 3}'])
def test_another_file_is_no_plan(text):
    with pytest.raises(PlanError, match="no plan"):
        from_plain(json.loads(text))
