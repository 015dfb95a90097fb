"""Batches: how many pictures go through a network together, and how each draws as if it were alone."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from trickcore.attacks.balls import Ball
    from trickcore.networks.classifier import Classifier

# On a CPU with one thread: two photos are at most 8 % faster a picture than one, and eight are slower, since
# what is between two layers no longer fits the cache; so it is with more than 32 digits (docs/sweep.md).
PHOTOS, DIGITS = 2, 32
SMALL = 64 * 64  # values a channel, up to which a picture is a small one
MOST = 512  # on a GPU
GAIN = 1.05  # a larger batch has to be so much faster to be worth its memory


@lru_cache(maxsize=16)
def batch_of(classifier: Classifier) -> int:
    """The batch for a network on its device. On a GPU a short probe finds it, once."""
    import torch

    from trickcore.attacks.loop import device_of

    height, width = classifier.size
    home = device_of(classifier.net, torch.zeros(1))
    if home.type == "cpu":
        return DIGITS if height * width <= SMALL else PHOTOS
    return _probed(classifier, home.type)


def _probed(classifier: Classifier, device: str) -> int:
    """Doubled as long as a step gets faster a picture, and memory lasts."""
    import torch

    best, size, rate = 1, 8, 0.0
    while size <= MOST:
        try:
            now = size / seconds(classifier, size, device)
        except torch.OutOfMemoryError:
            break
        if now < GAIN * rate:
            break
        best, rate, size = size, now, size * 2
    if device == "cuda":
        torch.cuda.empty_cache()
    return best


def seconds(classifier: Classifier, size: int, device: str, tries: int = 3) -> float:
    """Of a step, forward and back, the fastest of some."""
    import torch

    from trickcore.attacks.loop import evaluate
    from trickcore.attacks.losses import towards

    x = torch.rand(size, classifier.channels, *classifier.size, device=device)
    x = x.contiguous(memory_format=torch.channels_last)
    took = []
    for _ in range(tries + 1):  # the first finds its kernels
        began = time.perf_counter()
        evaluate(classifier.net, x, towards(0)).grad.sum().item()  # waits for the device
        took.append(time.perf_counter() - began)
    return min(took[1:] or took)


@dataclass(frozen=True, slots=True)
class AsAlone:
    """A ball from which each picture of a batch draws what it would draw alone."""

    ball: Ball

    @property
    def eps(self) -> float:
        return self.ball.eps

    def direction(self, grad: Tensor) -> Tensor:
        return self.ball.direction(grad)

    def project(self, delta: Tensor) -> Tensor:
        return self.ball.project(delta)

    def norm(self, delta: Tensor) -> Tensor:
        return self.ball.norm(delta)

    def sample(self, x: Tensor, rng: Generator | None) -> Tensor:
        import torch

        if rng is None:
            return self.ball.sample(x, rng)
        state = rng.get_state()
        found = []
        for picture in torch.split(x, 1):
            rng.set_state(state)
            found.append(self.ball.sample(picture, rng))
        return torch.cat(found).contiguous(memory_format=torch.channels_last)
