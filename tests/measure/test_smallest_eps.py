"""The search for the smallest epsilon, on a net whose answer can be worked by hand, and on a real one."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.helpers import plain, softmax
from trickcore import Classifier, Recipe, engine, measure
from trickcore.measure.smallest_eps import Try, others, search_stepwise, smallest
from trickcore.pictures import samples
from trickcore.pictures.files import encode, to_png
from trickcore.plots import eps_search
from trickcore.plots.style import LIGHT
from trickcore.runs import frames

RED, GREEN, BLUE = range(3)


class Always(nn.Module):
    """Red, whatever is shown."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.tensor([9.0, 0.0, 0.0]) + 0 * x.mean((2, 3))


def levels(red: int, green: int, blue: int = 0) -> bytes:
    return to_png(plain(8, 12, red / 255, green / 255, blue / 255))


def recipe(**settings: object) -> Recipe:
    return Recipe(**{"target": GREEN, "steps": 4, **settings})  # type: ignore[arg-type]


def search(classifier: Classifier, data: bytes, **options: float) -> list[Try]:
    return list(smallest(classifier, data, recipe(), **options))


# Red falls by epsilon and green rises by it, each rounded to a whole level when saved.


def test_the_answer_is_the_one_worked_by_hand(colours):
    """100 to 98: one level each is a draw, which red wins, so two are needed, and 1.5 rounds to 2."""
    found = search(colours, levels(100, 98))
    assert [one.eps for one in found[:4]] == [0, 0.5, 1, 2]
    assert [one.worked for one in found[:4]] == [False, False, False, True]
    answer = found[-1].answer
    assert answer is not None
    assert 1.5 - 1e-3 <= answer <= 1.6
    assert answer - found[-1].failed <= 0.1


def test_each_try_has_the_file_s_own_epsilon_beside_the_one_asked(colours):
    """Each colour value moves by epsilon, rounded to a whole level: half a level is a whole one or none."""
    for one in search(colours, levels(100, 98)):
        assert one.saved == round(one.saved)
        assert abs(one.saved - one.eps) <= 0.5 + 1e-6
    whole = {one.eps: one.saved for one in search(colours, levels(200, 100))}
    assert whole[64] == 64
    l2 = list(smallest(colours, levels(200, 100), recipe(norm="l2")))
    (big,) = [one for one in l2 if one.eps == 51.2]
    assert big.saved == pytest.approx(51.2, abs=0.6)


def test_a_large_answer_is_found_to_five_percent(colours):
    """200 to 100: 100 + m is more than 200 - m from m = 51 on, which 50.5 rounds to."""
    found = search(colours, levels(200, 100))
    assert [one.eps for one in found[:9]] == [0, 0.5, 1, 2, 4, 8, 16, 32, 64]
    answer = found[-1].answer
    assert answer is not None
    assert 50.5 - 1e-3 <= answer <= 50.5 * 1.06
    assert len(found) == 9 + 4, "32 halved until it is at most 5 % of the answer: 16, 8, 4, 2"


def test_a_finer_tolerance_comes_no_closer_than_five_percent_and_a_coarser_one_stops_sooner(colours):
    fine, coarse = (search(colours, levels(100, 98), tolerance=t) for t in (0.01, 1.0))
    answer = fine[-1].answer or 0
    assert answer - fine[-1].failed <= 0.05 * answer
    assert [one.eps for one in coarse] == [0, 0.5, 1, 2]


def test_every_try_lies_between_what_failed_and_what_worked_and_the_bracket_never_grows(colours):
    found = search(colours, levels(180, 120))
    assert [one.number for one in found] == list(range(len(found)))
    assert [one.over for one in found] == [False] * (len(found) - 1) + [True]
    for last, one in pairwise(found):
        assert last.failed < one.eps
        assert last.works is None or one.eps < last.works
        assert one.failed >= last.failed
        assert (one.works or 255) <= (last.works or 255)
        assert one.worked == (one.eps == one.works), "worked is what moved the upper end"


def test_the_probability_of_a_try_is_the_saved_pictures(colours):
    found = search(colours, levels(100, 98))
    one = next(one for one in found if one.eps == 2)
    by_hand = softmax(10 * np.array([98, 100, 0]) / 255)[GREEN]
    assert one.probability == pytest.approx(by_hand, rel=1e-4)
    assert one.name == "green"
    assert found[0].probability == pytest.approx(softmax(10 * np.array([100, 98, 0]) / 255)[GREEN], rel=1e-4)


def test_below_half_a_level_nothing_moves(colours):
    untouched, tried = search(colours, levels(100, 98), most=0.45)
    assert tried.eps == 0.45
    assert tried.probability == untouched.probability
    assert tried.over
    assert tried.answer is None


def test_where_it_never_works_the_largest_is_tried_and_said_to_fail():
    found = search(Classifier("always", Always(), ("red", "green", "blue"), (8, 12)), levels(100, 98))
    assert [one.eps for one in found] == [0, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 255]
    assert not any(one.worked for one in found)
    assert found[-1].over
    assert (found[-1].answer, found[-1].failed, found[-1].works) == (None, 255, None)
    assert eps_search.answer_text(eps_search.Need("green", None, 255, True, True)) == "not even 255"


def test_what_is_the_target_already_needs_nothing(colours):
    (only,) = search(colours, levels(10, 200))
    assert (only.eps, only.worked, only.over, only.answer) == (0, True, True, 0)


def test_half_a_level_that_works_is_not_halved_again(colours):
    """A draw, won by one level: at half a level rounding decides, just above it surely."""
    found = search(colours, levels(101, 101))
    answer = found[-1].answer
    assert answer is not None
    assert 0.5 <= answer <= 0.6
    if answer == 0.5:
        assert [one.eps for one in found] == [0, 0.5]


def test_without_a_target_any_other_answer_will_do(colours):
    found = list(smallest(colours, levels(100, 98), recipe(target=None)))
    assert 0.5 <= (found[-1].answer or 0) <= 2, "green rises as red falls, or red falls alone"
    assert found[-1].over


def test_a_step_size_or_an_early_end_set_by_hand_plays_no_part(colours):
    plain_one = search(colours, levels(100, 98))
    odd = list(smallest(colours, levels(100, 98), recipe(alpha=0.001, stop_at=0.1)))
    assert [(one.eps, one.probability) for one in odd] == [(one.eps, one.probability) for one in plain_one]


def test_under_l2_less_than_half_a_level_on_average_is_tried(colours):
    found = list(smallest(colours, levels(100, 98), recipe(norm="l2")))
    assert found[1].eps == 0.1
    assert found[-1].answer is not None


def test_every_step_on_the_way_gives_others_a_turn(colours):
    items = list(search_stepwise(colours, levels(100, 98), recipe()))
    runs = sum(one is not None for one in items) - 1  # the untouched picture takes no step
    assert sum(one is None for one in items) == runs * 5, "steps + 1 frames a run"


@pytest.mark.parametrize("options", [{"most": 0}, {"most": 256}, {"tolerance": 0}])
def test_a_search_that_makes_no_sense_is_refused(colours, options):
    with pytest.raises(ValueError, match="expected 0 < most <= 255"):
        search(colours, levels(100, 98), **options)


def test_other_targets_are_drawn_by_the_seed_and_are_none_of_those_known():
    drawn = others(1000, {3, 7}, 3, seed=1)
    assert len(set(drawn)) == 3
    assert drawn == others(1000, {3, 7}, 3, seed=1) != others(1000, {3, 7}, 3, seed=2)
    assert sorted(others(10, {5, 8}, 99)) == [0, 1, 2, 3, 4, 6, 7, 9]


def test_on_a_real_network_the_answer_works_and_what_is_said_to_fail_fails(lite0):
    asked = Recipe(target=145, steps=8)
    found = engine.call(lambda: list(smallest(lite0, samples.sample("cat"), asked)))
    end = found[-1]
    assert end.answer is not None
    assert 0.5 < end.answer < 4
    for eps, expected in ((end.answer, True), (end.failed, False)):
        verdict = engine.call(played, lite0, Recipe(target=145, steps=8, eps=eps))
        assert (verdict.outcome == "tricked") is expected
        assert verdict.wanted == next(one.probability for one in found if one.eps == eps)


def played(classifier: Classifier, asked: Recipe) -> measure.Verdict:
    """A run from start to end, as the Trick page plays and judges it."""
    first, *_, last = frames.run_recipe(classifier, samples.sample("cat"), asked)
    assert first.pixels is not None
    assert last.pixels is not None
    return measure.verdict(classifier, encode(first.pixels), encode(last.pixels), asked.target)


# The charts


def test_the_curve_has_a_point_a_try_and_marks_the_answer(colours):
    found = search(colours, levels(100, 98))
    figure = eps_search.tries_chart(found, wanted="green")
    _, failed, worked = figure.data
    assert {one.eps: one.worked for one in found} == {
        **dict.fromkeys(failed.x, False),
        **dict.fromkeys(worked.x, True),
    }
    assert set(failed.marker.color) == {LIGHT.original.line}
    assert set(worked.marker.color) == {LIGHT.target.line}
    assert figure.layout.shapes[0].x0 == found[-1].answer
    assert list(figure.data[0].x) == sorted(figure.data[0].x)
    assert not eps_search.tries_chart(found[:3]).layout.shapes, "no answer yet"
    assert list(eps_search.tries_chart([]).data[0].x) == []


def test_of_points_that_crowd_the_later_ones_are_numbered(colours):
    found = search(colours, levels(200, 100))
    _, failed, worked = eps_search.tries_chart(found).data
    numbers = [int(text[3:-4]) for text in (*failed.text, *worked.text) if text]
    assert len(set(numbers)) == len(numbers) < len(found)
    assert found[-1].number in numbers
    near_zero = [one.number for one in found if one.eps <= 1]
    assert [number for number in numbers if number in near_zero] == [0], "0.5 and 1 are too near to 2"


def test_a_bar_is_as_long_as_what_a_target_needs():
    needs = [
        eps_search.Need("green", 2.0, 1.9, True, True),
        eps_search.Need("blue", 16.0, 15.0, True, False),
        eps_search.Need("grey", None, 4.0, False, False),
    ]
    bars = eps_search.needs_chart(needs).data
    assert [bar.x[0] for bar in bars] == [2, 16, 4]
    assert bars[0].marker.color == LIGHT.target.line != bars[1].marker.color
    assert bars[2].marker.color == "rgba(0,0,0,0)", "an outline: not found yet"
    assert [eps_search.answer_text(need) for need in needs] == ["2 of 255", "16 of 255", "more than 4 …"]
    assert eps_search.answer_text(eps_search.Need("a", 8, 4, False, False)) == "at most 8 …"
    assert eps_search.answer_text(eps_search.Need("a", 0, 0, True, False)) == "nothing: it is that already"
    assert eps_search.answer_text(eps_search.Need("a", None, 0, False, False)) == "…"
