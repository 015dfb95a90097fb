"""The world between a picture and a network: turned, moved, seen from the side, lit, blurred, grainy."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Generator, Tensor

SIDE = 224  # the side that `Shot.blur` is measured on
DRAWS = 11  # random numbers that make a shot
Across = tuple[float, float]  # along the width and along the height
Range = tuple[float, float]  # lowest and highest


@dataclass(frozen=True, slots=True)
class Shot:
    """One way to photograph a picture. `Shot()` changes nothing, bit for bit.

    The picture is scaled and turned about its middle, moved, seen from the side and cut, all in one
    resampling; then blurred, its contrast and brightness changed, and noise added.
    """

    rotation: float = 0.0  # degrees, counter-clockwise
    scale: float = 1.0  # 2: twice as large, so that a quarter of it fills the frame
    shift: Across = (0.0, 0.0)  # shares of the side, to the right and down
    perspective: Across = (0.0, 0.0)  # 0.2: the right (lower) edge is 1.2 times as far away, the other 0.8
    crop: float = 0.0  # the share of each side cut away; the middle fills the frame again
    blur: float = 0.0  # standard deviation, in pixels of a picture whose short side is 224
    contrast: float = 1.0  # factor about middle grey
    brightness: float = 0.0  # added to values on [0, 1]
    noise: float = 0.0  # standard deviation, on [0, 1]

    def __post_init__(self) -> None:
        values = (self.rotation, *self.shift, *self.perspective, self.brightness)
        if not all(map(math.isfinite, values)):
            raise ValueError(f"expected finite values, got {self}")
        if not 0 < self.scale < math.inf:
            raise ValueError(f"expected scale > 0, got {self.scale}")
        if not sum(map(abs, self.perspective)) < 1:
            raise ValueError(f"expected perspectives that together are below 1, got {self.perspective}")
        if not 0 <= self.crop < 1:
            raise ValueError(f"expected crop from 0 to below 1, got {self.crop}")
        for name in ("blur", "contrast", "noise"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"expected {name} >= 0, got {getattr(self, name)}")


@dataclass(frozen=True, slots=True)
class Ranges:
    """How far shots differ: each value is drawn evenly between its lowest and its highest.

    `shift` and `perspective` are drawn once along the width and once along the height.
    """

    rotation: Range = (0.0, 0.0)
    scale: Range = (1.0, 1.0)
    shift: Range = (0.0, 0.0)
    perspective: Range = (0.0, 0.0)
    crop: Range = (0.0, 0.0)
    blur: Range = (0.0, 0.0)
    contrast: Range = (1.0, 1.0)
    brightness: Range = (0.0, 0.0)
    noise: Range = (0.0, 0.0)

    def __post_init__(self) -> None:
        for field in fields(self):
            low, high = getattr(self, field.name)
            if not low <= high:
                raise ValueError(f"expected {field.name} from low to high, got {low} to {high}")
        for end in (0.0, 1.0):  # what lies between two shots that can be taken can be taken
            _within(self, [end] * DRAWS)


def _within(ranges: Ranges, places: list[float]) -> Shot:
    """The shot at so many places between lowest (0) and highest (1), in the order of Shot's values."""
    at = iter(places)

    def value(low: float, high: float) -> float:
        return low + next(at) * (high - low)

    found: dict[str, Any] = {}
    for field in fields(ranges):
        ends = getattr(ranges, field.name)
        twice = field.name in ("shift", "perspective")
        found[field.name] = (value(*ends), value(*ends)) if twice else value(*ends)
    return Shot(**found)


# Athalye et al. 2018, arXiv:1707.07397, for pictures; what "translation" is there, is a tenth here.
ATHALYE = Ranges(
    rotation=(-22.5, 22.5),
    scale=(0.9, 1.4),
    shift=(-0.1, 0.1),
    brightness=(-0.05, 0.05),
    noise=(0.0, 0.1),
)
# Printed and photographed by hand, after Kurakin et al. 2016, arXiv:1607.02533. A simulation: they used
# a printer and a telephone; the widths here are ours.
PRINTED = Ranges(
    rotation=(-5.0, 5.0),
    scale=(0.85, 1.05),
    shift=(-0.03, 0.03),
    perspective=(-0.08, 0.08),
    blur=(0.3, 1.5),
    contrast=(0.7, 1.1),
    brightness=(-0.1, 0.1),
    noise=(0.01, 0.05),
)


def shot(ranges: Ranges = ATHALYE, rng: Generator | None = None) -> Shot:
    """One shot, drawn evenly from the ranges."""
    import torch

    where = rng.device if rng is not None else None
    return _within(ranges, torch.rand(DRAWS, generator=rng, device=where, dtype=torch.float64).tolist())


def drawn(ranges: Ranges, seed: int) -> Shot:
    """The first shot of a seed."""
    from torch import Generator

    return shot(ranges, Generator().manual_seed(seed))


def photographed(x: Tensor, shot: Shot, rng: Generator | None = None) -> Tensor:
    """Pixels (N, C, H, W) in [0, 1] as one shot shows them, differentiably, clamped to [0, 1].

    One shot is one photograph: its grain, drawn with `rng`, is the same for all N, so that two pictures
    can be compared. What lies beyond a picture's edge is black: a digit's paper, a dark table under a
    print. Mirrored or stretched edges would show a trick's edge twice, and flatter it.
    """
    import torch
    from torch.nn import functional as F

    if (grid := _grid(shot, x.shape[2], x.shape[3])) is not None:
        grid = grid.to(x).expand(len(x), -1, -1, -1)
        x = F.grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    if shot.blur:
        x = _blurred(x, shot.blur * min(x.shape[2:]) / SIDE)
    if shot.contrast != 1:
        x = (x - 0.5) * shot.contrast + 0.5
    if shot.brightness:
        x = x + shot.brightness
    if shot.noise:
        where = rng.device if rng is not None else x.device  # a seed means the same on every device
        grain = torch.randn(x.shape[1:], generator=rng, device=where, dtype=x.dtype)
        x = x + shot.noise * grain.to(x.device)
    return x.clamp(0, 1)


def _grid(shot: Shot, height: int, width: int) -> Tensor | None:
    """Where each pixel of the photograph looks in the picture, (1, H, W, 2) on [-1, 1]; None if at itself."""
    import torch

    if (shot.rotation, shot.scale, shot.crop, *shot.shift, *shot.perspective) == (0, 1, 0, 0, 0, 0, 0):
        return None
    x = (2 * torch.arange(width, dtype=torch.float64) + 1) / width - 1  # of pixels' middles
    y = (2 * torch.arange(height, dtype=torch.float64) + 1) / height - 1
    y, x = torch.meshgrid(y, x, indexing="ij")
    x, y = x * (1 - shot.crop), y * (1 - shot.crop)
    tilt_x, tilt_y = shot.perspective
    near = 1 - tilt_x * x - tilt_y * y
    x, y = x / near - 2 * shot.shift[0], y / near - 2 * shot.shift[1]
    cos, sin = math.cos(math.radians(shot.rotation)), math.sin(math.radians(shot.rotation))
    oblong = height / width  # angles are those of the pixels, not of the square that [-1, 1] is
    x, y = (cos * x - sin * y * oblong) / shot.scale, (sin * x / oblong + cos * y) / shot.scale
    return torch.stack((x, y), -1)[None]


def _blurred(x: Tensor, sigma: float) -> Tensor:
    """Gaussian blur, cut off at four sigma; the edge goes on as it is."""
    import torch
    from torch.nn import functional as F

    reach = max(1, math.ceil(4 * sigma))
    at = torch.arange(-reach, reach + 1, dtype=torch.float64)
    weights = torch.exp(-0.5 * (at / sigma) ** 2)
    kernel = (weights / weights.sum()).to(x).expand(x.shape[1], 1, 1, -1)
    channels = x.shape[1]
    x = F.pad(x, (reach, reach, reach, reach), mode="replicate")
    x = F.conv2d(x, kernel, groups=channels)
    return F.conv2d(x, kernel.transpose(2, 3), groups=channels)
