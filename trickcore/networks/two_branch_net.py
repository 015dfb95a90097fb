"""TwoBranchNet: the robust digit network, a weighted mean of a SmallNet's logits and a ProvedNet's."""

from __future__ import annotations

import io
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from trickcore.networks.proved_net import KERNELS, ProvedNet
from trickcore.networks.small_net import SmallNet


class Branches(nn.Module):
    """Several rows of layers side by side: what goes in goes into each, what comes out stands in a row."""

    def __init__(self, rows: Sequence[nn.Sequential]) -> None:
        super().__init__()
        self.rows = nn.ModuleList(rows)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([row(x) for row in self.rows], 1)


class TwoBranchNet(nn.Module):
    """Two networks for 28 x 28 digits as one: pixels (N, 1, 28, 28) to the mean of their logits (N, K).

    What one is fooled by the other often is not, since they were made robust in different ways. `share` is
    what `proved` counts for in the mean, `small` for the rest; a network whose logits are larger counts for
    more than its share. The dense layers at their ends are one here, over the hidden units of
    both.
    Raises ValueError for a share that is not from 0 to 1.
    """

    def __init__(self, small: SmallNet, proved: ProvedNet, share: float = 0.5) -> None:
        super().__init__()
        if not 0 <= share <= 1:
            raise ValueError(f"expected a share from 0 to 1, got {share}")
        rows, ends = [], []
        for net in (small, proved):
            *before, _, last = net.layers
            assert isinstance(last, nn.Linear)
            rows.append(nn.Sequential(*before))
            ends.append(last)
        end = nn.Linear(sum(last.in_features for last in ends), ends[0].out_features)
        with torch.no_grad():
            mine, its = 1 - share, share
            end.weight.copy_(torch.cat([ends[0].weight * mine, ends[1].weight * its], 1))
            end.bias.copy_(ends[0].bias * mine + ends[1].bias * its)
        self.layers = nn.Sequential(Branches(rows), nn.ReLU(), end)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.layers(x)
        return logits


def two_branch_net_of(weights: bytes) -> TwoBranchNet:
    """A TwoBranchNet with the weights that `half_weights_of` wrote of one."""
    state = torch.load(io.BytesIO(weights), weights_only=True)

    def width(row: int, place: int) -> int:
        return len(state[f"layers.0.rows.{row}.{place}.weight"])

    widths = [width(1, 2 * i) for i in range(len(KERNELS))]
    proved = ProvedNet(widths, width(1, 2 * len(KERNELS) + 1))
    net = TwoBranchNet(SmallNet(width(0, 0), width(0, 5)), proved)
    net.load_state_dict(state)  # float16 becomes float32, number for number
    return net
