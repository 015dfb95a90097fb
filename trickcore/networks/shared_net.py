"""SharedNet: a network that several jobs ask, in one pass where the engine lets them share it."""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor, nn

from trickcore.engine import shared_passes
from trickcore.engine.devices import runs_a_pass
from trickcore.networks.classifier import Classifier


class SharedNet(nn.Module):
    """Pixels (N, C, H, W) to the body's logits (N, K). No row of them may depend on another."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body
        self.training = body.training

    def forward(self, x: Tensor) -> Tensor:
        return shared_passes.forward(self.body, x)


def shared(classifier: Classifier) -> Classifier:
    """The same network, so that jobs may share its passes; as it is where each has its own."""
    net = classifier.net
    if runs_a_pass() == 1 or not isinstance(net, nn.Module) or net.training:
        return classifier
    return replace(classifier, net=SharedNet(net))
