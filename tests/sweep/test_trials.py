"""Trials: rows are what the page's own run gives, and a batch changes nothing but the last digits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from trickcore import Recipe, load
from trickcore.attacks.balls import L2, Linf
from trickcore.jobs.networks import named
from trickcore.measure.robustness import Row
from trickcore.measure.verdict import verdict
from trickcore.pictures import drawing, samples
from trickcore.pictures.files import encode, to_8bit
from trickcore.runs.frames import run_recipe
from trickcore.sweep.batches import AsAlone
from trickcore.sweep.plan import LEAST_LIKELY, RANDOM, Plan, Trial
from trickcore.sweep.trials import Chunk, Item, Refused, drawn_class, outcomes

NAMES = [f"{digit}{kind}" for digit in range(10) for kind in ("", "-upright")]


def chunk(trials, *, target=None, batch=None, names=NAMES, labels=True, network="digits-standard") -> Chunk:
    items = tuple(Item(name, drawing.drawn_png(name), int(name[0]) if labels else None) for name in names)
    return Chunk(0, named(network), items, tuple(trials), target, batch)


def trial(**settings) -> Trial:
    recipe = Recipe(**{"steps": 8, "eps": 25.5, "target": None, **settings})
    return Trial(recipe.method, recipe)


def rows(found) -> list[Row]:
    return [one for one in found if isinstance(one, Row)]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"norm": "l2"},
        {"random_start": True, "seed": 3},
        {"norm": "l2", "random_start": True, "seed": 3},
        {"momentum": 1.0},
        {"raw": True},
    ],
    ids=str,
)
@pytest.mark.parametrize("target", [None, RANDOM, LEAST_LIKELY, 8], ids=str)
def test_a_batch_changes_no_outcome_beyond_rounding(settings, target):
    alone = rows(outcomes(chunk([trial(**settings)], target=target, batch=1)))
    together = rows(outcomes(chunk([trial(**settings)], target=target, batch=7)))
    assert len(alone) == len(together) == len(NAMES)
    assert max(row.batch for row in together) > 1
    for one, other in zip(alone, together, strict=True):
        assert (one.picture, one.target, one.before, one.after) == (
            other.picture,
            other.target,
            other.before,
            other.after,
        )
        assert one.after_probability == pytest.approx(other.after_probability, abs=2e-3)


@pytest.mark.parametrize("method", ["gradient", "apgd", "fmn", "square", "pixels"])
def test_a_row_is_what_the_pages_own_run_ends_with(method):
    classifier = load("digits-standard")
    recipe = Recipe(
        network="digits-standard", target=8, eps=51, steps=12, questions=200, method=method, seed=5
    )
    (row,) = rows(outcomes(chunk([Trial(method, recipe)], target=8, names=["5"])))
    data = drawing.drawn_png("5")
    *_, last = run_recipe(classifier, data, recipe)
    assert last.pixels is not None
    found = verdict(classifier, data, encode(last.pixels), 8)
    assert (row.before, row.after, row.success) == (
        found.before.label,
        found.after.label,
        found.outcome == "tricked",
    )
    assert row.after_probability == pytest.approx(found.after.probability, abs=1e-5)
    assert row.wanted_probability == pytest.approx(found.wanted, abs=1e-5)
    assert row.linf_levels == round(found.change.linf * 255)


def test_a_picture_that_is_as_wanted_already_is_left_as_it_is():
    items = (Item("a", drawing.drawn_png("5"), 3), Item("b", drawing.drawn_png("5"), 5))
    wrong, right = rows(outcomes(Chunk(0, named("digits-standard"), items, (trial(eps=76.5),), None)))
    assert (wrong.already, wrong.success, wrong.linf_levels, wrong.after, wrong.milliseconds) == (
        True,
        True,
        0.0,
        5,
        0.0,
    )
    assert (right.already, right.label, right.success) == (False, 5, True)
    assert right.linf_levels > 0


def test_without_a_label_the_clean_answer_is_right():
    found = rows(outcomes(chunk([trial()], labels=False)))
    assert all(row.label == row.before and not row.already for row in found)


def test_random_targets_are_drawn_by_picture_and_seed_and_are_never_the_label():
    first = [drawn_class(name, 0, 10) for name in map(str, range(400))]
    assert all(a != b for a, b in first)
    assert first == [drawn_class(name, 0, 10) for name in map(str, range(400))]
    assert first != [drawn_class(name, 1, 10) for name in map(str, range(400))]
    counts = np.bincount([a for a, _ in first], minlength=10)
    assert counts.min() > 15, "each class is as likely: 40 of 400, give or take 6"
    found = rows(outcomes(chunk([trial(steps=1)], target=RANDOM)))
    assert all(row.target not in (None, row.label) for row in found)


def test_the_least_likely_class_is_the_networks_own():
    classifier = load("digits-standard")
    (row,) = rows(outcomes(chunk([trial(steps=1)], target=LEAST_LIKELY, names=["7"])))
    with torch.no_grad():
        logits = classifier.net(classifier.read(drawing.drawn_png("7"))[None])
    assert row.target == int(logits.argmin())


def test_a_broken_file_is_told_of_and_the_others_are_tried():
    items = (Item("bad", b"none", 1), Item("good", drawing.drawn_png("1"), 1), Item("empty", b"", 1))
    found = list(outcomes(Chunk(0, named("digits-standard"), items, (trial(),), None, 2)))
    assert [one.picture for one in found if isinstance(one, Refused)] == ["bad", "empty"]
    assert [row.picture for row in rows(found)] == ["good"]


def test_a_photo_of_a_digit_is_cut_out_for_a_network_of_digits():
    large = encode(
        np.repeat(np.repeat(to_8bit(load("digits-standard").read(drawing.drawn_png("4"))), 9, 0), 9, 1)
    )
    items = (Item("a", large, 4),)
    (row,) = rows(outcomes(Chunk(0, named("digits-standard"), items, (trial(steps=1),), None)))
    assert row.before == 4


def test_a_photos_row_agrees_with_the_run_though_two_went_together():
    items = tuple(Item(name, samples.sample(name), None) for name in ("cat", "espresso"))
    recipe = Recipe(steps=5, eps=2.0, target=145)
    found = rows(outcomes(Chunk(0, named("efficientnet-lite0"), items, (Trial("gradient", recipe),), 145)))
    assert [row.batch for row in found] == [2, 2]
    *_, last = run_recipe(load(), samples.sample("cat"), recipe)
    assert found[0].after_probability == pytest.approx(float(last.probs.max()), abs=0.02)
    assert found[0].after == int(last.probs.argmax())


@pytest.mark.parametrize("ball", [Linf(0.1), L2(2.0)], ids=str)
def test_pictures_of_a_batch_draw_what_each_would_draw_alone(ball):
    x = torch.rand(3, 1, 4, 5)
    together = AsAlone(ball).sample(x, torch.Generator().manual_seed(9))
    for place in range(3):
        alone = ball.sample(x[place : place + 1], torch.Generator().manual_seed(9))
        assert torch.equal(together[place : place + 1], alone)


def test_autoattack_is_the_official_one_and_breaks_what_a_short_run_leaves():
    pytest.importorskip("pyautoattack")
    plan = Plan("digits", ("digits-standard",), ("autoattack",), (51.0,), "untargeted")
    found = rows(outcomes(chunk(plan.trials(), names=["3", "5", "8"])))
    assert [(row.method, row.steps, row.norm) for row in found] == [("autoattack", 0, "linf")] * 3
    assert all(row.linf_levels <= 51 for row in found)
    short = rows(outcomes(chunk([replace(trial(eps=51.0, steps=1))], names=["3", "5", "8"])))
    assert sum(row.success for row in found) >= sum(row.success for row in short)
    assert any(row.success for row in found)
