"""Views: what the network is shown, and how the gradients of several are averaged."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.helpers import CLASSES, WEIGHTS, flat, gradient, softmax
from trickcore import Attack, Linf, as_is, pgd, sampled, towards, trick
from trickcore.attacks.views import shaken

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


def numbered() -> torch.Tensor:
    """Three pictures in which every value is another, oblong."""
    return (torch.arange(3 * 2 * 7 * 9) / 1000).view(3, 2, 7, 9)


def moves(view: torch.Tensor, x: torch.Tensor) -> list[tuple[int, int]]:
    """The moves (down, right) that make each picture of x the view's, what leaves coming in again."""
    found = []
    for one, was in zip(view.numpy(), x.numpy(), strict=True):
        places = [(d, r) for d in range(-4, 5) for r in range(-4, 5)]
        found += [at for at in places if np.array_equal(one, np.roll(was, at, (1, 2)))]
    assert len(found) == len(x)
    return found


def test_a_shift_moves_a_whole_view_by_whole_pixels_and_every_way_comes_up():
    x = numbered()
    seen = set()
    for view in shaken(0.0, 1, 80)(x, torch.Generator().manual_seed(6)):
        at = moves(view, x)
        assert len(set(at)) == 1
        seen.update(at)
    assert seen == {(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)}


def test_noise_is_uniform_within_its_reach_and_another_for_every_value_and_view():
    x = torch.full((2, 3, 40, 50), 0.5)
    views = torch.stack(list(shaken(0.3, 0, 3)(x, torch.Generator().manual_seed(7))))
    noise = (views - 0.5).flatten().double().numpy()
    assert len(np.unique(noise)) > 0.99 * noise.size
    assert np.abs(noise).max() <= 0.3
    shares, _ = np.histogram(noise, bins=6, range=(-0.3, 0.3))
    np.testing.assert_allclose(shares / noise.size, 1 / 6, atol=0.01)


def test_nothing_shaken_is_the_picture_itself_as_often_as_asked(x):
    shown = list(shaken(0.0, 0, 4)(x, torch.Generator().manual_seed(0)))
    assert len(shown) == 4
    assert all(torch.equal(view, x) for view in shown)


def test_the_gradients_of_shaken_views_find_their_way_back_to_the_pixels(net, x):
    """A logit's slope in the picture is its weights moved back by as much as the view was moved."""
    attack = Attack(Linf(10.0, raw=True), alpha=0.01, steps=1, views=shaken(0.0, 2, 1))
    middle = 0.5 + 0.2 * (x - 0.5)
    (after,) = pgd(net, middle, lambda z: z[:, 2], attack, rng=torch.Generator().manual_seed(3))
    slope = ((middle - after) / 0.01).numpy()
    rows = WEIGHTS[2].reshape(x.shape[1:])
    places = [(down, right) for down in range(2) for right in range(5)]
    near = [at for at in places if np.allclose(slope[0], np.roll(rows, at, (1, 2)), atol=1e-3)]
    assert len(near) == 1
    assert near != [(0, 0)]


def test_the_same_seed_shakes_alike_and_another_otherwise(x):
    def shown(seed: int) -> list[torch.Tensor]:
        return list(shaken(0.1, 2, 3)(x, torch.Generator().manual_seed(seed)))

    assert all(map(torch.equal, shown(1), shown(1)))
    assert not any(map(torch.equal, shown(1), shown(2)))


@pytest.mark.parametrize(("noise", "shift"), [(-0.1, 0), (0.0, -1)])
def test_less_than_no_shaking_is_refused(noise, shift):
    with pytest.raises(ValueError, match=f"expected noise and shift of at least 0, got {noise} and {shift}"):
        shaken(noise, shift, 2)


def test_shaken_views_are_at_least_one():
    with pytest.raises(ValueError, match="expected n >= 1 views a step, got 0"):
        shaken(0.1, 1, 0)
