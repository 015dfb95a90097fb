"""SmallNet: the network that reads digits, and a Classifier of its weights."""

from __future__ import annotations

import hashlib
import io

import torch
from torch import Tensor, nn

from trickcore.engine import device
from trickcore.networks.catalogue import DIGITS
from trickcore.networks.classifier import Classifier
from trickcore.networks.one_channel_conv import OneChannelConv


class SmallNet(nn.Module):
    """Two convolutions and two dense layers for 28 x 28 digits: pixels (N, 1, 28, 28) to logits (N, K).

    The shape is Wong et al. 2020's (arXiv:2001.03994), which is quick on a CPU since both
    convolutions skip every second pixel. `width` channels first, twice as many after.
    """

    def __init__(self, width: int = 16, hidden: int = 100, classes: int = 10, *, seed: int = 0) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.layers = nn.Sequential(
                OneChannelConv(width, 4, stride=2, padding=1),
                nn.ReLU(),
                nn.Conv2d(width, 2 * width, 4, stride=2, padding=1),
                nn.ReLU(),
                nn.Flatten(),
                nn.Linear(2 * width * 49, hidden),
                nn.ReLU(),
                nn.Linear(hidden, classes),
            )

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.layers(x)
        return logits


def small_net_of(weights: bytes) -> SmallNet:
    """A SmallNet with the weights that `torch.save` wrote of one, of whichever width they are."""
    state = torch.load(io.BytesIO(weights), weights_only=True)
    net = SmallNet(len(state["layers.0.weight"]), len(state["layers.5.weight"]))
    net.load_state_dict(state)
    return net


def weights_of(net: nn.Module) -> bytes:
    """The weights as `torch.save` writes them."""
    out = io.BytesIO()
    torch.save(net.state_dict(), out)
    return out.getvalue()


def untrained(seed: int = 0) -> Classifier:
    """The digit network as it is before it has seen a single digit."""
    return of_digits("digits-untrained", SmallNet(32, seed=seed))


def of_digits(name: str, net: nn.Module) -> Classifier:
    """A network for pixels (N, 1, 28, 28) in [0, 1] as a Classifier of the ten digits, frozen."""
    net = net.eval().requires_grad_(False).to(device())
    identity = f"{name} {_digest(net)[:16]}"
    return Classifier(name, net, DIGITS, (28, 28), channels=1, resize=28, identity=identity)


def _digest(net: nn.Module) -> str:
    """SHA-256 of all weights, in their order."""
    found = hashlib.sha256()
    for name, tensor in net.state_dict().items():
        found.update(name.encode())
        found.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return found.hexdigest()
