"""A sticker: worked by hand where colours are the answer, its passes counted, repeatable, and real."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from tests.attacks.methods import toy
from tests.helpers import Colours, Linear
from trickcore import Classifier
from trickcore.attacks import Sticker, sticker
from trickcore.attacks.any_photo import placements
from trickcore.attacks.any_photo import sticker as module

SIZE = (24, 40)


def colours(net=None):
    return Classifier("colours", net or Colours(), ("red", "green", "blue"), SIZE, 3, resize=None)


def pictures(n=3, seed=4):
    values = np.random.default_rng(seed).integers(40, 216, (n, 3, *SIZE))
    return torch.from_numpy((values / 255).astype(np.float32))


def made(settings, seed=0, x=None, classifier=None):
    return list(sticker(classifier or colours(), pictures() if x is None else x, settings, seed=seed))


@pytest.mark.parametrize("target", [0, 1, 2])
@pytest.mark.parametrize("shape", ["round", "square"])
def test_where_colours_are_the_answer_it_takes_the_colour_of_its_class(target, shape):
    run = made(Sticker(target, shape, area=0.2, steps=30))
    last = run[-1].sticker
    inside = last[:, 5:-5, 5:-5]
    assert (inside[target] == 1).float().mean() > 0.95
    others = [k for k in range(3) if k != target]
    assert (inside[others] == 0).float().mean() > 0.95
    assert run[-1].probability > run[0].probability + 0.2


def test_the_first_step_goes_against_the_sign_of_the_gradient_and_is_alpha_long():
    alpha = 0.1
    run = made(Sticker(0, "square", area=0.2, steps=5, alpha=alpha))
    first = run[1].sticker - run[0].sticker
    inside = first[:, 3:-3, 3:-3]
    assert torch.allclose(inside[0], torch.full_like(inside[0], alpha))
    assert torch.allclose(inside[1:], torch.full_like(inside[1:], -alpha))
    second = run[2].sticker - run[1].sticker
    length = alpha * (1 + math.cos(math.pi / 5)) / 2
    assert second[0, 5, 5] == pytest.approx(length, rel=1e-5)


def test_it_begins_grey_has_a_pixel_a_pixel_and_stays_between_black_and_white():
    run = made(Sticker(1, "square", area=0.15, steps=12, alpha=0.4))
    assert (run[0].sticker == 0.5).all()
    side = math.ceil(math.sqrt(0.15 * SIZE[0] * SIZE[1]))
    assert run[0].sticker.shape == (3, side, side)
    for step in run:
        assert step.sticker.min() >= 0
        assert step.sticker.max() <= 1
    assert [step.index for step in run] == list(range(13))


def test_passes_are_counted_as_the_network_counts_them():
    net = Linear(np.random.default_rng(1).normal(size=(3, 3 * SIZE[0] * SIZE[1])) / 100)
    run = made(Sticker(2, steps=6, photos=5), classifier=colours(net))
    assert net.forwards == 7
    assert net.backwards == 6
    assert run[-1].passes == 5 * (7 + 6)
    assert run[0].passes == 10


def test_the_same_seed_makes_the_same_sticker_and_another_another():
    settings = Sticker(0, area=0.1, steps=4)
    uneven = colours(Linear(np.random.default_rng(1).normal(size=(3, 3 * SIZE[0] * SIZE[1])) / 100))
    first, again, other = (made(settings, seed, classifier=uneven)[-1].sticker for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    quick = made(Sticker(0, area=0.1, steps=4, momentum=0.0), 1, classifier=uneven)[-1].sticker
    assert not torch.equal(first, quick)


def test_while_it_is_made_it_covers_less_and_more_than_asked(monkeypatch):
    asked = []
    real = placements.drawn

    def watched(n, shape, areas, turn, size, rng):
        asked.append((n, shape, areas, turn, size))
        return real(n, shape, areas, turn, size, rng)

    monkeypatch.setattr(module, "drawn", watched)
    made(Sticker(0, "square", area=0.1, steps=2, photos=3))
    assert asked == [(3, "square", (pytest.approx(0.07), pytest.approx(0.2)), 22.5, SIZE)] * 3


def test_a_digits_sticker_is_grey_and_its_digits_are_not_mirrored():
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(28 * 28, 4)).requires_grad_(False)
    seen = []
    net.register_forward_pre_hook(lambda _, given: seen.append(given[0].detach().clone()))
    classifier = Classifier("grey", net, tuple("abcd"), (28, 28), 1, resize=None)
    image = torch.rand(1, 1, 28, 28, generator=torch.Generator().manual_seed(5))
    (*_, last) = sticker(classifier, image, Sticker(1, steps=2))
    assert last.sticker.shape[0] == 1
    for shown in seen:
        assert ((shown == image).float().mean((1, 2, 3)) > 0.7).all(), "all but the sticker is as it was"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"shape": "star"}, "expected one of round, square, got 'star'"),
        ({"area": 0.0}, "expected area above 0 and at most 0.5, got 0.0"),
        ({"area": 0.6}, "expected area above 0 and at most 0.5, got 0.6"),
        ({"steps": 0}, "expected steps and photos >= 1, got 0 and 4"),
        ({"photos": 0}, "expected steps and photos >= 1, got 200 and 0"),
        ({"alpha": 0.0}, "expected alpha > 0, got 0.0"),
        ({"alpha": math.nan}, "expected alpha > 0, got nan"),
        ({"momentum": -1.0}, "expected momentum >= 0, got -1.0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        Sticker(0, **wrong)


def test_what_is_no_batch_of_pictures_or_no_class_is_refused():
    with pytest.raises(ValueError, match="expected a target from 0 to 2, got 3"):
        made(Sticker(3))
    with pytest.raises(ValueError, match=r"expected pictures of shape \(N, C, H, W\), at least one"):
        made(Sticker(0), x=pictures()[0])
    with pytest.raises(ValueError, match="at least one"):
        made(Sticker(0), x=pictures()[:0])
    with pytest.raises(ValueError, match="expected pixels in"):
        made(Sticker(0), x=pictures() + 1)
    with pytest.raises(ValueError, match="expected a picture of shape"):
        made(Sticker(0), x=pictures()[:, :1], classifier=toy(Colours()))
