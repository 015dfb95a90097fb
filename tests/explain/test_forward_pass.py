"""The forward pass taken apart, beside networks worked by hand and those that ship."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn

from trickcore import Classifier, engine, load
from trickcore.explain.forward_pass import forward_pass
from trickcore.explain.records import ForwardPass, largest
from trickcore.networks.dense.two_layer_net import TwoLayerNet, dense
from trickcore.networks.small_net import SmallNet, untrained
from trickcore.pictures.drawing import drawn_png
from trickcore.pictures.files import encode

DIGITS = [
    pytest.param(dense, id="dense"),
    pytest.param(lambda: load("digits-standard"), id="standard"),
    pytest.param(lambda: load("digits-robust"), id="robust"),
    pytest.param(untrained, id="untrained"),
]
HIDDEN = [[1.0, 2.0, 0.0, 0.0, -1.0, 3.0], [-1.0, 0.0, 0.0, 0.0, 0.0, -1.0], [0.0, 0.0, 0.0, 5.0, 0.0, 0.0]]
BIASES = [0.5, 0.25, -1.5]
LAST, ENDS = [[2.0, 1.0, -1.0], [-3.0, 0.5, 4.0]], [0.1, -0.2]
PIXELS = np.zeros((8, 9), np.uint8)  # oblong; only the first two rows of three count
PIXELS[:2, :3] = [[255, 51, 0], [51, 0, 102]]  # 1, 0.2, 0; 0.2, 0, 0.4


class Toy(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        first, last = nn.Linear(72, 3), nn.Linear(3, 2)
        spread = torch.zeros(3, 8, 9)
        spread[:, :2, :3] = torch.tensor(HIDDEN).view(3, 2, 3)
        for layer, weights, biases in (
            (first, spread.flatten(1), BIASES),
            (last, torch.tensor(LAST), ENDS),
        ):
            layer.weight = nn.Parameter(weights, requires_grad=False)
            layer.bias = nn.Parameter(torch.tensor(biases), requires_grad=False)
        self.layers = nn.Sequential(nn.Flatten(), first, nn.ReLU(), last)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.as_tensor(self.layers(x))


@pytest.fixture
def by_hand() -> ForwardPass:
    toy = Classifier("toy", Toy(), ("no", "yes"), (8, 9), channels=1)
    return forward_pass(toy, encode(PIXELS))


def test_a_small_network_is_as_worked_by_hand(by_hand):
    """1 + 2 * 0.2 + 3 * 0.4 + 0.5 = 3.1; -1 - 0.4 + 0.25 = -1.15, so off; 5 * 0.2 - 1.5 = -0.5, so off."""
    assert by_hand.pixels.tolist() == PIXELS.tolist()
    assert by_hand.sums == pytest.approx([3.1, -1.15, -0.5], abs=1e-6)
    assert by_hand.active == pytest.approx([3.1, 0, 0], abs=1e-6)
    assert by_hand.offsets == pytest.approx(BIASES, abs=1e-6)
    assert by_hand.patterns[0, :2, :3].tolist() == [[1, 2, 0], [0, -1, 3]]
    assert by_hand.terms(0)[:2, :3] == pytest.approx(np.array([[1, 0.4, 0], [0, 0, 1.2]]))
    assert by_hand.added[:, 0] == pytest.approx([6.2, -9.3])
    assert by_hand.logits == pytest.approx([6.3, -9.5], abs=1e-5)
    assert by_hand.fixed


def test_backwards_only_a_unit_that_is_on_passes_the_gradient_through(by_hand):
    assert by_hand.pull(1).tolist() == [-3, 0, 0]
    assert by_hand.shares(0)[0, :2, :3].tolist() == [[2, 4, 0], [0, -2, 6]]
    assert not by_hand.shares(0)[1].any()


def test_the_largest_places_come_first_and_none_that_is_zero():
    values = np.array([[0.0, -3.0, 1.0], [2.0, 0.0, 0.0]])
    assert largest(values, 2) == [(0, 1), (1, 0)]
    assert largest(values, 9) == [(0, 1), (1, 0), (0, 2)]


@pytest.mark.parametrize("made", DIGITS)
@pytest.mark.parametrize("digit", ["5", "8"])
def test_what_the_units_add_and_the_bias_are_the_networks_own_score(made, digit):
    classifier = engine.call(made)
    found = engine.call(forward_pass, classifier, drawn_png(digit))
    with torch.no_grad():
        own = classifier.net(classifier.read(drawn_png(digit))[None])[0].double().numpy()
    assert found.added.sum(1) + found.biases == pytest.approx(own, abs=1e-4)
    assert np.abs(found.added).sum() > 0
    sums = np.array([found.terms(j).sum() for j in range(len(found.sums))]) + found.offsets
    assert sums == pytest.approx(found.sums, abs=1e-9)
    assert own.argmax() == found.probs.argmax()


@pytest.mark.parametrize("made", DIGITS)
def test_the_units_shares_add_up_to_the_gradient_that_autograd_takes_of_the_whole_network(made):
    classifier = engine.call(made)
    found = engine.call(forward_pass, classifier, drawn_png("3"))
    for k in (3, 8):
        x = classifier.read(drawn_png("3"))[None].requires_grad_()
        whole = torch.autograd.grad(classifier.net(x)[0, k], x)[0][0, 0].double().numpy()
        assert np.abs(whole).max() > 1e-4
        assert found.gradients[k] == pytest.approx(whole, abs=1e-5)
        assert found.shares(k).sum(0) == pytest.approx(whole, abs=1e-5)


def test_the_patterns_of_a_dense_layer_are_its_weights_and_its_offsets_the_biases():
    net = engine.call(dense)
    found = engine.call(forward_pass, net, drawn_png("7"))
    assert isinstance(net.net, TwoLayerNet)
    first = net.net.layers[1]
    assert isinstance(first, nn.Linear)
    assert found.patterns.reshape(16, -1) == pytest.approx(first.weight.numpy(), abs=1e-6)
    assert found.offsets == pytest.approx(first.bias.numpy(), abs=1e-4)


def test_the_patterns_of_a_deeper_network_hold_for_pictures_like_this_one():
    """A faint change of the picture changes a unit's sum by as much as its pattern says."""
    standard = engine.call(load, "digits-standard")
    found = engine.call(forward_pass, standard, drawn_png("5"))
    assert not found.fixed
    halves = engine.call(load, "digits-robust")
    assert not engine.call(forward_pass, halves, drawn_png("5")).fixed, "its ReLUs are within its branches"
    x = standard.read(drawn_png("5"))[None].double()
    assert isinstance(standard.net, SmallNet)
    net = copy.deepcopy(standard.net.layers[:-2]).double()
    faint = 1e-4 * torch.randn(x.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    change = (net(x + faint) - net(x))[0].numpy()
    foretold = (found.patterns * faint[0, 0].numpy()).sum((1, 2))
    assert change == pytest.approx(foretold, abs=2e-5)
    assert np.corrcoef(change, foretold)[0, 1] > 0.99


def test_the_strongest_units_are_those_that_add_or_take_most(by_hand):
    assert by_hand.strongest(0, 1) == [0]
    found = engine.call(forward_pass, engine.call(dense), drawn_png("5"))
    six = found.strongest(5, 6)
    assert six == sorted(six)
    rest = [j for j in range(16) if j not in six]
    assert np.abs(found.added[5, six]).min() >= np.abs(found.added[5, rest]).max()


def test_a_network_of_another_shape_is_told_in_a_sentence(toy):
    with pytest.raises(ValueError, match="toy does not end in a hidden layer"):
        forward_pass(toy, drawn_png("5"))
