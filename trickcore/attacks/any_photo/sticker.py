"""A sticker for any photo: made over many pictures, places, sizes and turns at once."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from trickcore import engine
from trickcore.attacks.any_photo.pictures import batch_of, checked
from trickcore.attacks.any_photo.placements import drawn, outline, stuck, texture_side
from trickcore.attacks.any_photo.settings import Sticker
from trickcore.attacks.balls import TINY
from trickcore.attacks.losses import towards
from trickcore.networks.classifier import Classifier, checked_answer

SIZES = 0.7, 2.0  # while it is made it covers from so much to so much of the share asked for
TURN = 22.5  # degrees either way, as Athalye et al. 2018 (arXiv:1707.07397) turn pictures
MARGIN = 2.0  # nats that the target has to lead by before it stops pulling


@dataclass(frozen=True, slots=True, eq=False)
class StickerStep:
    """One iterate. Square, also of a round sticker: its outline is cut out when it is put somewhere."""

    index: int  # steps so far; 0 is grey
    sticker: Tensor  # (C, S, S) in [0, 1], on the CPU
    probability: float  # of the target, the mean over this step's pictures
    passes: int  # of pictures through the network so far, forward and backward together


def sticker(
    classifier: Classifier, images: Tensor, settings: Sticker, *, seed: int = 0
) -> Iterator[StickerStep]:
    """settings.steps + 1 StickerSteps over pictures (N, C, H, W), of which each step draws some.

    Every picture drawn is cut, mirrored or not, and the sticker laid on it at random; the step follows the
    sign of the gradient with momentum. Raises ValueError when the pictures are not float32 (N, C, H, W) in
    [0, 1] with the network's channels, and for a target that there is not.
    Brown et al. 2017, arXiv:1712.09665.
    """
    checked(images, classifier)
    if not 0 <= settings.target < len(classifier.labels):
        raise ValueError(f"expected a target from 0 to {len(classifier.labels) - 1}, got {settings.target}")
    size = (images.shape[2], images.shape[3])
    side = texture_side(settings.shape, settings.area, size)
    shape, rng, loss = outline(settings.shape, side), Generator().manual_seed(seed), towards(settings.target)
    texture = torch.full((images.shape[1], side, side), 0.5)
    velocity, passes = torch.zeros_like(texture), 0
    areas = settings.area * SIZES[0], settings.area * SIZES[1]
    for done in range(settings.steps + 1):
        last = done == settings.steps
        x = batch_of(images, settings.photos, rng, classifier)
        placements = drawn(settings.photos, settings.shape, areas, TURN, size, rng)
        texture = texture.requires_grad_(not last)
        with torch.set_grad_enabled(not last):
            shown = stuck(x, texture, shape, placements)
            logits = checked_answer(classifier.net(shown.contiguous(memory_format=torch.channels_last)))
            passes += settings.photos * (1 if last else 2)
            probability = logits.detach().softmax(1)[:, settings.target].mean().item()
            if not last:
                others = torch.arange(logits.shape[1], device=logits.device) != settings.target
                grad = engine.gradient(loss(logits + MARGIN * others).sum(), texture).cpu()
        texture = texture.detach()
        yield StickerStep(done, texture, probability, passes)
        if not last:
            velocity = settings.momentum * velocity + grad / grad.abs().mean().clamp_min(TINY)
            alpha = settings.alpha * (1 + math.cos(math.pi * done / settings.steps)) / 2
            texture = (texture - alpha * velocity.sign()).clamp(0, 1)
