"""One change for all photos: added to any of them, it takes the network's answer away."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from trickcore import engine
from trickcore.attacks.any_photo.pictures import batch_of, checked
from trickcore.attacks.any_photo.settings import Universal
from trickcore.attacks.balls import TINY
from trickcore.attacks.losses import towards
from trickcore.networks.classifier import Classifier, checked_answer, probabilities

CLIP = 9.0  # nats: a picture that is lost so clearly pulls no more (Shafahi et al. 2020)


@dataclass(frozen=True, slots=True, eq=False)
class UniversalStep:
    """One iterate."""

    index: int  # steps so far; 0 changes nothing
    change: Tensor  # (C, H, W) in [-eps, eps], on the CPU
    wanted: float  # the mean probability, over this step's pictures, of what is wanted
    passes: int  # of pictures through the network so far, forward and backward together


def universal(
    classifier: Classifier, images: Tensor, settings: Universal, *, seed: int = 0
) -> Iterator[UniversalStep]:
    """settings.steps + 1 UniversalSteps over pictures (N, C, H, W), of which each step draws some.

    The step follows the sign of the gradient with momentum (Shafahi et al. 2020, arXiv:1811.11304), which
    takes the place of Moosavi-Dezfooli et al. 2017's (arXiv:1610.08401) search picture by picture. Raises
    ValueError when the pictures are not float32 (N, C, H, W) in [0, 1] with the network's channels, and for
    a target that there is not.
    """
    checked(images, classifier)
    target = settings.target
    if target is not None and not 0 <= target < len(classifier.labels):
        raise ValueError(f"expected a target from 0 to {len(classifier.labels) - 1}, got {target}")
    rng = Generator().manual_seed(seed)
    change = torch.zeros_like(images[0])
    velocity, passes = torch.zeros_like(change), 0
    first = settings.eps / 4 if settings.alpha is None else settings.alpha
    for done in range(settings.steps + 1):
        last = done == settings.steps
        x = batch_of(images, settings.photos, rng, classifier)
        own = torch.from_numpy(probabilities(classifier, x).argmax(1)).to(x.device)
        change = change.requires_grad_(not last)
        with torch.set_grad_enabled(not last):
            moved = (x + change.to(x.device)).clamp(0, 1)
            logits = checked_answer(classifier.net(moved.contiguous(memory_format=torch.channels_last)))
            passes += settings.photos * (2 if last else 3)
            own_share = logits.detach().softmax(1).gather(1, own[:, None]).mean().item()
            if target is None:
                wanted = 1 - own_share
                loss = (-torch.nn.functional.cross_entropy(logits, own, reduction="none")).clamp_min(-CLIP)
            else:
                wanted = logits.detach().softmax(1)[:, target].mean().item()
                loss = towards(target)(logits)
            if not last:
                grad = engine.gradient(loss.sum(), change).cpu()
        change = change.detach()
        yield UniversalStep(done, change, wanted, passes)
        if not last:
            velocity = settings.momentum * velocity + grad / grad.abs().mean().clamp_min(TINY)
            alpha = first * (1 + math.cos(math.pi * done / settings.steps)) / 2
            change = (change - alpha * velocity.sign()).clamp(-settings.eps, settings.eps)
