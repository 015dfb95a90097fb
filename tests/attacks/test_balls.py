"""Balls, checked against numpy on three oblong images at a time."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch

from tests.helpers import flat
from trickcore import L2, Linf

GRAD = torch.tensor([[3.0, -4.0], [0.0, 5.0], [-0.3, 0.4]]).view(3, 1, 1, 2)


@pytest.mark.parametrize(
    ("ball", "p"), [(Linf(0.1), np.inf), (Linf(2.5), np.inf), (L2(0.1), 2), (L2(2.5), 2)]
)
def test_a_far_point_lands_on_the_shell_each_image_on_its_own(ball, p):
    far = torch.tensor([[3.0, 4.0], [30.0, 0.0], [-1.0, 20.0]]).view(3, 1, 2, 1)
    shell = flat(ball.project(far))
    np.testing.assert_allclose(np.linalg.norm(shell, p, axis=1), ball.eps, rtol=1e-6)
    assert (np.sign(shell) == np.sign(flat(far))).all()


def test_linf_projects_each_value_by_itself():
    delta = torch.tensor([[0.3, -0.05], [-0.3, 0.1], [0.0, -0.2]]).view(3, 1, 1, 2)
    expected = [[0.1, -0.05], [-0.1, 0.1], [0.0, -0.1]]
    np.testing.assert_allclose(flat(Linf(0.1).project(delta)), expected, atol=1e-7)


def test_l2_projects_each_image_along_its_own_line():
    delta = torch.tensor([[3.0, 4.0], [0.6, 0.8], [-30.0, 40.0]]).view(3, 1, 2, 1)
    expected = [[1.2, 1.6], [0.6, 0.8], [-1.2, 1.6]]
    np.testing.assert_allclose(flat(L2(2.0).project(delta)), expected, rtol=1e-6)


@pytest.mark.parametrize("ball", [Linf(0.5), L2(0.5)])
def test_a_point_inside_stays_bit_for_bit(ball):
    inside = torch.tensor([[0.3, -0.39], [0.0, 0.0], [-0.1, 0.48]]).view(3, 1, 1, 2)
    assert torch.equal(ball.project(inside), inside)


def test_the_linf_direction_is_the_sign():
    assert flat(Linf(0.1).direction(GRAD)).tolist() == [[1, -1], [0, 1], [-1, 1]]


def test_the_l2_direction_is_the_unit_vector_of_each_image():
    expected = [[0.6, -0.8], [0.0, 1.0], [-0.6, 0.8]]
    np.testing.assert_allclose(flat(L2(0.1).direction(GRAD)), expected, rtol=1e-6, atol=1e-7)


def test_the_l2_direction_of_a_small_gradient_is_still_one_long():
    length = np.linalg.norm(flat(L2(0.1).direction(1e-12 * GRAD)), axis=1)
    np.testing.assert_allclose(length, 1, rtol=1e-5)


@pytest.mark.parametrize("ball", [Linf(0.1, raw=True), L2(0.1, raw=True)])
def test_the_raw_direction_is_the_gradient_itself(ball):
    assert torch.equal(ball.direction(GRAD), GRAD)


@pytest.mark.parametrize("kind", [Linf, L2])
def test_a_raw_ball_clips_and_measures_as_the_plain_one_does(kind):
    assert torch.equal(kind(0.2, raw=True).project(GRAD), kind(0.2).project(GRAD))
    assert torch.equal(kind(0.2, raw=True).norm(GRAD), kind(0.2).norm(GRAD))


@pytest.mark.parametrize("ball", [Linf(0.1), L2(0.1)])
def test_no_gradient_gives_no_direction_and_no_nan(ball):
    assert flat(ball.direction(torch.zeros(3, 1, 1, 2))).tolist() == [[0, 0]] * 3


@pytest.mark.parametrize(("ball", "p"), [(Linf(0.1), np.inf), (L2(0.1), 2)])
def test_the_norm_is_numpys_for_each_image(ball, p, x):
    np.testing.assert_allclose(ball.norm(x).numpy(), np.linalg.norm(flat(x), p, axis=1), rtol=1e-6)


@pytest.mark.parametrize(("ball", "p"), [(Linf(0.2), np.inf), (L2(0.7), 2)])
def test_a_sample_lies_in_the_ball_and_hardly_ever_at_its_centre(ball, p, x):
    for seed in range(50):
        delta = flat(ball.sample(x, torch.Generator().manual_seed(seed))) - flat(x)
        length = np.linalg.norm(delta, p, axis=1)
        assert (length <= ball.eps + 1e-6).all()
        assert (length > 0.3 * ball.eps).all()  # 30 values: a shorter one has a chance of 0.3 ** 30
        assert len(set(length.round(6))) == 3  # each image is drawn on its own


@pytest.mark.parametrize("ball", [Linf(0.2), L2(0.7)])
def test_a_sample_depends_on_its_seed_and_on_nothing_else(ball, x):
    def drawn(seed: int, elsewhere: int) -> torch.Tensor:
        torch.manual_seed(elsewhere)
        return ball.sample(x, torch.Generator().manual_seed(seed))

    assert torch.equal(drawn(7, 1), drawn(7, 2))
    assert not torch.equal(drawn(7, 1), drawn(8, 1))


@pytest.mark.parametrize(("ball", "mean"), [(Linf(1.0), 1 / 3), (L2(1.0), 1 / 4)])
def test_samples_fill_the_ball_evenly(ball, mean):
    """The mean square of a coordinate is 1/3 in the square and 1/4 in the disc of radius 1."""
    drawn = flat(ball.sample(torch.zeros(4000, 1, 1, 2), torch.Generator().manual_seed(0)))
    np.testing.assert_allclose((drawn**2).mean(0), mean, atol=0.02)
    np.testing.assert_allclose(drawn.mean(0), 0, atol=0.03)


@pytest.mark.parametrize("ball", [Linf(0.0), L2(0.0), Linf(0.0, raw=True), L2(0.0, raw=True)])
def test_a_ball_of_radius_zero_is_a_point(ball, x):
    assert torch.equal(ball.project(GRAD), torch.zeros_like(GRAD))
    assert torch.equal(ball.sample(x, torch.Generator().manual_seed(0)), x)


@pytest.mark.parametrize("kind", [Linf, L2])
@pytest.mark.parametrize("eps", [-0.1, math.nan, math.inf])
def test_a_radius_that_is_none_is_refused(kind, eps):
    with pytest.raises(ValueError, match=f"expected eps >= 0, got {eps}"):
        kind(eps)


@pytest.mark.parametrize("kind", [Linf, L2])
def test_a_ball_cannot_be_changed(kind):
    with pytest.raises(dataclasses.FrozenInstanceError):
        kind(0.1).eps = 0.2
