"""Ensemble: several networks attacked as one, each of which is shown the picture as it was trained to be."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from trickcore.networks.classifier import Classifier, Net
from trickcore.pictures.files import fit


def seen(classifier: Classifier, x: Tensor) -> Tensor:
    """Pixels (N, C, H, W) of pictures of any size as `classifier.read` shows them, differentiably.

    The same resize and centre crop: a picture that has the network's size is taken as it is. What is
    left out is the rounding to 8 bits, which has no gradient, so the two agree within two grey levels.
    """
    height, width = classifier.size
    if x.shape[2:] == (height, width):
        return x
    down, across = fit((x.shape[2], x.shape[3]), height, width, classifier.resize)
    for size in ((x.shape[2], across), (down, across)):  # Pillow's order, and it clips in between, too
        if x.shape[2:] != size:
            x = F.interpolate(x, size, mode=classifier.interpolation, antialias=True, align_corners=False)
            x = x.clamp(0, 1)
    top, left = round((down - height) / 2), round((across - width) / 2)
    return x[:, :, top : top + height, left : left + width]


def ensemble(classifiers: Sequence[Classifier]) -> Classifier:
    """Several networks as one, of the first one's size: each is shown its own view of the picture.

    Its logits are the mean of theirs, which Dong et al. 2018 (arXiv:1710.06081) found to travel further
    than a mean of losses or, as in Liu et al. 2017 (arXiv:1611.02770), of probabilities. Under the softmax
    it is the mean of log-probabilities. Raises ValueError for no network, or other labels or channels.
    """
    if not classifiers:
        raise ValueError("expected at least one network, got none")
    first = classifiers[0]
    for other in classifiers:
        if (other.labels, other.channels) != (first.labels, first.channels):
            raise ValueError(
                f"expected networks that name the same classes in the same kind of picture; {first.name} has "
                f"{len(first.labels)} classes and {first.channels} channels, {other.name} "
                f"{len(other.labels)} and {other.channels}, or other names"
            )
    return Classifier(
        " + ".join(classifier.name for classifier in classifiers),
        _Together(classifiers),
        first.labels,
        first.size,
        first.channels,
        first.resize,
        first.interpolation,
    )


class _Together(nn.Module):
    """Pixels (N, C, H, W) of the ensemble's size to the mean of the members' logits (N, K)."""

    def __init__(self, members: Sequence[Classifier]) -> None:
        super().__init__()
        self.members = tuple(members)
        nets: list[Net] = [member.net for member in members]
        self.modules_of = nn.ModuleList(net for net in nets if isinstance(net, nn.Module))

    def forward(self, x: Tensor) -> Tensor:
        return torch.stack([member.net(seen(member, x)) for member in self.members]).mean(0)
