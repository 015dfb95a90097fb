"""The methods: each is run by a recipe on a real network, reads what it says, and says what it cost."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import numpy as np
import pytest

from trickcore import Recipe, attacks, load, run_recipe
from trickcore.__main__ import main
from trickcore.attacks import loop
from trickcore.networks.classifier import answer
from trickcore.pictures.drawing import drawn_png
from trickcore.pictures.files import encode, to_8bit
from trickcore.pictures.samples import sample
from trickcore.report import sentences
from trickcore.runs import frames as film
from trickcore.runs import method_runs, script
from trickcore.runs.methods import GRADIENT, METHODS, why_not

FIVE = drawn_png("5")
SHORT = {
    "gradient": Recipe("digits-standard", target=3, eps=76.5, steps=8),
    "apgd": Recipe("digits-standard", target=3, eps=76.5, steps=12, method="apgd"),
    "fmn": Recipe("digits-standard", target=3, steps=30, norm="l2", method="fmn"),
    "pixels": Recipe("digits-standard", target=None, method="pixels", pixels=30, questions=400),
    "square": Recipe("digits-standard", target=None, eps=76.5, method="square", questions=400),
    "hopskipjump": Recipe("digits-standard", target=3, norm="l2", method="hopskipjump", questions=600),
}


def ran(recipe: Recipe, data: bytes = FIVE) -> list[film.Frame]:
    return list(run_recipe(load(recipe.network), data, recipe))


@pytest.mark.parametrize("name", METHODS)
def test_each_method_tricks_a_digit_from_the_untouched_picture_on_and_says_what_it_cost(name):
    recipe = SHORT[name]
    run = ran(recipe)
    classifier = load(recipe.network)
    assert (run[0].index, run[0].distance) == (0, 0)
    first, end = run[0].pixels, run[-1].pixels
    assert first is not None
    assert end is not None
    assert encode(first) == encode(to_8bit(classifier.read(FIVE))), "untouched, bit for bit"
    said = answer(classifier, classifier.read(encode(end)))
    assert said == 3 if recipe.target == 3 else said != 5, "of the picture as it would be saved"
    indexes = [frame.index for frame in run]
    assert indexes == sorted(indexes)
    assert 0 < run[-1].index <= recipe.length
    assert [frame.passes for frame in run] == sorted(frame.passes for frame in run)
    if recipe.how.asks:
        assert 0 < run[-1].questions <= recipe.questions
        assert run[-1].questions == run[-1].passes
        assert sentences.cost(run, recipe) == f"{run[-1].questions:,} questions"
    else:
        assert run[-1].questions == 0
        assert sentences.cost(run, recipe) == f"{run[-1].passes:,} passes"
    assert "digit" not in why_not(name)


def test_following_the_gradient_costs_a_pass_forward_and_one_back_a_step_and_one_at_the_end():
    assert [frame.passes for frame in ran(SHORT["gradient"])] == [2, 4, 6, 8, 10, 12, 14, 16, 17]


def test_random_views_are_passes_each():
    assert ran(replace(SHORT["gradient"], steps=2, views=3))[-1].passes == 3 * (2 + 2 + 1)


@pytest.mark.parametrize("name", METHODS)
def test_a_method_is_drawn_from_the_seed(name):
    recipe = replace(SHORT[name], questions=120)
    first, again = (ran(recipe)[-1].pixels for _ in range(2))
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize("name", METHODS)
def test_a_method_reads_fields_that_a_recipe_has_and_its_name_is_a_generator_of_steps(name):
    assert set(METHODS[name].fields) <= {field.name for field in fields(Recipe)}
    assert callable(getattr(attacks, "trick" if name == GRADIENT else name))
    assert METHODS[name].reads("seed"), "what no method names is for all"
    assert METHODS[name].reads("eps") == ("eps" in METHODS[name].fields)


@pytest.mark.parametrize(("name", "norm"), [(n, m) for n in METHODS for m in ("linf", "l2", "l1", "l0")])
def test_a_norm_that_a_method_does_not_know_is_refused_with_those_it_knows(name, norm):
    known = METHODS[name].norms
    if not known or norm in known:
        assert Recipe(method=name, norm=norm).norm == norm
        return
    with pytest.raises(ValueError, match=f"knows the norms {' and '.join(known)}, got '{norm}'"):
        Recipe(method=name, norm=norm)


def test_a_recipe_followed_is_the_same_along_the_gradient():
    recipe = Recipe(method="fmn", norm="l0", eps=3.0)
    assert recipe.followed() == Recipe(eps=3.0)
    assert Recipe(norm="l2").followed() == Recipe(norm="l2")


@pytest.mark.parametrize(
    ("target", "begin"),
    [(None, ""), (3, ""), (3, "digit:3-upright"), (None, "digit:8")],
)
def test_a_start_is_looked_for_among_what_ships_or_is_the_one_that_was_given(target, begin):
    classifier = load("digits-standard")
    recipe = replace(SHORT["hopskipjump"], target=target, start=begin)
    found = method_runs.start_of(classifier, classifier.read(FIVE), recipe)
    if target is None and not begin:
        assert found is None, "random noise will do"
    else:
        assert found is not None
        assert answer(classifier, found) == (3 if target == 3 else 8)


def test_a_start_that_is_a_file_comes_beside_the_recipe():
    recipe = replace(SHORT["hopskipjump"], start="file")
    with pytest.raises(ValueError, match="Give the picture to start from"):
        list(run_recipe(load("digits-standard"), FIVE, recipe))
    run = list(run_recipe(load("digits-standard"), FIVE, recipe, drawn_png("3-upright")))
    assert run[1].probs.argmax() == 3


def test_a_class_that_no_sample_shows_is_no_place_to_start_from_and_the_sentence_says_what_to_do():
    recipe = Recipe(method="hopskipjump", questions=50)
    with pytest.raises(ValueError, match=r"a picture of one already, and none of the samples is\. Choose"):
        list(run_recipe(load(), sample("cat"), recipe))


def test_pictures_are_kept_of_a_run_at_even_marks_whatever_it_counts():
    x = load("digits-standard").read(FIVE)
    steps = [loop.Step(i, x, x.flatten()[:10], 0.0, 0.0) for i in (0, 7, 8, 400, 401, 990)]
    assert [frame.index for frame in film.frames(steps, 1000) if frame.kept] == [0, 400, 990]
    assert sorted(film.keep(1000))[:3] == [0, 17, 34], "7 and 8 come before the second mark"


def test_a_stopped_run_of_a_method_that_plans_ahead_is_cut_in_the_script():
    recipe = SHORT["square"]
    assert script.until(recipe, 20) == recipe
    assert script.stopped_at(recipe, 20) == 20
    assert script.stopped_at(recipe, recipe.length) is None
    assert script.stopped_at(SHORT["gradient"], 3) is None
    text = script.script(recipe, "digit:5", [str(k) for k in range(10)], last=20)
    assert "    if frame.index >= 20:" in text
    compile(text, "script", "exec")


@pytest.mark.parametrize("name", ["gradient", "square", "fmn"])
def test_the_terminal_says_method_passes_and_questions(name, capsys):
    words = ["digit:5", "--untargeted", "--method", name, "--questions", "300", "--steps", "10", "--json"]
    assert main(words) in (0, 1)
    said = json.loads(capsys.readouterr().out)
    assert said["method"] == said["settings"]["method"] == name
    assert said["passes"] > 0
    assert (said["questions"] > 0) == (name == "square")


def test_the_terminal_takes_a_file_to_start_from(tmp_path, capsys):
    begin = tmp_path / "three.png"
    begin.write_bytes(drawn_png("3"))
    words = ["digit:5", "--target", "3", "--method", "hopskipjump", "--questions", "200", "--norm", "l2"]
    assert main([*words, "--start", str(begin), "--quiet"]) == 0
    assert main([*words, "--start", str(tmp_path / "none.png")]) == 2
    assert "No such file" in capsys.readouterr().err
