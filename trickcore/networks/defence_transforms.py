"""Transforms: what each defence does to pixels, and the network behind one.

A defence that is no function one can differentiate (JPEG, fewer grey levels) is passed straight through
on the way back: BPDA (Athalye, Carlini and Wagner 2018, arXiv:1802.00420).
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from trickcore.networks.classifier import Classifier, Net
from trickcore.networks.defences import Defence
from trickcore.pictures.files import open_image, to_8bit
from trickcore.pictures.photograph_transforms import SIDE, Shot, photographed

Apply = Callable[[Tensor, float, Generator | None], Tensor]  # pixels, strength, what chance is drawn from


def defended(classifier: Classifier, defence: Defence, seed: int = 0) -> Classifier:
    """The network behind a defence: its net shows the body the defended picture.

    The gradient is exact where the defence is differentiable; where it is not, it is the body's own at
    the defended picture. A random defence draws anew at every pass, from the seed on.
    """
    return replace(classifier, net=DefendedNet(classifier.net, defence, seed))


class DefendedNet(nn.Module):
    def __init__(self, body: Net, defence: Defence, seed: int) -> None:
        super().__init__()
        self.body, self.defence = body, defence
        self.rng = Generator().manual_seed(seed)
        self.training = isinstance(body, nn.Module) and body.training

    def forward(self, x: Tensor) -> Tensor:
        if self.defence.differentiable:
            return self.body(self.defence(x, self.rng))
        shown: Tensor = _StraightThrough.apply(x, self.defence, self.rng)
        return self.body(shown)


class _StraightThrough(torch.autograd.Function):
    """Forward the defence, backward the identity: BPDA with the simplest stand-in."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, defence: Defence, rng: Generator) -> Tensor:
        return defence(x, rng)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        return grads[0], None, None


def none(x: Tensor, strength: float, rng: Generator | None) -> Tensor:
    return x


def blur(x: Tensor, sigma: float, rng: Generator | None) -> Tensor:
    return photographed(x, Shot(blur=sigma * SIDE / min(x.shape[2:])))


def median(x: Tensor, side: float, rng: Generator | None) -> Tensor:
    n, c, h, w = x.shape
    reach = int(side) // 2
    windows = F.unfold(F.pad(x, [reach] * 4, mode="reflect").flatten(0, 1)[:, None], int(side))
    middle: Tensor = windows.median(1).values
    return middle.view(n, c, h, w)


def jpeg(x: Tensor, quality: float, rng: Generator | None) -> Tensor:
    return torch.stack([_through_jpeg(image, int(quality)) for image in x]).to(x.device)


def _through_jpeg(x: Tensor, quality: int) -> Tensor:
    file = io.BytesIO()
    Image.fromarray(to_8bit(x)).save(file, "JPEG", quality=quality)
    pixels = torch.from_numpy(np.array(open_image(file.getvalue()))).float() / 255
    return pixels.unsqueeze(0) if pixels.dim() == 2 else pixels.permute(2, 0, 1)


def bits(x: Tensor, bits: float, rng: Generator | None) -> Tensor:
    top: int = 2 ** int(bits) - 1
    return (x * top).round() / top


def rotation(x: Tensor, degrees: float, rng: Generator | None) -> Tensor:
    """Each picture by an angle of its own."""
    angles = (2 * torch.rand(len(x), generator=rng) - 1) * degrees
    turned = [photographed(x[i : i + 1], Shot(rotation=angle)) for i, angle in enumerate(angles.tolist())]
    return torch.cat(turned)


APPLY: dict[str, Apply] = {
    "none": none,
    "blur": blur,
    "median": median,
    "jpeg": jpeg,
    "bits": bits,
    "rotation": rotation,
}
