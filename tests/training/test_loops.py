"""Training, plain and under attack, against Adam, the one cycle and TRADES worked in numpy."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.helpers import flat, gradient, softmax
from trickcore import Attack, Linf
from trickcore.pictures import mnist
from trickcore.training import Digits, Epoch, SmallNet, accuracy, harden, right, train

K, D = 3, 10
START = np.random.default_rng(11).normal(size=(K, D))
LR = 0.05


class Lines(nn.Module):
    """Logits are weights (K, D) times the values; what it is taught with is noted down."""

    def __init__(self, weights: np.ndarray = START) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.tensor(weights, dtype=torch.float32))
        self.taught: list[np.ndarray] = []
        self.modes: set[bool] = set()

    def forward(self, x: Tensor) -> Tensor:
        self.modes.add(self.training)
        if torch.is_grad_enabled() and not x.requires_grad:
            self.taught.append(flat(x))
        return x.flatten(1) @ self.weights.T

    @property
    def now(self) -> np.ndarray:
        return self.weights.detach().double().numpy()


def batches(count: int = 5, size: int = 4) -> list[tuple[Tensor, Tensor]]:
    """So many batches of oblong pictures (1, 2, 5), away from the walls."""
    rng = np.random.default_rng(12)
    return [
        (
            torch.from_numpy(rng.uniform(0.2, 0.8, (size, 1, 2, 5)).astype(np.float32)),
            torch.from_numpy(rng.integers(0, K, size)),
        )
        for _ in range(count)
    ]


def cycle(lr: float, total: int) -> list[tuple[float, float]]:
    """Learning rate and Adam's first beta at each of so many batches: one cycle (Smith 2017), cosine.

    Up from lr / 25 during 30 % of the way, down to lr / 250,000; beta goes from 0.95 to 0.85 and back.
    """

    def between(a: float, b: float, share: float) -> float:
        return b + (a - b) / 2 * (1 + np.cos(np.pi * share))

    top = 0.3 * (total + 1) - 1
    ways = []
    for t in range(total):
        if t <= top:
            ways.append((between(lr / 25, lr, t / top), between(0.95, 0.85, t / top)))
        else:
            share = (t - top) / (total - top)
            ways.append((between(lr, lr / 250_000, share), between(0.85, 0.95, share)))
    return ways


def learnt(slope, given, epochs: int, lr: float = LR) -> list[np.ndarray]:
    """The weights after each batch: Adam (Kingma and Ba 2015) in numpy. slope(weights, x, y, share done)."""
    weights, mean, square = START.astype(np.float32).astype(np.float64), 0.0, 0.0
    after, total = [], epochs * len(given)
    for t, (rate, beta) in enumerate(cycle(lr, total), start=1):
        x, y = given[(t - 1) % len(given)]
        grad = slope(weights, flat(x), y.numpy(), (t - 1) / total)
        mean = beta * mean + (1 - beta) * grad
        square = 0.999 * square + 0.001 * grad**2
        weights = weights - rate * (mean / (1 - beta**t)) / (np.sqrt(square / (1 - 0.999**t)) + 1e-8)
        after.append(weights)
    return after


def plainly(weights, x, y, _):
    """Of the mean cross-entropy in the weights, (K, D)."""
    return (softmax(x @ weights.T) - np.eye(K)[y]).T @ x / len(x)


def entropy(weights, x, y) -> float:
    return float(-np.log(softmax(x @ weights.T)[range(len(y)), y]).mean())


def stamped(epoch: Epoch) -> Epoch:
    """Without the time it took."""
    return replace(epoch, seconds=0)


@pytest.mark.parametrize(("width", "parameters"), [(16, 166_406), (32, 348_086)])
def test_the_digit_network_has_the_size_that_its_layers_add_up_to(width, parameters):
    """By hand: 16 w + w, 32 w^2 + 2 w, 9,800 w + 100, 1,010."""
    assert 17 * width + 32 * width**2 + 2 * width + 9_800 * width + 100 + 1_010 == parameters
    net = SmallNet(width)
    assert sum(p.numel() for p in net.parameters()) == parameters
    assert net(torch.rand(3, 1, 28, 28)).shape == (3, 10)
    assert SmallNet(width, 7, classes=4)(torch.rand(3, 1, 28, 28)).shape == (3, 4)


def test_a_seed_gives_the_same_network_again_and_leaves_everybody_elses_chance_alone():
    before = torch.random.get_rng_state()
    one, same, other = (SmallNet(4, 8, seed=seed).state_dict() for seed in (3, 3, 4))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert all(torch.equal(one[k], same[k]) for k in one)
    assert not any(torch.equal(one[k], other[k]) for k in one)


def test_plain_lessons_are_adam_with_one_cycle_as_worked_in_numpy():
    net, given = Lines(), batches()
    expected = learnt(plainly, given, epochs=3)
    records = []
    for record, weights in zip(train(net, given, epochs=3, lr=LR, every=1), expected, strict=True):
        np.testing.assert_allclose(net.now, weights, atol=2e-5)
        records.append(record)
    assert np.abs(net.now - START).max() > 3 * LR
    assert [r.epoch for r in records] == pytest.approx([n / 5 for n in range(1, 16)])
    before = [START, *expected]
    losses = [entropy(before[n], flat(x), y.numpy()) for n, (x, y) in enumerate(given * 3)]
    assert [r.loss for r in records] == pytest.approx(losses, abs=1e-5)


def test_a_record_in_between_tells_the_mean_loss_since_the_last_one():
    given = batches()
    before = [START, *learnt(plainly, given, epochs=2)]
    losses = [entropy(before[n], flat(x), y.numpy()) for n, (x, y) in enumerate(given * 2)]
    records = list(train(Lines(), given, epochs=2, lr=LR, every=2))
    ends = [0, 2, 4, 5, 6, 8, 10]
    assert [r.epoch for r in records] == pytest.approx([n / 5 for n in ends[1:]])
    means = [np.mean(losses[a:b]) for a, b in pairwise(ends)]
    assert [r.loss for r in records] == pytest.approx(means, abs=1e-5)
    seconds = [r.seconds for r in records]
    assert seconds[0] > 0
    assert seconds == sorted(seconds)


def test_without_every_there_is_one_record_an_epoch():
    assert [r.epoch for r in train(Lines(), batches(), epochs=3)] == [1, 2, 3]


def attacked(weights, x, y, eps, alpha, steps):
    """An untargeted walk of sign steps, away from the walls."""
    now = x
    for _ in range(steps):
        now = np.clip(now + alpha * np.sign(gradient(weights, now, y)), x - eps, x + eps)
    return now


@pytest.mark.parametrize("ramp", [0.0, 0.5, 1.0])
@pytest.mark.parametrize(("alpha", "reach"), [(0.06, 0.15), (0.03, 0.12)])
def test_hard_lessons_are_adam_on_the_attacked_batch_and_eps_and_alpha_grow_from_0(ramp, alpha, reach):
    """Four steps of 0.06 are held back by eps, four of 0.03 are not."""
    eps, steps = 0.15, 4
    net, given = Lines(), batches()

    def slope(weights, x, y, done):
        share = min(1, done / ramp) if ramp else 1
        return plainly(weights, attacked(weights, x, y, share * eps, share * alpha, steps), y, done)

    hard = harden(net, given, Attack(Linf(eps), alpha, steps), epochs=2, lr=LR, every=1, ramp=ramp)
    for _, weights in zip(hard, learnt(slope, given, epochs=2), strict=True):
        np.testing.assert_allclose(net.now, weights, atol=5e-5)
    moved = [np.abs(x - flat(pixels)).max() for x, (pixels, _) in zip(net.taught, given * 2, strict=True)]
    grown = [min(1, n / 10 / ramp) if ramp else 1 for n in range(10)]
    assert moved == pytest.approx([reach * share for share in grown], abs=1e-6)


def test_trades_lessons_weigh_the_clean_loss_against_the_divergence_as_worked_in_numpy():
    """Zhang et al. 2019: CE(clean) + beta KL(p || q), whose slope goes through p and q both."""
    eps, alpha, steps, beta = 0.15, 0.06, 4, 3.0
    net, given = Lines(), batches()
    draws = torch.Generator().manual_seed(7)

    def slope(weights, x, y, _):
        p = softmax(x @ weights.T)
        noise = 2 * torch.rand((len(x), 1, 2, 5), generator=draws) - 1
        now = x + eps * flat(noise)
        for _ in range(steps):
            rises = (softmax(now @ weights.T) - p) @ weights
            now = np.clip(now + alpha * np.sign(rises), x - eps, x + eps)
        q = softmax(now @ weights.T)
        gap = np.log(p) - np.log(q)
        through_p = p * (gap - (p * gap).sum(1, keepdims=True))
        divergence = through_p.T @ x + (q - p).T @ now
        return plainly(weights, x, y, 0) + beta * divergence / len(x)

    attack = Attack(Linf(eps), alpha, steps, random_start=True)
    hard = harden(net, given, attack, epochs=2, lr=LR, every=1, ramp=0, trades=beta, seed=7)
    for _, weights in zip(hard, learnt(slope, given, epochs=2), strict=True):
        np.testing.assert_allclose(net.now, weights, atol=5e-5)


def test_a_trades_loss_is_cross_entropy_plus_the_divergence():
    """One batch: at its record the loss is that of the weights before, worked in numpy."""
    net, given = Lines(), batches(1)
    attack = Attack(Linf(0.15), 0.06, 4, random_start=True)
    (record,) = harden(net, given, attack, epochs=1, lr=LR, ramp=0, trades=3.0)
    clean, moved = net.taught
    p, q = softmax(clean @ START.T), softmax(moved @ START.T)
    divergence = (p * np.log(p / q)).sum(1).mean()
    assert divergence > 1e-3
    expected = entropy(START, clean, given[0][1].numpy()) + 3 * divergence
    assert record.loss == pytest.approx(expected, abs=1e-5)


def test_the_net_holds_the_running_mean_of_its_weights_and_trains_on_with_its_own():
    """14 batches, so that both the early decay n / (n + 10) and the asked one, 0.5, come in."""
    net, given = Lines(), batches(7)
    mean = START
    taught = train(net, given, epochs=2, lr=LR, every=1, average=0.5)
    for n, (_, weights) in enumerate(zip(taught, learnt(plainly, given, epochs=2), strict=True), start=1):
        decay = min(0.5, n / (n + 10))
        mean = decay * mean + (1 - decay) * weights
        np.testing.assert_allclose(net.now, mean, atol=2e-5)
    assert np.abs(mean - weights).max() > 1e-4, "else the mean could not be told from the last weights"
    np.testing.assert_allclose(net.now, mean, atol=2e-5)
    assert net.weights.requires_grad


@pytest.mark.parametrize("average", [0.0, 0.9])
def test_a_training_that_is_stopped_leaves_the_net_as_it_was_at_the_last_record(average):
    net, given = Lines(), batches()
    records = train(net, given, epochs=4, lr=LR, average=average)
    assert isinstance(records, Generator)
    next(records)
    record, seen = next(records), net.now.copy()
    records.close()
    assert np.array_equal(net.now, seen)
    assert record.clean_accuracy == accuracy(net, *given[0])
    assert net.weights.requires_grad
    assert len(list(train(net, given, epochs=1))) == 1, "and it can be taught on"


def test_it_is_taught_in_training_mode_and_judged_in_the_other():
    net, given = Lines(), batches()
    net.eval()
    held_out = (torch.full((2, 1, 2, 5), 0.5), torch.tensor([0, 1]))
    modes = []
    for _ in harden(net, given, Attack(Linf(0.1), 0.05, 2), epochs=2, held_out=held_out):
        modes.append((net.training, net.modes))
        net.modes = set()
    assert [training for training, _ in modes] == [False, False]
    assert [seen for _, seen in modes] == [{True, False}] * 2
    assert all(len(shown) == 4 for shown in net.taught), "the pictures held out are never learnt from"


@pytest.mark.parametrize("mode", [True, False])
@pytest.mark.parametrize("stopped", [True, False])
def test_the_net_is_left_in_the_mode_it_came_in(mode, stopped):
    net = Lines().train(mode)
    records = train(net, batches(), epochs=2)
    assert isinstance(records, Generator)
    next(records)
    if stopped:
        records.close()
    else:
        list(records)
    assert net.training is mode


class Normed(nn.Module):
    """A batch norm and a dropout before the weights, and a batch norm that its owner has frozen."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.dropout = nn.BatchNorm2d(1, momentum=0.5), nn.Dropout(0.5)
        self.frozen = nn.BatchNorm2d(1)
        self.weights = nn.Parameter(torch.tensor(START, dtype=torch.float32))
        self.attacked: list[tuple[bool, ...]] = []
        self.fails = False

    def forward(self, x: Tensor) -> Tensor:
        if x.requires_grad:  # only an attack asks for a gradient there
            self.attacked.append((self.training, self.norm.training, self.dropout.training))
            if self.fails:
                raise RuntimeError("the attack fails")
        return self.dropout(self.frozen(self.norm(x))).flatten(1) @ self.weights.T


@pytest.mark.parametrize("trades", [None, 1.0])
def test_an_attack_leaves_the_statistics_of_a_batch_norm_to_what_is_learnt(trades):
    """A ball of radius 0: what is attacked is the batch itself, so its means and variances are known."""
    net, given = Normed(), batches(3)
    attack = Attack(Linf(0.0), 0.0, 7, random_start=trades is not None)
    list(harden(net, given, attack, epochs=1, lr=1e-6, trades=trades, held_out=given[0]))
    mean, variance = 0.0, 1.0
    for x, _ in given:
        values = x.double().numpy()
        for _ in range(1 if trades is None else 2):  # TRADES learns from the clean and the attacked batch
            mean = 0.5 * mean + 0.5 * values.mean()
            variance = 0.5 * variance + 0.5 * values.var(ddof=1)
    norm = net.norm
    assert norm.running_mean is not None
    assert norm.running_var is not None
    assert norm.num_batches_tracked is not None
    assert norm.running_mean.item() == pytest.approx(mean, abs=1e-6)
    assert norm.running_var.item() == pytest.approx(variance, abs=1e-6)
    assert norm.num_batches_tracked.item() == (3 if trades is None else 6)
    assert set(net.attacked) == {(False, False, False)}


def test_each_module_is_left_in_the_mode_it_came_in_also_when_an_attack_fails():
    net, given = Normed(), batches(2)
    net.frozen.eval()
    modes = [module.training for module in net.modules()]
    for fails in (False, True):
        net.fails = fails
        records = harden(net, given, Attack(Linf(0.1), 0.05, 2), epochs=2)
        assert isinstance(records, Generator)
        if fails:
            with pytest.raises(RuntimeError, match="the attack fails"):
                next(records)
        else:
            next(records)
            records.close()
        assert [module.training for module in net.modules()] == modes


def test_attacking_and_judging_leave_the_weights_and_their_gradients_alone():
    net, (x, y) = Lines(), batches(1)[0]
    accuracy(net, x, y, Attack(Linf(0.3), 0.1, 5, random_start=True))
    assert net.weights.grad is None
    assert net.weights.requires_grad
    assert np.array_equal(net.now, START.astype(np.float32))
    assert net.training


@pytest.mark.parametrize("trades", [None, 2.0])
def test_the_same_seed_gives_the_same_records_and_another_others(trades):
    def records(seed: int) -> list[Epoch]:
        attack = Attack(Linf(0.2), 0.1, 2, random_start=True)
        hard = harden(Lines(), batches(), attack, epochs=2, seed=seed, trades=trades, every=2, ramp=0.1)
        return [stamped(r) for r in hard]

    assert records(1) == records(1)
    assert [r.loss for r in records(1)] != [r.loss for r in records(2)]


def test_what_is_held_out_is_judged_clean_and_under_the_judge_and_else_under_the_lessons_attack():
    held_out = batches(1, 60)[0]
    lesson = Attack(Linf(0.05), 0.05, 1)
    for judge in (None, Attack(Linf(0.3), 0.05, 9)):
        net = Lines()
        (record,) = harden(net, batches(), lesson, epochs=1, held_out=held_out, judge=judge)
        assert record.clean_accuracy == share_right(net.now, *held_out, 0)
        assert record.robust_accuracy == share_right(net.now, *held_out, (judge or lesson).ball.eps)
        assert record.robust_accuracy < record.clean_accuracy


def test_plain_lessons_are_judged_at_three_tenths_on_the_first_batch_unless_told_otherwise():
    net, given = Lines(10 * START), batches(2, 40)
    wide = [(0.5 + 0.15 * (x - 0.5), y) for x, y in given]
    (record,) = train(net, wide, epochs=1, lr=1e-9)
    madry = Attack(Linf(0.3), alpha=2.5 * 0.3 / 20, steps=20, random_start=True)
    assert record.clean_accuracy == accuracy(net, *wide[0])
    assert record.robust_accuracy == accuracy(net, *wide[0], madry, seed=0)


def share_right(weights, x, y, eps) -> float:
    """Of a linear net under the worst change: each rival gains eps times the length of w_rival - w_label."""
    logits = flat(x) @ weights.T
    rows = range(len(y))
    reach = np.abs(weights[None] - weights[y.numpy()][:, None]).sum(2)  # (N, K), L1
    lead = logits[rows, y.numpy()][:, None] - logits - eps * reach
    lead[rows, y.numpy()] = np.inf
    return float((lead.min(1) > 0).mean())


def two_classes(count: int) -> tuple[np.ndarray, Tensor, Tensor]:
    """Between two classes the steepest way is one and the same everywhere, so that PGD finds the worst."""
    rng = np.random.default_rng(13)
    weights = rng.normal(size=(2, D))
    weights -= weights.mean(1, keepdims=True)  # so that grey is nobody's
    x = torch.from_numpy(rng.uniform(0.35, 0.65, (count, 1, 2, 5)).astype(np.float32))
    return weights, x, torch.from_numpy((flat(x) @ weights.T).argmax(1))


@pytest.mark.parametrize("eps", [0.02, 0.04, 0.06])
@pytest.mark.parametrize("batch", [7, 500])
def test_accuracy_under_attack_is_what_the_margins_say(eps, batch):
    weights, x, y = two_classes(100)
    net = Lines(weights)
    y[:10] = 1 - y[:10]
    assert accuracy(net, x, y, batch=batch) == pytest.approx(0.9)
    attack = Attack(Linf(eps), alpha=eps, steps=3, random_start=True)
    expected = share_right(weights, x, y, eps)
    assert accuracy(net, x, y, attack, batch=batch) == pytest.approx(expected)
    assert 0 < expected < 0.9


def test_where_a_judge_starts_hangs_on_its_seed_alone():
    weights, x, y = two_classes(100)
    lost = Attack(Linf(0.1), alpha=0.0, steps=1, random_start=True)  # nothing but its start

    def found(seed: int) -> list[int]:
        return list(right(Lines(weights), x, y, lost, seed=seed, batch=10))

    assert found(1) == found(1)
    assert found(1) != found(2)
    assert accuracy(Lines(weights), x, y, lost, seed=2, batch=10) == sum(found(2)) / 100


def test_how_many_are_right_is_told_a_batch_at_a_time():
    weights, x, y = two_classes(10)
    y[[0, 8]] = 1 - y[[0, 8]]
    assert list(right(Lines(weights), x, y, batch=4)) == [3, 4, 1]


def test_each_epoch_goes_through_the_digits_in_an_order_of_its_own_which_the_seed_repeats():
    images = (torch.arange(12) / 12).view(12, 1, 1, 1).expand(12, 1, 4, 6).contiguous()

    def orders(seed: int) -> list[list[int]]:
        digits = Digits(images, torch.arange(12), batch=4, seed=seed)
        seen = []
        for _ in range(3):
            given = list(digits)
            assert [len(y) for _, y in given] == [4, 4, 4]
            assert all(torch.equal(x, images[y]) for x, y in given), "each picture keeps its label"
            seen.append(torch.cat([y for _, y in given]).tolist())
        return seen

    first = orders(1)
    assert all(sorted(order) == list(range(12)) for order in first)
    assert len({tuple(order) for order in first}) == 3
    assert orders(1) == first
    assert orders(2) != first


def test_what_does_not_fill_a_batch_waits_for_the_next_epoch_and_a_small_set_is_one_batch():
    images, labels = torch.rand(10, 1, 4, 6), torch.arange(10)
    digits = Digits(images, labels, batch=4)
    assert len(digits) == 2
    assert {len(y) for _, y in digits} == {4}
    assert len(set(torch.cat([y for _ in range(9) for _, y in digits]).tolist())) == 10
    few = Digits(images[:3], labels[:3], batch=4)
    assert len(few) == 1
    assert [len(y) for _, y in few] == [3]


def test_a_shift_moves_each_picture_by_whole_pixels_of_its_own_and_keeps_its_ink():
    rng = np.random.default_rng(14)
    images = torch.zeros(200, 1, 9, 13)
    images[:, :, 3:6, 4:8] = torch.from_numpy(rng.uniform(0.1, 1, (200, 1, 3, 4)).astype(np.float32))
    ((x, y),) = Digits(images, torch.arange(200), batch=200, shift=2)
    seen = set()
    for moved, k in zip(x.numpy(), y.tolist(), strict=True):
        found = [
            (down, right)
            for down in range(-3, 4)
            for right in range(-3, 4)
            if np.array_equal(moved, np.roll(images[k].numpy(), (down, right), (1, 2)))
        ]
        assert len(found) == 1
        seen.update(found)
    assert seen == {(down, right) for down in range(-2, 3) for right in range(-2, 3)}


def test_what_is_shifted_over_the_edge_is_gone_and_black_comes_in():
    ((x, _),) = Digits(torch.ones(60, 1, 5, 7), torch.zeros(60).long(), batch=60, shift=1)
    ink = x.sum((1, 2, 3)).tolist()
    assert set(ink) == {35.0, 30.0, 28.0, 24.0}  # still, a column lost, a row lost, both


def test_of_each_batch_the_share_asked_for_comes_as_another_hand_would_write_it():
    images = mnist.small()[0][:40]
    given = Digits(images, torch.arange(40), batch=20, rewritten=0.25)
    for _ in range(2):
        for x, y in given:
            still = [torch.equal(one, images[k]) for one, k in zip(x, y.tolist(), strict=True)]
            assert still == [False] * 5 + [True] * 15
    first, second = (torch.cat([x for x, _ in given]) for _ in range(2))
    assert not torch.equal(first, second), "written anew each time"


@pytest.mark.parametrize(
    ("settings", "count", "sentence"),
    [
        ({"epochs": 0}, 5, "expected at least one epoch of one batch, got 0 of 5"),
        ({"epochs": 2}, 0, "expected at least one epoch of one batch, got 2 of 0"),
        ({"epochs": 2, "lr": 0}, 5, "expected lr > 0, got 0"),
        ({"epochs": 2, "lr": float("nan")}, 5, "expected lr > 0, got nan"),
    ],
)
def test_lessons_that_make_no_sense_are_refused_with_a_sentence(settings, count, sentence):
    net, given = Lines(), batches(count)
    with pytest.raises(ValueError, match=sentence):
        next(train(net, given, **settings))
    with pytest.raises(ValueError, match=sentence):
        next(harden(net, given, Attack(Linf(0.1), 0.1, 1), **settings))
    assert np.array_equal(net.now, START.astype(np.float32))


@pytest.mark.parametrize("ramp", [-0.1, 1.5, float("nan")])
def test_a_ramp_is_a_share_of_the_way(ramp):
    with pytest.raises(ValueError, match=f"expected a ramp from 0 to 1, got {ramp}"):
        next(harden(Lines(), batches(), Attack(Linf(0.1), 0.1, 1), epochs=2, ramp=ramp))


def test_no_digits_at_all_are_nothing_to_train_on():
    nothing = Digits(torch.zeros(0, 1, 2, 5), torch.zeros(0).long())
    with pytest.raises(ValueError, match="expected at least one epoch of one batch"):
        next(train(Lines(), nothing, epochs=1, held_out=batches(1)[0]))


def test_a_small_net_learns_which_half_is_bright_and_holds_against_what_it_was_hardened_for():
    """A whole training, small: bright left or right halves, 28 x 28, which eps 0.2 can nearly hide."""
    rng = np.random.default_rng(15)
    labels = torch.from_numpy(rng.integers(0, 2, 128))
    images = torch.from_numpy(rng.uniform(0.25, 0.35, (128, 1, 28, 28)).astype(np.float32))
    for k, label in enumerate(labels.tolist()):
        images[k, :, :, 14 * label : 14 * label + 14] += 0.35
    attack = Attack(Linf(0.1), alpha=0.05, steps=3, random_start=True)
    nets = [SmallNet(4, 16, classes=2) for _ in range(2)]
    given = Digits(images, labels, batch=16)
    held_out = images[:64], labels[:64]
    *_, plain = train(nets[0], given, epochs=3, held_out=held_out, judge=attack, lr=0.02)
    *_, hard = harden(nets[1], given, attack, epochs=3, held_out=held_out, lr=0.02)
    assert plain.clean_accuracy == hard.clean_accuracy == 1
    assert hard.robust_accuracy > 0.95
