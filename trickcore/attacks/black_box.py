"""BlackBox: a network that may only be asked, and how often it was."""

from __future__ import annotations

import torch
from torch import Tensor

from trickcore.networks.classifier import Net, checked_answer

AT_ONCE = 4  # pictures a pass, so that whoever shares the machine is not kept waiting


class BlackBox:
    """A network that is asked about pictures (N, C, H, W) and gives no gradient; each is a question."""

    def __init__(self, net: Net, at_once: int = AT_ONCE) -> None:
        self._net, self._at_once = net, at_once
        self.asked = 0

    def probabilities(self, x: Tensor) -> Tensor:
        """What it says of each picture, (N, K)."""
        return self._answers(x).softmax(1)

    def labels(self, x: Tensor) -> Tensor:
        """Only which class it finds likeliest, (N,)."""
        return self._answers(x).argmax(1)

    def shown(self, x: Tensor) -> Tensor:
        """The probabilities (N, K) for a chart, which no method reads: not counted as a question."""
        with torch.no_grad():
            return self._net(x.detach()).softmax(1)

    @torch.no_grad()
    def _answers(self, x: Tensor) -> Tensor:
        self.asked += len(x)
        logits = [self._net(part) for part in torch.split(x.detach(), self._at_once)]
        return checked_answer(torch.cat(logits))  # the class of an answer that is no number would be any
