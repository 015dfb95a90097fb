"""Rows of a sweep, counted by hand: accuracy, success, least changes, several seeds, pairs, agreement."""

from __future__ import annotations

from dataclasses import replace
from math import comb

import pytest

from trickcore.measure.robustness import (
    Row,
    agreement,
    by_class,
    curves,
    difficulties,
    mcnemar,
    paired,
    wilson_of,
)
from trickcore.measure.survival import wilson

ROW = Row(
    picture="a",
    network="one",
    method="gradient",
    norm="linf",
    eps_levels=2.0,
    steps=10,
    seed=0,
    label=3,
    target=None,
    before=3,
    after=5,
    success=True,
    already=False,
    linf_levels=2.0,
    distance=2.0,
    before_probability=0.9,
    after_probability=0.8,
    wanted_probability=0.95,
    milliseconds=10.0,
    batch=1,
    device="cpu",
)
HELD = {"after": 3, "success": False}


def row(**changes) -> Row:
    return replace(ROW, **changes)


def shares(found) -> dict:
    return {eps: (share.share, share.pictures) for eps, share in found.points}


def test_accuracy_counts_all_pictures_and_success_only_those_that_were_not_wanted_already():
    rows = [
        row(picture="a"),
        row(picture="b", **HELD),
        row(picture="c", before=5, already=True),
        row(picture="a", eps_levels=8.0),
        row(picture="b", eps_levels=8.0),
        row(picture="c", eps_levels=8.0, before=5, already=True),
    ]
    (accuracy,) = curves(rows)
    assert shares(accuracy) == {0.0: (2 / 3, 3), 2.0: (1 / 3, 3), 8.0: (0.0, 3)}
    (success,) = curves(rows, "success")
    assert shares(success) == {2.0: (1 / 2, 2), 8.0: (1.0, 2)}


def test_the_interval_is_wilsons_of_the_pictures():
    (found,) = curves([row(picture=str(n), **(HELD if n < 7 else {})) for n in range(10)])
    (_, share) = found.points[1]
    assert (share.low, share.high) == pytest.approx(wilson(7, 10))


def test_several_seeds_are_no_more_pictures():
    tried = [(n, seed) for n in range(4) for seed in (0, 1)]
    rows = [row(picture=str(n), seed=seed, **(HELD if n + seed < 3 else {})) for n, seed in tried]
    (found,) = curves(rows)
    (_, share) = found.points[1]
    assert (share.share, share.pictures) == (5 / 8, 4)  # three held with the first seed, two with the other
    low, high = wilson(2, 4), wilson(3, 4)
    assert (share.low, share.high) == pytest.approx(((low[0] + high[0]) / 2, (low[1] + high[1]) / 2))
    assert wilson_of(0.5, 4) == pytest.approx(wilson(2, 4))


def test_a_least_change_counts_from_its_own_size_on_at_every_epsilon_of_the_others():
    rows = [row(eps_levels=eps, picture=name) for eps in (1.0, 4.0) for name in "ab"]
    rows += [row(method="fmn", eps_levels=None, picture="a", distance=3.0)]
    rows += [row(method="fmn", eps_levels=None, picture="b", distance=9.0)]
    _, least = curves(rows)
    assert shares(least) == {0.0: (1.0, 2), 1.0: (1.0, 2), 4.0: (0.5, 2)}
    _, success = curves(rows, "success")
    assert shares(success) == {1.0: (0.0, 2), 4.0: (0.5, 2)}


def test_a_method_without_epsilon_alone_has_one_column_of_its_own():
    (found,) = curves([row(method="pixels", norm="l0", eps_levels=None, distance=5.0)])
    assert shares(found) == {0.0: (1.0, 1), None: (0.0, 1)}


def test_pictures_are_told_by_how_hard_they_are():
    rows = [row(picture="easy", eps_levels=eps) for eps in (1.0, 4.0)]
    rows += [row(picture="middle", eps_levels=1.0, **HELD), row(picture="middle", eps_levels=4.0)]
    rows += [row(picture="hard", eps_levels=eps, **HELD) for eps in (1.0, 4.0)]
    rows += [row(picture="none", already=True)]
    assert [(one.picture, one.hits, one.tries, one.eps_levels) for one in difficulties(rows)] == [
        ("easy", 2, 2, 1.0),
        ("middle", 1, 2, 4.0),
        ("hard", 0, 2, None),
    ]


def test_a_class_has_the_median_of_its_pictures_smallest_epsilons():
    rows = [row(picture=name, eps_levels=eps) for name, eps in (("a", 1.0), ("b", 4.0), ("b", 8.0))]
    rows += [row(picture=name, label=4, **HELD) for name in "cd"]
    assert [(one.label, one.eps_levels, one.tricked, one.pictures) for one in by_class(rows)] == [
        (4, None, 0, 2),
        (3, 2.5, 2, 2),
    ]


def test_mcnemar_is_the_exact_binomial_test_of_the_pairs_that_part():
    # 2 of 10 parted pairs one way: twice the tail of a fair coin.
    by_hand = 2 * sum(comb(10, k) for k in range(3)) / 2**10
    assert mcnemar(2, 8) == mcnemar(8, 2) == pytest.approx(by_hand)
    assert mcnemar(0, 0) == 1.0


def test_networks_are_paired_on_the_same_pictures_with_the_same_settings():
    first = [row(picture=name, **HELD) for name in "abcd"]
    second = [row(picture=name, network="two", **(HELD if name == "a" else {})) for name in "abce"]
    (pair,) = paired(first, second)
    assert (pair.pictures, pair.first, pair.second, pair.only_first, pair.only_second) == (3, 3, 1, 2, 0)
    assert not paired(first, [row(picture="a", eps_levels=9.0)])


def test_two_results_of_one_plan_are_compared_row_by_row():
    first = [row(picture=name) for name in "abc"]
    second = [row(picture="a", after_probability=0.81), row(picture="b", **HELD), row(picture="d")]
    found = agreement(first, second)
    assert (found.both, found.alike, found.only_first, found.only_second) == (2, 1, 1, 1)
    assert found.probability == pytest.approx(0.01)
