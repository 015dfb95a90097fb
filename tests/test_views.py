"""Views: what the network is shown, and how the gradients of several are averaged."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.conftest import CLASSES, WEIGHTS, flat, gradient, softmax
from trickcore import Attack, Linf, as_is, pgd, sampled, towards, trick

LABELS = np.array([1, 1, 1])


def scaled(x, rng):
    """A look in which every picture is dimmed by one random factor."""
    return x * torch.rand((), generator=rng)


def factors(seed: int, n: int) -> list[float]:
    rng = torch.Generator().manual_seed(seed)
    return [torch.rand((), generator=rng).item() for _ in range(n)]


def test_as_is_shows_the_picture_itself_once(x):
    (shown,) = as_is(x, None)
    assert shown is x


def test_sampled_shows_as_many_views_as_asked_each_another(x):
    shown = list(sampled(scaled, 4)(x, torch.Generator().manual_seed(2)))
    assert len(shown) == 4
    for view, factor in zip(shown, factors(2, 4), strict=True):
        np.testing.assert_allclose(flat(view), flat(x) * factor, rtol=1e-6)


@pytest.mark.parametrize("n", [0, -3])
def test_fewer_than_one_view_is_refused(n):
    with pytest.raises(ValueError, match=f"expected n >= 1 views a step, got {n}"):
        sampled(scaled, n)


def test_a_view_function_that_shows_nothing_is_refused(net, x):
    with pytest.raises(ValueError, match="at least one view"):
        list(pgd(net, x, towards(1), Attack(Linf(0.1), 0.1, 1, views=lambda x, rng: ())))


def test_the_gradients_of_the_views_are_averaged(net, x):
    """With a raw ball the step is the gradient, so the mean over the views can be read off it."""
    attack = Attack(Linf(10.0, raw=True), alpha=0.01, steps=1, views=sampled(scaled, 3))
    middle = 0.5 + 0.2 * (x - 0.5)  # so that nothing meets the walls
    (after,) = pgd(net, middle, towards(1), attack, rng=torch.Generator().manual_seed(4))
    each = [f * gradient(WEIGHTS, f * flat(middle), LABELS) for f in factors(4, 3)]
    np.testing.assert_allclose(flat(after), flat(middle) - 0.01 * np.mean(each, axis=0), atol=1e-6)


def test_the_probabilities_and_the_loss_of_a_step_are_means_over_the_views(toy, x):
    attack = Attack(Linf(0.1), alpha=0.1, steps=1, views=sampled(scaled, 3))
    first = next(iter(trick(toy, x[0], towards(1), attack, seed=4)))
    each = [softmax(f * flat(x)[0] @ WEIGHTS.T) for f in factors(4, 3)]
    np.testing.assert_allclose(first.probs.numpy(), np.mean(each, axis=0), rtol=1e-5)
    assert first.loss == pytest.approx(np.mean([-np.log(p[1]) for p in each]), rel=1e-5)
    assert first.probs.shape == (CLASSES,)


def test_every_step_draws_new_views_and_the_seed_repeats_them(toy, x):
    attack = Attack(Linf(0.1), alpha=0.0, steps=3, views=sampled(scaled, 2))

    def losses(seed: int) -> list[float]:
        return [step.loss for step in trick(toy, x[0], towards(1), attack, seed=seed)]

    assert len(set(losses(0))) == 4  # the picture stands still; what is shown of it does not
    assert losses(0) == losses(0)
    assert losses(0) != losses(1)
