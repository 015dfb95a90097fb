"""A generator and a discriminator that learn from each other, a step at a time.

Goodfellow et al. 2014 (arXiv:1406.2661), with the loss they advise for the generator, which does not
saturate, and one-sided label smoothing (Salimans et al. 2016, arXiv:1606.03498).
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor
from torch.nn import functional as F

from trickcore.networks.gan.card import NOISE
from trickcore.networks.gan.generator import Discriminator, Generator
from trickcore.training.loops import follow

SMOOTHED = 0.9  # what the discriminator is taught to say of a real picture, so that it is never too sure
BETAS = (0.5, 0.999)  # Radford et al. 2016
AVERAGE = 0.999  # decay of the running mean of the generator's weights, which draws


class Pair:
    """Both networks, their optimisers, and the running mean of the generator that draws."""

    def __init__(
        self,
        *,
        width: int = 64,
        classes: int = 0,
        lr: float = 2e-4,
        lr_discriminator: float = 2e-4,
        average: float = AVERAGE,
        seed: int = 0,
    ) -> None:
        self.generator = Generator(width, classes, seed=seed)
        self.discriminator = Discriminator(width // 2, classes, seed=seed + 1)
        self.drawing = copy.deepcopy(self.generator).eval().requires_grad_(False)
        self.rng = torch.Generator().manual_seed(seed)
        self.average, self.done = average, 0
        self._generator = torch.optim.Adam(self.generator.parameters(), lr, BETAS)
        self._discriminator = torch.optim.Adam(self.discriminator.parameters(), lr_discriminator, BETAS)

    def noise(self, count: int) -> Tensor:
        """(count, 32), normal."""
        return torch.randn(count, NOISE, generator=self.rng)

    def step(self, real: Tensor, labels: Tensor | None = None) -> tuple[float, float]:
        """One step of each, on real pictures (N, 1, 28, 28) and as many forged ones of the same classes.

        The losses in nats: the discriminator's before the step, the generator's before the second half of it.
        """
        self.generator.train()
        forged = self.generator(self.noise(len(real)), labels)
        judged = self.judge(real, forged.detach(), labels)
        loss = self.step_discriminator(judged)
        told = self.discriminator.requires_grad_(False)(forged, labels)
        self.discriminator.requires_grad_(True)
        fooled = F.softplus(-told).mean()
        _step(self._generator, fooled)
        self.done += 1
        follow(self.drawing, self.generator, self.average, self.done)
        return loss, float(fooled.detach())

    def judge(self, real: Tensor, forged: Tensor, labels: Tensor | None = None) -> Tensor:
        """The discriminator's loss: cross-entropy, with 0.9 for a real picture and 0 for a forged one."""
        both = torch.cat([real, forged])
        logits = self.discriminator(both, None if labels is None else torch.cat([labels, labels]))
        asked = torch.cat([torch.full((len(real),), SMOOTHED), torch.zeros(len(forged))])
        found: Tensor = 2 * F.binary_cross_entropy_with_logits(logits, asked)
        return found

    def step_discriminator(self, loss: Tensor) -> float:
        _step(self._discriminator, loss)
        return float(loss.detach())

    @torch.no_grad()
    def losses(self, real: Tensor, noise: Tensor) -> tuple[float, float]:
        """Both losses as they stand, of the generator that draws; no weight is learnt."""
        forged = self.drawing(noise)
        fooled = F.softplus(-self.discriminator(forged)).mean()
        return float(self.judge(real, forged)), float(fooled)

    @torch.no_grad()
    def belief(self, images: Tensor, labels: Tensor | None = None) -> float:
        """The mean probability that the discriminator gives to pictures of being real."""
        modes = self.discriminator.training
        self.discriminator.eval()
        found = float(self.discriminator(images, labels).sigmoid().mean())
        self.discriminator.train(modes)
        return found


def _step(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad()
    torch.autograd.backward(loss)
    optimizer.step()
