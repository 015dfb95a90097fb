"""Explaining: which pixels would make a picture more of a class, as numbers and as pictures.

After William Falcon's "What would make this more of a 5?": the gradient of a class's logit in the pixels
says where ink should be added and where it should go.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from trickcore import measure
from trickcore.attacks.balls import L2, TINY
from trickcore.attacks.loop import Attack, Step, device_of, evaluate, pgd, trick
from trickcore.attacks.losses import Loss, checked_labels, towards
from trickcore.attacks.views import Views, as_is
from trickcore.explain.records import Answer, Dream
from trickcore.networks.classifier import Classifier, Net
from trickcore.pictures.files import to_8bit
from trickcore.runs.frames import Frame, frames


@dataclass(frozen=True, slots=True, eq=False)
class Confusion:
    """A picture whose two leading classes are close, and what would make it more of either."""

    index: int  # in the batch it came from
    image: Tensor  # (C, H, W)
    label: int | None  # what it is, where that is known
    first: int  # the likeliest class
    second: int
    margin: float  # between their logits
    gradients: Tensor  # (2, C, H, W): of the first's and the second's logit


def gradients(
    net: Net, image: Tensor, classes: Sequence[int], *, views: Views = as_is, seed: int = 0
) -> Tensor:
    """The gradient of each class's logit in the pixels of a picture (C, H, W): (len(classes), C, H, W).

    Logits, not probabilities: where a network is certain, the gradient of a probability is nearly 0.
    With `views` it is the mean over them. Simonyan et al. 2014, arXiv:1312.6034.
    """
    if not len(classes):
        raise ValueError("expected at least one class, got none")
    x = image.to(device_of(net, image)).expand(len(classes), *image.shape)
    rng = Generator().manual_seed(seed)
    return -evaluate(net, x, more_of(torch.tensor(classes)), views, rng).grad.cpu()


def ask(
    classifier: Classifier, data: bytes, classes: Sequence[int], *, views: Views = as_is, seed: int = 0
) -> Answer:
    """What a network says of a picture file, and what would make it more of each class. Raises ImageError."""
    image = classifier.read(data)
    grads = gradients(classifier.net, image, classes, views=views, seed=seed)
    planes = tuple(plane(gradient) for gradient in grads)
    return Answer(measure.read(classifier, image), to_8bit(image), planes, strength(grads))


def more_of(label: int | Tensor) -> Loss:
    """Raises a class's logit, whatever becomes of the others: -logit, (N,)."""

    def loss(logits: Tensor) -> Tensor:
        return -logits.gather(1, checked_labels(label, logits)[:, None])[:, 0]

    return loss


def climb(
    classifier: Classifier,
    image: Tensor,
    label: int,
    *,
    steps: int,
    stride: float = 0.1,
    until_taken: bool = False,
    views: Views = as_is,
    seed: int = 0,
) -> Iterator[Step]:
    """Add the gradient of a class's logit to a picture (C, H, W), again and again: the Steps of `trick`.

    Each time it is scaled so that the value that moves most moves by `stride`. With `until_taken`
    it ends as soon as the picture is taken for the class.
    """
    attack = Attack(_Anywhere(), alpha=stride, steps=steps, views=views)
    for step in trick(classifier, image, more_of(label), attack, seed=seed):
        yield step
        if until_taken and step.index and int(step.probs.argmax()) == label:
            return


def climbed(
    classifier: Classifier,
    data: bytes,
    label: int,
    *,
    steps: int,
    stride: float = 0.1,
    until_taken: bool = False,
    views: Views = as_is,
    seed: int = 0,
) -> Iterator[Frame]:
    """`climb` on a picture file, as Frames. Raises ImageError."""
    image = classifier.read(data)
    ascent = climb(
        classifier, image, label, steps=steps, stride=stride, until_taken=until_taken, views=views, seed=seed
    )
    yield from frames(ascent, steps)


def dreamt(
    classifier: Classifier, data: bytes, *, steps: int, budget: float, views: Views = as_is, seed: int = 0
) -> Iterator[Dream]:
    """`dream` from a picture file. Raises ImageError."""
    start = classifier.read(data)
    yield from dream(classifier, start, steps=steps, budget=budget, views=views, seed=seed)


def dream(
    classifier: Classifier,
    start: Tensor,
    *,
    steps: int = 60,
    budget: float = 10.0,
    views: Views = as_is,
    seed: int = 0,
) -> Iterator[Dream]:
    """One start (C, H, W) pulled towards each class on its own, within an L2 budget that is hardly one.

    What comes of it is what the network takes for a perfect 0, 1, 2 ...: Engstrom et al. 2019
    (arXiv:1906.00945) found that a robust network's can be read by people.
    """
    if steps < 1:
        raise ValueError(f"expected steps >= 1, got {steps}")
    classes = len(classifier.labels)
    x = start.to(device_of(classifier.net, start)).expand(classes, *start.shape).contiguous()
    attack = Attack(L2(budget), alpha=2.5 * budget / steps, steps=steps, views=views)
    rng = Generator().manual_seed(seed)
    pulled = pgd(classifier.net, x, towards(torch.arange(classes)), attack, rng=rng)
    for index, now in enumerate(pulled, start=1):
        saved = (now * 255).round() / 255
        probs = measure.probabilities(classifier, saved)
        mine = probs[np.arange(classes), np.arange(classes)]
        right = probs.argmax(1) == np.arange(classes)
        yield Dream(index, tuple(to_8bit(picture) for picture in saved), mine, right)


def confused(
    net: Net, images: Tensor, labels: Tensor | None = None, *, margin: float = 0.1, most: int = 4
) -> list[Confusion]:
    """The pictures (N, C, H, W) whose top two logits are within the margin, the closest first."""
    if not margin >= 0:
        raise ValueError(f"expected a margin of at least 0, got {margin}")
    images = images.to(device_of(net, images))
    with torch.no_grad():
        top = net(images).topk(2, dim=1)
    gaps = top.values[:, 0] - top.values[:, 1]
    chosen = [int(i) for i in gaps.argsort() if gaps[i] <= margin][:most]
    if not chosen:
        return []
    pairs = top.indices[chosen]  # (n, 2)
    grads = -evaluate(net, images[chosen].repeat_interleave(2, 0), more_of(pairs.flatten())).grad.cpu()
    return [
        Confusion(
            index=i,
            image=images[i].detach().cpu(),
            label=None if labels is None else int(labels[i]),
            first=int(pair[0]),
            second=int(pair[1]),
            margin=float(gaps[i]),
            gradients=both,
        )
        for i, pair, both in zip(chosen, pairs, torch.split(grads, 2), strict=True)
    ]


def strength(*many: Tensor) -> float:
    """One scale for gradient pictures: the 98th percentile of their sizes, as the ancestors scaled."""
    sizes = torch.cat([_plane(grads).abs().flatten() for grads in many])
    top = float(np.quantile(sizes.numpy(), 0.98))
    return top or float(sizes.max()) or 1.0


def plane(gradient: Tensor) -> NDArray[np.float32]:
    """A gradient (C, H, W) as one number a pixel, (H, W): the mean of its channels."""
    values: NDArray[np.float32] = _plane(gradient).numpy()
    return values


def _plane(grads: Tensor) -> Tensor:
    return grads.detach().cpu().mean(-3)


@dataclass(frozen=True, slots=True)
class _Anywhere:
    """No ball at all: a step goes along the gradient, its largest value scaled to 1."""

    eps: float = float("inf")

    def direction(self, grad: Tensor) -> Tensor:
        return grad / grad.flatten(1).abs().amax(1).clamp_min(TINY).view(-1, 1, 1, 1)

    def project(self, delta: Tensor) -> Tensor:
        return delta

    def sample(self, x: Tensor, rng: Generator | None) -> Tensor:
        return x

    def norm(self, delta: Tensor) -> Tensor:
        return delta.flatten(1).abs().amax(1)
