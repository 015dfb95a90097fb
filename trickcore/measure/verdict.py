"""Measuring: how far two pictures are apart, and what a network says of a picture as it was saved."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from trickcore.networks.classifier import Classifier, probabilities
from trickcore.runs.outcome import (
    Change,
    Outcome,
    Reading,
    Verdict,
    convincing,
    own_epsilon,
    related,
)

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "Change",
    "Outcome",
    "Reading",
    "Verdict",
    "compare",
    "convincing",
    "own_epsilon",
    "probabilities",
    "read",
    "related",
    "verdict",
]

WINDOW = 11  # pixels, of SSIM


def compare(x: Tensor, y: Tensor) -> Change:
    """The distances between two pictures of one shape (C, H, W).

    SSIM is Wang et al.'s, doi:10.1109/TIP.2003.819861, with their constants: Gaussian windows of 11 x 11
    that lie whole in the picture (of a smaller one all that have their middle in it), sigma 1.5, the
    mean over windows and channels.
    """
    if x.shape != y.shape:
        raise ValueError(f"expected two pictures of one shape, got {tuple(x.shape)} and {tuple(y.shape)}")
    from skimage.metrics import structural_similarity  # brings SciPy, a second that a page need not wait for

    difference = (y.double() - x.double()).cpu()
    mse = difference.square().mean().item()
    return Change(
        linf=difference.abs().max().item(),
        l2=difference.norm().item(),
        changed=difference.ne(0).double().mean().item(),
        psnr=-10 * math.log10(mse) if mse else math.inf,
        ssim=float(
            structural_similarity(
                x.double().cpu().numpy(),
                y.double().cpu().numpy(),
                win_size=WINDOW if min(x.shape[1:]) >= WINDOW else 1,  # how much of the edge is left out
                data_range=1.0,
                channel_axis=0,
                gaussian_weights=True,
                sigma=1.5,
                use_sample_covariance=False,
            )
        ),
    )


def read(classifier: Classifier, x: Tensor) -> Reading:
    """What the network says of pixels (C, H, W) in [0, 1]."""
    probs = probabilities(classifier, x.unsqueeze(0))[0]
    label = int(probs.argmax())
    return Reading(label, classifier.labels[label], float(probs[label]), probs)


def verdict(classifier: Classifier, original: bytes, saved: bytes, target: int | None) -> Verdict:
    """Both files are opened as anyone would open them, and the network is asked again.

    "tricked": the saved picture is taken for the target (for anything else than before, without a
    target). "nearly": not so, but the answer has changed, or what was wanted rose by at least 0.1.
    """
    x, y = classifier.read(original), classifier.read(saved)
    before, after = read(classifier, x), read(classifier, y)
    if target is None:
        reached = after.label != before.label
        earlier, wanted = 1 - before.probability, 1 - float(after.probs[before.label])
    else:
        reached = after.label == target
        earlier, wanted = float(before.probs[target]), float(after.probs[target])
    close = after.label != before.label or wanted - earlier >= 0.1
    return Verdict(
        outcome="tricked" if reached else "nearly" if close else "not",
        before=before,
        after=after,
        change=compare(x, y),
        target=target,
        wanted=wanted,
    )
