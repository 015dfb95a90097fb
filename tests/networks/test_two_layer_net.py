"""The small dense network: what ships is what was measured, and it can be made again."""

from __future__ import annotations

import hashlib
import json

import pytest
import torch

from trickcore import WeightsError, catalogue, engine
from trickcore.networks.dense import dense_card as cards
from trickcore.networks.dense.dense_card import CARD, WEIGHTS, DenseCard, dense_card
from trickcore.networks.dense.two_layer_net import TwoLayerNet, dense
from trickcore.pictures import mnist
from trickcore.pictures.drawing import DRAWN, drawn_png
from trickcore.training import dense_network


def test_what_ships_is_small_and_the_file_that_the_card_speaks_of():
    card = dense_card()
    assert WEIGHTS.stat().st_size < 100_000
    assert hashlib.sha256(WEIGHTS.read_bytes()).hexdigest() == card.sha256
    assert card.parameters == 784 * 16 + 16 + 16 * 10 + 10
    assert sum(p.numel() for p in TwoLayerNet(card.hidden).parameters()) == card.parameters


def test_it_reads_most_of_the_drawn_digits():
    net = engine.call(dense)
    right = 0
    for name in list(DRAWN)[:20]:
        x = net.read(drawn_png(name))[None]
        right += int(engine.call(net.net, x).argmax()) == int(name[0])
    assert right >= 16


@pytest.mark.skipif(not mnist.mnist_here(), reason="MNIST is not on this machine")
def test_the_cards_accuracy_is_that_of_the_ten_thousand_test_digits():
    images, labels = mnist.mnist(train=False)
    net = engine.call(dense)
    right = (engine.call(net.net, images).argmax(1) == labels).double().mean()
    assert float(right) == pytest.approx(dense_card().clean, abs=1e-9)


def test_a_file_that_is_not_the_measured_one_is_refused(tmp_path, monkeypatch):
    data = bytearray(WEIGHTS.read_bytes())
    data[-1] ^= 1
    other = tmp_path / "dense.pt"
    other.write_bytes(data)
    for path in (other, tmp_path / "none.pt"):
        monkeypatch.setattr(cards, "WEIGHTS", path)
        with pytest.raises(WeightsError, match="make train"):
            dense()


def test_the_catalogue_does_not_list_it():
    assert cards.NAME not in [card.name for card in catalogue()]


def test_it_is_made_again_from_digits_with_a_card_of_what_was_measured(tmp_path, monkeypatch):
    monkeypatch.setattr(cards, "WEIGHTS", tmp_path / "dense.pt")
    monkeypatch.setattr(cards, "CARD", tmp_path / "dense.json")
    images, labels = mnist.small()
    test = images[1500:], labels[1500:]
    card = engine.call(dense_network.make, (images[:1500], labels[:1500]), test, 3)
    assert card == dense_card() == DenseCard(**json.loads((tmp_path / "dense.json").read_text()))
    net = engine.call(dense)
    with torch.no_grad():
        right = engine.call(net.net, test[0]).argmax(1) == test[1]
    assert card.clean == pytest.approx(float(right.double().mean()))
    assert card.clean > 0.5, "a tenth would be guessing"
    assert CARD != cards.CARD
