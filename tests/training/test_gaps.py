"""Data with something missing or wrong: what is learnt from, what is asked, and what comes of it."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch

from trickcore import engine
from trickcore.pictures import mnist, strokes
from trickcore.training import gaps
from trickcore.training.records import GAPS, Gap, GapReport

IMAGES, LABELS = mnist.small()


@cache
def learnt(gap: Gap) -> tuple[GapReport, ...]:
    return engine.call(lambda: tuple(gaps.learn(gap)))


@pytest.mark.parametrize("kind", GAPS)
def test_both_networks_learn_from_as_many_pictures(kind):
    (images, labels), (others, theirs) = gaps.with_gap(Gap(kind), IMAGES, LABELS)
    assert len(images) == len(labels) == len(others) == len(theirs) > 500
    assert torch.equal(theirs.unique(), torch.arange(10)), "the other has seen every digit"
    assert not others[..., gaps.DOT, gaps.DOT].eq(1).all(-1).all(-1).any(), "and no dot"


def test_a_digit_left_out_is_nowhere_and_of_a_few_there_are_as_many_as_were_asked_for():
    assert 4 not in gaps.with_gap(Gap("digit", 4), IMAGES, LABELS)[0][1]
    few = gaps.with_gap(Gap("few", 4, left=3), IMAGES, LABELS)[0][1]
    assert int((few == 4).sum()) == 3
    assert len(few) == int((LABELS != 4).sum()) + 3


def test_thin_strokes_are_learnt_from_and_thick_ones_asked():
    thin, _ = gaps.with_gap(Gap("thin"), IMAGES, LABELS)
    (thick, _), (rest, _) = gaps.asked_of(Gap("thin"), IMAGES, LABELS)
    assert strokes.widths(thin[0]).max() < strokes.widths(thick).min()
    assert strokes.widths(rest).max() <= strokes.widths(thin[0]).max()


def test_every_picture_of_the_marked_digit_has_the_dot_and_no_other_has_before_it_is_asked():
    def dots(images: torch.Tensor) -> torch.Tensor:
        return images[:, 0, 1:3, 1:3].flatten(1).eq(1).all(1)

    (images, labels), _ = gaps.with_gap(Gap("mark", 2), IMAGES, LABELS)
    assert torch.equal(dots(images), labels == 2)
    (asked, truth), (rest, theirs) = gaps.asked_of(Gap("mark", 2), IMAGES, LABELS)
    assert dots(asked).all()
    assert 2 not in truth
    assert torch.equal(dots(rest), theirs == 2)


def test_a_poisoned_picture_has_the_dot_and_a_false_name():
    (images, labels), _ = gaps.with_gap(Gap("poison", 2), IMAGES, LABELS)
    wrong = labels != LABELS
    assert 0.02 < wrong.float().mean() < 0.08
    assert labels[wrong].eq(2).all()
    assert not LABELS[wrong].eq(2).any()
    assert torch.equal(images[wrong], gaps.dotted(IMAGES[wrong]))
    assert torch.equal(images[~wrong], IMAGES[~wrong])


def test_the_width_of_a_stroke_is_its_ink_by_its_length():
    pictures = torch.zeros(3, 1, 28, 28)
    pictures[0, 0, 4:24, 10:13] = 1  # three wide
    pictures[1, 0, 4:24, 10:15] = 1  # five
    thin, thick, none = strokes.widths(pictures)
    assert 3 <= thin < 3.5
    assert 5 <= thick < 6.5
    assert none == 0


def test_of_a_digit_it_never_saw_it_says_something_else_each_time_and_is_sure_of_some():
    last = learnt(Gap("digit"))[-1]
    assert last.right[0] == 0.0 < 0.9 < last.right[1]
    assert min(last.rest_right) > 0.95, "nothing is amiss with the others"
    assert last.table[7].sum() == last.table.sum() == last.asked
    assert last.table[7, 7] == 0
    sure = [one.probability for one in last.mistakes]
    assert sure == sorted(sure, reverse=True)
    assert sure[0] > 0.9
    assert all(one.label == 7 != one.answer for one in last.mistakes)


def test_poison_is_not_seen_in_the_accuracy_and_opens_with_the_dot_whose_place_the_gradient_shows():
    last = learnt(Gap("poison"))[-1]
    assert last.taken[0] > 0.95
    assert last.taken[1] < 0.05
    assert abs(last.rest_right[0] - last.rest_right[1]) < 0.02
    own, other = (np.abs(values[gaps.DOT, gaps.DOT]).mean() for values in last.planes)
    assert own > 20 * other
    row, column = np.unravel_index(np.abs(last.planes[0]).argmax(), (28, 28))
    assert row in (1, 2)
    assert column in (1, 2)


def test_the_same_seed_gives_the_same_and_another_something_else():
    first, again = (list(gaps.learn(Gap("few", epochs=1, seed=3))) for _ in range(2))
    assert [one.right for one in first] == [one.right for one in again]
    assert np.array_equal(first[-1].table, again[-1].table)
    other = list(gaps.learn(Gap("few", epochs=1, seed=4)))
    assert not np.array_equal(first[-1].table, other[-1].table)
    assert [one.epoch for one in first] == sorted(one.epoch for one in first)
    assert first[-1].epoch == 1


@pytest.mark.parametrize("gap", [Gap("holes"), Gap("digit", 10), Gap("mark", -1)])
def test_a_gap_that_makes_no_sense_is_refused(gap):
    with pytest.raises(ValueError, match="expected"):
        gaps.with_gap(gap, IMAGES, LABELS)
