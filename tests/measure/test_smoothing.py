"""Randomized smoothing: its bound beside scipy's, its radius by hand and on a net that has an exact one."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor, nn

from trickcore import Classifier
from trickcore.attacks.views import evaluation_seed
from trickcore.measure.smoothing import certified_radius, copies, share_at_least, votes


class HalfSpace(nn.Module):
    """Class 1 where the mean of all values is above a threshold: the L2 way to the edge is known."""

    def __init__(self, threshold: float) -> None:
        super().__init__()
        self.threshold, self.asked = threshold, 0

    def forward(self, x: Tensor) -> Tensor:
        self.asked += len(x)
        over = x.mean((1, 2, 3)) - self.threshold
        return torch.stack([-over, over], 1)


def half_space(threshold: float) -> Classifier:
    return Classifier("half", HalfSpace(threshold), ("below", "above"), (4, 5))


GREY = torch.full((3, 4, 5), 0.5)


def last(found):
    *_, end = found
    return end


@pytest.mark.parametrize(
    ("hits", "asked", "alpha"),
    [(99, 100, 0.001), (60, 100, 0.05), (1, 7, 0.01), (990, 1000, 0.001), (9_999, 10_000, 0.001)],
)
def test_the_bound_is_clopper_and_pearsons_as_scipy_has_it(hits, asked, alpha):
    assert share_at_least(hits, asked, alpha) == pytest.approx(
        stats.beta.ppf(alpha, hits, asked - hits + 1), rel=1e-9
    )


def test_the_bound_by_hand_where_all_or_none_agree():
    """All of n: p^n = alpha. None: nothing is known."""
    assert share_at_least(1000, 1000) == pytest.approx(0.001 ** (1 / 1000))
    assert share_at_least(0, 10) == 0


def test_the_bound_is_wrong_no_oftener_than_alpha():
    """Over every outcome of 40 copies, the chance that the bound lies above the true share."""
    for p in (0.5, 0.7, 0.9):
        wrong = sum(stats.binom.pmf(k, 40, p) for k in range(41) if share_at_least(k, 40, 0.05) > p)
        assert 0 < wrong <= 0.05


@pytest.mark.parametrize(("hits", "asked", "alpha"), [(3, 2, 0.1), (-1, 2, 0.1), (1, 2, 0.0), (1, 2, 1.0)])
def test_a_count_that_cannot_be_is_refused(hits, asked, alpha):
    with pytest.raises(ValueError, match="expected 0 <= hits <= asked"):
        share_at_least(hits, asked, alpha)


def test_the_radius_by_hand():
    """From a table of the normal distribution: 1.2816 at 0.9, 2.3263 at 0.99."""
    assert certified_radius(0.25, 0.9) == pytest.approx(0.25 * 1.2816, abs=1e-4)
    assert certified_radius(1.0, 0.99) == pytest.approx(2.3263, abs=1e-4)
    assert certified_radius(1.0, 0.5) == certified_radius(1.0, 0.3) == 0


@pytest.mark.parametrize("sigma", [0.25, 0.5])
def test_the_radius_of_a_half_space_is_a_little_less_than_the_true_way_to_its_edge(sigma):
    """The mean of 60 values crosses the edge, 0.05 away, after 0.05 times the root of 60 in L2."""
    way = 0.05 * math.sqrt(60)
    end = last(votes(half_space(0.45), GREY, sigma, 2000, seed=3))
    assert end.label == 1
    assert 0.8 * way < end.radius < way
    true = NormalDist().cdf(way / sigma)
    assert end.p_low < true
    assert end.hits / end.asked == pytest.approx(true, abs=4 * math.sqrt(true * (1 - true) / 2000))


def test_a_vote_that_is_too_close_abstains_and_proves_nothing():
    end = last(votes(half_space(0.5), GREY, 0.5, 200))
    assert end.over
    assert end.abstains
    assert end.radius == 0


def test_no_radius_is_told_before_all_copies_are_counted_and_every_pass_is():
    classifier = half_space(0.4)
    found = list(votes(classifier, GREY, 0.25, 50, choosing=30, batch=20))
    assert [(one.asked, one.passes, one.over) for one in found] == [
        (0, 20, False), (0, 30, False), (20, 50, False), (40, 70, False), (50, 80, True)
    ]  # fmt: skip
    assert all(one.radius == 0 and not one.abstains for one in found[:-1])
    assert found[-1].radius > 0
    net = classifier.net
    assert isinstance(net, HalfSpace)
    assert net.asked == 80


def test_the_same_seed_draws_the_same_noise_and_it_is_not_the_attack_s():
    first, again, other = (
        [one.others for one in votes(half_space(0.5), GREY, 0.5, 60, seed=seed)] for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other
    rng = torch.Generator().manual_seed(evaluation_seed(1))
    copies = GREY + 0.5 * torch.randn(160, 3, 4, 5, generator=rng)
    counted = int((copies[100:].mean((1, 2, 3)) > 0.5).sum())
    assert dict(first[-1])[1] == counted, "the copies that choose come first, and are not counted"


@pytest.mark.parametrize("given", [{"sigma": 0.0}, {"n": 0}, {"batch": 0}, {"choosing": 0}, {"alpha": 0.0}])
def test_settings_that_make_no_sense_are_refused(given):
    with pytest.raises(ValueError, match="expected sigma > 0, n, choosing and batch >= 1"):
        last(votes(half_space(0.5), GREY, **{"sigma": 0.5, "n": 10, **given}))


class Kept(HalfSpace):
    """Keeps what it was asked about."""

    def __init__(self) -> None:
        super().__init__(0.5)
        self.seen: list[np.ndarray] = []

    def forward(self, x: Tensor) -> Tensor:
        self.seen.append(x.numpy())
        return super().forward(x)


@pytest.mark.parametrize("size", [(4, 5), (5, 5)])
def test_the_copies_that_are_shown_are_the_first_that_are_asked_about(size):
    """75 values a picture: where they do not come in sixteens, the last of what is drawn at once is other."""
    grey, shown, asked = torch.full((3, *size), 0.5), Kept(), Kept()
    assert len(list(copies(Classifier("s", shown, ("a", "b"), size), grey, 0.1, 4, seed=5))) == 4
    last(votes(Classifier("a", asked, ("a", "b"), size), grey, 0.1, 10, seed=5))
    assert np.array_equal(np.concatenate(shown.seen), asked.seen[0][:4])


def test_the_noise_is_as_wide_as_sigma_says():
    net = Kept()
    last(votes(Classifier("k", net, ("a", "b"), (4, 5)), GREY, 0.25, 300))
    noise = np.concatenate(net.seen) - 0.5
    assert noise.std() == pytest.approx(0.25, rel=0.02)
    assert noise.max() > 0.5, "it is not clipped"
