"""Digits as other hands would have written them: turned, stretched, slanted and bent, each by its own chance.

A small network that is hardened on MNIST soon knows its 60,000 training digits by heart. Such digits are new
each time, and bent ones look like handwriting (Simard et al. 2003, doi:10.1109/ICDAR.2003.1227801).
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

TURN = 10.0  # degrees, either way
STRETCH = 0.1  # of either side, longer or shorter
SLANT = 0.15  # pixels to the side per pixel upwards, either way
BEND = 0.6  # pixels: standard deviation at the knots of the field that bends
KNOTS = 5  # of that field, along each side


def rewritten(images: Tensor, rng: Generator) -> Tensor:
    """Pictures (N, C, H, W) as another hand might have written them, black coming in at the edges.

    Every picture is changed by its own draw from `rng`, which is on the CPU as the pictures are; pixels are
    interpolated, so that they stay within [0, 1].
    """
    n, _, height, width = images.shape
    if not n:
        return images.clone()

    def either_way(most: float) -> Tensor:
        return (2 * torch.rand(n, generator=rng) - 1) * most

    angle, slant = either_way(math.radians(TURN)), either_way(SLANT)
    across, along = 1 + either_way(STRETCH), 1 + either_way(STRETCH)
    cos, sin, still = angle.cos(), angle.sin(), torch.zeros(n)
    turned = torch.stack([torch.stack([cos, -sin], 1), torch.stack([sin, cos], 1)], 1)
    slanted = torch.stack([torch.stack([across, slant], 1), torch.stack([still, along], 1)], 1)
    about_the_middle = torch.cat([turned @ slanted, torch.zeros(n, 2, 1)], 2)
    places = F.affine_grid(about_the_middle, [n, 1, height, width], align_corners=False)
    knots = torch.randn(n, 2, KNOTS, KNOTS, generator=rng) * BEND
    bent = F.interpolate(knots, (height, width), mode="bicubic", align_corners=True).permute(0, 2, 3, 1)
    return F.grid_sample(
        images, places + bent * torch.tensor([2 / width, 2 / height]), align_corners=False
    ).clamp(0, 1)
