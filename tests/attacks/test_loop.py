"""The one loop, checked against walks worked in numpy on three oblong pictures."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from tests.helpers import CLASSES, SHAPE, WEIGHTS, Linear, flat, gradient, softmax
from trickcore import L2, Attack, Linf, away_from, pgd, towards, trick

LABELS = np.array([1, 0, 3])


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def last(iterates):
    *_, end = iterates
    return end


def walked(x, labels, eps, alpha, steps, *, l2=False, momentum=0.0):
    """A targeted run in numpy: iterated sign steps (unit steps under L2), with MI-FGSM's momentum."""
    start = now = flat(x)
    memory = np.zeros_like(now)
    for _ in range(steps):
        grad = gradient(WEIGHTS, now, labels)
        memory = momentum * memory + grad / np.abs(grad).sum(1, keepdims=True)
        way = memory / np.linalg.norm(memory, axis=1, keepdims=True) if l2 else np.sign(memory)
        delta = now - alpha * way - start
        if l2:
            delta *= np.minimum(1, eps / np.linalg.norm(delta, axis=1, keepdims=True))
        else:
            delta = np.clip(delta, -eps, eps)
        now = np.clip(start + delta, 0, 1)
    return now


@pytest.mark.parametrize("label", [2, torch.tensor([2, 0, 3])])
def test_towards_is_minus_log_softmax_and_away_from_its_opposite(label):
    logits = np.random.default_rng(0).normal(0, 5, (3, CLASSES))
    labels = np.broadcast_to(label, 3)
    expected = -np.log(softmax(logits)[range(3), labels])
    given = torch.from_numpy(logits)
    np.testing.assert_allclose(towards(label)(given).numpy(), expected, rtol=1e-9)
    np.testing.assert_allclose(away_from(label)(given).numpy(), -expected, rtol=1e-9)


@pytest.mark.parametrize("goal", [towards, away_from])
@pytest.mark.parametrize("label", [CLASSES, -1, torch.tensor([0, 1, 1000])])
def test_a_label_out_of_range_is_refused_with_the_range(goal, label):
    with pytest.raises(ValueError, match="expected labels from 0 to 3, got"):
        goal(label)(torch.zeros(3, CLASSES))


def test_fgsm_is_one_step_of_eps_along_the_sign_as_worked_by_hand():
    """Two classes; the second has no weights, so the first gains along the signs of its own."""
    net = Linear(np.array([[1.0, -2.0, 0.0, 3.0, -1.0, 0.5], [0.0] * 6]))
    x = torch.tensor([[0.5] * 6, [0.0] * 6, [0.25, 0.5, 0.75, 1.0, 0.0, 0.05]]).view(3, 1, 2, 3)
    (after,) = pgd(net, x, towards(0), Attack(Linf(0.1), alpha=0.1, steps=1))
    expected = [
        [0.6, 0.4, 0.5, 0.6, 0.4, 0.6],
        [0.1, 0.0, 0.0, 0.1, 0.0, 0.1],
        [0.35, 0.4, 0.75, 1.0, 0.0, 0.15],
    ]
    np.testing.assert_allclose(flat(after), expected, atol=1e-6)


def test_an_untargeted_step_goes_the_other_way(net):
    middle = torch.full((3, *SHAPE), 0.5)
    labels = torch.from_numpy(LABELS)
    (there,) = pgd(net, middle, towards(labels), Attack(Linf(0.1), alpha=0.1, steps=1))
    (back,) = pgd(net, middle, away_from(labels), Attack(Linf(0.1), alpha=0.1, steps=1))
    np.testing.assert_allclose(flat(there) - 0.5, 0.5 - flat(back), atol=1e-6)
    assert (there != back).all()


@pytest.mark.parametrize("momentum", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("l2", [False, True])
def test_iterated_steps_are_those_worked_in_numpy(net, x, l2, momentum):
    ball = L2(0.6) if l2 else Linf(0.1)
    attack = Attack(ball, alpha=0.3 * ball.eps, steps=7, momentum=momentum)
    for n, after in enumerate(pgd(net, x, towards(torch.from_numpy(LABELS)), attack), start=1):
        expected = walked(x, LABELS, ball.eps, attack.alpha, n, l2=l2, momentum=momentum)
        np.testing.assert_allclose(flat(after), expected, atol=1e-5)
    assert n == 7


def test_momentum_makes_a_difference(net, x):
    """Else the test above could not tell a memory from none."""
    loss = towards(torch.from_numpy(LABELS))
    without, with_it = (last(pgd(net, x, loss, Attack(L2(0.6), 0.2, 5, momentum=m))) for m in (0.0, 1.0))
    assert not torch.allclose(without, with_it, atol=1e-4)


def test_a_raw_step_is_alpha_times_the_gradient_clipped(net, x):
    (after,) = pgd(net, x, towards(1), Attack(Linf(0.05, raw=True), alpha=0.1, steps=1))
    delta = np.clip(-0.1 * gradient(WEIGHTS, flat(x), np.array([1, 1, 1])), -0.05, 0.05)
    np.testing.assert_allclose(flat(after), np.clip(flat(x) + delta, 0, 1), atol=1e-6)


def test_raw_momentum_keeps_the_size_of_the_gradient(net, x):
    """The first step has no memory yet, so it is the same with momentum and without."""
    runs = [pgd(net, x, towards(1), Attack(L2(9.0, raw=True), 0.1, 1, momentum=m)) for m in (0.0, 0.9)]
    without, with_it = (flat(last(run)) for run in runs)
    np.testing.assert_allclose(without, with_it, atol=1e-6)


@pytest.mark.parametrize("momentum", [0.0, 1.0])
@pytest.mark.parametrize("random_start", [False, True])
@pytest.mark.parametrize("ball", [Linf(0.0), L2(0.0), Linf(0.0, raw=True), L2(0.0, raw=True)])
def test_eps_zero_is_the_identity_bit_for_bit(toy, x, ball, random_start, momentum):
    attack = Attack(ball, alpha=0.1, steps=3, random_start=random_start, momentum=momentum)
    for after in pgd(toy.net, x, towards(1), attack, rng=seeded(0)):
        assert torch.equal(after, x)
    for step in trick(toy, x[1], towards(1), attack):
        assert torch.equal(step.x_adv, x[1])
        assert step.distance == 0


@pytest.mark.parametrize("random_start", [False, True])
@pytest.mark.parametrize("momentum", [0.0, 1.0])
@pytest.mark.parametrize(
    ("ball", "alpha", "p"),
    [
        (Linf(0.3), 0.2, np.inf),
        (Linf(0.3, raw=True), 5.0, np.inf),
        (L2(1.5), 1.0, 2),
        (L2(1.5, raw=True), 5.0, 2),
    ],
)
def test_the_picture_leaves_neither_the_ball_nor_the_unit_range_nor_the_mask(
    net, x, ball, alpha, p, momentum, random_start
):
    mask = torch.ones(1, *SHAPE[1:])
    mask[0, 0, :3] = 0
    attack = Attack(ball, alpha, steps=6, momentum=momentum, random_start=random_start)
    for after in pgd(net, x, towards(1), attack, mask=mask, rng=seeded(1)):
        delta = flat(after) - flat(x)
        length = np.linalg.norm(delta, p, axis=1)
        assert (after >= 0).all()
        assert (after <= 1).all()
        assert (length <= ball.eps + 1e-6).all()
        assert (length > 0.5 * ball.eps).all()
        assert torch.equal(after[:, :, 0, :3], x[:, :, 0, :3])
        assert (after != x)[:, :, 1].any()


@pytest.mark.parametrize(("ball", "p"), [(Linf(0.3), np.inf), (L2(1.5), 2)])
def test_the_network_is_shown_nothing_from_outside_either_not_even_a_random_start(net, x, ball, p):
    seen = []

    def watched(pixels: torch.Tensor) -> torch.Tensor:
        seen.append(pixels.detach())
        return net(pixels)

    mask = torch.tensor([[[0, 0, 0, 1, 1], [1, 1, 1, 1, 1]]])
    attack = Attack(ball, 0.3 * ball.eps, steps=3, random_start=True)
    list(pgd(watched, x, towards(1), attack, mask=mask, rng=seeded(1)))
    assert len(seen) == 3
    for pixels in seen:
        assert torch.equal(pixels.clamp(0, 1), pixels)
        assert torch.equal(pixels[:, :, 0, :3], x[:, :, 0, :3])
        assert (np.linalg.norm(flat(pixels) - flat(x), p, axis=1) <= ball.eps + 1e-6).all()
        assert not torch.equal(pixels, x)


def test_under_l2_a_step_inside_a_mask_is_as_long_as_it_should_be_as_worked_by_hand():
    """The gradient is (3, 4) where the picture may move and huge elsewhere; 0.5 along it is (0.3, 0.4)."""
    net = Linear(np.array([[-3.0, 10.0, -4.0, -10.0], [0.0] * 4]))
    x = torch.full((1, 1, 2, 2), 0.5)
    mask = torch.tensor([[[1.0, 0.0], [1.0, 0.0]]])
    (after,) = pgd(net, x, away_from(0), Attack(L2(5.0), alpha=0.5, steps=1), mask=mask)
    np.testing.assert_allclose(flat(after), [[0.8, 0.5, 0.9, 0.5]], atol=1e-6)
    far = Attack(L2(0.25), alpha=0.5, steps=1)  # held back by the ball: half as far
    (after,) = pgd(net, x, away_from(0), far, mask=mask)
    np.testing.assert_allclose(flat(after), [[0.65, 0.5, 0.7, 0.5]], atol=1e-6)


@pytest.mark.parametrize("momentum", [0.0, 1.0])
def test_under_l2_a_masked_run_is_the_run_of_a_net_that_has_only_those_values(x, momentum):
    """The others are held at what they are, which for a linear net is a logit that stays."""
    mask = torch.tensor([[[1.0, 0, 1, 0, 1], [0, 0, 1, 1, 1]]])
    may = mask.expand(SHAPE).flatten().numpy() > 0
    held = torch.tensor(flat(x)[:1, ~may] @ WEIGHTS[:, ~may].T, dtype=torch.float32)
    part = Linear(WEIGHTS[:, may])
    attack = Attack(L2(0.8), alpha=0.3, steps=6, momentum=momentum)
    few = x[:1].flatten(1)[:, may].view(1, 1, 1, -1)
    alone = last(pgd(lambda some: part(some) + held, few, towards(2), attack))
    whole = last(pgd(Linear(WEIGHTS), x[:1], towards(2), attack, mask=mask))
    np.testing.assert_allclose(flat(whole)[:, may], flat(alone), atol=1e-6)
    np.testing.assert_array_equal(flat(whole)[:, ~may], flat(x)[:1, ~may])


def test_under_l2_a_random_start_fills_the_ball_of_the_values_that_may_move(net):
    """Of the volume of a ball in 9 dimensions half lies beyond 0.926 of its radius."""
    x = torch.full((400, *SHAPE), 0.5)
    mask = torch.tensor([[[1.0, 0, 0, 0, 1], [0, 0, 0, 0, 1]]])
    attack = Attack(L2(0.4), alpha=0.0, steps=1, random_start=True)
    (begun,) = pgd(net, x, towards(1), attack, mask=mask, rng=seeded(2))
    lengths = np.linalg.norm(flat(begun) - 0.5, axis=1)
    assert lengths.max() <= 0.4 + 1e-6
    assert np.median(lengths) == pytest.approx(0.4 * 0.5 ** (1 / 9), abs=0.01)


@pytest.mark.parametrize("raw", [False, True])
@pytest.mark.parametrize("momentum", [0.0, 1.0])
@pytest.mark.parametrize("random_start", [False, True])
def test_under_l_infinity_a_mask_changes_no_bit_of_what_it_always_made(net, x, raw, momentum, random_start):
    """Beside the loop that masks last, in which every value goes its own way."""
    ball, alpha = Linf(0.2, raw=raw), 1.3 if raw else 0.07
    mask = torch.tensor([[[1.0, 0, 1, 0, 1], [0, 0, 1, 1, 1]]])
    now, memory, rng = x, torch.zeros_like(x), seeded(3)
    if random_start:
        now = (x + mask * (ball.sample(x, rng) - x)).clamp(0, 1)
    for _ in range(5):
        given = now.detach().requires_grad_()
        (grad,) = torch.autograd.grad(towards(2)(net(given)).sum(), given)
        if momentum:
            size = grad.flatten(1).abs().mean(1).view(-1, 1, 1, 1)
            memory = momentum * memory + grad / size
            grad = memory * size
        delta = ball.project(now - alpha * ball.direction(grad) - x)
        now = (x + mask * delta).clamp(0, 1)
    attack = Attack(ball, alpha, 5, momentum=momentum, random_start=random_start)
    assert torch.equal(last(pgd(net, x, towards(2), attack, mask=mask, rng=seeded(3))), now)


def test_a_mask_in_truth_values_means_the_same_as_one_in_numbers(net, x):
    mask = torch.tensor([[[1, 0, 1, 0, 1], [0, 0, 1, 1, 1]]])
    attack = Attack(Linf(0.1), 0.05, steps=3)
    ends = [last(pgd(net, x, towards(1), attack, mask=m)) for m in (mask.bool(), mask.float())]
    assert torch.equal(*ends)
    assert not torch.equal(ends[0], x)


def test_a_random_start_with_one_seed_walks_one_path_and_with_another_another(net, x):
    def path(seed: int) -> list[torch.Tensor]:
        attack = Attack(Linf(0.1), alpha=0.02, steps=3, random_start=True)
        return list(pgd(net, x, towards(1), attack, rng=seeded(seed)))

    assert all(map(torch.equal, path(seed=7), path(seed=7)))
    assert not all(map(torch.equal, path(seed=7), path(seed=8)))


def test_a_random_start_is_where_the_first_step_begins(net, x):
    attack = Attack(Linf(0.1), alpha=0.0, steps=1, random_start=True)
    (after,) = pgd(net, x, towards(1), attack, rng=seeded(3))
    expected = np.clip(flat(Linf(0.1).sample(x, seeded(3))), 0, 1)
    np.testing.assert_allclose(flat(after), expected, atol=1e-6)
    assert not torch.equal(after, x)


def wanted(x: torch.Tensor, label: int) -> np.ndarray:
    return softmax(flat(x) @ WEIGHTS.T)[:, label]


def test_stop_at_ends_the_run_as_soon_as_every_picture_has_reached_it(net, x):
    whole = list(pgd(net, x, towards(1), Attack(Linf(0.5), alpha=0.02, steps=40)))
    short = list(pgd(net, x, towards(1), Attack(Linf(0.5), alpha=0.02, steps=40, stop_at=0.6)))
    reached = [n for n, after in enumerate(whole, start=1) if (wanted(after, 1) >= 0.6).all()]
    assert 1 < reached[0] < 40
    assert len(short) == reached[0]
    assert all(map(torch.equal, short, whole))
    assert (wanted(short[-2], 1) >= 0.6).any() != (wanted(short[-2], 1) >= 0.6).all()


def test_stop_at_waits_for_the_original_to_fall_when_there_is_no_target(net, x):
    labels = torch.from_numpy(softmax(flat(x) @ WEIGHTS.T).argmax(1))
    short = list(pgd(net, x, away_from(labels), Attack(Linf(0.5), 0.02, steps=40, stop_at=0.9)))
    left = [softmax(flat(after) @ WEIGHTS.T)[range(3), labels] for after in short]
    assert (left[-1] <= 0.1).all()
    assert not (left[-2] <= 0.1).all()
    assert 1 < len(short) < 40


def test_what_needs_no_step_is_given_back_as_it_came(net, x):
    least = float(wanted(x, 1).min())
    (after,) = pgd(net, x, towards(1), Attack(Linf(0.5), 0.02, steps=40, stop_at=0.99 * least))
    assert torch.equal(after, x)


def test_stop_at_refuses_a_loss_that_cannot_say_what_it_wants(net, x):
    with pytest.raises(ValueError, match="towards or away_from with stop_at, since only those say which"):
        list(pgd(net, x, lambda logits: logits[:, 0], Attack(Linf(0.1), 0.1, 2, stop_at=0.5)))


def test_a_loss_of_ones_own_is_lowered_too(net, x):
    attack = Attack(Linf(0.1), 0.02, steps=5)
    after = last(pgd(net, x, lambda logits: logits[:, 0], attack))
    assert (flat(after) @ WEIGHTS[0] < flat(x) @ WEIGHTS[0] - 0.5).all()


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ({"steps": 0}, "expected steps >= 1, got 0"),
        ({"alpha": -0.1}, "expected alpha >= 0, got -0.1"),
        ({"alpha": float("nan")}, "expected alpha >= 0, got nan"),
        ({"momentum": -1.0}, "expected momentum >= 0, got -1.0"),
        ({"momentum": float("inf")}, "expected momentum >= 0, got inf"),
        ({"stop_at": 0.0}, "expected stop_at above 0 and at most 1, got 0.0"),
        ({"stop_at": 1.5}, "expected stop_at above 0 and at most 1, got 1.5"),
    ],
)
def test_an_attack_refuses_settings_that_make_no_sense(setting, sentence):
    with pytest.raises(ValueError, match=sentence):
        Attack(**{"ball": Linf(0.1), "alpha": 0.1, "steps": 3, **setting})


def test_an_attack_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Attack(Linf(0.1), 0.1, 3).steps = 4  # type: ignore[misc]
