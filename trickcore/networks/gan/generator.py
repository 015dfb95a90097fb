"""A generator that draws digits from noise, and the discriminator it learns against.

Goodfellow et al. 2014 (arXiv:1406.2661). The layers are DCGAN's (Radford et al. 2016, arXiv:1511.06434), with
spectral norm in the discriminator's convolutions (Miyato et al. 2018, arXiv:1802.05957). A discriminator that
is told the class has a logit of its own for each, as Miyato and Koyama's projection (2018, arXiv:1802.05637).
"""

from __future__ import annotations

import hashlib
import io

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from trickcore.networks.gan.card import NOISE

LOUD = 3.0  # of the class beside the noise, which has 32 numbers to its one


class Generator(nn.Module):
    """Noise (N, 32), and classes (N,) where there are any, to pixels (N, 1, 28, 28) in [0, 1].

    `width` channels at 7 x 7 pixels, half as many at 14 x 14. With `classes` 0 nothing is asked of it.
    """

    def __init__(self, width: int = 64, classes: int = 0, *, seed: int = 0) -> None:
        super().__init__()
        self.width, self.classes = width, classes
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.layers = nn.Sequential(
                nn.Linear(NOISE + classes, width * 49, bias=False),
                nn.BatchNorm1d(width * 49),
                nn.ReLU(),
                nn.Unflatten(1, (width, 7, 7)),
                nn.ConvTranspose2d(width, width // 2, 4, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(width // 2),
                nn.ReLU(),
                nn.ConvTranspose2d(width // 2, 1, 4, stride=2, padding=1),
                nn.Sigmoid(),
            )

    def forward(self, noise: Tensor, labels: Tensor | None = None) -> Tensor:
        if self.classes:
            if labels is None:
                raise ValueError("expected a class for each picture, got none")
            asked = LOUD * nn.functional.one_hot(labels, self.classes).to(noise)
            noise = torch.cat([noise, asked], 1)
        pixels: Tensor = self.layers(noise)
        return pixels


class Discriminator(nn.Module):
    """Pixels (N, 1, 28, 28) in [0, 1], and classes (N,) where there are any, to logits (N,): real if > 0."""

    def __init__(self, width: int = 32, classes: int = 0, *, seed: int = 0) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.features = nn.Sequential(
                spectral_norm(nn.Conv2d(1, width, 4, stride=2, padding=1)),
                nn.LeakyReLU(0.2),
                spectral_norm(nn.Conv2d(width, 2 * width, 4, stride=2, padding=1)),
                nn.LeakyReLU(0.2),
                nn.Flatten(),
            )
            # Not normed: it sets how sure the discriminator can be.
            self.real = nn.Linear(2 * width * 49, 1)
            self.of_class = nn.Linear(2 * width * 49, classes) if classes else None

    def forward(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        features = self.features(2 * x - 1)
        logits: Tensor = self.real(features)[:, 0]
        if self.of_class is not None:
            assert labels is not None
            logits = logits + self.of_class(features).gather(1, labels[:, None])[:, 0]
        return logits


def to_bytes(net: Generator) -> bytes:
    """The weights in half precision, as `torch.save` writes them: what ships."""
    out = io.BytesIO()
    state = net.state_dict().items()
    torch.save({name: one.half() if one.is_floating_point() else one for name, one in state}, out)
    return out.getvalue()


def generator_of(weights: bytes) -> Generator:
    """The generator that `to_bytes` wrote, ready to draw."""
    state = torch.load(io.BytesIO(weights), weights_only=True)
    width = state["layers.4.weight"].shape[0]
    net = Generator(width, state["layers.0.weight"].shape[1] - NOISE)
    net.load_state_dict(state)
    return net.eval().requires_grad_(False)


def sha256(weights: bytes) -> str:
    return hashlib.sha256(weights).hexdigest()
