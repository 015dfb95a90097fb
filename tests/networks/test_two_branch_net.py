"""The robust network of two halves: the mean of their logits, by hand, as a file, and within bounds."""

from __future__ import annotations

import pytest
import torch

from trickcore.measure import bounds
from trickcore.networks.proved_net import ProvedNet, half_weights_of
from trickcore.networks.small_net import SmallNet
from trickcore.networks.two_branch_net import Branches, TwoBranchNet, two_branch_net_of


def halves():
    torch.manual_seed(3)
    return SmallNet(4, 6, seed=1), ProvedNet((2, 3, 3, 4), 5)


def pictures(n=5):
    return torch.rand(n, 1, 28, 28, generator=torch.Generator().manual_seed(2))


@torch.no_grad()
def test_its_logits_are_the_mean_of_both():
    small, proved = halves()
    net, x = TwoBranchNet(small, proved), pictures()
    assert torch.allclose(net(x), (small(x) + proved(x)) / 2, atol=1e-5)


@torch.no_grad()
@pytest.mark.parametrize("share", [0, 0.25, 1])
def test_a_share_weighs_the_half_with_proofs_against_the_other(share):
    small, proved = halves()
    net, x = TwoBranchNet(small, proved, share), pictures()
    assert torch.allclose(net(x), (1 - share) * small(x) + share * proved(x), atol=1e-5)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_that_is_none_is_refused(share):
    small, proved = halves()
    with pytest.raises(ValueError, match="expected a share from 0 to 1"):
        TwoBranchNet(small, proved, share)


@torch.no_grad()
def test_it_is_read_back_from_its_file_whatever_its_widths():
    net, x = TwoBranchNet(*halves()), pictures()
    again = two_branch_net_of(half_weights_of(net))
    assert torch.allclose(net(x), again(x), atol=1e-2), "rounded to float16"
    assert half_weights_of(again) == half_weights_of(net)


@torch.no_grad()
def test_no_picture_of_the_box_leaves_its_bounds():
    net, x = TwoBranchNet(*halves()).requires_grad_(False), pictures(1)
    found, (low, high) = bounds.leads_at(net, x[0], 3, [0.0, 0.05, 0.2])
    generator = torch.Generator().manual_seed(7)
    for row, eps in enumerate((0.0, 0.05, 0.2)):
        noise = (2 * torch.randint(0, 2, (400, *x.shape[1:]), generator=generator) - 1) * eps
        logits = net((x + noise).clamp(0, 1)).double()
        assert (logits >= low[row]).all()
        assert (logits <= high[row]).all()
        leads = logits - logits[:, 3:4]
        assert (leads <= found.high[row]).all()
        assert (leads >= found.low[row]).all()
    assert (high[0] - low[0]).max() < 1e-3, "with no room at all they are the logits themselves"
    assert (high[2] > high[1]).all()


def test_layers_side_by_side_that_have_no_bounds_are_refused():
    net = TwoBranchNet(*halves())
    branches = net.layers[0]
    assert isinstance(branches, Branches)
    branches.rows.append(torch.nn.Sequential(torch.nn.Sigmoid()))
    with pytest.raises(bounds.BoundsError, match="Bounds are known for networks of convolutions"):
        bounds.layers_of(net)
