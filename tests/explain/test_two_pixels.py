"""The network with two inputs: its arithmetic by hand, what it learns, and how a point is pushed."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from trickcore.explain import plane_net
from trickcore.explain.point_sets import points
from trickcore.explain.two_pixels import (
    Plan,
    PlaneNetwork,
    all_scores,
    arrow,
    border,
    box,
    chance,
    shown_epochs,
    smallest_move,
    stage_names,
)

# The score is the first pixel's brightness alone: above the middle is pink.
FLAT = PlaneNetwork(((np.array([[1.0, 0.0]]), np.array([0.0])),), "tanh")
W, B = np.array([[1.0, -2.0], [0.5, 0.25], [0.0, 3.0]]), np.array([0.1, -0.4, 0.0])
OUT, LAST = np.array([[2.0, -1.0, 0.5]]), np.array([0.3])
TOY = PlaneNetwork(((W, B), (OUT, LAST)), "tanh")


@pytest.fixture(scope="module")
def moons() -> list:
    return list(plane_net.learn(Plan()))


def by_hand(first: float, second: float, bend) -> float:
    """The toy's score for two pixels on [0, 1], a number at a time."""
    a, b = 6 * (first - 0.5), 6 * (second - 0.5)
    hidden = [
        bend(1.0 * a - 2.0 * b + 0.1),
        bend(0.5 * a + 0.25 * b - 0.4),
        bend(3.0 * b),
    ]
    return 2.0 * hidden[0] - 1.0 * hidden[1] + 0.5 * hidden[2] + 0.3


@pytest.mark.parametrize(("bend", "function"), [("tanh", math.tanh), ("ReLU", lambda x: max(x, 0.0))])
def test_the_score_is_what_one_works_out_by_hand(bend, function):
    network = replace(TOY, bend=bend)
    pixels = [(0.1, 0.9), (0.5, 0.5), (0.75, 0.2)]
    wanted = [by_hand(*pixel, function) for pixel in pixels]
    assert network.score(np.array(pixels)) == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize("bend", ["tanh", "ReLU"])
def test_torch_has_the_same_network(bend):
    network = replace(TOY, bend=bend)
    net = plane_net.PlaneNet(Plan(layers=1, units=3, bend=bend))
    for layer, (weight, bias) in zip(net.layers, network.weights, strict=True):
        layer.load_state_dict({"weight": torch.tensor(weight), "bias": torch.tensor(bias)})
    pixels = np.random.default_rng(1).uniform(0, 1, (20, 2))
    x = torch.tensor(pixels, dtype=torch.float32).view(20, 1, 1, 2)
    for one in (net, plane_net.net_of(network)):
        probs = one(x).softmax(1)[:, 1].detach().numpy()
        assert probs == pytest.approx(1 / (1 + np.exp(-network.score(pixels))), abs=1e-5)
    assert network.weights[0][0] == pytest.approx(net.plain().weights[0][0])


def test_the_stages_lead_from_the_pixels_through_each_layer_stretched_and_bent():
    pixels = np.array([[0.1, 0.9], [0.5, 0.5]])
    assert TOY.stages == 3
    assert TOY.through(pixels, 0) == pytest.approx(6 * (pixels - 0.5))
    stretched = TOY.through(pixels, 1)
    assert stretched[1] == pytest.approx(B)
    assert TOY.through(pixels, 2) == pytest.approx(np.tanh(stretched))
    assert list(stage_names(1)) == ["the pixels", "layer 1, stretched", "layer 1, bent"]
    assert len(stage_names(4)) == 9
    with pytest.raises(ValueError, match="a stage from 0 to 2, got 3"):
        TOY.through(pixels, 3)


def test_a_probability_is_that_of_the_class_asked_about():
    assert float(chance(0.0)) == 0.5
    assert float(chance(math.log(3), 1)) == pytest.approx(0.75)
    assert float(chance(math.log(3), 0)) == pytest.approx(0.25)


def test_all_scores_has_the_second_pixel_upwards_and_the_first_across():
    scores = all_scores(FLAT)
    assert scores.shape == (256, 256)
    assert scores[0, 255] == pytest.approx(3.0)
    assert scores[255, 0] == pytest.approx(-3.0)
    assert np.array_equal(all_scores(FLAT, 5), scores[::5, ::5])
    with pytest.raises(ValueError, match="a divisor of 255, got 4"):
        all_scores(FLAT, 4)


def test_the_smallest_move_is_counted_over_all_pictures():
    scores = all_scores(FLAT)
    assert smallest_move(scores, np.array([120, 50]) / 255) == (8, 128, 50 - 8), (
        "128 is the first above 127.5"
    )
    assert smallest_move(scores, np.array([128, 50]) / 255) == (1, 127, 49)
    sure = PlaneNetwork(((np.array([[0.0, 0.0]]), np.array([1.0])),), "tanh")
    assert smallest_move(all_scores(sure), np.array([0.5, 0.5])) is None
    assert border(sure, all_scores(sure)) == []


def test_the_border_of_no_hidden_layer_is_one_straight_line():
    (line,) = border(FLAT, all_scores(FLAT))
    assert line[:, 0] == pytest.approx(0.5)
    assert sorted(line[[0, -1], 1]) == pytest.approx([0, 1])


def test_a_push_goes_the_steps_one_works_out_by_hand():
    """From 120 by 4 levels a step, up to 16; the second pixel counts for nothing, and stays."""
    push = plane_net.push(FLAT, np.array([120, 50]) / 255, 16 / 255, 5)
    assert np.rint(push.pixels * 255).tolist() == [[x, 50] for x in (120, 124, 128, 132, 136, 136)]
    assert push.labels.tolist() == [0, 0, 1, 1, 1, 1]
    assert push.crossed == 2
    assert push.moved[push.crossed].tolist() == [8, 0]
    assert push.slope == pytest.approx([6 / 255, 0], abs=1e-7)
    assert push.promised == pytest.approx(16 * 6 / 255)
    assert push.scores == pytest.approx([6 * (x / 255 - 0.5) for x in (120, 124, 128, 132, 136, 136)])
    back = plane_net.push(FLAT, np.array([140, 50]) / 255, 16 / 255, 5)
    assert back.moved[-1].tolist() == [-16, 0], "from pink towards green"


def test_a_push_that_epsilon_ends_before_the_border_has_not_crossed():
    push = plane_net.push(FLAT, np.array([120, 50]) / 255, 7 / 255, 5)
    assert push.crossed is None
    assert push.moved[-1].tolist() == [7, 0]


def test_the_box_is_what_epsilon_allows_and_the_arrow_leads_towards_the_other_class():
    push = plane_net.push(FLAT, np.array([120, 5]) / 255, 16 / 255, 5)
    around = box(push.pixels[0], push.eps) * 255
    assert (around.min(axis=0), around.max(axis=0)) == (
        pytest.approx([104, 0]),
        pytest.approx([136, 21]),
    ), "not below black"
    line = arrow(push, length=10 / 255) * 255
    assert line[[0, -1]] == pytest.approx(np.array([[120, 5], [130, 5]]))


def test_the_same_plan_is_the_same_training_and_another_seed_another(moons):
    again = list(plane_net.learn(Plan()))
    assert [moment.loss for moment in again] == [moment.loss for moment in moons]
    assert all(
        np.array_equal(a, b)
        for one, two in zip(again[-1].network.weights, moons[-1].network.weights, strict=True)
        for a, b in zip(one, two, strict=True)
    )
    other = next(iter(plane_net.learn(Plan(seed=1))))
    assert other.loss != moons[0].loss


def test_the_moments_are_those_that_are_said_to_be_shown(moons):
    assert [moment.epoch for moment in moons] == shown_epochs(100)
    assert shown_epochs(100)[0] == 0
    assert shown_epochs(100)[-1] == 100
    assert shown_epochs(2) == [0, 1, 2]


def test_moons_are_parted_with_a_hidden_layer_and_not_without(moons):
    assert moons[0].right < 0.9
    assert moons[-1].right == 1.0
    assert moons[-1].loss < moons[0].loss / 10
    assert moons[-1].fresh > 0.97
    *_, straight = plane_net.learn(Plan(layers=0))
    assert 0.8 < straight.right < 0.95


@pytest.mark.parametrize(
    "plan", [Plan("Circles"), Plan("Circles", bend="ReLU"), Plan("Spirals", layers=2, units=8, epochs=200)]
)
def test_circles_and_spirals_are_parted_too(plan):
    *_, last = plane_net.learn(plan)
    assert last.right > 0.99
    assert last.fresh > 0.95


def test_shares_are_counted_on_points_learnt_and_on_others(moons):
    last = moons[-1].network
    for stream, share in ((0, moons[-1].right), (1, moons[-1].fresh)):
        these = points("Moons", 200, 0, stream=stream)
        right = sum(
            (last.score(p[None])[0] > 0) == (k == 1) for p, k in zip(these.pixels, these.labels, strict=True)
        )
        assert share == right / 200


def test_a_pushed_point_really_changes_the_answer_within_epsilon_and_in_whole_levels(moons):
    network, found = moons[-1].network, points("Moons", 200, 0)
    near = found.pixels[np.abs(network.score(found.pixels)).argsort()[:5]]
    net = plane_net.net_of(network)
    for pixels in near:
        push = plane_net.push(network, pixels, 24 / 255, 10)
        ends = torch.tensor(push.pixels[[0, -1]], dtype=torch.float32).view(2, 1, 1, 2)
        before, after = net(ends).argmax(1).tolist()
        assert before != after
        assert push.crossed is not None
        assert np.abs(push.moved).max() <= 24
        assert push.pixels * 255 == pytest.approx(np.rint(push.pixels * 255))
        nearest = smallest_move(all_scores(network), pixels)
        assert nearest is not None
        assert 1 <= nearest[0] <= np.abs(push.moved[push.crossed]).max()


def test_the_smallest_move_is_as_small_as_a_search_ring_by_ring_finds(moons):
    network = moons[-1].network
    found = smallest_move(all_scores(network), np.array([150, 112]) / 255)
    start = network.score(np.array([[150, 112]]) / 255)[0] > 0
    for far in range(1, 256):
        ring = [(150 + a, 112 + b) for a in range(-far, far + 1) for b in range(-far, far + 1)]
        if ((network.score(np.array(ring) / 255) > 0) != start).any():
            break
    assert found is not None
    assert found[0] == far


def test_the_border_is_where_the_score_is_zero(moons):
    network = moons[-1].network
    lines = border(network, all_scores(network, 3))
    assert sum(map(len, lines)) > 50
    assert np.abs(network.score(np.concatenate(lines))).max() < 1e-4


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"data": "Stars"}, "data to be one of Moons, Circles, Spirals, got 'Stars'"),
        ({"bend": "sine"}, "bend to be one of"),
        ({"layers": 5}, "layers from 0 to 4, got 5"),
        ({"units": 1}, "units from 2 to 8, got 1"),
        ({"epochs": 0}, "epochs from 1 to 1000, got 0"),
    ],
)
def test_a_plan_of_what_there_is_not_is_refused(wrong, told):
    with pytest.raises(ValueError, match=told):
        Plan(**wrong)
