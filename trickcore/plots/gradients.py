"""Gradients and maps as pictures: what would make a picture more of a class, and where a network looks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from plotly.colors import sequential

from trickcore.pictures.colours import DIVERGING
from trickcore.pictures.files import Pixels, enlarged

Map = NDArray[np.float32]  # (H, W)
SEQUENTIAL = tuple(sequential.Cividis)  # dark for nothing, bright for most; safe for colour-blind people
LEAST, MOST = 0.3, 0.85  # how much of an overlay is the map's colour, at 0 and at the scale's end


def picture(values: NDArray[np.float32], scale: float) -> Pixels:
    """A gradient's plane (H, W) as colours, (H, W, 3): bright adds ink, dark takes it away, grey is 0."""
    at = np.clip((values / scale + 1) / 2, 0, 1)
    stops = np.array([place for place, _ in DIVERGING])
    colours = np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for _, colour in DIVERGING])
    channels = [np.interp(at, stops, colours[:, channel]) for channel in range(3)]
    return np.stack(channels, -1).round().astype(np.uint8)


def strip(pixels: Pixels, planes: Sequence[Map], scale: float, *, least: int = 140) -> Pixels:
    """A picture, and its gradients' planes beside it, (H, W, 3), enlarged so that pixels can be seen."""
    seen = np.stack([pixels] * 3, -1) if pixels.ndim == 2 else pixels
    tiles = [enlarged(tile, least) for tile in (seen, *(picture(values, scale) for values in planes))]
    gap = np.full((tiles[0].shape[0], 8, 3), 255, np.uint8)
    beside = [part for tile in tiles[1:] for part in (gap, tile)]
    return np.hstack([tiles[0], *beside])


def overlay(values: Map, pixels: Pixels, scale: float) -> Pixels:
    """A map (H, W) over its picture, (H, W, 3): dark is 0, bright is `scale`."""
    colours = np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in SEQUENTIAL])
    at = np.clip(values / scale, 0, 1) * (len(colours) - 1)
    painted = np.stack([np.interp(at, range(len(colours)), colours[:, i]) for i in range(3)], -1)
    return _over(painted, pixels, values / scale)


def change_overlay(values: Map, pixels: Pixels, scale: float) -> Pixels:
    """A difference of two maps (H, W) over the picture, (H, W, 3): grey is 0, bright more, dark less."""
    return _over(picture(values, scale), pixels, values / scale)


def _over(painted: NDArray[np.floating] | Pixels, pixels: Pixels, strength: Map) -> Pixels:
    """The more there is to show, the less of the picture, in grey, shines through."""
    grey = pixels if pixels.ndim == 2 else pixels.mean(-1)
    share = (LEAST + (MOST - LEAST) * np.abs(strength).clip(0, 1))[..., None]
    mixed = share * painted + (1 - share) * grey[..., None]
    return np.asarray(mixed.round(), np.uint8)
