"""Placements: where a sticker lies on each of several pictures, how large and how turned."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from trickcore.attacks.any_photo.settings import SHAPES


@dataclass(frozen=True, slots=True, eq=False)
class Placements:
    """One for each of N pictures, in pixels from the picture's middle. All tensors are (N,)."""

    half: Tensor  # the radius, or half a side
    turn: Tensor  # radians, clockwise
    right: Tensor  # of the sticker's middle
    down: Tensor

    def all(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        return self.half, self.turn, self.right, self.down


def texture_side(shape: str, area: float, size: tuple[int, int]) -> int:
    """Pixels along a sticker's side that covers this share of a picture of size (H, W): one for one."""
    return max(2, math.ceil(2 * float(_half(shape, torch.tensor(area), size))))


def outline(shape: str, side: int) -> Tensor:
    """(1, side, side) of 0 and 1: where a texture is sticker. Raises ValueError for another shape."""
    if shape == "square":
        return torch.ones(1, side, side)
    if shape != "round":
        raise ValueError(f"expected one of {', '.join(SHAPES)}, got {shape!r}")
    at = (2 * torch.arange(side) + 1) / side - 1
    return (at[:, None] ** 2 + at[None, :] ** 2 <= 1).float().unsqueeze(0)


def drawn(
    n: int, shape: str, areas: tuple[float, float], turn: float, size: tuple[int, int], rng: Generator
) -> Placements:
    """n placements, drawn evenly: the share of the picture between two, turned by up to so many degrees
    either way, anywhere where the whole sticker is within the picture of size (H, W)."""
    places = torch.rand(n, 4, generator=rng)
    half = _half(shape, areas[0] + (areas[1] - areas[0]) * places[:, 0], size)
    angle = (2 * places[:, 1] - 1) * math.radians(turn)
    reach = half if shape == "round" else half * (angle.cos().abs() + angle.sin().abs())
    right, down = (
        (2 * place - 1) * (side / 2 - reach).clamp_min(0)
        for place, side in ((places[:, 2], size[1]), (places[:, 3], size[0]))
    )
    return Placements(half, angle, right, down)


def _half(shape: str, area: Tensor, size: tuple[int, int]) -> Tensor:
    pixels = area * size[0] * size[1]
    return (pixels / math.pi).sqrt() if shape == "round" else pixels.sqrt() / 2


def stuck(x: Tensor, sticker: Tensor, outline: Tensor, placements: Placements) -> Tensor:
    """Pixels x (N, C, H, W) with a sticker (C, S, S) on each, where the outline (1, S, S) is 1.

    Differentiable in the sticker. Its edge is as soft as a pixel.
    """
    height, width = x.shape[2:]
    cos, sin = placements.turn.cos() / placements.half, placements.turn.sin() / placements.half
    across, down = width / 2, height / 2
    at_x, at_y = placements.right, placements.down
    grid = F.affine_grid(
        torch.stack(
            (
                torch.stack((cos * across, sin * down, -cos * at_x - sin * at_y), 1),
                torch.stack((-sin * across, cos * down, sin * at_x - cos * at_y), 1),
            ),
            1,
        ).to(x),
        [len(x), 1, height, width],
        align_corners=False,
    )

    def laid(texture: Tensor, beyond: str) -> Tensor:
        many = texture.to(x).expand(len(x), -1, -1, -1)
        return F.grid_sample(many, grid, mode="bilinear", padding_mode=beyond, align_corners=False)

    there = laid(outline, "zeros")
    return x * (1 - there) + laid(sticker, "border") * there
