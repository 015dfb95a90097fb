"""What is judged of a change for all photos: on pictures it was not made with, as they would be saved."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.helpers import Colours
from trickcore import Classifier, load
from trickcore.attacks import Sticker, Universal, sticker, universal
from trickcore.measure.one_for_all import (
    DIGITS,
    held_out,
    made_over,
    sticker_count,
    universal_count,
)
from trickcore.pictures import samples
from trickcore.pictures.drawing import drawn_png

SIZE = (24, 40)
COLOURS = Classifier("colours", Colours(), ("red", "green", "blue"), SIZE, 3, resize=None)


def green(n=3):
    values = torch.full((n, 3, *SIZE), 0.2)
    values[:, 1] = 0.35
    return values


def counts(texture, settings, n, images=None, **how):
    return list(sticker_count(COLOURS, green() if images is None else images, texture, settings, n, **how))


def red(side=12):
    texture = torch.zeros(3, side, side)
    texture[0] = 1
    return texture


def test_a_red_sticker_on_green_pictures_wins_from_the_size_on_that_arithmetic_says():
    """Red has 0.2 (1 - a) + a of the mean, green 0.35 (1 - a): red leads above a = 0.15 / 1.15."""
    assert counts(red(), Sticker(0, "square", area=0.1), 20)[-1].read.hits == 0
    assert counts(red(), Sticker(0, "square", area=0.16), 20)[-1].read.hits == 20
    smaller = counts(red(), Sticker(0, "square", area=0.16), 20, area=0.1)
    assert smaller[-1].read.hits == 0, "judged at another size than it was made for"


def test_every_picture_has_its_share_of_the_places_and_a_count_comes_after_each_batch():
    images = green(3)
    images[2, 1] = 0.9  # which no red sticker of this size wins
    found = counts(red(), Sticker(0, "square", area=0.16), 20, images, batch=8, show=5)
    assert [count.read.asked for count in found] == [8, 16, 20]
    assert [count.done for count in found] == [0.4, 0.8, 1.0]
    assert [(tally.hits, tally.asked) for tally in found[-1].by_photo] == [(7, 7), (7, 7), (0, 6)]
    assert found[-1].read.hits == 14
    assert [seen.label for seen in found[-1].seen] == [0, 0, 1, 0, 0]
    assert found[-1].seen[0].pixels.dtype == np.uint8


def test_the_places_are_those_of_the_seed_whatever_the_batch_and_none_that_it_was_made_at():
    settings = Sticker(0, "round", area=0.12)
    first, again, other = (
        counts(red(), settings, 12, batch=batch, seed=seed, show=12)[-1].seen
        for batch, seed in ((5, 1), (12, 1), (12, 2))
    )
    assert all(np.array_equal(one.pixels, two.pixels) for one, two in zip(first, again, strict=True))
    assert not all(np.array_equal(one.pixels, two.pixels) for one, two in zip(first, other, strict=True))


@pytest.mark.parametrize("wrong", [{"n": 0}, {"n": 3, "batch": 0}])
def test_no_places_or_no_batch_are_refused(wrong):
    with pytest.raises(ValueError, match="expected n >= 1 and batch >= 1"):
        counts(red(), Sticker(0), wrong.pop("n"), **wrong)


def test_a_universal_change_is_counted_on_so_many_cuts():
    change = torch.zeros(3, *SIZE)
    change[0] = 0.2
    found = universal_count(COLOURS, green(), Universal(0.2, target=0), change, 25)
    assert (found.fooled.hits, found.fooled.asked) == (25, 25)
    assert (found.read.hits, found.read.asked) == (25, 25)
    assert found.before == (1,) * 8
    assert [seen.label for seen in found.seen] == [0] * 8
    weak = universal_count(COLOURS, green(), Universal(0.1), change / 2, 25)
    assert weak.fooled.hits == 0, "0.3 of red against 0.35 of green"
    assert weak.read.asked == 0, "without a target none is asked about"
    with pytest.raises(ValueError, match="expected n >= 1"):
        universal_count(COLOURS, green(), Universal(), change, 0)


def test_half_a_grey_level_is_not_counted_since_no_file_holds_it():
    images = torch.full((1, 3, *SIZE), 100 / 255)
    images[:, 1] = 101 / 255
    change = torch.zeros(3, *SIZE)
    change[0], change[1] = 0.49 / 255, -0.49 / 255
    assert universal_count(COLOURS, images, Universal(), change, 5).fooled.hits == 0
    assert universal_count(COLOURS, images, Universal(), 2.1 * change, 5).fooled.hits == 5


@pytest.mark.network
def test_photos_that_judge_are_none_that_it_was_made_over():
    assert not set(samples.MADE_OVER) & set(samples.HELD_OUT)
    assert set(samples.SAMPLES) < {*samples.MADE_OVER, *samples.HELD_OUT}
    classifier = load()
    made, held = made_over(classifier), held_out(classifier, [samples.sample("rocket")])
    assert len(made) == len(samples.MADE_OVER) == 9
    assert len(held) == len(samples.HELD_OUT) + 1 == 5
    assert made.shape[1:] == held.shape[1:] == (3, 224, 224)
    digits = load("digits-standard")
    first, second = made_over(digits), held_out(digits, [drawn_png("5")])
    assert len(first) == DIGITS
    assert len(second) == DIGITS + 1
    assert not any(torch.equal(one, two) for one in first for two in second[:DIGITS])


@pytest.mark.network
def test_a_sticker_made_over_some_digits_turns_others_into_its_class():
    digits = load("digits-standard")
    settings = Sticker(8, area=0.25, steps=60, photos=32)
    *_, last = sticker(digits, made_over(digits), settings)
    texture = (last.sticker * 255).round() / 255
    unseen = held_out(digits)
    *_, works = sticker_count(digits, unseen, texture, settings, 120)
    *_, grey = sticker_count(digits, unseen, torch.full_like(texture, 0.5), settings, 120)
    assert works.read.share > 0.6
    assert grey.read.share < 0.4


@pytest.mark.network
@pytest.mark.slow
def test_a_sticker_for_photos_is_read_as_its_class_on_photos_it_was_not_made_with():
    classifier = load()
    settings = Sticker(574, area=0.15, steps=60)  # a golf ball
    *_, last = sticker(classifier, made_over(classifier), settings)
    *_, found = sticker_count(classifier, held_out(classifier), last.sticker, settings, 40)
    assert found.read.share > 0.3


@pytest.mark.network
@pytest.mark.slow
def test_one_change_for_all_takes_the_answer_from_photos_it_was_not_made_with():
    classifier = load()
    settings = Universal(eps=16 / 255, steps=25, photos=4)
    *_, last = universal(classifier, made_over(classifier), settings)
    unseen = held_out(classifier)
    found = universal_count(classifier, unseen, settings, last.change, 24)
    assert found.fooled.share > 0.6
    noise = torch.randint(0, 2, last.change.shape, generator=torch.Generator().manual_seed(1)) * 2.0 - 1
    beside = universal_count(classifier, unseen, settings, noise * settings.eps, 24)
    assert beside.fooled.share < found.fooled.share, "noise of the same size does less"
