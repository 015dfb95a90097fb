"""The small dense network, trained anew: assets/digits/dense.pt, and dense.json with its accuracy.

`python -m trickcore.training.dense_network`, a part of `make train`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

import torch
from torch import Tensor

from trickcore.measure.accuracy import accuracy
from trickcore.networks.dense import dense_card
from trickcore.networks.dense.dense_card import DenseCard
from trickcore.networks.dense.two_layer_net import TwoLayerNet
from trickcore.networks.small_net import weights_of
from trickcore.pictures.mnist import mnist
from trickcore.training.loops import Digits, train

HIDDEN, EPOCHS, BATCH, AVERAGE, SEED = 16, 12, 128, 0.999, 0


def make(data: tuple[Tensor, Tensor], test: tuple[Tensor, Tensor], epochs: int = EPOCHS) -> DenseCard:
    """Train on pictures (N, 1, 28, 28) in [0, 1] and labels (N,), measure on `test`, write weights and card.

    Raises DigitsError where MNIST is asked for and cannot be had.
    """
    net = TwoLayerNet(HIDDEN, seed=SEED)
    batches, seconds = Digits(*data, BATCH, SEED), 0.0
    held_out = test[0][:500], test[1][:500]
    for epoch in train(net, batches, epochs=epochs, seed=SEED, held_out=held_out, average=AVERAGE):
        print(f"  dense {epoch}", flush=True)
        seconds = epoch.seconds
    weights = weights_of(net)
    card = DenseCard(
        sha256=hashlib.sha256(weights).hexdigest(),
        parameters=sum(p.numel() for p in net.parameters()),
        hidden=HIDDEN,
        epochs=epochs,
        seconds=round(seconds, 1),
        machine=f"CPU, {torch.get_num_threads()} thread{'s' if torch.get_num_threads() > 1 else ''}",
        clean=accuracy(net.eval().requires_grad_(False), *test),
    )
    dense_card.WEIGHTS.parent.mkdir(parents=True, exist_ok=True)
    dense_card.WEIGHTS.write_bytes(weights)
    dense_card.CARD.write_text(json.dumps(asdict(card), indent=1) + "\n")
    return card


def main() -> None:
    card = make(mnist(True, download=True), mnist(False, download=True))
    print(f"dense: {card.clean:.2%} of the test digits, {card.parameters:,} parameters, {card.seconds:g} s")


if __name__ == "__main__":
    main()
