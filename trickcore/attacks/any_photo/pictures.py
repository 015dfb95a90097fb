"""The pictures that one change is made over: checked, and drawn for a step."""

from __future__ import annotations

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from trickcore.attacks.loop import check, device_of
from trickcore.networks.classifier import Classifier

CUT = 0.5  # at most so much of a photo's side is cut away where few photos have to stand for all


def checked(images: Tensor, classifier: Classifier) -> None:
    """Raises ValueError when there are none, or they are not float32 (N, C, H, W) in [0, 1] with the
    network's channels."""
    if images.dim() != 4 or not len(images):
        raise ValueError(f"expected pictures of shape (N, C, H, W), at least one, got {tuple(images.shape)}")
    for image in images:
        check(image, classifier)


def batch_of(images: Tensor, n: int, rng: Generator, classifier: Classifier) -> Tensor:
    """n of the pictures (N, C, H, W), where the network's weights lie. Of photos a random part is shown,
    mirrored or not; a digit stays as it is, since a mirrored one is none."""
    x = images[torch.randint(len(images), (n,), generator=rng)]
    return (cut(x, rng) if classifier.channels > 1 else x).to(device_of(classifier.net, images))


def cut(x: Tensor, rng: Generator) -> Tensor:
    """A random part of each photo (N, C, H, W), mirrored or not, brought to the photo's size."""
    n = len(x)
    places = torch.rand(n, 4, generator=rng)
    part = 1 - CUT * places[:, 0]
    mirrored = torch.where(places[:, 3] < 0.5, -part, part)
    none = torch.zeros(n)
    right, down = ((2 * place - 1) * (1 - part) for place in (places[:, 1], places[:, 2]))
    across = torch.stack((mirrored, none, right), 1)
    grid = torch.stack((across, torch.stack((none, part, down), 1)), 1)
    where = F.affine_grid(grid, list(x.shape), align_corners=False)
    return F.grid_sample(x, where, padding_mode="border", align_corners=False).clamp(0, 1)
