"""TwoLayerNet: the smallest network that reads digits, every weight of which can be looked at."""

from __future__ import annotations

import hashlib
import io

import torch
from torch import Tensor, nn

from trickcore.language import _
from trickcore.networks.card import NOT_MEASURED, WeightsError
from trickcore.networks.classifier import Classifier
from trickcore.networks.dense import dense_card as card
from trickcore.networks.small_net import of_digits


class TwoLayerNet(nn.Module):
    """One hidden layer of ReLUs: pixels (N, 1, 28, 28) to logits (N, K).

    The weights on the pixels begin nearly at 0, so that those of pixels in which no digit ever has ink
    stay there and a unit's weights can be read as a picture.
    """

    def __init__(self, hidden: int = 16, classes: int = 10, *, seed: int = 0) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            first, last = nn.Linear(784, hidden), nn.Linear(hidden, classes)
            nn.init.normal_(first.weight, std=0.003)
            nn.init.constant_(first.bias, 0.1)
        self.layers = nn.Sequential(nn.Flatten(), first, nn.ReLU(), last)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.layers(x)
        return logits


def dense() -> Classifier:
    """The dense network that ships. Raises WeightsError where it is missing or not the one measured."""
    data = card.WEIGHTS.read_bytes() if card.WEIGHTS.exists() else b""
    if not card.CARD.exists() or hashlib.sha256(data).hexdigest() != card.dense_card().sha256:
        raise WeightsError(_(NOT_MEASURED, network=card.NAME, path=str(card.WEIGHTS)))
    state = torch.load(io.BytesIO(data), weights_only=True)
    net = TwoLayerNet(len(state["layers.1.weight"]), len(state["layers.3.weight"]))
    net.load_state_dict(state)
    return of_digits(card.NAME, net)
