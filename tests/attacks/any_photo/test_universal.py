"""One change for all photos: worked by hand on colours, within its epsilon, its passes counted."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from tests.attacks.any_photo.test_sticker import SIZE, colours, pictures
from tests.helpers import Linear
from trickcore.attacks import Universal, universal
from trickcore.attacks.any_photo.pictures import cut


def made(settings, seed=0, classifier=None, x=None):
    return list(universal(classifier or colours(), pictures() if x is None else x, settings, seed=seed))


def reddish(n=4):
    """Pictures that are read as red, and nearly as green."""
    values = torch.rand(n, 3, *SIZE, generator=torch.Generator().manual_seed(6)) * 0.05 + 0.4
    values[:, 0] += 0.03
    values[:, 1] += 0.02
    return values


def test_away_from_red_less_red_and_more_of_the_rest():
    run = made(Universal(eps=0.1, steps=8), x=reddish())
    assert torch.allclose(run[-1].change[0], torch.full(SIZE, -0.1), atol=1e-6)
    assert torch.allclose(run[-1].change[1:], torch.full((2, *SIZE), 0.1), atol=1e-6)
    assert run[-1].wanted > run[0].wanted


def test_towards_blue_more_blue_and_less_of_the_rest():
    run = made(Universal(eps=0.05, target=2, steps=8), x=reddish())
    assert torch.allclose(run[-1].change[2], torch.full(SIZE, 0.05), atol=1e-6)
    assert torch.allclose(run[-1].change[:2], torch.full((2, *SIZE), -0.05), atol=1e-6)


def test_no_value_leaves_epsilon_and_the_first_step_is_a_quarter_of_it():
    run = made(Universal(eps=0.08, steps=5), x=reddish())
    assert not run[0].change.any()
    assert run[1].change.abs().max() == pytest.approx(0.02)
    assert (run[1].change - 0).abs().min() == pytest.approx(0.02)
    for step in run:
        assert step.change.abs().max() <= 0.08 + 1e-7
    own = made(Universal(eps=0.08, steps=5, alpha=0.001), x=reddish())
    assert own[1].change.abs().max() == pytest.approx(0.001)
    second = (own[2].change - own[1].change).abs().max()
    assert second == pytest.approx(0.001 * (1 + math.cos(math.pi / 5)) / 2, rel=1e-4)


def test_a_picture_that_is_lost_clearly_pulls_no_more():
    """Twenty nats away: without the limit its gradient would go on as large as ever."""
    run = made(Universal(eps=1.0, steps=3, photos=2, alpha=0.9), x=reddish())
    assert run[1].wanted > 0.99
    assert torch.equal(run[2].change.sign(), run[1].change.sign()), "momentum alone goes on"
    still = made(Universal(eps=1.0, steps=3, photos=2, alpha=0.9, momentum=0.0), x=reddish())
    assert torch.equal(still[2].change, still[1].change)


def test_passes_are_counted_as_the_network_counts_them():
    net = Linear(np.random.default_rng(1).normal(size=(3, 3 * SIZE[0] * SIZE[1])) / 100)
    run = made(Universal(steps=4, photos=6), classifier=colours(net))
    assert net.forwards == 5 + 5, "of each step's pictures also without the change"
    assert net.backwards == 4
    assert run[-1].passes == 6 * (10 + 4)


def test_the_same_seed_makes_the_same_change():
    first, again, other = (made(Universal(steps=3), seed)[-1].change for seed in (1, 1, 2))
    assert torch.equal(first, again)
    net = Linear(np.random.default_rng(1).normal(size=(3, 3 * SIZE[0] * SIZE[1])) / 100)
    kinds = [made(Universal(steps=3), seed, colours(net))[-1].change for seed in (1, 2)]
    assert not torch.equal(*kinds)
    assert other.shape == first.shape


def test_a_cut_shows_a_part_of_the_photo_at_most_twice_as_large_mirrored_or_not():
    ramp = (torch.arange(SIZE[1]) / (SIZE[1] - 1)).expand(200, 1, *SIZE).contiguous()
    found = cut(ramp, torch.Generator().manual_seed(0))
    assert found.shape == ramp.shape
    spans = found[:, 0, 5, -1] - found[:, 0, 5, 0]
    assert 0.45 < spans.abs().min() < 0.6
    assert 0.9 < spans.abs().max() <= 1.0
    assert 60 < int((spans < 0).sum()) < 140, "about half are mirrored"
    assert found.min() >= 0
    assert found.max() <= 1


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"eps": -0.1}, "expected eps from 0 to 1, got -0.1"),
        ({"eps": 1.5}, "expected eps from 0 to 1, got 1.5"),
        ({"steps": 0}, "expected steps and photos >= 1, got 0 and 8"),
        ({"photos": 0}, "expected steps and photos >= 1"),
        ({"alpha": -1.0}, "expected alpha >= 0, got -1.0"),
        ({"momentum": math.inf}, "expected momentum >= 0, got inf"),
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        Universal(**wrong)


def test_what_is_no_class_or_no_batch_is_refused():
    with pytest.raises(ValueError, match="expected a target from 0 to 2, got 7"):
        made(Universal(target=7))
    with pytest.raises(ValueError, match="expected pictures of shape"):
        made(Universal(), x=pictures()[0])
