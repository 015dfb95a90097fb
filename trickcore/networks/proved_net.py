"""ProvedNet: the digit network whose answers can be proved; what ships of it is wider than `ProvedNet()`."""

from __future__ import annotations

import io
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from trickcore.networks.one_channel_conv import OneChannelConv

# Of each convolution: side of its kernel, stride, padding. 28 x 28 becomes 14, 7, 7 and 4 pixels square.
KERNELS = ((5, 2, 2), (4, 2, 1), (3, 1, 1), (3, 2, 1))
WIDTHS, HIDDEN, SIDE = (32, 64, 64, 128), 192, 4


class ProvedNet(nn.Module):
    """Four convolutions and two dense layers for 28 x 28 digits: pixels (N, 1, 28, 28) to logits (N, K).

    Nothing but convolutions, ReLUs and dense layers, so that `measure.bounds` can follow a box through it.
    """

    def __init__(self, widths: Sequence[int] = WIDTHS, hidden: int = HIDDEN, classes: int = 10) -> None:
        super().__init__()
        row: list[nn.Module] = []
        for before, after, (side, stride, padding) in zip((1, *widths[:-1]), widths, KERNELS, strict=True):
            of = side, stride, padding
            row += [OneChannelConv(after, *of) if before == 1 else nn.Conv2d(before, after, *of), nn.ReLU()]
        dense = [nn.Linear(widths[-1] * SIDE * SIDE, hidden), nn.ReLU(), nn.Linear(hidden, classes)]
        self.layers = nn.Sequential(*row, nn.Flatten(), *dense)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.layers(x)
        return logits


def proved_net_of(weights: bytes) -> ProvedNet:
    """A ProvedNet with the weights that `half_weights_of` wrote of one, of whichever width they are."""
    state = torch.load(io.BytesIO(weights), weights_only=True)
    widths = [len(state[f"layers.{2 * i}.weight"]) for i in range(len(KERNELS))]
    dense = 2 * len(KERNELS) + 1
    net = ProvedNet(widths, len(state[f"layers.{dense}.weight"]), len(state[f"layers.{dense + 2}.weight"]))
    net.load_state_dict(state)  # float16 becomes float32, number for number
    return net


def half_weights_of(net: nn.Module) -> bytes:
    """The weights rounded to float16, as `torch.save` writes them: half the size of a file.

    What is proved and measured is the network that is read back, so the rounding costs no proof its worth.
    """
    out = io.BytesIO()
    torch.save({name: tensor.half() for name, tensor in net.state_dict().items()}, out)
    return out.getvalue()
