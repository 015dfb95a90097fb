"""Explaining: which pixels would make a picture more of a class, as numbers and as pictures.

After William Falcon's "What would make this more of a 5?": the gradient of a class's logit in the pixels
says where ink should be added and where it should go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from trickcore.classifiers import Net
from trickcore.images import Pixels, enlarged, to_8bit
from trickcore.palette import DIVERGING


@dataclass(frozen=True, slots=True, eq=False)
class Confusion:
    """A picture whose two leading classes are close, and what would make it more of either."""

    index: int  # in the batch it came from
    image: Tensor  # (C, H, W)
    label: int | None  # what it is, where that is known
    first: int  # the likeliest class
    second: int
    margin: float  # between their logits
    gradients: Tensor  # (2, C, H, W): of the first's and the second's logit


def gradients(net: Net, image: Tensor, classes: Sequence[int]) -> Tensor:
    """The gradient of each class's logit in the pixels of a picture (C, H, W): (len(classes), C, H, W).

    Logits, not probabilities: where a network is certain, the gradient of a probability is nearly 0.
    One forward and one backward pass. Simonyan et al. 2014, arXiv:1312.6034.
    """
    if not len(classes):
        raise ValueError("expected at least one class, got none")
    return _of_logits(net, image.expand(len(classes), *image.shape), torch.tensor(classes))


def confused(
    net: Net, images: Tensor, labels: Tensor | None = None, *, margin: float = 0.1, most: int = 4
) -> list[Confusion]:
    """The pictures (N, C, H, W) whose top two logits are within the margin, the closest first."""
    if not margin >= 0:
        raise ValueError(f"expected a margin of at least 0, got {margin}")
    with torch.no_grad():
        top = net(images).topk(2, dim=1)
    gaps = top.values[:, 0] - top.values[:, 1]
    chosen = [int(i) for i in gaps.argsort() if gaps[i] <= margin][:most]
    if not chosen:
        return []
    pairs = top.indices[chosen]  # (n, 2)
    grads = _of_logits(net, images[chosen].repeat_interleave(2, 0), pairs.flatten())
    return [
        Confusion(
            index=i,
            image=images[i].detach().cpu(),
            label=None if labels is None else int(labels[i]),
            first=int(pair[0]),
            second=int(pair[1]),
            margin=float(gaps[i]),
            gradients=both,
        )
        for i, pair, both in zip(chosen, pairs, torch.split(grads, 2), strict=True)
    ]


def strength(*many: Tensor) -> float:
    """One scale for gradient pictures: the 98th percentile of their sizes, as the ancestors scaled."""
    sizes = torch.cat([_plane(grads).abs().flatten() for grads in many])
    top = float(np.quantile(sizes.numpy(), 0.98))
    return top or float(sizes.max()) or 1.0


def plane(gradient: Tensor) -> NDArray[np.float32]:
    """A gradient (C, H, W) as one number a pixel, (H, W): the mean of its channels."""
    values: NDArray[np.float32] = _plane(gradient).numpy()
    return values


def picture(gradient: Tensor, scale: float) -> Pixels:
    """A gradient (C, H, W) as colours, (H, W, 3): bright adds ink, dark takes it away, grey is 0."""
    at = np.clip((plane(gradient) / scale + 1) / 2, 0, 1)
    stops = np.array([place for place, _ in DIVERGING])
    colours = np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for _, colour in DIVERGING])
    channels = [np.interp(at, stops, colours[:, channel]) for channel in range(3)]
    return np.stack(channels, -1).round().astype(np.uint8)


def strip(confusion: Confusion, scale: float | None = None, *, least: int = 140) -> Pixels:
    """The picture, and the two gradients beside it, (H, W, 3), enlarged so that pixels can be seen."""
    seen = to_8bit(confusion.image)
    seen = np.stack([seen] * 3, -1) if seen.ndim == 2 else seen
    scale = scale or strength(confusion.gradients)
    tiles = [seen, *(picture(gradient, scale) for gradient in confusion.gradients)]
    tiles = [enlarged(tile, least) for tile in tiles]
    gap = np.full((tiles[0].shape[0], 8, 3), 255, np.uint8)
    return np.hstack([tiles[0], gap, tiles[1], gap, tiles[2]])


def _of_logits(net: Net, images: Tensor, classes: Tensor) -> Tensor:
    x = images.detach().clone().requires_grad_(True)
    with torch.enable_grad():
        logits = net(x)
        wanted = logits.gather(1, classes.to(logits.device)[:, None])
        (grads,) = torch.autograd.grad(wanted.sum(), x)
    return grads.cpu()


def _plane(grads: Tensor) -> Tensor:
    return grads.detach().cpu().mean(-3)
