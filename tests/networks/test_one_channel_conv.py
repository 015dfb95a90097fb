"""The first layer of a digit network: torch's own convolution, with its gradient."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from trickcore.networks.one_channel_conv import OneChannelConv


@pytest.mark.parametrize(("kernel", "stride", "padding"), [(4, 2, 1), (3, 1, 1), (5, 2, 0)])
def test_it_is_torchs_convolution_forward_and_back_and_back_again(kernel, stride, padding):
    torch.manual_seed(0)
    own = OneChannelConv(6, kernel, stride, padding).double()
    plain = nn.Conv2d(1, 6, kernel, stride=stride, padding=padding).double()
    plain.load_state_dict(own.state_dict())
    own.requires_grad_(False)
    x = torch.rand(3, 1, 13, 9, dtype=torch.float64, requires_grad=True)
    found, expected = own(x), plain(x)
    assert torch.equal(found, expected)
    toward = torch.rand_like(found)
    (grad,) = torch.autograd.grad(found, x, toward)
    (right,) = torch.autograd.grad(expected, x, toward)
    assert grad.shape == x.shape
    assert torch.allclose(grad, right, rtol=1e-12, atol=1e-14)
    assert torch.autograd.gradcheck(own, x)
    assert torch.autograd.gradgradcheck(own, x)


def test_while_it_learns_it_is_torchs_own():
    own = OneChannelConv(4, 4, 2, 1)
    x = torch.rand(2, 1, 28, 28, requires_grad=True)
    own(x).sum().backward()
    assert own.weight.grad is not None
    assert own.weight.grad.abs().sum() > 0
