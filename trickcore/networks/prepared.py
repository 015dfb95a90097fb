"""A network made ready to be asked: frozen, its own mean and std inside, as fast as it can be."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from trickcore.engine import device
from trickcore.networks.fused import fold


class Prepared(nn.Module):
    """Pixels in [0, 1] to logits: the net with its own mean and std inside."""

    mean: Tensor
    std: Tensor

    def __init__(self, body: nn.Module, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        self.body = body
        self.register_buffer("mean", torch.tensor(mean).view(1, -1, 1, 1))
        self.register_buffer("std", torch.tensor(std).view(1, -1, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.body((x - self.mean) / self.std)
        return logits


def prepared(
    body: nn.Module,
    mean: Sequence[float],
    std: Sequence[float],
    size: tuple[int, int] = (224, 224),
    name: str = "a network",
) -> nn.Module:
    """Frozen, batch norms folded into the convolutions, channels last: 1.3 to 2 times as fast."""
    body = fold(body.eval(), size, name)
    net = Prepared(body, mean, std).eval().requires_grad_(False)
    net.to(device(), memory_format=torch.channels_last)  # type: ignore[call-overload]
    return net
