"""Bounds of what a network says of every picture within epsilon, by interval arithmetic: a proof, no attack.

Gowal et al. 2018 (arXiv:1810.12715). A box around a picture goes through the network layer by layer, as the
smallest box that is sure to hold all that becomes of it. The last layer is not bounded answer by answer: the
differences of two logits are, which is tighter.

The proof is of the network as a processor computes it in float32, not of one with exact numbers: the boxes
are worked out in float64, and each is widened by as much as float32 could be off at that layer, in whatever
order a sum of n products is added up, (n + 2) 2^-24 times the sum of their sizes (Higham 2002, section 3.1).
A graphics card that shortens numbers on the way (TF32) is not covered.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from trickcore.language import _
from trickcore.networks.classifier import Classifier, Net
from trickcore.networks.two_branch_net import Branches

UNIT = 2.0**-24  # of float32: half a unit in the last place
SLACK = 1e-6  # relative: what float64 may itself be off by, with much to spare
LEAST = 2.0**-125  # what a product too small for float32 can lose, twice over
PIXEL = 2.0**-23  # by which a float32 pixel that was meant to be at the rim of the box may be outside it
BATCH = 250
TOLERANCE = 1 / 1024  # of the largest epsilon that is proved


class BoundsError(ValueError):
    """A network that no bounds are known for; the message is a sentence for a person."""


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """All between centre - radius and centre + radius, in float64."""

    centre: Tensor
    radius: Tensor  # of the same shape, nowhere below 0

    @property
    def low(self) -> Tensor:
        return self.centre - self.radius

    @property
    def high(self) -> Tensor:
        return self.centre + self.radius

    def relu(self) -> Box:
        return between(self.low.clamp(min=0), self.high.clamp(min=0))


@dataclass(frozen=True, slots=True, eq=False)
class Leads:
    """By how much each answer can lead over the one asked about, logit minus logit, within the box.

    In the column of the answer asked about both are 0.
    """

    low: Tensor  # (N, K)
    high: Tensor  # (N, K): below 0 in every other column, and the answer is proved


def between(low: Tensor, high: Tensor) -> Box:
    return Box((high + low) / 2, (high - low) / 2)


def around(x: Tensor, eps: Tensor | float) -> Box:
    """All pictures in [0, 1] within eps of pixels (N, C, H, W); eps is a number or (N,)."""
    reach = torch.as_tensor(eps, dtype=torch.float64).reshape(-1, 1, 1, 1) + PIXEL
    pixels = x.detach().cpu().double()
    return between((pixels - reach).clamp(0, 1), (pixels + reach).clamp(0, 1))


def layers_of(net: Net | Classifier) -> list[nn.Module]:
    """The layers of a network that has them in a row, in float64 on the CPU, if all have bounds.

    Raises BoundsError for any other, and for weights that are less exact than float32.
    """
    body = _body(net)
    row = body if isinstance(body, nn.Sequential) else getattr(body, "layers", None)
    found = list(_in_a_row(row)) if isinstance(row, nn.Sequential) else []
    strange = next((layer for layer in found if not _known(layer)), None)
    if strange is not None or not found or not isinstance(found[-1], nn.Linear):
        what = type(strange).__name__ if strange is not None else type(body).__name__
        raise BoundsError(
            _(
                "Bounds are known for networks of convolutions, ReLUs and dense layers in a row, ending in a "
                "dense one, as our digit networks are, and this one has {what}. For photos there is "
                "randomized smoothing.",
                what=what,
            )
        )
    kinds = {weight.dtype for layer in found for weight in layer.parameters()}
    if coarse := kinds - {torch.float32, torch.float64}:
        raise BoundsError(
            _(
                "A proof counts with the rounding of float32, and weights of this network are {kind}. Turn "
                "them into float32 first, with .float().",
                kind=str(coarse.pop()).removeprefix("torch."),
            )
        )
    return [_exact(layer) for layer in found]


def proved(classifier: Classifier | Net, x: Tensor, labels: Tensor, eps: float) -> Tensor:
    """Which of pixels (N, C, H, W) keep their label (N,) whatever is done to them within eps: bools (N,).

    True: no picture in [0, 1] whose pixels are each within eps (on the [0, 1] scale) of the given ones gets
    another answer, the rounding of float32 on a CPU included. False says nothing: the bounds may be too wide.
    Raises BoundsError for a network that no bounds are known for, or that does more with the pictures than
    its layers in a row do; ValueError for eps below 0 or shapes that do not fit.
    """
    return _proved_at(_opened(classifier, x, labels, eps), x, labels, _all(x, eps))


def largest_proved(
    classifier: Classifier | Net,
    x: Tensor,
    labels: Tensor,
    *,
    most: float = 1.0,
    tolerance: float = TOLERANCE,
) -> Tensor:
    """The largest eps up to `most` for which each picture is proved, bisected to within the tolerance: (N,).

    Each was itself proved; -1 where not even the untouched picture is read as its label. Raises as `proved`,
    and ValueError for a tolerance that is not above 0.
    """
    layers = _opened(classifier, x, labels, most)
    if not tolerance > 0:
        raise ValueError(f"expected a tolerance above 0, on the [0, 1] scale, got {tolerance}")
    works = _all(x, -1.0)
    works[_proved_at(layers, x, labels, _all(x, 0.0))] = 0.0
    whole = _proved_at(layers, x, labels, _all(x, most)) & (works == 0)
    works[whole] = most
    failed = _all(x, most)
    open_ = (works == 0) & ~whole
    while bool((open_ & (failed - works > tolerance)).any()):
        middle = (works + failed) / 2
        worked = _proved_at(layers, x, labels, middle.clamp(min=0))
        works = torch.where(open_ & worked, middle, works)
        failed = torch.where(open_ & ~worked, middle, failed)
    return works


def leads_at(
    classifier: Classifier | Net, x: Tensor, label: int, grid: Sequence[float]
) -> tuple[Leads, tuple[Tensor, Tensor]]:
    """The bounds of one picture (C, H, W) at each eps of a grid: leads over the label, and the logits' own
    lowest and highest values, each (len(grid), K). Raises as `proved`."""
    labels = torch.full((len(grid),), label)
    repeated = x.expand(len(grid), -1, -1, -1)
    layers = _opened(classifier, repeated[:1], labels[:1], 0.0)
    for eps in grid:
        _checked(repeated, labels, eps)
    box = through(layers[:-1], around(repeated, torch.tensor(grid, dtype=torch.float64)))
    logits = _affine(layers[-1], box)
    return _leads(layers[-1], box, labels), (logits.low, logits.high)


def share_proved(
    classifier: Classifier | Net, x: Tensor, labels: Tensor, eps: float
) -> Iterator[tuple[int, int]]:
    """How many are proved of how many, after each batch, so that a long count can be watched."""
    layers = _opened(classifier, x, labels, eps)
    hits = asked = 0
    for part, truth in zip(torch.split(x, BATCH), torch.split(labels, BATCH), strict=True):
        hits += int(_proved_at(layers, part, truth, _all(part, eps)).sum())
        asked += len(part)
        yield hits, asked


def leads(layers: Sequence[nn.Module], box: Box, labels: Tensor) -> Leads:
    """The leads of every answer over the labels (N,), for all pictures of a box (N, C, H, W)."""
    return _leads(layers[-1], through(layers[:-1], box), labels)


def through(layers: Sequence[nn.Module], box: Box) -> Box:
    """A box that holds all that layers, in float32, make of a box."""
    for layer in layers:
        if isinstance(layer, nn.Conv2d | nn.Linear):
            box = _affine(layer, box)
        elif isinstance(layer, nn.ReLU):
            box = box.relu()
        elif isinstance(layer, nn.Flatten):
            box = Box(layer(box.centre), layer(box.radius))
        elif isinstance(layer, Branches):
            ends = [through(_row(row), box) for row in layer.rows]
            box = Box(torch.cat([end.centre for end in ends], 1), torch.cat([end.radius for end in ends], 1))
    return box


def _affine(layer: nn.Module, box: Box) -> Box:
    centre, radius, size = _product(layer, box)
    return Box(centre, radius + _rounding(layer, size))


def _product(layer: nn.Module, box: Box) -> tuple[Tensor, Tensor, Tensor]:
    """Centre and radius of what a layer makes of a box, and the sum of the sizes of what is added up."""
    assert isinstance(layer, nn.Conv2d | nn.Linear)
    weight, bias = layer.weight.abs(), None if layer.bias is None else layer.bias.abs()
    if isinstance(layer, nn.Linear):
        radius = F.linear(box.radius, weight)
        size = F.linear(box.centre.abs(), weight, bias) + radius
    else:

        def conv(x: Tensor, bias: Tensor | None = None) -> Tensor:
            return F.conv2d(x, weight, bias, layer.stride, layer.padding, layer.dilation, layer.groups)

        radius = conv(box.radius)
        size = conv(box.centre.abs(), bias) + radius
    return layer(box.centre), radius, size


def _leads(last: nn.Module, box: Box, labels: Tensor) -> Leads:
    """The last layer's differences: one row of weights minus another, so that what they share cancels."""
    assert isinstance(last, nn.Linear)
    rows = last.weight[None] - last.weight[labels][:, None]  # (N, K, n)
    centre = torch.einsum("nki,ni->nk", rows, box.centre)
    radius = torch.einsum("nki,ni->nk", rows.abs(), box.radius)
    size = F.linear(box.centre.abs() + box.radius, last.weight.abs())
    if last.bias is not None:
        centre = centre + last.bias - last.bias[labels][:, None]
        size = size + last.bias.abs()
    size = size + size.gather(1, labels[:, None])
    radius = radius + _rounding(last, size)
    own = F.one_hot(labels, rows.shape[1]).bool()
    return Leads((centre - radius).masked_fill(own, 0), (centre + radius).masked_fill(own, 0))


def _rounding(layer: nn.Module, size: Tensor) -> Tensor:
    """What float32 may be off by at a layer, of the sum of the sizes of what it adds up."""
    assert isinstance(layer, nn.Conv2d | nn.Linear)
    n = layer.weight[0].numel() + 2  # products, the bias, and one more for good measure
    return n * UNIT / (1 - n * UNIT) * (1 + SLACK) * size + n * LEAST


def _all(x: Tensor, eps: float) -> Tensor:
    """The same eps for every picture."""
    return torch.full((len(x),), eps, dtype=torch.float64)


def _body(net: Net | Classifier) -> Net:
    return net.net if isinstance(net, Classifier) else net


def _opened(net: Net | Classifier, x: Tensor, labels: Tensor, eps: float) -> list[nn.Module]:
    """The layers, where what is asked makes sense, and where on the pictures of the first batch the network
    says what its layers in a row say: `forward` may do more."""
    layers = layers_of(net)
    _checked(x, labels, eps)
    body, some = _body(net), x[:BATCH].detach().cpu().float()
    assert isinstance(body, nn.Module)  # as `layers_of` has found
    with torch.no_grad():
        said = copy.deepcopy(body).cpu().float()(some).double()
        box = through(layers, around(some, 0.0))
    if said.shape != box.centre.shape or bool(((said < box.low) | (said > box.high)).any()):
        raise BoundsError(
            _(
                "This network does something else with a picture than its layers in a row, so bounds of the "
                "layers would prove nothing of it. Put all that it does into the row."
            )
        )
    return layers


def _proved_at(layers: Sequence[nn.Module], x: Tensor, labels: Tensor, eps: Tensor) -> Tensor:
    parts = zip(*(torch.split(part, BATCH) for part in (x, labels.cpu(), eps)), strict=True)
    found = [_won(leads(layers, around(part, reach), truth), truth) for part, truth, reach in parts]
    return torch.cat(found) if found else torch.zeros(0, dtype=torch.bool)


def _won(found: Leads, labels: Tensor) -> Tensor:
    others = found.high.scatter(1, labels[:, None], float("-inf"))
    return others.amax(1) < 0


def _checked(x: Tensor, labels: Tensor, eps: float) -> None:
    if not eps >= 0:
        raise ValueError(f"expected eps >= 0, on the [0, 1] scale, got {eps}")
    if x.ndim != 4 or labels.shape != x.shape[:1]:
        raise ValueError(
            f"expected pixels (N, C, H, W) and labels (N,), got {tuple(x.shape)} and {tuple(labels.shape)}"
        )


def _in_a_row(row: nn.Sequential) -> Iterator[nn.Module]:
    for layer in row:
        if isinstance(layer, nn.Sequential):
            yield from _in_a_row(layer)
        elif not isinstance(layer, nn.Identity):
            yield layer


def _row(row: nn.Module) -> list[nn.Module]:
    """The layers of one of several branches."""
    assert isinstance(row, nn.Sequential)
    return list(_in_a_row(row))


def _known(layer: nn.Module) -> bool:
    if isinstance(layer, nn.Conv2d):
        return layer.padding_mode == "zeros"
    if isinstance(layer, Branches):
        return all(_known(part) for row in layer.rows for part in _row(row))
    return isinstance(layer, nn.Linear | nn.ReLU | nn.Flatten)


def _exact(layer: nn.Module) -> nn.Module:
    """A copy in float64 on the CPU: float32 weights are the same numbers there."""
    return copy.deepcopy(layer).cpu().double().requires_grad_(False)
