"""Shared passes: jobs side by side are given what they would be given alone, from far fewer passes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.helpers import SHAPE, WEIGHTS, Linear
from trickcore import L2, Attack, Classifier, Linf, Recipe, load, pgd, towards, trick
from trickcore.attacks.ensemble import ensemble
from trickcore.attacks.loop import evaluate
from trickcore.engine.shared_passes import SharedPasses, gradient
from trickcore.networks.defence_transforms import defended
from trickcore.networks.defences import BY_NAME
from trickcore.networks.shared_net import SharedNet, shared
from trickcore.pictures.files import to_png
from trickcore.pictures.mnist import small
from trickcore.runs.frames import Frame, run_recipe

STEPS = 20


class Counted(nn.Module):
    """A network that writes down how many pictures are in each pass, and in each on the way back."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body
        self.there: list[int] = []
        self.back: list[int] = []
        self.eval().requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        logits = self.body(x)
        self.there.append(len(x))
        if logits.requires_grad:
            logits.register_hook(lambda grad: self.back.append(len(grad)))
        return logits


def counted(name: str) -> tuple[Classifier, Counted]:
    """A real network whose passes may be shared, and its counter."""
    classifier = load(name)
    counter = Counted(classifier.net)  # type: ignore[arg-type]
    return replace(classifier, net=SharedNet(counter)), counter


@pytest.fixture(scope="module")
def standard() -> Classifier:
    return load("digits-standard")


@pytest.fixture(scope="module")
def digits() -> list[tuple[bytes, int]]:
    images, labels = small()
    return [(to_png(image), int(label)) for image, label in zip(images[:8], labels[:8], strict=True)]


def recipes(digits: list[tuple[bytes, int]], **settings: Any) -> list[Recipe]:
    """A recipe for each digit: the next one is wanted."""
    return [
        Recipe(target=(label + 1) % 10, seed=seed, **{"eps": 20, "steps": STEPS, **settings})
        for seed, (_, label) in enumerate(digits)
    ]


def side_by_side(works: Iterable[Callable[[], Any]], most: int = 16) -> list[Any]:
    """What each gives, or the error that it raised; an iterable is read to its end."""
    found: dict[int, Any] = {}

    def done(number: int, work: Callable[[], Any]) -> None:
        try:
            given = work()
            found[number] = given if isinstance(given, Tensor) or given is None else list(given)
        except Exception as error:
            found[number] = error

    SharedPasses(most).run([partial(done, n, w) for n, w in enumerate(works)])
    return [found[number] for number in sorted(found)]


def same(run: list[Frame], other: list[Frame], within: float = 1e-5) -> bool:
    return len(run) == len(other) and all(
        np.abs(one.probs - two.probs).max() < within
        and np.abs(one.pixels.astype(int) - two.pixels).max() <= 1  # type: ignore[union-attr]
        and one.index == two.index
        for one, two in zip(run, other, strict=True)
    )


@pytest.mark.parametrize("settings", [{}, {"norm": "l2"}, {"random_start": True, "momentum": 1.0}])
def test_eight_runs_take_the_passes_of_one_and_give_the_frames_of_each(standard, digits, settings):
    asked = recipes(digits, **settings)
    alone = [list(run_recipe(standard, data, each)) for (data, _), each in zip(digits, asked, strict=True)]
    classifier, counter = counted("digits-standard")
    together = side_by_side(
        partial(run_recipe, classifier, data, each) for (data, _), each in zip(digits, asked, strict=True)
    )
    assert all(same(one, two) for one, two in zip(alone, together, strict=True))
    assert len({run[-1].pixels.tobytes() for run in together}) == 8, "each has a picture of its own"
    first = bool(settings.get("random_start"))  # the untouched picture costs a pass more
    assert counter.there == [8] * (STEPS + 1 + first)
    assert counter.back == [8] * STEPS


@pytest.mark.parametrize("ball", [Linf(8 / 255), L2(1.5)])
def test_runs_side_by_side_are_bit_for_bit_one_run_on_all_their_pictures(ball):
    """By other code: the loop itself, on a batch, without a thread."""
    classifier, _ = counted("efficientnet-lite0")
    seed = torch.Generator().manual_seed(5)
    x = torch.rand(3, 3, 224, 224, generator=seed).contiguous(memory_format=torch.channels_last)
    attack = Attack(ball, alpha=ball.eps / 4, steps=3)
    *_, batch = pgd(classifier.net, x, towards(torch.tensor([1, 2, 3])), attack)
    found = side_by_side(partial(trick, classifier, x[n], towards(n + 1), attack) for n in range(3))
    assert all(torch.equal(run[-1].x_adv, picture) for run, picture in zip(found, batch, strict=True))


def test_runs_of_different_lengths_come_to_take_their_steps_together(digits):
    classifier, counter = counted("digits-standard")
    asked = [replace(each, steps=4 + 2 * n) for n, each in enumerate(recipes(digits))]
    found = side_by_side(
        partial(run_recipe, classifier, data, each) for (data, _), each in zip(digits, asked, strict=True)
    )
    assert [len(run) for run in found] == [each.steps + 1 for each in asked]
    steps = sum(each.steps for each in asked)
    assert sum(counter.back) == steps
    assert len(counter.back) == max(each.steps for each in asked)
    # The last pass of each run needs no gradient, so that it is not shared with those that do.
    assert len(counter.there) == len(counter.back) + 8
    assert sum(counter.there) == steps + 8


def test_who_asks_for_something_else_in_between_is_waited_for_at_the_gradient():
    """Two take a gradient at once although one of them asked the network more often before."""
    counter = Counted(Linear(WEIGHTS))
    net = SharedNet(counter)
    x = torch.rand(1, *SHAPE)

    def after(questions: int) -> Tensor:
        for _ in range(questions):
            with torch.no_grad():
                net(x)
        return evaluate(net, x, towards(1)).grad

    found = side_by_side(partial(after, n) for n in (0, 3))
    assert torch.equal(found[0], found[1])
    assert len(counter.back) == 2, "the two asked in different passes"
    assert counter.there.count(2) == 0


def test_networks_and_shapes_are_not_mixed(digits):
    """Two networks of one shape, one picture of another shape, one of another type, all at once."""
    one, two = counted("digits-standard"), counted("digits-robust")
    free = Counted(nn.Sequential(nn.AdaptiveAvgPool2d(4), nn.Flatten()))
    small_x, large_x = torch.rand(1, 1, 8, 8), torch.rand(2, 1, 12, 8)
    both = [(classifier, data) for classifier in (one[0], two[0]) for data, _ in digits[:2]]
    asked = recipes(digits, steps=3)
    found = side_by_side(
        [
            *(partial(run_recipe, c, d, asked[0]) for c, d in both),
            lambda: SharedNet(free)(small_x),
            lambda: SharedNet(free)(large_x),
            lambda: SharedNet(free)(small_x.double()),
            lambda: SharedNet(free)(small_x + 0),
        ]
    )
    for (classifier, data), run in zip(both, found[:4], strict=True):
        plain = load(classifier.name)
        assert same(list(run_recipe(plain, data, asked[0])), run)
    assert one[1].there == two[1].there == [2] * 4
    assert sorted(free.there) == [1, 2, 2]
    assert [tuple(logits.shape) for logits in found[4:]] == [(1, 16), (2, 16), (1, 16), (1, 16)]
    assert found[6].dtype == torch.float64
    assert torch.equal(found[4], found[7])
    assert torch.equal(found[5], free.body(large_x))


def test_pictures_without_a_gradient_share_a_pass_too_and_are_given_none():
    counter = Counted(Linear(WEIGHTS))
    net = SharedNet(counter)
    x = torch.rand(3, *SHAPE)

    def asked(n: int) -> Tensor:
        with torch.no_grad():
            return net(x[n : n + 1])

    found = side_by_side(partial(asked, n) for n in range(3))
    assert counter.there == [3]
    assert not any(logits.requires_grad for logits in found)
    assert torch.equal(torch.cat(found), counter.body(x))


def test_one_who_wants_no_gradient_is_given_none_of_anothers():
    """Of the same picture, which could have one."""
    net = SharedNet(Linear(WEIGHTS))
    x = torch.rand(1, *SHAPE).requires_grad_()

    def asked(graph: bool) -> Tensor:
        with torch.set_grad_enabled(graph):
            return net(x)

    found = side_by_side(partial(asked, graph) for graph in (True, False, True))
    assert [logits.requires_grad for logits in found] == [True, False, True]


class Picky(nn.Module):
    """A network that cannot bear a picture that is black, nor more than so many."""

    def __init__(self, most: int = 99) -> None:
        super().__init__()
        self.most = most
        self.body = Linear(WEIGHTS)

    def forward(self, x: Tensor) -> Tensor:
        if len(x) > self.most:
            raise torch.OutOfMemoryError("out of memory")
        if (x.flatten(1).sum(1) == 0).any():
            raise ValueError("it is black")
        logits: Tensor = self.body(x)
        return logits


def test_an_error_in_one_is_its_own():
    """In the network, in a loss, and on the way; the others end as if nothing had been."""
    net = SharedNet(Picky())
    x = torch.rand(1, *SHAPE)
    attack = Attack(Linf(0.1), alpha=0.02, steps=6)

    def run(picture: Tensor, label: int, halt: int = 99) -> list[Tensor]:
        found = []
        for number, x_adv in enumerate(pgd(net, picture, towards(label), attack)):
            if number == halt:
                raise KeyError("on the way")
            found.append(x_adv)
        return found

    *alone, fine = run(x, 1)
    found = side_by_side([
        lambda: run(x, 1), lambda: run(x * 0, 1), lambda: run(x, 77), lambda: run(x, 1, 3), lambda: run(x, 1),
    ])  # fmt: skip
    assert [type(each) for each in found] == [list, ValueError, ValueError, KeyError, list]
    assert "black" in str(found[1])
    assert "expected labels from 0 to 3, got 77" in str(found[2])
    for run_beside in (found[0], found[4]):
        assert len(run_beside) == len(alone) + 1
        assert torch.allclose(run_beside[-1], fine, atol=1e-6)


def test_a_loss_without_a_gradient_spoils_nobody_elses():
    net = SharedNet(Linear(WEIGHTS))
    x = torch.rand(1, *SHAPE)

    def asked(constant: bool) -> Tensor:
        at = x.clone().requires_grad_()
        loss = net(at).sum()
        return gradient(loss.detach() if constant else loss, at)

    fine, ill, other = side_by_side(partial(asked, c) for c in (False, True, False))
    assert isinstance(ill, RuntimeError)
    expected = WEIGHTS.sum(0).reshape(1, *SHAPE)
    assert np.allclose(fine, expected, atol=1e-5)
    assert np.allclose(other, expected, atol=1e-5)


def test_where_memory_is_short_fewer_share_a_pass_from_then_on():
    passes, picky = SharedPasses(8), Picky(most=5)
    net = SharedNet(picky)
    x = torch.rand(8, *SHAPE)
    found: dict[int, Tensor] = {}

    def ask(n: int) -> None:
        found[n] = evaluate(net, x[n : n + 1], towards(2)).grad

    passes.run([partial(ask, n) for n in range(8)])
    assert passes.most == 4
    whole = evaluate(picky.body, x, towards(2)).grad
    assert torch.allclose(torch.cat([found[n] for n in range(8)]), whole, atol=1e-6)
    passes.run([partial(ask, n) for n in range(4)])
    assert passes.most == 4, "so many fit"


def test_who_never_asks_a_network_and_who_ends_at_once_hold_up_nobody(digits):
    classifier, counter = counted("digits-standard")
    asked = recipes(digits)
    found = side_by_side(
        [
            lambda: run_recipe(classifier, digits[0][0], asked[0]),
            lambda: range(3),
            lambda: None,
            lambda: run_recipe(classifier, digits[1][0], asked[1]),
        ]
    )
    assert found[1:3] == [[0, 1, 2], None]
    assert len(found[0]) == len(found[3]) == STEPS + 1
    assert counter.there == [2] * (STEPS + 1)


def test_one_alone_stays_on_its_thread_and_takes_torchs_own_gradient(standard, digits, monkeypatch):
    data, each = digits[0][0], recipes(digits)[0]
    names: list[str] = []
    net = SharedNet(standard.net)
    net.body.register_forward_hook(lambda *_: names.append(threading.current_thread().name))
    monkeypatch.setattr("trickcore.engine.shared_passes._forward", None)
    monkeypatch.setattr("trickcore.engine.shared_passes._gradients", None)
    (found,) = side_by_side([lambda: run_recipe(replace(standard, net=net), data, each)])
    assert set(names) == {threading.current_thread().name}
    for one, two in zip(found, run_recipe(standard, data, each), strict=True):
        assert np.array_equal(one.probs, two.probs)
        assert one.pixels.tobytes() == two.pixels.tobytes()  # type: ignore[union-attr]
        assert (one.loss, one.distance) == (two.loss, two.distance)


def test_only_one_of_them_goes_on_at_a_time():
    """So nothing else that jobs touch has to bear several threads."""
    net, x = SharedNet(Linear(WEIGHTS)), torch.rand(1, *SHAPE)
    inside, most = [0], [0]

    def work() -> list[int]:
        for _ in range(20):
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            threading.Event().wait(0.0005)  # another thread could run now
            inside[0] -= 1
            net(x)
        return []

    side_by_side([work] * 6)
    assert (inside, most) == ([0], [1])


def test_networks_behind_a_random_defence_and_in_an_ensemble_share_the_passes_inside(digits):
    base, counter = counted("digits-standard")
    robust, other = counted("digits-robust")
    plain, plain_robust = load("digits-standard"), load("digits-robust")
    turned = BY_NAME["rotation"].at(10)
    asked = recipes(digits, steps=5)

    def works(one: Classifier, two: Classifier) -> list[Callable[[], Any]]:
        return [
            lambda: run_recipe(defended(one, turned, 1), digits[0][0], asked[0]),
            lambda: run_recipe(defended(one, turned, 2), digits[1][0], asked[1]),
            lambda: run_recipe(ensemble([one, two]), digits[2][0], asked[2]),
            lambda: run_recipe(ensemble([one, two]), digits[3][0], asked[3]),
        ]

    alone = [list(work()) for work in works(plain, plain_robust)]
    together = side_by_side(works(base, robust))
    assert all(same(one, two) for one, two in zip(alone, together, strict=True))
    assert counter.there == [4] * 6
    assert other.there == [2] * 6


def test_what_goes_wrong_outside_a_job_is_raised_once_all_have_ended():
    ended: list[int] = []
    net, x = SharedNet(Linear(WEIGHTS)), torch.rand(1, *SHAPE)

    def work(n: int) -> None:
        net(x)
        if n == 0:
            raise OSError("the server is gone")
        net(x)
        ended.append(n)

    with pytest.raises(OSError, match="the server is gone"):
        SharedPasses(3).run([partial(work, n) for n in range(3)])
    assert ended == [1, 2]


def test_networks_are_shared_on_a_gpu_or_where_it_is_asked_for(standard, monkeypatch):
    monkeypatch.delenv("TRICK_BATCH", raising=False)
    assert shared(standard) is standard
    monkeypatch.setenv("TRICK_BATCH", "1")
    assert shared(standard) is standard
    monkeypatch.setenv("TRICK_BATCH", "8")
    net = shared(standard).net
    assert isinstance(net, SharedNet)
    assert net.body is standard.net
    assert not net.training
    learning = replace(standard, net=nn.Sequential(nn.BatchNorm2d(1)).train())
    assert shared(learning) is learning, "a batch norm that learns mixes its pictures"
